/**
 * `stack` of errors. The engine keeps the text in a place of its own behind an accessor property; it is read and put back
 * there (`traces/stack.ts`), so that the property looks the same before and after.
 */

const sample = Object.getOwnPropertyDescriptor(new Error(), "stack")!;
export const stackGetter = sample.get as () => unknown;
export const stackSetter = sample.set as (text: unknown) => void;
export const captureStackTrace: (holder: object, upTo?: unknown) => void = Error.captureStackTrace as never;

export function isStack(key: PropertyKey, descriptor: PropertyDescriptor): boolean {
  return key === "stack" && descriptor.get === stackGetter && descriptor.set === stackSetter;
}
