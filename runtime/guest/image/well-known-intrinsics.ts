/** Intrinsics that states name often, by number: only ever append. All others stand with their path. */
import { mapGet, mapSet, NativeMap } from "../primordials.ts";

export const WELL_KNOWN_INTRINSICS: readonly string[] = [
  "",
  "Object.prototype",
  "Function.prototype",
  "Array.prototype",
  "Promise",
  "Promise.prototype",
  "Error.prototype",
  "TypeError.prototype",
  "RangeError.prototype",
  "SyntaxError.prototype",
  "ReferenceError.prototype",
  "EvalError.prototype",
  "URIError.prototype",
  "AggregateError.prototype",
  "Map.prototype",
  "Set.prototype",
  "Date.prototype",
  "RegExp.prototype",
  "%GeneratorFunction%.prototype",
  "%GeneratorFunction%.prototype.prototype",
  "%AsyncFunction%.prototype",
  "%AsyncGeneratorFunction%.prototype",
  "%AsyncGeneratorFunction%.prototype.prototype",
  "Uint8Array.prototype",
  "ArrayBuffer.prototype",
  "Object",
  "Function",
  "Array",
  "String",
  "Number",
  "Boolean",
  "Error",
];

const indexes: Map<string, number> = new NativeMap();
for (let i = 0; i < WELL_KNOWN_INTRINSICS.length; i++) mapSet(indexes, WELL_KNOWN_INTRINSICS[i]!, i);

/** -1: not in the list. */
export function wellKnownIntrinsicIndex(path: string): number {
  return mapGet(indexes, path) ?? -1;
}
