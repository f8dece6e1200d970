/**
 * What every object of the image and of the language was like after load, and what of it a thread has changed since.
 *
 * Taken once per context, before the first step of a thread that lives alone in it. Compared at each encoding: one walk.
 */

import { attributesOf, descriptorOf } from "../heap/descriptors.ts";
import { isElement } from "../heap/extras.ts";
import { CONFIGURABLE, WRITABLE } from "../heap/format.ts";
import type { BrandedKind } from "../heap/kind.ts";
import { ownNames } from "../heap/own-names.ts";
import { ModuleScope } from "../module-scope.ts";
import { append, bareList, objectIs, put, reflectGetPrototypeOf, reflectIsExtensible } from "../primordials.ts";
import { proxiesAreUsed } from "../proxy-slot.ts";
import { hasPrivateNames, ProxySlot } from "../slots.ts";
import { BARE_KEYS, BARE_MAKER_KEYS, bareKeysOf, isBare, isStillBare } from "./bare-functions.ts";
import { contentBeforeCompilation } from "./compiled-patterns.ts";
import { brandWithContent, type Content, contentOf, isCursor, sameContent } from "./content.ts";
import { imageObjects } from "./index-table.ts";
import { intrinsics, type Look } from "./intrinsics.ts";

export interface Baseline {
  readonly object: object;
  readonly keys: readonly PropertyKey[];
  /** Place of the first key in `attributes`, `values` and `setters`. */
  readonly from: number;
  readonly prototype: object | null;
  readonly isExtensible: boolean;
  readonly brand: BrandedKind | undefined;
  readonly content: Content;
}

export interface Difference {
  readonly object: object;
  /** Present: another prototype, `null` included. */
  readonly prototype: { readonly value: object | null } | undefined;
  readonly isFixed: boolean;
  /** Keys that go, or move to the end. */
  readonly deleted: readonly PropertyKey[];
  /** Keys that come or change, in order. */
  readonly defined: readonly PropertyKey[];
  readonly content: Content;
}

/** Of the properties of all baselines, one after the other: attributes, value or getter, setter. */
const attributes: number[] = bareList();
const values: unknown[] = bareList();
const setters: unknown[] = bareList();

export function baselineOf(object: object): Baseline {
  if (proxiesAreUsed() && ProxySlot.has(object)) return { ...untouched, object, content: contentOf(object, undefined) };
  const keys = ownNames(object);
  for (let i = 0; i < keys.length; i++) noteProperty(descriptorOf(object, keys[i]!)!);
  const brand = brandWithContent(object);
  return baselineFrom(object, keys, reflectGetPrototypeOf(object), brand, contentOf(object, brand));
}

/** For who has asked an object for all of it: each property in the order of the keys, and then `baselineFrom`. */
export function noteProperty(descriptor: PropertyDescriptor): void {
  noteValue(attributesOf(descriptor), descriptor.get ?? descriptor.value, descriptor.set);
}

export function baselineFrom(
  object: object,
  keys: readonly PropertyKey[],
  prototype: object | null,
  brand: BrandedKind | undefined,
  content: Content,
): Baseline {
  return {
    object,
    keys,
    from: attributes.length - keys.length,
    prototype,
    isExtensible: reflectIsExtensible(object),
    brand,
    content,
  };
}

/** Of a bare function with these keys (`bare-functions.ts`). */
export function bareBaseline(object: object, keys: readonly PropertyKey[], prototype: object | null): Baseline {
  const from = attributes.length;
  const { length, name } = object as { readonly length: unknown; readonly name: unknown };
  noteValue(CONFIGURABLE, length, undefined);
  noteValue(CONFIGURABLE, name, undefined);
  if (keys === BARE_MAKER_KEYS) noteValue(WRITABLE, (object as { readonly prototype: unknown }).prototype, undefined);
  return { object, keys, from, prototype, isExtensible: true, brand: undefined, content: undefined };
}

function noteValue(attribute: number, value: unknown, setter: unknown): void {
  const at = attributes.length;
  attributes[at] = attribute;
  values[at] = value;
  setters[at] = setter;
}

function isUntouchedBare({ object, keys, from, prototype }: Baseline): boolean {
  if (keys === BARE_KEYS) return isStillBare(object, prototype);
  return (
    keys === BARE_MAKER_KEYS &&
    isStillBare(object, prototype) &&
    (object as { readonly prototype: unknown }).prototype === values[from + 2]
  );
}

/** A proxy is not asked for anything. */
const untouched = { keys: [], from: 0, prototype: null, isExtensible: false, brand: undefined };

const kept: Baseline[] = bareList();

/** For a context where nothing but the global object can change before `takeBaselines`: the intrinsics' walk takes them along. */
export const takeLanguage: Look = {
  property: noteProperty,
  object(object, keys, prototype) {
    const brand = brandWithContent(object);
    put(kept, baselineFrom(object, keys, prototype, brand, contentOf(object, brand)));
  },
  bare(value, prototype) {
    put(kept, bareBaseline(value, BARE_KEYS, prototype));
  },
};

/** What the walk of the program takes along for a thread that lives alone: all of the language, then all of the image. */
export function keepBaseline(baseline: Baseline): void {
  put(kept, baseline);
}

/** Of a proxy, too, which is not asked for anything. */
export function keepProxy(proxy: object): void {
  put(kept, baselineOf(proxy));
}

/** All of the image has its baseline by now. */
export function endBaselines(): void {
  taken = imageObjects().length;
}

/** In the order of the walk: intrinsics, then the image. */
export function takeBaselines(): Baseline[] {
  const language = intrinsics();
  if (kept.length > 0) kept[0] = baselineOf(language[0]!);
  for (let i = kept.length; i < language.length; i++) put(kept, baselineOf(language[i]!));
  extendBaselines(kept);
  return kept;
}

let taken = 0;

/** Adds the objects that the image has got since the last time. */
export function extendBaselines(baselines: Baseline[]): void {
  const image = imageObjects();
  for (; taken < image.length; taken++) {
    const object = image[taken]!;
    if (typeof object === "symbol" || (!ProxySlot.has(object) && object instanceof ModuleScope)) continue;
    const keys = typeof object === "function" && isBare(object) ? bareKeysOf(object) : undefined;
    put(baselines, keys === undefined ? baselineOf(object) : bareBaseline(object, keys, reflectGetPrototypeOf(object)));
  }
}

/** Whether a property is as it was at this place of the lists. */
function isSame(descriptor: PropertyDescriptor, at: number): boolean {
  return (
    attributesOf(descriptor) === attributes[at] &&
    objectIs(descriptor.get ?? descriptor.value, values[at]) &&
    descriptor.set === setters[at]
  );
}

/** The keys are the same in the same order, and so are the properties: true of nearly all objects. */
function isUntouched({ object, keys: before, from }: Baseline, keys: readonly PropertyKey[]): boolean {
  const { length } = before;
  if (keys.length !== length) return false;
  for (let i = 0; i < length; i++) {
    const key = before[i]!;
    if (keys[i] !== key || !isSame(descriptorOf(object, key)!, from + i)) return false;
  }
  return true;
}

/** Every key list has elements first, then names, then symbols; only within a group does the order tell what came first. */
type KeyGroup = "element" | "name" | "symbol";

function groupOf(key: PropertyKey): KeyGroup {
  if (typeof key === "symbol") return "symbol";
  return isElement(key as string) ? "element" : "name";
}

function compareKeys(
  { object, keys: before, from }: Baseline,
  keys: readonly PropertyKey[],
  group: KeyGroup,
  deleted: PropertyKey[],
  defined: PropertyKey[],
): void {
  let at = 0;
  const skip = () => {
    while (at < keys.length && groupOf(keys[at]!) !== group) at++;
  };
  for (let i = 0; i < before.length; i++) {
    const key = before[i]!;
    if (groupOf(key) !== group) continue;
    skip();
    if (keys[at] !== key) {
      append(deleted, key);
      continue;
    }
    // The engine's own switch belongs to the thread, and is saved with it.
    if (
      key !== "stackTraceLimit" &&
      !(key === "native" && isCursor(object)) &&
      !isSame(descriptorOf(object, key)!, from + i)
    )
      append(defined, key);
    at++;
  }
  for (skip(); at < keys.length; skip()) append(defined, keys[at++]!);
}

/** An object without hidden state can only have got private names since, or another pattern. */
function contentNow({ object, brand, content }: Baseline): Content {
  const isPlain = content === undefined && contentBeforeCompilation(object) === undefined;
  return isPlain && !hasPrivateNames(object) ? undefined : contentOf(object, brand);
}

/** `undefined`: nothing has changed. */
export function differenceOf(baseline: Baseline): Difference | undefined {
  const { object } = baseline;
  if (isUntouchedBare(baseline)) return undefined;
  if (proxiesAreUsed() && ProxySlot.has(object)) {
    const content = contentOf(object, undefined);
    if (sameContent(content, baseline.content)) return undefined;
    return { object, prototype: undefined, isFixed: false, deleted: [], defined: [], content };
  }
  const keys = ownNames(object);
  const isSameKeys = isUntouched(baseline, keys);
  const prototype = reflectGetPrototypeOf(object);
  const isFixed = baseline.isExtensible && !reflectIsExtensible(object);
  const content = contentNow(baseline);
  const hasContent = !sameContent(content, baseline.content ?? contentBeforeCompilation(object));
  const isSameElse = prototype === baseline.prototype && !isFixed && !hasContent;
  if (isSameKeys && isSameElse) return undefined;
  const deleted: PropertyKey[] = [];
  const defined: PropertyKey[] = [];
  if (!isSameKeys) {
    compareKeys(baseline, keys, "element", deleted, defined);
    compareKeys(baseline, keys, "name", deleted, defined);
    compareKeys(baseline, keys, "symbol", deleted, defined);
  }
  if (deleted.length === 0 && defined.length === 0 && isSameElse) return undefined;
  return {
    object,
    prototype: prototype === baseline.prototype ? undefined : { value: prototype },
    isFixed,
    deleted,
    defined,
    content: hasContent ? content : undefined,
  };
}
