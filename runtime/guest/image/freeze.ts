/**
 * Shared mode: threads of one context must not see each other's changes. After load, intrinsics and image are frozen, and
 * what a freeze does not hold is compared after each step. Either way a change ends as a breach (`breach.ts`).
 *
 * The override mistake: assigning to a name that a frozen prototype has throws, although the assignment would only make an
 * own property of the receiver. So properties of prototypes that the program assigns to by name anywhere (its text tells), or
 * that are commonly overridden, stay writable and are compared too: no property changes its form, and reading one costs
 * nothing. An override that the text does not tell is a breach, and only costs time.
 *
 * How an object is frozen decides how fast all code is from then on: redefining the properties of `Array.prototype` one by
 * one makes loops over arrays and Maps 6 to 14 times slower and spreading an array 100 times, `Object.freeze` costs nothing.
 * `RegExp.prototype` bears not even that, so it stays open and is compared.
 */

import { proxiesAreUsed } from "../globals/proxy.ts";
import { fixedByPrototype } from "../heap/brands.ts";
import { attributesOf, descriptorOf } from "../heap/descriptors.ts";
import type { BrandedKind } from "../heap/kind.ts";
import { getOwnPropertySymbols, isView, regExpExec } from "../heap/natives.ts";
import { ownNames } from "../heap/own-names.ts";
import {
  append,
  bareList,
  functionToString,
  hasOwn,
  isArray,
  mapGet,
  NativeError,
  NativeSet,
  objectFreeze,
  objectIs,
  objectKeys,
  put,
  reflectDefineProperty,
  reflectGetPrototypeOf,
  reflectIsExtensible,
  reflectOwnKeys,
  reflectPreventExtensions,
  setAdd,
  setHas,
} from "../primordials.ts";
import { registry } from "../registry.ts";
import { PENDING, PromiseSlot, ProxySlot } from "../slots.ts";
import { type Baseline, baselineOf, differenceOf } from "./baseline.ts";
import { beginSharing, noteBreach } from "./breach.ts";
import { brandWithContent, type Content, contentOf, hasContent } from "./content.ts";
import { imageObjects } from "./index-table.ts";
import { intrinsics } from "./intrinsics.ts";
import { loadMadeSilentCode } from "./silent-code.ts";
import { imageHasProxies } from "./walk.ts";

/** What natives such as `Object.assign` override in errors and plain objects. */
const COMMONLY_OVERRIDDEN = ["message", "name", "toString"];
const ASSIGNED_NAME = /(?:\.|\[["'])([\w$]+)(?:["']\])?\s*(?:[-+*/%&|^?]{0,3}=(?!=)|\+\+|--)/g;

const errorPrototype: object = Error.prototype;
const objectPrototype: object = Object.prototype;
const arrayPrototype: object = Array.prototype;
const regExpPrototype: object = RegExp.prototype;

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

const properties: WatchedProperty[] = [];
const contents: WatchedContent[] = [];
/** Objects of the runtime that take part in the image: they go on changing, and are compared as a whole. */
const records: Baseline[] = [];

/** Whether threads can share an image of this program at all. Sloppy code swallows writes that fail, proxies show them. */
export function canShare(): boolean {
  if (imageHasProxies() || loadMadeSilentCode()) return false;
  const { modules } = registry.tables;
  for (let i = 0; i < modules.length; i++) if (!modules[i]!.strict && modules[i]!.kind !== "json") return false;
  return true;
}

/** Once, after load. `program`: the function whose text is the program's. */
export function freezeImage(program: object): void {
  const overridden = assignedNames(functionToString(program as () => void));
  const prototypes = new NativeSet<object>();
  const all: object[] = bareList();
  const language = intrinsics();
  for (let i = 0; i < language.length; i++) put(all, language[i]!);
  const image = imageObjects();
  for (let i = 0; i < image.length; i++) {
    const object = image[i]!;
    if (typeof object !== "symbol" && !(proxiesAreUsed() && ProxySlot.has(object))) put(all, object);
  }
  for (let i = 0; i < all.length; i++) {
    const prototype = reflectGetPrototypeOf(all[i]!);
    if (prototype !== null) setAdd(prototypes, prototype);
    if (typeof all[i] === "function") {
      const own = descriptorOf(all[i]!, "prototype");
      if (own !== undefined && typeof own.value === "object" && own.value !== null)
        setAdd(prototypes, own.value as object);
    }
  }
  for (let i = 0; i < all.length; i++) noteLists(all[i]!);
  for (let i = 0; i < all.length; i++) freezeObject(all[i]!, setHas(prototypes, all[i]!) ? overridden : undefined);
  beginSharing();
}

function assignedNames(text: string): Set<string> {
  const names = new NativeSet<string>();
  for (let match = regExpExec(ASSIGNED_NAME, text); match !== null; match = regExpExec(ASSIGNED_NAME, text)) {
    setAdd(names, match[1]!);
  }
  return names;
}

function isRecord(object: object): boolean {
  if (typeof object === "function") return false;
  const prototype = reflectGetPrototypeOf(object);
  return prototype !== null && mapGet(fixedByPrototype, prototype)?.isMutable === true;
}

/** Lists that the runtime itself goes on changing: what waits for a promise, what a stack disposes of. */
const lists: Set<unknown> = new NativeSet();

function noteLists(object: object): void {
  if (typeof object === "function") return;
  const state = PromiseSlot.get(object);
  if (state !== undefined) {
    if (state.status === PENDING && isArray(state.payload)) setAdd(lists, state.payload);
    return;
  }
  if (!isRecord(object)) return;
  const keys = reflectOwnKeys(object);
  for (let i = 0; i < keys.length; i++) {
    const value: unknown = descriptorOf(object, keys[i]!)!.value;
    if (isArray(value)) setAdd(lists, value);
  }
}

function freezeObject(object: object, overridden: Set<string> | undefined): void {
  if (isRecord(object) || setHas(lists, object)) {
    append(records, baselineOf(object));
    return;
  }
  const brand = brandWithContent(object);
  const content = contentOf(object, brand);
  if (content !== undefined) append(contents, { object, brand, content });
  if (object === regExpPrototype) {
    watchRegExpPrototype();
    return;
  }
  let isPlain = !isView(object) && object !== NativeError;
  if (isPlain && overridden === undefined && !hasOwn(object, "lastIndex")) {
    objectFreeze(object);
    return;
  }
  // Elements of a typed array cannot be frozen: its buffer is compared.
  const keys = ownNames(object);
  for (let i = 0; i < keys.length && isPlain; i++) isPlain = !stays(object, keys[i]!, overridden);
  if (isPlain) {
    objectFreeze(object);
    return;
  }
  reflectPreventExtensions(object);
  for (let i = 0; i < keys.length; i++) freezeProperty(object, keys[i]!, overridden);
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
  // Who inherits from `Array.prototype` and overrides by assignment is rare; see above.
  if (overridden === undefined || typeof key !== "string" || object === arrayPrototype) return false;
  if (setHas(overridden, key)) return true;
  if (object !== errorPrototype && object !== objectPrototype && reflectGetPrototypeOf(object) !== errorPrototype)
    return false;
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
  for (let i = 0; i < properties.length; i++) {
    const { holder, key, value } = properties[i]!;
    if (!objectIs(holder[key], value)) noteBreach();
  }
  for (let i = 0; i < contents.length; i++) {
    const { object, brand, content } = contents[i]!;
    if (!hasContent(object, brand, content)) noteBreach();
  }
  if (!regExpPrototypeIsUntouched()) noteBreach();
  for (let i = 0; i < records.length; i++) if (differenceOf(records[i]!) !== undefined) noteBreach();
}
