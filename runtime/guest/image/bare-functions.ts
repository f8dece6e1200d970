/**
 * Functions that have nothing but what the engine gave them. Two thirds of all objects of an image and of the language are
 * such, and listing their keys and asking for the descriptors of `length` and `name` takes five times what these questions do.
 *
 * A property that is not enumerable comes to a function by a definition alone, which tells (`heap/suspicion.ts`), or by a
 * class, whose `prototype` is not writable.
 */

import { descriptorOf } from "../heap/descriptors.ts";
import { getOwnPropertySymbols } from "../heap/natives.ts";
import { attributesAreOrdinary, isFunctionAsMade } from "../heap/suspicion.ts";
import { hasOwn, objectKeys, reflectGetPrototypeOf, reflectIsExtensible } from "../primordials.ts";
import { hasMark } from "../private-names.ts";

/** The keys of a bare function, and of one that makes objects. */
export const BARE_KEYS: readonly PropertyKey[] = ["length", "name"];
export const BARE_MAKER_KEYS: readonly PropertyKey[] = ["length", "name", "prototype"];

/** Of a function that the load made, or of one of the language with no other keys before: whether nothing was added to it. */
export function isBare(value: object): boolean {
  return hasNothingAdded(value) && isFunctionAsMade(value) && !hasMark(value);
}

function hasNothingAdded(value: object): boolean {
  return objectKeys(value).length === 0 && getOwnPropertySymbols(value).length === 0;
}

/** Whether it has all that it was made with, and may get more. */
export function isComplete(value: object): boolean {
  return hasOwn(value, "length") && hasOwn(value, "name") && reflectIsExtensible(value);
}

/** The `prototype` of a function that the load made and `isBare` is true of; `undefined`: it is a class. */
export function prototypeOfBare(value: object): PropertyDescriptor | undefined {
  const descriptor = descriptorOf(value, "prototype")!;
  return descriptor.writable === true ? descriptor : undefined;
}

/** Its keys, if they are known: sloppy functions have others. Of a function that the load made and `isBare` is true of. */
export function bareKeysOf(value: object): readonly PropertyKey[] | undefined {
  if (!isComplete(value)) return undefined;
  if (!hasOwn(value, "prototype")) return BARE_KEYS;
  return hasOwn(value, "arguments") || prototypeOfBare(value) === undefined ? undefined : BARE_MAKER_KEYS;
}

/** While a thread lives alone with it: whether a function that was bare and complete still is. What it makes is not asked for. */
export function isStillBare(value: object, prototype: object | null): boolean {
  return (
    attributesAreOrdinary() &&
    hasNothingAdded(value) &&
    isComplete(value) &&
    reflectGetPrototypeOf(value) === prototype &&
    !hasMark(value)
  );
}
