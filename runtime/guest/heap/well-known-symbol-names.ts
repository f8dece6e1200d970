/** Names of the well-known symbols by number: only ever append. */
export const WELL_KNOWN_SYMBOL_NAMES: readonly string[] = [
  "iterator",
  "asyncIterator",
  "hasInstance",
  "toPrimitive",
  "toStringTag",
  "species",
  "isConcatSpreadable",
  "unscopables",
  "match",
  "matchAll",
  "replace",
  "search",
  "split",
  "dispose",
  "asyncDispose",
];
