/**
 * `stack` of errors. The engine keeps the text in a place of its own behind an accessor property; it is read and put back
 * there, so that the property looks the same before and after.
 */
import {
  NativeError,
  reflectApply,
  reflectDefineProperty,
  reflectDeleteProperty,
  reflectGetOwnPropertyDescriptor,
  reflectSetPrototypeOf,
} from "../primordials.ts";

const sample = Object.getOwnPropertyDescriptor(new Error(), "stack")!;
export const stackGetter = sample.get as () => unknown;
export const stackSetter = sample.set as (text: unknown) => void;
const captureStackTrace = Error.captureStackTrace;

export function isStack(key: PropertyKey, descriptor: PropertyDescriptor): boolean {
  return key === "stack" && descriptor.get === stackGetter && descriptor.set === stackSetter;
}

/** Formatting asks `Error.prepareStackTrace`, which a script can set: it is put aside for the moment (I5). */
export function stackOf(holder: object): unknown {
  const hook = reflectGetOwnPropertyDescriptor(NativeError, "prepareStackTrace");
  if (hook === undefined) return reflectApply(stackGetter, holder, []);
  // Else what it inherits would count as a part of it when it is put back.
  reflectSetPrototypeOf(hook, null);
  reflectDeleteProperty(NativeError, "prepareStackTrace");
  try {
    return reflectApply(stackGetter, holder, []);
  } finally {
    reflectDefineProperty(NativeError, "prepareStackTrace", hook);
  }
}

export function installStack(holder: object, text: unknown): void {
  captureStackTrace(holder);
  reflectApply(stackSetter, holder, [text]);
}
