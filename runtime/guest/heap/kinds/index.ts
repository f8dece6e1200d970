/**
 * The table of kinds: every kind that can be written has its file here, and every head that the format names has one reader.
 * Both are checked when the runtime starts: two readers of one tag, or a tag without one, stop it.
 */
import { INTL_CLASSES } from "../../globals/intl.ts";
import { nativePrototypes, ownPrototypes, sharedPrototypes } from "../../natives/prototypes.ts";
import { append, mapSet } from "../../primordials.ts";
import { brandedByPrototype, brandedKinds, fixedByPrototype } from "../brands.ts";
import * as format from "../format.ts";
import type { HeadReader } from "../kind.ts";
import { argumentsHeads } from "./arguments.ts";
import { arrayHeads, dense } from "./array.ts";
import { boxedBigInt, boxedBoolean, boxedHeads, boxedNumber, boxedString, boxedSymbol } from "./boxed.ts";
import { arrayBuffer, bufferHeads, dataView, typedArray } from "./buffers.ts";
import { classHeads } from "./class.ts";
import { codeUnit, codeUnitHeads, codeUnitPrototype } from "./code-unit.ts";
import { collectionHeads, map, set, weakMap, weakSet } from "./collections.ts";
import { date, dateHeads } from "./date.ts";
import { error, errorHeads } from "./error.ts";
import { functionKindHeads } from "./functions.ts";
import { intl, intlHeads, intlKinds, segments } from "./intl.ts";
import { moduleScope, moduleScopeHeads, moduleScopePrototype } from "./module-scope.ts";
import { plainHeads } from "./plain.ts";
import { proxyHeads } from "./proxy.ts";
import { addRecordKinds, addScopeKinds, runtimeHeads } from "./records.ts";
import { nativeGenerator, nativeIterator, unknownNative } from "./refused.ts";
import { regExp, regExpHeads } from "./regexp.ts";
import { branded, generator, promise, slottedHeads, suspension } from "./slotted.ts";

for (const kind of [
  suspension,
  promise,
  generator,
  branded,
  intl,
  segments,
  dense,
  error,
  typedArray,
  dataView,
  map,
  set,
  weakMap,
  weakSet,
  date,
  regExp,
  arrayBuffer,
  boxedNumber,
  boxedString,
  boxedBoolean,
  boxedSymbol,
  boxedBigInt,
]) {
  append(brandedKinds, kind);
}

const typedArrayPrototype = Object.getPrototypeOf(Int8Array.prototype) as object;

for (const [prototype, kind] of [
  [Array.prototype, dense],
  [Map.prototype, map],
  [Set.prototype, set],
  [Date.prototype, date],
  [RegExp.prototype, regExp],
  [Error.prototype, error],
  [ArrayBuffer.prototype, arrayBuffer],
  [typedArrayPrototype, typedArray],
  [DataView.prototype, dataView],
  [Number.prototype, boxedNumber],
  [String.prototype, boxedString],
  [Boolean.prototype, boxedBoolean],
  [Symbol.prototype, boxedSymbol],
  [BigInt.prototype, boxedBigInt],
  [WeakRef.prototype, branded],
  [FinalizationRegistry.prototype, branded],
  [DisposableStack.prototype, branded],
  [AsyncDisposableStack.prototype, branded],
  [sharedPrototypes.segments, segments],
  [WeakMap.prototype, weakMap],
  [WeakSet.prototype, weakSet],
] as const) {
  mapSet(brandedByPrototype, prototype as object, kind);
}

for (const prototype of Object.values(nativePrototypes)) mapSet(brandedByPrototype, prototype, nativeIterator);
for (const prototype of [
  ...Object.values(ownPrototypes),
  sharedPrototypes.regExpStringIterator,
  sharedPrototypes.iteratorHelper,
  sharedPrototypes.wrapForValidIterator,
  sharedPrototypes.segmentIterator,
]) {
  mapSet(brandedByPrototype, prototype, branded);
}

for (const makesGenerators of [function* () {}, async function* () {}]) {
  const { prototype } = Object.getPrototypeOf(makesGenerators) as { readonly prototype: object };
  mapSet(brandedByPrototype, prototype, nativeGenerator);
}

const shared = (globalThis as { readonly SharedArrayBuffer?: { prototype: object } }).SharedArrayBuffer;
if (shared !== undefined) mapSet(brandedByPrototype, shared.prototype, unknownNative);

const temporal = (globalThis as { readonly Temporal?: Record<string, { prototype?: object }> }).Temporal;
for (const name of temporal === undefined ? [] : Object.getOwnPropertyNames(temporal)) {
  const { prototype } = temporal![name]!;
  if (prototype !== undefined) mapSet(brandedByPrototype, prototype, unknownNative);
}

for (let i = 0; i < intlKinds.length; i++) mapSet(brandedByPrototype, INTL_CLASSES[i]!.prototype, intlKinds[i]!);

/** By tag. A range of tags that one reader serves stands at its first. */
export const headReaders: (HeadReader | undefined)[] = [];
for (let i = 0; i < 256; i++) headReaders[i] = undefined;

/** Numbers without a kind so far. */
const RESERVED_TAGS: readonly number[] = [52];

for (const heads of [
  plainHeads,
  argumentsHeads,
  arrayHeads,
  collectionHeads,
  dateHeads,
  regExpHeads,
  errorHeads,
  bufferHeads,
  boxedHeads,
  intlHeads,
  proxyHeads,
  runtimeHeads,
  slottedHeads,
  functionKindHeads,
  classHeads,
  codeUnitHeads,
  moduleScopeHeads,
]) {
  for (const [tag, read] of heads) {
    if (headReaders[tag] !== undefined) throw new Error(`Broken invariant: two kinds have tag ${tag}`);
    headReaders[tag] = read;
  }
}
for (let i = 1; i < 16; i++) headReaders[format.ARRAY_BASE + i] = headReaders[format.ARRAY_BASE];
for (let tag = format.EXACT; tag < format.RECORD_BASE; tag++) {
  if (
    headReaders[tag] === undefined &&
    tag !== format.EXTRA &&
    tag !== format.INTRINSIC &&
    !RESERVED_TAGS.includes(tag)
  ) {
    throw new Error(`Broken invariant: no kind has tag ${tag}`);
  }
}

/** Once per context, after load. */
export function prepareKinds(): void {
  addRecordKinds(fixedByPrototype);
  addScopeKinds(fixedByPrototype);
  mapSet(fixedByPrototype, moduleScopePrototype, moduleScope);
  mapSet(fixedByPrototype, codeUnitPrototype, codeUnit);
  mapSet(brandedByPrototype, promise.prototypeOf({}) as object, promise);
  mapSet(brandedByPrototype, suspension.prototypeOf({}) as object, suspension);
}
