/**
 * The walk that gives every object which loading the program made its image index. Roots in fixed order, breadth first,
 * own-key order: two contexts that loaded one program give the same object the same index (I3).
 *
 * Intrinsics are walked too, for what the program hung onto them, but have no index.
 */
import { giveBound } from "../globals/intl.ts";
import { checkDescriptors, descriptorOf } from "../heap/descriptors.ts";
import type { BrandedKind, Kind } from "../heap/kind.ts";
import { fixedNames, ownNames } from "../heap/own-names.ts";
import { hiddenKindOf, visitParts } from "../heap/parts.ts";
import { prototypesMayLie } from "../heap/suspicion.ts";
import { ModuleScope } from "../module-scope.ts";
import { moduleObjects } from "../modules.ts";
import { append, functionPrototype, hasOwn, reflectGetPrototypeOf } from "../primordials.ts";
import { proxiesAreUsed } from "../proxy-slot.ts";
import { registry } from "../registry.ts";
import { hasPrivateNames, IntlSlot, ProxySlot } from "../slots.ts";
import { weakCollectionsAreUsed } from "../weak-entries.ts";
import { BARE_KEYS, bareKeysOf, isBare, isComplete, prototypeOfBare } from "./bare-functions.ts";
import { bareBaseline, baselineFrom, endBaselines, keepBaseline, keepProxy, noteProperty } from "./baseline.ts";
import { contentOf } from "./content.ts";
import { noteBareForFreeze, noteForFreeze, noteProxyOfImage } from "./freeze.ts";
import { addToImage, imageObjects } from "./index-table.ts";
import { intrinsics, wasBare } from "./intrinsics.ts";
import { exemptNative, mayBeUnsaveable, refuseUnsaveable } from "./unsaveable.ts";
import { keepOriginals, settleKeys, visitWeakEntries } from "./weak-originals.ts";

/** Each object is asked once for all of it: what is frozen next, or what changes of it are told by. `undefined`: neither. */
type Purpose = "freeze" | "baselines" | undefined;
let told: Purpose;

const objectPrototype: object = Object.prototype;

/** What may be something that no state can hold. */
const suspects: object[] = [];

function visit(value: unknown): void {
  if (typeof value === "function" || typeof value === "symbol" || (typeof value === "object" && value !== null))
    addToImage(value);
}

function visitPart(_label: string, value: unknown): boolean {
  visit(value);
  return false;
}

function visitList(values: readonly unknown[] | undefined): void {
  if (values === undefined) return;
  for (let i = 0; i < values.length; i++) visit(values[i]);
}

/** Once, after load. `purpose`: who is told of all that the walk has asked the objects for. */
export function walkProgram(purpose: Purpose): void {
  visitRoots();
  told = purpose;
  const language = intrinsics();
  for (let i = 0; i < language.length; i++) {
    const value = language[i]!;
    const prototype = reflectGetPrototypeOf(value);
    if (wasBare(i) && isBare(value) && (told !== "baselines" || isComplete(value))) {
      if (prototype !== functionPrototype) visit(prototype);
      if (told === "freeze") noteBareForFreeze(value, prototype, undefined);
      else if (told === "baselines") keepBaseline(bareBaseline(value, BARE_KEYS, prototype));
      continue;
    }
    const keys = visitProperties(value);
    visit(prototype);
    if (told !== undefined) tell(value, keys, prototype, hiddenKindOf(value, prototype));
  }
  walkFound();
  if (told === "baselines") endBaselines();
  told = undefined;
  refuseUnsaveable(suspects, imageObjects());
}

/** What a unit of global code brought along (scripts.ts): nothing of it has run, so it hung nothing onto the language. */
export function walkUnit(): void {
  visitRoots();
  walkFound();
}

function visitRoots(): void {
  checkDescriptors();
  const { bindings, templates, base } = registry;
  visitList(moduleObjects());
  for (let i = 0; i < bindings.length; i++) visitList(bindings[i]);
  visitList(templates);
  visitProperties(base);
  visit(reflectGetPrototypeOf(base));
}

let walked = 0;

function walkFound(): void {
  const found = imageObjects();
  for (let isGrowing = true; isGrowing; ) {
    for (; walked < found.length; walked++) {
      const value = found[walked]!;
      if (typeof value === "symbol") continue;
      if (proxiesAreUsed() && ProxySlot.has(value)) {
        noteProxyOfImage();
        visit(ProxySlot.target(value));
        visit(ProxySlot.handler(value));
        if (told === "baselines") keepProxy(value);
      } else walkObject(value);
    }
    isGrowing = visitEntries(found);
  }
  keepOriginals();
}

function walkObject(value: object): void {
  const prototype = reflectGetPrototypeOf(value);
  if (typeof value === "function" && walkBare(value, prototype)) return;
  const keys = visitProperties(value);
  if (prototype !== objectPrototype) visit(prototype);
  const hidden = hiddenKindOf(value, prototype);
  if (typeof value === "object") {
    // Else the first thread to ask would put a function of its own there.
    if ((hidden !== undefined || prototypesMayLie()) && IntlSlot.has(value)) giveBound(value);
    if (hidden !== undefined) exemptNative(value);
    else if (mayBeUnsaveable(value, prototype)) append(suspects, value);
  }
  visitParts(value, hidden, visitPart);
  if (told !== undefined) tell(value, keys, prototype, hidden);
}

/** In short, what `walkObject` does of a function that has what the engine gave it and no more. False: it may have more. */
function walkBare(value: object, prototype: object | null): boolean {
  if (!isBare(value)) return false;
  const isMaker = hasOwn(value, "prototype");
  let keys: readonly PropertyKey[] | undefined;
  if (told === "baselines") {
    keys = bareKeysOf(value);
    if (keys === undefined) return false;
  } else if (isMaker && prototypeOfBare(value) === undefined) return false;
  const made = isMaker ? (value as { readonly prototype: unknown }).prototype : undefined;
  visit(made);
  if (prototype !== functionPrototype) visit(prototype);
  hiddenKindOf(value, prototype)?.visitEdges(value, visitPart);
  if (told === "freeze") noteBareForFreeze(value, prototype, made);
  else if (keys !== undefined) keepBaseline(bareBaseline(value, keys, prototype));
  return true;
}

function tell(value: object, keys: readonly PropertyKey[], prototype: object | null, hidden: Kind | undefined): void {
  if (told === "freeze") noteForFreeze(value, keys, prototype, hidden);
  else if (hidden === undefined && !hasPrivateNames(value)) {
    keepBaseline(baselineFrom(value, keys, prototype, undefined, undefined));
  } else if (!(value instanceof ModuleScope)) {
    const isBranded = hidden !== undefined && "is" in hidden && typeof value === "object";
    const brand = isBranded ? (hidden as BrandedKind) : undefined;
    keepBaseline(baselineFrom(value, keys, prototype, brand, contentOf(value, brand)));
  }
}

/** What weak collections hold under keys that are of the image. True when that made the image grow. */
function visitEntries(found: readonly (object | symbol)[]): boolean {
  if (!weakCollectionsAreUsed()) return false;
  const before = found.length;
  settleKeys();
  for (let i = 0; i < before; i++) {
    const value = found[i]!;
    if (typeof value !== "symbol") visitWeakEntries(value, visit);
  }
  return found.length > before;
}

function visitProperties(holder: object): readonly PropertyKey[] {
  const keys = told === "freeze" ? fixedNames(holder) : ownNames(holder);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (typeof key === "symbol") addToImage(key);
    const descriptor = descriptorOf(holder, key)!;
    if (descriptor.writable !== undefined) visit(descriptor.value);
    else {
      visit(descriptor.get);
      visit(descriptor.set);
    }
    if (told === "baselines") noteProperty(descriptor);
  }
  return keys;
}
