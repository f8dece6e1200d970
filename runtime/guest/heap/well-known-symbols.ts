/** Well-known symbols ⇄ their numbers. */
import { mapGet, mapSet, NativeMap } from "../primordials.ts";
import { WELL_KNOWN_SYMBOL_NAMES } from "./well-known-symbol-names.ts";

/** `undefined`: this engine has none of the name; the place stays. */
export const WELL_KNOWN_SYMBOLS: readonly (symbol | undefined)[] = WELL_KNOWN_SYMBOL_NAMES.map(
  (name) => (Symbol as unknown as { readonly [key: string]: symbol | undefined })[name],
);

const numbers: Map<symbol, number> = new NativeMap();
for (let i = 0; i < WELL_KNOWN_SYMBOLS.length; i++) {
  if (WELL_KNOWN_SYMBOLS[i] !== undefined) mapSet(numbers, WELL_KNOWN_SYMBOLS[i]!, i);
}

export function wellKnownSymbolIndex(symbol: symbol): number | undefined {
  return mapGet(numbers, symbol);
}
