/** Path of a well-known intrinsic → its number. */
import { mapGet, mapSet, NativeMap } from "../primordials.ts";
import { WELL_KNOWN_INTRINSICS } from "./intrinsic-names.ts";

const indexes: Map<string, number> = new NativeMap();
for (let i = 0; i < WELL_KNOWN_INTRINSICS.length; i++) mapSet(indexes, WELL_KNOWN_INTRINSICS[i]!, i);

/** -1: not in the list. */
export function wellKnownIntrinsicIndex(path: string): number {
  return mapGet(indexes, path) ?? -1;
}
