/**
 * Own property descriptors that cannot lie: a descriptor object inherits from `Object.prototype`, where a script may have
 * put a `get` or `writable` of its own (private mode).
 */
import { reflectGetOwnPropertyDescriptor, reflectHas, reflectSetPrototypeOf } from "../primordials.ts";
import * as format from "./format.ts";

const objectPrototype: object = Object.prototype;
let isPolluted = false;

/** Once before each encoding, and before each walk of the image. */
export function checkDescriptors(): void {
  isPolluted =
    reflectHas(objectPrototype, "get") || reflectHas(objectPrototype, "set") || reflectHas(objectPrototype, "writable");
}

export function descriptorOf(object: object, key: PropertyKey): PropertyDescriptor | undefined {
  const descriptor = reflectGetOwnPropertyDescriptor(object, key);
  if (isPolluted && descriptor !== undefined) reflectSetPrototypeOf(descriptor, null);
  return descriptor;
}

export function attributesOf(descriptor: PropertyDescriptor): number {
  const { writable } = descriptor;
  return (
    (writable === undefined ? format.ACCESSOR : writable ? format.WRITABLE : 0) |
    (descriptor.enumerable === true ? format.ENUMERABLE : 0) |
    (descriptor.configurable === true ? format.CONFIGURABLE : 0)
  );
}

/** A data property that is writable, enumerable and configurable. */
export function isOrdinary(descriptor: PropertyDescriptor): boolean {
  return descriptor.writable === true && descriptor.enumerable === true && descriptor.configurable === true;
}

/** The value of an own data property that is known to be one; `undefined` otherwise. */
export function dataValue(object: object, key: PropertyKey): unknown {
  const descriptor = descriptorOf(object, key);
  return descriptor === undefined || descriptor.writable === undefined ? undefined : descriptor.value;
}
