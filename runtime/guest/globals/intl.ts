/**
 * `Intl`, where it reads the clock or hands out closures of the engine's: formatting without a date formats the step's time
 * (I2), and the functions that `format` and `compare` give are the runtime's own, which a state can hold (I3).
 */

import {
  defineFixed,
  defineGetter,
  defineHidden,
  NativeWeakMap,
  reflectGetOwnPropertyDescriptor,
  uncurry,
  weakMapGet,
  weakMapSet,
} from "../primordials.ts";
import type { Definition } from "../registry.ts";
import { runtimeFunction } from "../registry.ts";
import { nowMs } from "./date.ts";

type Getter = (receiver: object) => (...args: unknown[]) => unknown;

function nativeGetter(prototype: object, key: string): Getter {
  return uncurry(reflectGetOwnPropertyDescriptor(prototype, key)!.get as (this: object) => never) as Getter;
}

/** Replaces a getter that gives a function bound to its object by one that gives a function of ours, the same each time. */
function replaceGetter(prototype: object, key: string, definition: Definition, native: Getter): void {
  const given = new NativeWeakMap<object, object>();
  const holder = {
    get [key](): object {
      // Throws for a receiver of another kind.
      native(this);
      let known = weakMapGet(given, this) as object | undefined;
      if (known === undefined) {
        known = definition.instantiate([this]);
        weakMapSet(given, this, known);
      }
      return known;
    },
  };
  const { get } = reflectGetOwnPropertyDescriptor(holder, key)!;
  defineFixed(get!, "name", `get ${key}`);
  defineGetter(prototype, key, get!);
}

const formatDate = nativeGetter(Intl.DateTimeFormat.prototype, "format");
const formatNumber = nativeGetter(Intl.NumberFormat.prototype, "format");
const compareText = nativeGetter(Intl.Collator.prototype, "compare");
const nativeFormatToParts = uncurry(Intl.DateTimeFormat.prototype.formatToParts);

const dateFunction = runtimeFunction(
  (format) => (date: unknown) => formatDate(format as object)(date === undefined ? nowMs() : date),
);
const numberFunction = runtimeFunction((format) => (value: unknown) => formatNumber(format as object)(value));
const compareFunction = runtimeFunction(
  (collator) => (x: unknown, y: unknown) => compareText(collator as object)(x, y),
);

const methods = {
  formatToParts(this: Intl.DateTimeFormat, date: unknown): unknown {
    return nativeFormatToParts(this, date === undefined ? nowMs() : (date as number));
  },
};

export function installIntl(): void {
  replaceGetter(Intl.DateTimeFormat.prototype, "format", dateFunction, formatDate);
  replaceGetter(Intl.NumberFormat.prototype, "format", numberFunction, formatNumber);
  replaceGetter(Intl.Collator.prototype, "compare", compareFunction, compareText);
  defineHidden(Intl.DateTimeFormat.prototype, "formatToParts", methods.formatToParts);
}
