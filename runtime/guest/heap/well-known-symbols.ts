/** Well-known symbols by number: only ever append. */
import { mapGet, mapSet, NativeMap } from "../primordials.ts";

export const WELL_KNOWN_SYMBOLS: readonly symbol[] = [
  Symbol.iterator,
  Symbol.asyncIterator,
  Symbol.hasInstance,
  Symbol.toPrimitive,
  Symbol.toStringTag,
  Symbol.species,
  Symbol.isConcatSpreadable,
  Symbol.unscopables,
  Symbol.match,
  Symbol.matchAll,
  Symbol.replace,
  Symbol.search,
  Symbol.split,
  // Absent in engines without explicit resource management; the place stays.
  ...(["dispose", "asyncDispose"] as const).map(
    (name) => (Symbol as unknown as { readonly [key: string]: symbol })[name]!,
  ),
];

const numbers: Map<symbol, number> = new NativeMap();
for (let i = 0; i < WELL_KNOWN_SYMBOLS.length; i++) {
  if (WELL_KNOWN_SYMBOLS[i] !== undefined) mapSet(numbers, WELL_KNOWN_SYMBOLS[i]!, i);
}

export function wellKnownSymbolIndex(symbol: symbol): number | undefined {
  return mapGet(numbers, symbol);
}
