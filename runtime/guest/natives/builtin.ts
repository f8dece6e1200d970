/** How a function of ours takes the place of one of the language: same name, length, attributes, text. */
import { markNative } from "../globals/function-source.ts";
import {
  isObject,
  NativeTypeError,
  objectDefineProperty,
  objectToString,
  reflectGetOwnPropertyDescriptor,
  reflectOwnKeys,
  toStringValue,
} from "../primordials.ts";

/**
 * Methods and accessors of `replacements` onto `target`; where it has a property of the name, its attributes stay.
 * Replacements are methods of a literal: like built-ins they have no `prototype` and cannot be constructed.
 */
export function replaceMethods(target: object, replacements: object): void {
  const keys = reflectOwnKeys(replacements);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const made = reflectGetOwnPropertyDescriptor(replacements, key)!;
    const before = reflectGetOwnPropertyDescriptor(target, key);
    const isAccessor = made.get !== undefined || made.set !== undefined;
    if (isAccessor) {
      markNative(made.get);
      markNative(made.set);
    } else markNative(made.value);
    objectDefineProperty(target, key, {
      __proto__: null,
      enumerable: before?.enumerable ?? false,
      configurable: before?.configurable ?? true,
      ...(isAccessor ? { get: made.get, set: made.set } : { value: made.value, writable: before?.writable ?? true }),
    } as object);
  }
}

/** The `length` of a function, where its parameters do not say it. */
export function withLength<F extends object>(made: F, length: number): F {
  return objectDefineProperty(made, "length", { __proto__: null, value: length } as object) as F;
}

/**
 * A constructor of ours: `prototype` as of built-ins, which no assignment changes.
 * @param made a function that asks for `new.target` itself
 */
export function asConstructor(made: object, name: string, length: number, prototype: object): void {
  withLength(made, length);
  objectDefineProperty(made, "name", { __proto__: null, value: name } as object);
  objectDefineProperty(made, "prototype", { __proto__: null, value: prototype, writable: false } as object);
  objectDefineProperty(prototype, "constructor", { __proto__: null, value: made } as object);
  markNative(made);
}

/** OrdinaryCreateFromConstructor's prototype. */
export function prototypeFrom(newTarget: unknown, fallback: object): object {
  const { prototype } = newTarget as { prototype: unknown };
  return isObject(prototype) ? prototype : fallback;
}

/** @throws TypeError always, in the engine's words. */
export function incompatible(method: string, receiver: unknown): never {
  const shown =
    typeof receiver === "symbol" || !isObject(receiver)
      ? toStringValue(receiver)
      : typeof receiver === "function"
        ? "function"
        : `#<${objectToString(receiver) === "[object Array]" ? "Array" : "Object"}>`;
  throw new NativeTypeError(`Method ${method} called on incompatible receiver ${shown}`);
}
