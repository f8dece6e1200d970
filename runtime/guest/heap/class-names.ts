/** Classes of the language that states name by number: only ever append. */

export const TYPED_ARRAY_NAMES: readonly string[] = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "Float16Array",
];

export const INTL_NAMES: readonly string[] = [
  "DateTimeFormat",
  "NumberFormat",
  "Collator",
  "PluralRules",
  "RelativeTimeFormat",
  "ListFormat",
  "Locale",
  "DisplayNames",
  "Segmenter",
  "DurationFormat",
];
/** So many of them give out a function that is bound to the object. */
export const INTL_BOUND_CLASSES = 3;
