/**
 * `Date` with the step's time as the only clock: `Date.now()`, `new Date()` and `Date()` give the time of the record that
 * is being processed; 0 while modules load (I2). Objects are native dates.
 */

import { currentStep } from "../current.ts";
import {
  defineHidden,
  NativeDate,
  objectDefineProperty,
  objectGetOwnPropertyNames,
  reflectConstruct,
  reflectGetOwnPropertyDescriptor,
  uncurry,
} from "../primordials.ts";

const dateToString = uncurry(NativeDate.prototype.toString);

export function nowMs(): number {
  return currentStep()?.timeMs ?? 0;
}

/** `Date` itself; a plain function, since it may be called without `new`. */
function DurableDate(this: unknown, ...args: unknown[]): unknown {
  if (new.target === undefined) return dateToString(new NativeDate(nowMs()));
  const target = new.target as unknown as new () => unknown;
  return reflectConstruct(NativeDate, args.length === 0 ? [nowMs()] : (args as [number]), target);
}

const statics = {
  now(): number {
    return nowMs();
  },
};

export function installDate(global: object): void {
  const names = objectGetOwnPropertyNames(NativeDate);
  for (let i = 0; i < names.length; i++) {
    const descriptor = reflectGetOwnPropertyDescriptor(NativeDate, names[i]!)!;
    objectDefineProperty(DurableDate, names[i]!, descriptor);
  }
  defineHidden(DurableDate, "now", statics.now);
  defineHidden(NativeDate.prototype, "constructor", DurableDate);
  defineHidden(global, "Date", DurableDate);
}
