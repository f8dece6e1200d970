/** Which kinds there are to look for, filled by the table of kinds (`kinds/index.ts`). */
import { NativeMap } from "../primordials.ts";
import type { BrandedKind, Kind } from "./kind.ts";

/** In the order in which they are looked for when nothing gives a hint. */
export const brandedKinds: BrandedKind[] = [];

/** Kinds that a prototype alone tells, because no script can reach it. */
export const fixedByPrototype: Map<object, Kind> = new NativeMap();

/** Intrinsic prototype → the brand that its objects should have. */
export const brandedByPrototype: Map<object, BrandedKind | Kind> = new NativeMap();
