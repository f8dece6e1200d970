/**
 * What the load made and no state can hold: a native iterator or generator stands in the image as it is, so threads that share
 * it would see each other move it, and one that lives alone would find it at its start after a restore (I4, I5). Such a
 * program does not start.
 */
import { guestError } from "../errors.ts";
import { fixedByPrototype, refusalOf } from "../heap/brands.ts";
import type { Kind } from "../heap/kind.ts";
import { nativeGenerator, nativeIterator } from "../heap/kinds/refused.ts";
import { OwnerSlot } from "../heap/owner-slot.ts";
import { describeWay } from "../heap/path.ts";
import { prototypesMayLie } from "../heap/suspicion.ts";
import {
  isObject,
  mapGet,
  mapSet,
  NativeMap,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
} from "../primordials.ts";
import { ArrayCursor, CollectionCursor, StringCursor } from "../records.ts";
import { registry } from "../registry.ts";
import { GeneratorSlot, ProxySlot, RecordSlot } from "../slots.ts";

const objectPrototype: object = Object.prototype;
const nativesOfCursors: Map<object, true> = new NativeMap();

/** For the walk: what a cursor holds is the runtime's own, and another one after the next look at the cursor's place. */
export function exemptNative(value: object): void {
  if (value instanceof CollectionCursor && value.native !== undefined) mapSet(nativesOfCursors, value.native, true);
}

/** For the walk: whether an object of the image, no proxy and no function, is to be looked at when all of it is found. */
export function mayBeUnsaveable(value: object, prototype: object | null): boolean {
  if ((prototype === objectPrototype || prototype === null) && !prototypesMayLie()) return false;
  const kind = refusalOf(value);
  if (kind !== nativeIterator && kind !== nativeGenerator) return false;
  // Owned: the `prototype` of a generator function that nothing reaches any more, under a generator that lives on.
  return !(GeneratorSlot.has(value) || RecordSlot.has(value) || isRecord(value) || OwnerSlot.has(value));
}

/**
 * After the walk of the program.
 *
 * @param suspects What `mayBeUnsaveable` has told.
 * @param found All objects and symbols of the image.
 * @throws `UnserializableValue`, as the load's error.
 */
export function refuseUnsaveable(suspects: readonly object[], found: readonly (object | symbol)[]): void {
  if (suspects.length === 0) return;
  const exempt = exemptOf(found);
  for (let i = 0; i < suspects.length; i++) {
    const value = suspects[i]!;
    if (mapGet(exempt, value) === undefined) refuse(value, refusalOf(value)!);
  }
}

/** An object of the runtime that no script can reach. */
function isRecord(value: object): boolean {
  const prototype = reflectGetPrototypeOf(value);
  return prototype !== null && mapGet(fixedByPrototype, prototype) !== undefined;
}

/** What inherits from those natives and is none: `prototype` of functions, and what the runtime's own iterators hold. */
function exemptOf(found: readonly (object | symbol)[]): Map<object, true> {
  const exempt = nativesOfCursors;
  mapSet(exempt, ArrayCursor.prototype, true);
  mapSet(exempt, StringCursor.prototype, true);
  mapSet(exempt, CollectionCursor.prototype, true);
  for (let i = 0; i < found.length; i++) {
    const value = found[i]!;
    if (typeof value === "symbol" || ProxySlot.has(value)) continue;
    if (typeof value === "function") {
      const prototype: unknown = reflectGetOwnPropertyDescriptor(value, "prototype")?.value;
      if (isObject(prototype)) mapSet(exempt, prototype, true);
    }
  }
  return exempt;
}

function refuse(value: object, kind: Kind): never {
  throw guestError(
    "UnserializableValue",
    `${wayTo(value)}: ${kind.name}, made while the program's modules load. All threads of the program would share it, and its place ` +
      "cannot be saved. Make it where it is used, or ask for values(), keys() or entries()",
  );
}

function wayTo(value: object): string {
  const { bindings, bindingModules, tables, base } = registry;
  for (let i = 0; i < bindings.length; i++) {
    for (let j = 0; j < bindings[i]!.length; j++) {
      const root = bindings[i]![j];
      const way = isObject(root) ? describeWay(root, value) : undefined;
      if (way !== undefined) return `module ${tables.modules[bindingModules[i]!]!.id}, a top-level constant${way}`;
    }
  }
  return `module state${describeWay(base, value) ?? ""}`;
}
