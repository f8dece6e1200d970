/** What an object holds behind its properties: entries, slots, private names. For walks over objects of unknown kind. */

import { mapGet, reflectGetPrototypeOf } from "../primordials.ts";
import { proxiesAreUsed } from "../proxy-slot.ts";
import { BoundSlot, ClassSlot, FunctionSlot, hasPrivateNames, ProxySlot, privateNamesOf } from "../slots.ts";
import { brandedByPrototype, brandedKinds, fixedByPrototype } from "./brands.ts";
import type { BrandedKind, EdgeVisitor, Kind } from "./kind.ts";
import { classValue } from "./kinds/class.ts";
import { bound, closure } from "./kinds/functions.ts";
import { prototypesMayLie } from "./suspicion.ts";

const objectPrototype: object = Object.prototype;

/** The kind whose hidden state an object has; `undefined` for one without. `prototype`: the object's. */
export function hiddenKindOf(value: object, prototype: object | null): Kind | undefined {
  if (typeof value === "function") {
    if (FunctionSlot.has(value)) return closure;
    if (ClassSlot.has(value)) return classValue;
    return BoundSlot.has(value) ? bound : undefined;
  }
  if ((prototype === objectPrototype || prototype === null) && !prototypesMayLie()) return undefined;
  const fixed = prototype === null ? undefined : mapGet(fixedByPrototype, prototype);
  return fixed ?? brandOf(value);
}

/** The brand of an object that is no function, found through its prototypes or, where that costs little, directly. */
export function brandOf(value: object): BrandedKind | undefined {
  const prototype = reflectGetPrototypeOf(value);
  if ((prototype === objectPrototype || prototype === null) && !prototypesMayLie()) return undefined;
  const mayBeProxy = proxiesAreUsed();
  for (let link = prototype; link !== null; link = reflectGetPrototypeOf(link)) {
    if (mayBeProxy && ProxySlot.has(link)) break;
    const candidate = mapGet(brandedByPrototype, link) as BrandedKind | undefined;
    if (candidate?.is?.(value) === true) return candidate;
  }
  for (let i = 0; i < brandedKinds.length; i++) {
    if (brandedKinds[i]!.probesCheaply === true && brandedKinds[i]!.is(value)) return brandedKinds[i];
  }
  return undefined;
}

/** `hidden`: what `hiddenKindOf` has told. */
export function visitParts(value: object, hidden: Kind | undefined, visit: EdgeVisitor): void {
  hidden?.visitEdges(value, visit);
  if (!hasPrivateNames(value)) return;
  const names = privateNamesOf(value);
  for (let i = 0; i < names.length; i++) visit("private name", names[i]!.get(value));
}
