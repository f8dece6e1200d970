/**
 * The walk that gives every object which loading the program made its image index. Roots in fixed order, breadth first,
 * own-key order: two contexts that loaded one program give the same object the same index (I3).
 *
 * Intrinsics are walked too, for what the program hung onto them, but have no index.
 */
import { giveBound } from "../globals/intl.ts";
import { proxiesAreUsed } from "../globals/proxy.ts";
import { descriptorOf } from "../heap/descriptors.ts";
import { ownNames } from "../heap/own-names.ts";
import { visitParts } from "../heap/parts.ts";
import { moduleObjects } from "../modules.ts";
import { reflectGetPrototypeOf } from "../primordials.ts";
import { registry } from "../registry.ts";
import { IntlSlot, ProxySlot } from "../slots.ts";
import { weakCollectionsAreUsed } from "../weak-entries.ts";
import { addToImage, imageObjects } from "./index-table.ts";
import { intrinsics } from "./intrinsics.ts";
import { keepOriginals, settleKeys, visitWeakEntries } from "./weak-originals.ts";

let hasProxies = false;

/** Whether the load made a proxy: one tells that its target was frozen (its handler may not lie about it any more). */
export function imageHasProxies(): boolean {
  return hasProxies;
}

function visit(_label: string, value: unknown): boolean {
  const type = typeof value;
  if ((type === "object" && value !== null) || type === "function" || type === "symbol") addToImage(value as object);
  return false;
}

function visitList(values: readonly unknown[] | undefined): void {
  if (values === undefined) return;
  for (let i = 0; i < values.length; i++) visit("", values[i]);
}

/** Once, after load. */
export function walkProgram(): void {
  visitRoots();
  const language = intrinsics();
  for (let i = 0; i < language.length; i++) visitProperties(language[i]!);
  walkFound();
}

/** What a unit of global code brought along (scripts.ts): nothing of it has run, so it hung nothing onto the language. */
export function walkUnit(): void {
  visitRoots();
  walkFound();
}

function visitRoots(): void {
  const { bindings, templates, base } = registry;
  visitList(moduleObjects());
  for (let i = 0; i < bindings.length; i++) visitList(bindings[i]);
  visitList(templates);
  visitProperties(base);
}

let walked = 0;

function walkFound(): void {
  const found = imageObjects();
  for (let isGrowing = true; isGrowing; ) {
    for (; walked < found.length; walked++) {
      const value = found[walked]!;
      if (typeof value === "symbol") continue;
      if (proxiesAreUsed() && ProxySlot.has(value)) {
        hasProxies = true;
        visit("", ProxySlot.target(value));
        visit("", ProxySlot.handler(value));
        continue;
      }
      visitProperties(value);
      // Else the first thread to ask would put a function of its own there.
      if (typeof value === "object" && IntlSlot.has(value)) giveBound(value);
      visitParts(value, visit);
    }
    isGrowing = visitEntries(found);
  }
  keepOriginals();
}

/** What weak collections hold under keys that are of the image. True when that made the image grow. */
function visitEntries(found: readonly (object | symbol)[]): boolean {
  if (!weakCollectionsAreUsed()) return false;
  const before = found.length;
  settleKeys();
  for (let i = 0; i < before; i++) {
    const value = found[i]!;
    if (typeof value !== "symbol") visitWeakEntries(value, visitValue);
  }
  return found.length > before;
}

function visitValue(value: unknown): void {
  visit("", value);
}

function visitProperties(holder: object): void {
  const keys = ownNames(holder);
  for (let i = 0; i < keys.length; i++) {
    if (typeof keys[i] === "symbol") visit("", keys[i]);
    const descriptor = descriptorOf(holder, keys[i]!)!;
    visit("", descriptor.value);
    visit("", descriptor.get);
    visit("", descriptor.set);
  }
  visit("", reflectGetPrototypeOf(holder));
}
