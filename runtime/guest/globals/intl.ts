/**
 * `Intl`, where it reads the clock, hands out closures of the engine's, or makes objects that only the engine sees into:
 * formatting without a date formats the step's time (I2); the functions that `format` and `compare` give are the runtime's own;
 * every object is stamped with its constructor, so that a state can hold it as (constructor, resolved options) (I3).
 */

import { INTL_NAMES } from "../heap/class-names.ts";
import {
  defineFixed,
  defineGetter,
  defineHidden,
  isObject,
  objectDefineProperty,
  objectGetOwnPropertyNames,
  reflectApply,
  reflectConstruct,
  reflectGetOwnPropertyDescriptor,
  uncurry,
} from "../primordials.ts";
import type { Definition } from "../registry.ts";
import { runtimeFunction } from "../registry.ts";
import { IntlSlot } from "../slots.ts";
import { nowMs } from "./date.ts";
import { markNative } from "./function-source.ts";

type Getter = (receiver: object) => (...args: unknown[]) => unknown;

export interface IntlClass {
  readonly name: string;
  /** The engine's. */
  readonly native: new (
    ...args: unknown[]
  ) => object;
  readonly prototype: object;
  /** Throws for an object of another class. Absent: a Locale is its tag. */
  readonly resolvedOptions: ((value: object) => Record<string, unknown>) | undefined;
}

function intlClass(name: string): IntlClass {
  const native = (Intl as unknown as Record<string, IntlClass["native"]>)[name]!;
  const { prototype } = native as unknown as { prototype: { resolvedOptions?: () => Record<string, unknown> } };
  const { resolvedOptions } = prototype;
  return { name, native, prototype, resolvedOptions: resolvedOptions && uncurry(resolvedOptions) };
}

/** By number in the format. */
export const INTL_CLASSES: readonly IntlClass[] = INTL_NAMES.map(intlClass);

/** An object of the class as a state describes it. */
export function makeIntl(kind: number, locale: string, options: object): object {
  const { native, resolvedOptions } = INTL_CLASSES[kind]!;
  let made = reflectConstruct(native, [locale, options]) as object;
  // Of the default locale some classes keep more than of the same one when it is asked for.
  if (resolvedOptions !== undefined && resolvedOptions(made).locale !== locale) {
    const byDefault = reflectConstruct(native, [undefined, options]) as object;
    if (resolvedOptions(byDefault).locale === locale) made = byDefault;
  }
  new IntlSlot(made, kind);
  return made;
}

/** The constructor as scripts see it: that of the engine, and a stamp on what it makes. */
function stamping(kind: number): object {
  const { native, name } = INTL_CLASSES[kind]!;
  // Three of them may be called without `new`, and then may give back an object that was made before.
  const made = function (this: unknown, ...args: unknown[]): unknown {
    const result =
      new.target === undefined
        ? (reflectApply(native as never, this, args as never) as unknown)
        : reflectConstruct(native, args, new.target === made ? native : (new.target as never));
    if (isObject(result) && result !== this && !IntlSlot.has(result)) new IntlSlot(result, kind);
    return result;
  };
  const keys = objectGetOwnPropertyNames(native);
  for (let i = 0; i < keys.length; i++) {
    objectDefineProperty(made, keys[i]!, reflectGetOwnPropertyDescriptor(native, keys[i]!)!);
  }
  defineHidden(INTL_CLASSES[kind]!.prototype, "constructor", made);
  defineHidden(Intl, name, made);
  markNative(made);
  return made;
}

function nativeGetter(prototype: object, key: string): Getter {
  return uncurry(reflectGetOwnPropertyDescriptor(prototype, key)!.get as (this: object) => never) as Getter;
}

function boundTo(value: object, definition: Definition): object {
  let known = IntlSlot.bound(value);
  if (known === undefined) {
    known = definition.instantiate([value]);
    IntlSlot.setBound(value, known);
  }
  return known;
}

/** Makes the bound function of an object, where its class has one and nobody has asked so far. */
export function giveBound(value: object): void {
  const definition = boundFunctions[IntlSlot.kind(value)];
  if (definition !== undefined) boundTo(value, definition);
}

/** Replaces a getter that gives a function bound to its object by one that gives a function of ours, the same each time. */
function replaceGetter(kind: number, key: string, definition: Definition, native: Getter): void {
  const { prototype } = INTL_CLASSES[kind]!;
  const holder = {
    get [key](): object {
      // Throws for a receiver of another kind.
      native(this);
      if (!IntlSlot.has(this)) new IntlSlot(this, kind);
      return boundTo(this, definition);
    },
  };
  const { get } = reflectGetOwnPropertyDescriptor(holder, key)!;
  defineFixed(get!, "name", `get ${key}`);
  markNative(get);
  defineGetter(prototype, key, get!);
}

const formatDate = nativeGetter(Intl.DateTimeFormat.prototype, "format");
const formatNumber = nativeGetter(Intl.NumberFormat.prototype, "format");
const compareText = nativeGetter(Intl.Collator.prototype, "compare");
const nativeFormatToParts = uncurry(Intl.DateTimeFormat.prototype.formatToParts);
const maximize = uncurry(Intl.Locale.prototype.maximize);
const minimize = uncurry(Intl.Locale.prototype.minimize);

const dateFunction = runtimeFunction(
  (format) => (date: unknown) => formatDate(format as object)(date === undefined ? nowMs() : date),
);
const numberFunction = runtimeFunction((format) => (value: unknown) => formatNumber(format as object)(value));
const compareFunction = runtimeFunction(
  (collator) => (x: unknown, y: unknown) => compareText(collator as object)(x, y),
);

/** By number of the class. */
const boundFunctions: readonly (Definition | undefined)[] = [dateFunction, numberFunction, compareFunction];

const onDateTimeFormat = {
  formatToParts(this: Intl.DateTimeFormat, date: unknown): unknown {
    return nativeFormatToParts(this, date === undefined ? nowMs() : (date as number));
  },
};

const LOCALE = INTL_NAMES.indexOf("Locale");

const onLocale = {
  maximize(this: Intl.Locale): object {
    return stamped(maximize(this));
  },
  minimize(this: Intl.Locale): object {
    return stamped(minimize(this));
  },
};

function stamped(locale: object): object {
  if (!IntlSlot.has(locale)) new IntlSlot(locale, LOCALE);
  return locale;
}

export function installIntl(): void {
  replaceGetter(0, "format", dateFunction, formatDate);
  replaceGetter(1, "format", numberFunction, formatNumber);
  replaceGetter(2, "compare", compareFunction, compareText);
  for (const [prototype, methods] of [
    [Intl.DateTimeFormat.prototype, onDateTimeFormat],
    [Intl.Locale.prototype, onLocale],
  ] as const) {
    for (const name of objectGetOwnPropertyNames(methods)) {
      const made = (methods as unknown as Record<string, () => void>)[name]!;
      defineHidden(prototype, name, made);
      markNative(made);
    }
  }
  for (let kind = 0; kind < INTL_CLASSES.length; kind++) stamping(kind);
}
