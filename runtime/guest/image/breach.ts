/**
 * Shared mode must not be noticed. A write that hits the freeze, or a question whose answer the freeze has changed, is a
 * breach: the step is thrown away and runs again in a context of the thread's own. Wrongly seeing one costs time only, so
 * errors are judged by their words.
 */

import { noteExhaustion, outputFlood } from "../exhaustion.ts";
import { isError } from "../heap/natives.ts";
import {
  append,
  defineHidden,
  isObject,
  objectDefineProperty,
  reflectDefineProperty,
  reflectDeleteProperty,
  reflectGetOwnPropertyDescriptor,
  reflectIsExtensible,
  reflectPreventExtensions,
  reflectSet,
  stringIndexOf,
} from "../primordials.ts";
import { noteTrace } from "../traces/note.ts";
import { imageNumberOf } from "./index-table.ts";

let isShared = false;
let isBreached = false;

export function beginSharing(): void {
  isShared = true;
}

export function hasBreached(): boolean {
  return isBreached;
}

export function noteBreach(): void {
  isBreached = true;
}

/** What the engine says when a write meets an object that was frozen. */
const FREEZE_WORDS: readonly string[] = [
  "Cannot assign to read only property",
  "Cannot add property",
  "Cannot delete property",
  "Cannot define property",
  "Cannot redefine property",
  "is not extensible",
  "trap returned falsish",
];

/** So many errors within one are looked at; more count as a breach. */
const ERRORS_MAX = 100;

/** For every error that a `catch` clause or a rejection may swallow. Gives the error. @throws what nothing may swallow */
export function noteError(error: unknown): unknown {
  const flood = outputFlood();
  if (flood !== undefined) throw flood;
  noteExhaustion(error);
  noteTrace(error);
  if (!isShared || isBreached || !isObject(error)) return error;
  const errors: unknown[] = [];
  append(errors, error);
  for (let i = 0; i < errors.length; i++) {
    if (i === ERRORS_MAX) isBreached = true;
    if (isBreached) return error;
    judge(errors[i], errors);
  }
  return error;
}

function judge(error: unknown, errors: unknown[]): void {
  if (!isObject(error) || !isError(error)) return;
  const text = ownValue(error, "message");
  if (typeof text === "string") {
    for (let i = 0; i < FREEZE_WORDS.length; i++) if (stringIndexOf(text, FREEZE_WORDS[i]!) >= 0) isBreached = true;
  }
  // A `using` whose disposal fails puts the error that was on its way into one of its own.
  const suppressed = ownValue(error, "suppressed");
  if (suppressed === undefined) return;
  append(errors, suppressed);
  append(errors, ownValue(error, "error"));
}

function ownValue(error: object, key: string): unknown {
  return reflectGetOwnPropertyDescriptor(error, key)?.value;
}

/** A script asks for, or changes in silence, what the freeze has touched. */
export function touch(target: unknown): void {
  if (isShared && !isBreached && imageNumberOf(target) !== undefined) isBreached = true;
}

/** A refusal that throws nothing. */
function unless(succeeded: boolean, target: unknown): boolean {
  if (!succeeded) touch(target);
  return succeeded;
}

const { freeze, getOwnPropertyDescriptor, getOwnPropertyDescriptors, isExtensible, isFrozen, isSealed } = Object;
const { preventExtensions, seal } = Object;

/** The native, and before it the question whether the step may ask it. */
function touching<F extends (target: never, ...rest: never[]) => unknown>(native: F): F {
  const asked = (target: never, ...rest: never[]): unknown => {
    touch(target);
    return rest.length === 0 ? native(target) : native(target, rest[0]!);
  };
  return asked as F;
}

const onObject = {
  freeze: touching(freeze),
  getOwnPropertyDescriptor: touching(getOwnPropertyDescriptor),
  getOwnPropertyDescriptors: touching(getOwnPropertyDescriptors),
  isExtensible: touching(isExtensible),
  isFrozen: touching(isFrozen),
  isSealed: touching(isSealed),
  preventExtensions: touching(preventExtensions),
  seal: touching(seal),
};

const onReflect = {
  defineProperty: (target: object, key: PropertyKey, property: never) =>
    unless(reflectDefineProperty(target, key, property), target),
  deleteProperty: (target: object, key: PropertyKey) => unless(reflectDeleteProperty(target, key), target),
  getOwnPropertyDescriptor: touching(reflectGetOwnPropertyDescriptor),
  isExtensible: touching(reflectIsExtensible),
  preventExtensions: touching(reflectPreventExtensions),
  set(target: object, key: PropertyKey, value: unknown, ...receiver: unknown[]): boolean {
    const succeeded =
      receiver.length === 0 ? reflectSet(target, key, value) : reflectSet(target, key, value, receiver[0]);
    if (!succeeded) {
      touch(target);
      if (receiver.length > 0) touch(receiver[0]);
    }
    return succeeded;
  },
};

function replace(holder: object, functions: Record<string, unknown>): void {
  for (const name of Object.keys(functions)) {
    const native = (holder as Record<string, unknown>)[name] as { readonly length: number };
    const replacement = functions[name] as object;
    objectDefineProperty(replacement, "length", { value: native.length });
    objectDefineProperty(replacement, "name", { value: name });
    defineHidden(holder, name, replacement);
  }
}

/** Before any code of a program. */
export function installFreezeGuards(): void {
  replace(Object, onObject);
  replace(Reflect, onReflect);
}
