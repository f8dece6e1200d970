/** Which kinds there are to look for, filled by the table of kinds (`kinds/index.ts`). */
import { mapGet, NativeMap, NativeWeakMap, reflectGetPrototypeOf, weakMapGet, weakMapSet } from "../primordials.ts";
import { ProxySlot } from "../slots.ts";
import type { BrandedKind, Kind } from "./kind.ts";

/** In the order in which they are looked for when nothing gives a hint. */
export const brandedKinds: BrandedKind[] = [];

/** Kinds that a prototype alone tells, because no script can reach it. */
export const fixedByPrototype: Map<object, Kind> = new NativeMap();

/** Intrinsic prototype → the brand that its objects should have. */
export const brandedByPrototype: Map<object, BrandedKind | Kind> = new NativeMap();

/** Objects that lost the prototype that told that they cannot be saved: nothing else can tell it. */
const hidden: WeakMap<object, Kind> = new NativeWeakMap();

export function hideRefusal(value: object, kind: Kind): void {
  weakMapSet(hidden, value, kind);
}

/** The kind without a brand check that an object, or what it inherits from, promises: none of those can be saved. */
export function refusalOf(value: object): Kind | undefined {
  for (let link: object | null = value; link !== null && !ProxySlot.has(link); link = reflectGetPrototypeOf(link)) {
    const kind = mapGet(brandedByPrototype, link) ?? (weakMapGet(hidden, link) as Kind | undefined);
    if (kind !== undefined && !("is" in kind)) return kind;
  }
  return undefined;
}
