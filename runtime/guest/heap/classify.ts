/**
 * The kind of an object. Slots and brands decide; the prototype only says which brand to look for first.
 *
 * Boundary: objects of the image and those met before never come here.
 */
import { unitsExist } from "../dynamic/code-unit.ts";
import { hasOwn, isArray, mapGet, mapSet, NativeMap, reflectGetPrototypeOf } from "../primordials.ts";
import { proxiesAreUsed } from "../proxy-slot.ts";
import { BoundSlot, ClassSlot, FunctionSlot, GeneratorSlot, ProxySlot, RecordSlot } from "../slots.ts";
import { brandedByPrototype, brandedKinds, fixedByPrototype, refusalOf } from "./brands.ts";
import { needsExtras, withExtras } from "./extras.ts";
import type { BrandedKind, Kind } from "./kind.ts";
import { argumentsObject, isArguments } from "./kinds/arguments.ts";
import { arrayKindOf } from "./kinds/array.ts";
import { classValue } from "./kinds/class.ts";
import { unitPartKindOf } from "./kinds/code-unit.ts";
import { bound, closure, isFreshClosure, method, ownerOfPrototype, prototypeOf } from "./kinds/functions.ts";
import { exact, plainKindOf } from "./kinds/plain.ts";
import { proxy } from "./kinds/proxy.ts";
import { nativeFunction } from "./kinds/refused.ts";
import { generator } from "./kinds/slotted.ts";
import { OwnerSlot, ownersAreInThreads } from "./owner-slot.ts";
import { prototypesMayLie } from "./suspicion.ts";

const arrayPrototype: object = Array.prototype;
const objectPrototype: object = Object.prototype;
const extended: Map<BrandedKind, Kind> = new NativeMap();

/** The kind with extras, where the value has any. */
function complete(value: object, kind: BrandedKind): Kind {
  if (!needsExtras(value, kind) || kind.alwaysWritesExtras === true) return kind;
  let twin = mapGet(extended, kind);
  if (twin === undefined) {
    twin = withExtras(kind);
    mapSet(extended, kind, twin);
  }
  return twin;
}

function functionKindOf(value: object): Kind {
  if (FunctionSlot.has(value)) return isFreshClosure(value) ? closure : complete(value, closure);
  if (ClassSlot.has(value)) return complete(value, classValue);
  if (OwnerSlot.has(value)) return complete(value, method);
  if (BoundSlot.has(value)) return bound;
  return nativeFunction;
}

export function kindOf(value: object, careful: boolean): Kind {
  if (proxiesAreUsed() && ProxySlot.has(value)) return proxy;
  if (typeof value === "function") return functionKindOf(value);
  return objectKindOf(value, reflectGetPrototypeOf(value), careful);
}

/** Of an object that is neither a function nor a proxy. */
export function objectKindOf(value: object, prototype: object | null, careful: boolean): Kind {
  if (unitsExist()) {
    const kind = unitPartKindOf(value, prototype);
    if (kind !== undefined) return kind;
  }
  if (prototype === arrayPrototype && isArray(value)) return arrayKindOf(value, careful);
  if (prototype === objectPrototype || prototype === null) {
    if (prototypesMayLie()) {
      const kind = probe(value) ?? refused(value);
      if (kind !== undefined) return kindWithBrand(value, kind, careful);
      // A script chooses what its generators inherit.
      if (GeneratorSlot.has(value)) return generator;
    }
    return unbranded(value, prototype, careful);
  }
  const fixed = mapGet(fixedByPrototype, prototype);
  if (fixed !== undefined) return fixed;
  const kind = prototypesMayLie() ? (probe(value) ?? refused(value)) : brandBelow(value, prototype);
  return kind === undefined ? unbranded(value, prototype, careful) : kindWithBrand(value, kind, careful);
}

/** What an object is beside a plain object, an array or an instance of a script's class, by the prototypes that it has. */
export function brandOf(value: object): BrandedKind | Kind | undefined {
  const prototype = reflectGetPrototypeOf(value);
  if (prototype === null || prototype === objectPrototype || prototype === arrayPrototype) return undefined;
  return brandBelow(value, prototype);
}

function kindWithBrand(value: object, kind: BrandedKind | Kind, careful: boolean): Kind {
  if (isArray(value)) return arrayKindOf(value, careful);
  return "is" in kind ? complete(value, kind) : kind;
}

/** An object without a brand: the `prototype` of a function that lives on, or just an object. */
function unbranded(value: object, prototype: object | null, careful: boolean): Kind {
  if ((ownersAreInThreads() || hasOwn(value, "constructor")) && ownerOfPrototype(value) !== undefined) {
    return complete(value, prototypeOf);
  }
  const kind = plainKindOf(value, prototype, careful);
  // Only an object whose every property is ordinary is another kind, and an `arguments` object has some that are not.
  return kind === exact && isArguments(value) ? argumentsObject : kind;
}

/** What inherits from a native that cannot be saved is refused, unless the runtime knows that it is none. */
function refused(value: object): Kind | undefined {
  const kind = refusalOf(value);
  if (kind === undefined || GeneratorSlot.has(value) || RecordSlot.has(value)) return undefined;
  return ownerOfPrototype(value) === undefined ? kind : undefined;
}

/** The brand that the nearest intrinsic among its prototypes promises, when the value has it. */
function brandBelow(value: object, prototype: object): BrandedKind | Kind | undefined {
  for (let link: object | null = prototype; link !== null && !ProxySlot.has(link); link = reflectGetPrototypeOf(link)) {
    const candidate = mapGet(brandedByPrototype, link);
    if (candidate !== undefined) {
      if (!("is" in candidate)) return refused(value) ?? cheapBrand(value);
      if (candidate.is(value)) return candidate;
    }
  }
  return cheapBrand(value);
}

/** Brands that can be seen without a throw. */
function cheapBrand(value: object): BrandedKind | undefined {
  for (let i = 0; i < brandedKinds.length; i++) {
    if (brandedKinds[i]!.probesCheaply === true && brandedKinds[i]!.is(value)) return brandedKinds[i];
  }
  return undefined;
}

function probe(value: object): BrandedKind | undefined {
  for (let i = 0; i < brandedKinds.length; i++) if (brandedKinds[i]!.is(value)) return brandedKinds[i];
  return undefined;
}
