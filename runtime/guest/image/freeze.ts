/**
 * Shared mode: threads of one context must not see each other's changes. After load, intrinsics and image are frozen, and
 * what a freeze does not hold is compared after each step. Either way a change ends as a breach (`breach.ts`).
 *
 * The override mistake: assigning to a name that a frozen prototype has throws, although the assignment would only make an
 * own property of the receiver. So properties of prototypes that the program assigns to by name anywhere (its text tells), or
 * that are commonly overridden, stay writable and are compared too: no property changes its form, and reading one costs
 * nothing. An override that the text does not tell is a breach, and only costs time.
 *
 * How an object is frozen decides how fast all code is from then on. `Object.freeze` costs nothing as a rule; what it refuses to
 * the common prototypes is left open and compared:
 * - Where properties of the engine's prototypes are redefined one by one, their functions are not inlined any more: calls on
 *   Maps take three times as long, on strings and typed arrays 10 to 50 times, loops over arrays 6 to 14 times.
 * - Where `Array.prototype` or `Object.prototype` is frozen, each store to an element of an array takes 5 to 50 times as long. That
 *   they take no further properties costs nothing, so that is all that is done to them.
 * - `RegExp.prototype` bears not even that.
 */

import { attributesOf, descriptorOf } from "../heap/descriptors.ts";
import type { BrandedKind, Kind } from "../heap/kind.ts";
import { regExp } from "../heap/kinds/regexp.ts";
import { getOwnPropertySymbols, isView } from "../heap/natives.ts";
import {
  append,
  bareList,
  isArray,
  NativeError,
  NativeFunction,
  NativeSet,
  objectFreeze,
  objectIs,
  objectKeys,
  put,
  reflectApply,
  reflectDefineProperty,
  reflectGetPrototypeOf,
  reflectHas,
  reflectIsExtensible,
  reflectOwnKeys,
  reflectPreventExtensions,
  setAdd,
  setHas,
  stringCharCodeAt,
} from "../primordials.ts";
import { registry } from "../registry.ts";
import { hasPrivateNames, PENDING, PromiseSlot } from "../slots.ts";
import { type Baseline, baselineOf, differenceOf } from "./baseline.ts";
import { beginSharing, noteBreach } from "./breach.ts";
import { type Content, contentOf, hasContent } from "./content.ts";
import { loadMadeSilentCode } from "./silent-code.ts";

/** What natives such as `Object.assign` override in errors and plain objects. */
const COMMONLY_OVERRIDDEN = ["message", "name", "toString"];

const errorPrototype: object = Error.prototype;
const objectPrototype: object = Object.prototype;
const regExpPrototype: object = RegExp.prototype;

/** They take no further properties, and those that they have are compared. */
const OPEN: readonly object[] = [Array.prototype, Object.prototype, Function.prototype];

/** Of the engine's, and overridden by hardly anybody's assignment: frozen as a whole. */
const FROZEN: Set<object> = new NativeSet<object>([
  ...[String, Number, Boolean, Symbol, BigInt, Map, Set, WeakMap, WeakSet, Date, ArrayBuffer, DataView].map(
    prototypeOf,
  ),
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array].map(prototypeOf),
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array].map(prototypeOf),
  reflectGetPrototypeOf(Uint8Array.prototype) as object,
]);

function prototypeOf({ prototype }: { readonly prototype: object }): object {
  return prototype;
}

interface WatchedProperty {
  readonly holder: Record<PropertyKey, unknown>;
  readonly key: PropertyKey;
  readonly value: unknown;
}

interface WatchedContent {
  readonly object: object;
  readonly brand: BrandedKind | undefined;
  readonly content: Content;
}

/** Methods of an open prototype. */
interface WatchedMethods {
  readonly holder: Record<PropertyKey, unknown>;
  readonly names: string[];
  readonly values: unknown[];
  /** Once they were compared often. */
  isUntouched: ((holder: object) => boolean) | undefined;
}

/** A context that has compared so often goes on doing so. */
const OFTEN = 64;

const properties: WatchedProperty[] = [];
const methods: WatchedMethods[] = [];
let comparisons = 0;
/** Accessors of open prototypes: that they are there. */
const accessors: Omit<WatchedProperty, "value">[] = [];
const contents: WatchedContent[] = [];
/** Objects of the runtime that take part in the image: they go on changing, and are compared as a whole. */
const records: Baseline[] = [];

let hasProxies = false;

/** The load made a proxy: one tells that its target was frozen (its handler may not lie about it any more). */
export function noteProxyOfImage(): void {
  hasProxies = true;
}

/** Whether threads can share an image of this program at all. Sloppy code swallows writes that fail, proxies show them. */
export function canShare(): boolean {
  if (hasProxies || loadMadeSilentCode()) return false;
  const { modules } = registry.tables;
  for (let i = 0; i < modules.length; i++) if (!modules[i]!.strict && modules[i]!.kind !== "json") return false;
  return true;
}

/** Once, after load. `assignedNames`: as in `GuestTables`. */
export function freezeImage(assignedNames: readonly string[]): void {
  const overridden = new NativeSet<string>();
  for (let i = 0; i < assignedNames.length; i++) setAdd(overridden, assignedNames[i]!);
  for (let i = 0; i < noted.length; i++) freezeObject(noted[i]!, overridden);
  noted.length = 0;
  for (let i = 0; i < bare.length; i++) {
    const value = bare[i]!;
    if (setHas(prototypes, value))
      freezeObject({ object: value, keys: reflectOwnKeys(value), hidden: undefined }, overridden);
    else objectFreeze(value);
  }
  bare.length = 0;
  const isOpen = setHas(overridden, "constructor");
  for (let i = 0; i < madeByFunctions.length; i++) {
    const object = madeByFunctions[i]!;
    if (isOpen) freezeObject({ object, keys: CONSTRUCTOR, hidden: undefined }, overridden);
    else objectFreeze(object);
  }
  madeByFunctions.length = 0;
  beginSharing();
}

/** What the walk has asked an object for. */
interface Noted {
  readonly object: object;
  readonly keys: readonly PropertyKey[];
  readonly hidden: Kind | undefined;
}

/** In the order of the walk: language, then image; no proxies. */
const noted: Noted[] = bareList();
/** Functions with nothing of their own (`bare-functions.ts`). */
const bare: object[] = bareList();
/** The `prototype` objects of functions that nothing was added to. */
const madeByFunctions: object[] = bareList();
const CONSTRUCTOR: readonly PropertyKey[] = ["constructor"];
/** What an object inherits from, or would if it were made by a function. */
const prototypes: Set<object> = new NativeSet();
let lastPrototype: object | null = null;

export function noteForFreeze(
  object: object,
  keys: readonly PropertyKey[],
  prototype: object | null,
  hidden: Kind | undefined,
): void {
  notePrototype(prototype);
  if (
    hidden === undefined &&
    prototype === objectPrototype &&
    keys.length === 1 &&
    keys[0] === CONSTRUCTOR[0] &&
    typeof object === "object" &&
    !hasPrivateNames(object)
  ) {
    put(madeByFunctions, object);
    return;
  }
  put(noted, { object, keys, hidden });
  if (typeof object !== "function") {
    if (hidden !== undefined) noteLists(object, keys, hidden);
    return;
  }
  for (let i = 0; i < keys.length; i++) {
    if (keys[i] !== "prototype") continue;
    const { value } = descriptorOf(object, "prototype")!;
    if (typeof value === "object" && value !== null) setAdd(prototypes, value as object);
  }
}

/** `made`: the function's `prototype`. */
export function noteBareForFreeze(value: object, prototype: object | null, made: unknown): void {
  put(bare, value);
  notePrototype(prototype);
  if (typeof made === "object" && made !== null) setAdd(prototypes, made);
}

function notePrototype(prototype: object | null): void {
  if (prototype === null || prototype === lastPrototype) return;
  lastPrototype = prototype;
  setAdd(prototypes, prototype);
}

/** Lists that the runtime itself goes on changing: what waits for a promise, what a stack disposes of. */
const lists: Set<unknown> = new NativeSet();
let hasLists = false;

function noteLists(object: object, keys: readonly PropertyKey[], hidden: Kind): void {
  const state = PromiseSlot.get(object);
  if (state !== undefined) {
    if (state.status === PENDING && isArray(state.payload)) noteList(state.payload);
    return;
  }
  if (hidden.isMutable !== true) return;
  for (let i = 0; i < keys.length; i++) {
    const value: unknown = descriptorOf(object, keys[i]!)!.value;
    if (isArray(value)) noteList(value);
  }
}

function noteList(list: unknown): void {
  hasLists = true;
  setAdd(lists, list);
}

function freezeObject({ object, keys, hidden }: Noted, assigned: Set<string>): void {
  if (hidden?.isMutable === true || (hasLists && setHas(lists, object))) {
    append(records, baselineOf(object));
    return;
  }
  const brand = (hidden !== undefined && "is" in hidden && typeof object === "object" ? hidden : undefined) as
    | BrandedKind
    | undefined;
  const content = hidden === undefined && !hasPrivateNames(object) ? undefined : contentOf(object, brand);
  if (content !== undefined) append(contents, { object, brand, content });
  if (object === regExpPrototype) {
    watchRegExpPrototype();
    return;
  }
  for (let i = 0; i < OPEN.length; i++) {
    if (object !== OPEN[i]) continue;
    reflectPreventExtensions(object);
    watchProperties(object as Record<PropertyKey, unknown>, keys);
    return;
  }
  const overridden = setHas(prototypes, object) && !setHas(FROZEN, object) ? assigned : undefined;
  // Nothing else has been added to it, and it cannot be configured any more.
  if (brand === regExp && keys.length === 1 && overridden === undefined) {
    reflectPreventExtensions(object);
    const { writable, value } = descriptorOf(object, "lastIndex")!;
    if (writable === true)
      append(properties, { holder: object as Record<PropertyKey, unknown>, key: "lastIndex", value });
    return;
  }
  // Elements of a typed array cannot be frozen: its buffer is compared.
  let isPlain = !isView(object) && object !== NativeError;
  if (overridden !== undefined || brand === regExp)
    for (let i = 0; i < keys.length && isPlain; i++) isPlain = !stays(object, keys[i]!, overridden);
  if (isPlain) {
    objectFreeze(object);
    return;
  }
  reflectPreventExtensions(object);
  for (let i = 0; i < keys.length; i++) freezeProperty(object, keys[i]!, overridden);
}

/** All that befalls a property but by a definition, which is told (`heap/property-definitions.ts`), shows in its value. */
function watchProperties(holder: Record<PropertyKey, unknown>, keys: readonly PropertyKey[]): void {
  const watched: WatchedMethods = { holder, names: [], values: [], isUntouched: undefined };
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const { value, get, set } = descriptorOf(holder, key)!;
    if (get !== undefined || set !== undefined) append(accessors, { holder, key });
    else if (typeof value === "function" && isName(key)) {
      append(watched.names, key);
      append(watched.values, value);
    } else append(properties, { holder, key, value });
  }
  append(methods, watched);
}

/** What may stand behind a dot. */
function isName(key: PropertyKey): key is string {
  if (typeof key !== "string" || key.length === 0) return false;
  for (let i = 0; i < key.length; i++) {
    const code = stringCharCodeAt(key, i);
    const isDigit = code >= 48 && code <= 57;
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36;
    if (!isLetter && !(isDigit && i > 0)) return false;
  }
  return true;
}

/** Reads each method at a place of its own, which the engine remembers: 1 ns each, where a loop over names takes 14. */
function writtenOut({ names, values }: WatchedMethods): (holder: object) => boolean {
  let parameters = "";
  let tests = "true";
  for (let i = 0; i < names.length; i++) {
    parameters += i === 0 ? "v0" : `,v${i}`;
    tests += ` && holder.${names[i]} === v${i}`;
  }
  const make = NativeFunction(parameters, `return (holder) => ${tests}`) as (...values: unknown[]) => never;
  return reflectApply(make, undefined, values);
}

function methodsAreUntouched({ holder, names, values, isUntouched }: WatchedMethods): boolean {
  if (isUntouched !== undefined) return isUntouched(holder);
  for (let i = 0; i < names.length; i++) if (holder[names[i]!] !== values[i]) return false;
  return true;
}

/** Whether a property stays writable. */
function stays(object: object, key: PropertyKey, overridden: Set<string> | undefined): boolean {
  return mayBeOverridden(object, key, overridden) && descriptorOf(object, key)!.writable === true;
}

function freezeProperty(object: object, key: PropertyKey, overridden: Set<string> | undefined): void {
  // The engine's switch is a thread's own, and saved with it.
  if (object === NativeError && key === "stackTraceLimit") return;
  const descriptor = descriptorOf(object, key)!;
  const staysWritable = stays(object, key, overridden);
  if (staysWritable)
    append(properties, { holder: object as Record<PropertyKey, unknown>, key, value: descriptor.value });
  const frozen = { __proto__: null, configurable: false } as PropertyDescriptor;
  if (descriptor.writable === true && !staysWritable) frozen.writable = false;
  reflectDefineProperty(object, key, frozen);
}

function mayBeOverridden(object: object, key: PropertyKey, overridden: Set<string> | undefined): boolean {
  if (key === "lastIndex") return true;
  if (overridden === undefined || typeof key !== "string") return false;
  if (setHas(overridden, key)) return true;
  if (object !== errorPrototype && reflectGetPrototypeOf(object) !== errorPrototype) return false;
  for (let i = 0; i < COMMONLY_OVERRIDDEN.length; i++) if (COMMONLY_OVERRIDDEN[i] === key) return true;
  return false;
}

interface WatchedDescriptor {
  readonly key: PropertyKey;
  readonly descriptor: PropertyDescriptor;
  readonly attributes: number;
}

const regExpProperties: WatchedDescriptor[] = [];
let regExpSymbols = 0;

function watchRegExpPrototype(): void {
  const keys = reflectOwnKeys(regExpPrototype);
  for (let i = 0; i < keys.length; i++) {
    const descriptor = descriptorOf(regExpPrototype, keys[i]!)!;
    append(regExpProperties, { key: keys[i]!, descriptor, attributes: attributesOf(descriptor) });
    if (typeof keys[i] === "symbol") regExpSymbols++;
  }
}

/**
 * As a baseline tells it, in a quarter of the time: only a new property that is not enumerable does not show here, and who
 * defines one tells so (`heap/property-definitions.ts`).
 */
function regExpPrototypeIsUntouched(): boolean {
  if (
    reflectGetPrototypeOf(regExpPrototype) !== objectPrototype ||
    !reflectIsExtensible(regExpPrototype) ||
    objectKeys(regExpPrototype).length > 0 ||
    getOwnPropertySymbols(regExpPrototype).length !== regExpSymbols
  ) {
    return false;
  }
  for (let i = 0; i < regExpProperties.length; i++) {
    const { key, descriptor, attributes } = regExpProperties[i]!;
    const now = descriptorOf(regExpPrototype, key);
    if (
      now === undefined ||
      now.value !== descriptor.value ||
      now.get !== descriptor.get ||
      now.set !== descriptor.set ||
      attributesOf(now) !== attributes
    ) {
      return false;
    }
  }
  return true;
}

/** After each step of a shared context: what the freeze does not hold. */
export function compareImage(): void {
  if (comparisons++ === OFTEN)
    for (let i = 0; i < methods.length; i++) methods[i]!.isUntouched = writtenOut(methods[i]!);
  for (let i = 0; i < methods.length; i++) if (!methodsAreUntouched(methods[i]!)) noteBreach();
  for (let i = 0; i < properties.length; i++) {
    const { holder, key, value } = properties[i]!;
    if (!objectIs(holder[key], value)) noteBreach();
  }
  for (let i = 0; i < accessors.length; i++) if (!reflectHas(accessors[i]!.holder, accessors[i]!.key)) noteBreach();
  for (let i = 0; i < contents.length; i++) {
    const { object, brand, content } = contents[i]!;
    if (!hasContent(object, brand, content)) noteBreach();
  }
  if (!regExpPrototypeIsUntouched()) noteBreach();
  for (let i = 0; i < records.length; i++) if (differenceOf(records[i]!) !== undefined) noteBreach();
}
