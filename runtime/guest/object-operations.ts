/** Operations of the language that compiled code performs by call: properties of literals and classes, `super`, rest. */

import { suspectProperties } from "./heap/suspicion.ts";
import {
  define,
  isCallable,
  NativeObject,
  NativeTypeError,
  reflectApply,
  reflectDefineProperty,
  reflectGet,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  reflectOwnKeys,
  reflectSet,
  reflectSetPrototypeOf,
  symbolDescription,
} from "./primordials.ts";
import { describe } from "./promise/operations.ts";
import { asWritten } from "./traces/site-names.ts";

/** ToPropertyKey */
export function propertyKey(value: unknown): PropertyKey {
  if (typeof value === "string" || typeof value === "symbol") return value;
  return reflectOwnKeys({ [value as string]: undefined })[0]!;
}

/** `$k.apply`; `$k.call` takes the arguments one by one. */
export function applied(callee: unknown, receiver: unknown, args: unknown[]): unknown {
  if (!isCallable(callee)) throw new NativeTypeError(`${describe(callee)} is not a function`);
  return reflectApply(callee, receiver, args);
}

/** `$k.invoke`: likewise, with what was written for the callee. */
export function invoke(text: string, callee: unknown, receiver: unknown, ...args: unknown[]): unknown {
  if (!isCallable(callee)) throw new NativeTypeError(asWritten(`${text} is not a function`));
  return reflectApply(callee, receiver, args);
}

/** `$k.superGet`: `super.key` with a home object. */
export function superGet(home: object, key: PropertyKey, receiver: unknown): unknown {
  const parent = reflectGetPrototypeOf(home);
  if (parent === null) throw new NativeTypeError(`Cannot read properties of null (reading '${describe(key)}')`);
  return reflectGet(parent, key, receiver);
}

/** `$k.superSet`: `super.key = value`; in sloppy code a write that fails is silent. */
export function superSet(home: object, key: PropertyKey, value: unknown, receiver: unknown, isSloppy = false): unknown {
  const parent = reflectGetPrototypeOf(home);
  if (parent === null) throw new NativeTypeError(`Cannot set properties of null (setting '${describe(key)}')`);
  if (!reflectSet(parent, key, value, receiver) && !isSloppy) {
    throw new NativeTypeError(`Cannot assign to read only property '${describe(key)}' of object`);
  }
  return value;
}

/** `$k.define`: CreateDataPropertyOrThrow, for class fields. */
export function defineOwn(target: object, key: PropertyKey, value: unknown): object {
  const descriptor = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  if (!reflectDefineProperty(target, key, descriptor as object)) {
    throw new NativeTypeError(`Cannot redefine property: ${describe(key)}`);
  }
  return target;
}

/** `$k.accessor`: a half or both of an accessor of an object literal; a missing half stays as it is. Gives the object. */
export function accessor(target: object, key: PropertyKey, get: unknown, set: unknown): object {
  const descriptor: PropertyDescriptor = { __proto__: null, enumerable: true, configurable: true } as object;
  if (get !== undefined) descriptor.get = get as () => unknown;
  if (set !== undefined) descriptor.set = set as (value: unknown) => void;
  suspectProperties();
  reflectDefineProperty(target, key, descriptor);
  return target;
}

/** `$k.accessorName`: the `name` of an accessor with a computed key. */
export function accessorName(prefix: string, key: PropertyKey): string {
  if (typeof key !== "symbol") return `${prefix} ${key as string}`;
  const description = symbolDescription(key);
  return description === undefined ? `${prefix} ` : `${prefix} [${description}]`;
}

/** `$k.extend`: the properties of a literal's later part, defined as they are. Gives the object. */
export function extend(target: object, rest: object, prototype = false): object {
  if (prototype) reflectSetPrototypeOf(target, reflectGetPrototypeOf(rest));
  suspectProperties();
  const keys = reflectOwnKeys(rest);
  for (let i = 0; i < keys.length; i++) {
    const descriptor = reflectGetOwnPropertyDescriptor(rest, keys[i]!)!;
    // Else `Object.prototype.get`, if a script made one, would count as a part of it.
    reflectSetPrototypeOf(descriptor, null);
    reflectDefineProperty(target, keys[i]!, descriptor);
  }
  return target;
}

/** `$k.omit`: `{ ...rest }` of a pattern, without the keys that the pattern named. */
export function omit(value: unknown, without: readonly PropertyKey[]): object {
  const rest = {};
  const source = NativeObject(value) as object;
  const keys = reflectOwnKeys(source);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (isNamed(without, key) || !reflectGetOwnPropertyDescriptor(source, key)?.enumerable) continue;
    define(rest, key, reflectGet(source, key));
  }
  return rest;
}

function isNamed(keys: readonly PropertyKey[], key: PropertyKey): boolean {
  for (let i = 0; i < keys.length; i++) if (propertyKey(keys[i]) === key) return true;
  return false;
}
