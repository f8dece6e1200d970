/**
 * Entries of weak collections, behind the bodies: an entry counts when its collection and its key are reached otherwise.
 *
 *   entry := collection:value key:value (0 | 1 | 2 value) body*      0: the entry is gone, 1: of a set, 2: of a map
 *
 * First what a thread changed in collections of the image, then the keys in the order in which they were reached; a value may
 * reach further keys and collections, whose bodies follow at once. Neither insertion nor the collector shows (I2).
 */

import { addWeakEntry, deleteWeakEntry, setWeakEntry } from "../globals/weak-collections.ts";
import { changedCollections, lastingNumberOf, sortedKeys } from "../image/weak-originals.ts";
import {
  append,
  arraySort,
  mapForEach,
  mapGet,
  mapHas,
  mapSet,
  NativeMap,
  NativeSet,
  objectIs,
  setAdd,
  setForEach,
  weakMapGet,
  weakMapHas,
  weakRefDeref,
  weakSetHas,
} from "../primordials.ts";
import {
  type CollectionState,
  collectionState,
  collectionsOf,
  type WeakKeyValue,
  weakCollectionsAreUsed,
} from "../weak-entries.ts";
import { corrupt } from "./heap-error.ts";
import type { Decoder, Encoder } from "./kind.ts";

const GONE = 0;
const OF_SET = 1;
const OF_MAP = 2;

type AnyMap = WeakMap<WeakKeyValue, unknown>;

/** The encoder, once all bodies are written. */
export interface Reached extends Encoder {
  reachedCount(): number;
  reachedAt(index: number): object | symbol;
  /** `undefined`: not reached, or of the image. */
  reachedIndexOf(value: object | symbol): number | undefined;
  /** Whose part the next values are, for paths in errors. */
  startEntry(holder: number): void;
  drain(): void;
}

export function writeWeakEntries(encoder: Reached, isPrivate: boolean): void {
  if (!weakCollectionsAreUsed()) return;
  if (isPrivate) writeChanges(encoder);
  const waiting: Map<object, WeakKeyValue[]> = new NativeMap();
  for (let i = 0; i < encoder.reachedCount(); i++) {
    const value = encoder.reachedAt(i);
    const state = collectionState(value);
    if (state !== undefined) {
      writeKeys(encoder, value as object, sortedKeys(state.lasting), state);
      const keys = mapGet(waiting, value as object);
      if (keys !== undefined) writeKeys(encoder, value as object, keys, state);
    }
    const collections = placed(encoder, i, collectionsOf(value), waiting);
    for (let c = 0; c < collections.length; c++) {
      const collection = collections[c]!;
      writeEntry(encoder, collection, value, collectionState(collection)!);
    }
  }
}

/** What a thread that lives alone has changed in collections of the image, under keys of the image. */
function writeChanges(encoder: Reached): void {
  const collections: object[] = [];
  const changed = changedCollections();
  for (let i = 0; i < changed.length; i++) append(collections, weakRefDeref(changed[i]!.collection)!);
  arraySort(collections, (a, b) => lastingNumberOf(a)! - lastingNumberOf(b)!);
  for (let i = 0; i < collections.length; i++) {
    const collection = collections[i]!;
    const state = collectionState(collection)!;
    const keys = new NativeSet<WeakKeyValue>();
    mapForEach(state.original, (_value, key) => setAdd(keys, key));
    setForEach(state.lasting, (key) => setAdd(keys, key));
    const sorted = sortedKeys(keys);
    for (let k = 0; k < sorted.length; k++) {
      const key = sorted[k]!;
      if (!isOriginal(collection, key, state)) writeEntry(encoder, collection, key, state);
    }
  }
}

function has(collection: object, key: WeakKeyValue, state: CollectionState): boolean {
  return state.isMap ? weakMapHas(collection as AnyMap, key) : weakSetHas(collection as WeakSet<WeakKeyValue>, key);
}

function isOriginal(collection: object, key: WeakKeyValue, state: CollectionState): boolean {
  if (!mapHas(state.original, key) || !has(collection, key, state)) return false;
  return !state.isMap || objectIs(weakMapGet(collection as AnyMap, key), mapGet(state.original, key));
}

/** Those of a key's collections that are there by now, in order: of the image, then as reached. The others are to wait. */
function placed(
  encoder: Reached,
  keyIndex: number,
  states: readonly CollectionState[],
  waiting: Map<object, WeakKeyValue[]>,
): object[] {
  const found: object[] = [];
  const places: Map<object, number> = new NativeMap();
  for (let i = 0; i < states.length; i++) {
    const collection = weakRefDeref(states[i]!.collection);
    if (collection === undefined) continue;
    const imageNumber = lastingNumberOf(collection);
    const index = encoder.reachedIndexOf(collection);
    if (imageNumber !== undefined || (index !== undefined && index <= keyIndex)) {
      mapSet(places, collection, imageNumber === undefined ? index! : imageNumber - 2 ** 40);
      append(found, collection);
    } else {
      let keys = mapGet(waiting, collection);
      if (keys === undefined) {
        keys = [];
        mapSet(waiting, collection, keys);
      }
      append(keys, encoder.reachedAt(keyIndex));
    }
  }
  return found.length < 2 ? found : arraySort(found, (a, b) => mapGet(places, a)! - mapGet(places, b)!);
}

function writeKeys(encoder: Reached, collection: object, keys: readonly WeakKeyValue[], state: CollectionState): void {
  for (let i = 0; i < keys.length; i++) writeEntry(encoder, collection, keys[i]!, state);
}

function writeEntry(encoder: Reached, collection: object, key: WeakKeyValue, state: CollectionState): void {
  encoder.startEntry(encoder.reachedIndexOf(key) ?? encoder.reachedIndexOf(collection) ?? -1);
  encoder.value(collection);
  encoder.value(key);
  if (!has(collection, key, state)) encoder.out.byte(GONE);
  else if (!state.isMap) encoder.out.byte(OF_SET);
  else {
    encoder.out.byte(OF_MAP);
    encoder.value(weakMapGet(collection as AnyMap, key));
  }
  encoder.drain();
}

/** Reads one entry; `drain` reads the bodies behind it. */
export function readWeakEntry(decoder: Decoder): void {
  const collection = decoder.object();
  const key = decoder.value() as WeakKeyValue;
  const form = decoder.reader.byte();
  if (form > OF_MAP) corrupt("an unknown form of a weak entry");
  const value = form === OF_MAP ? decoder.value() : undefined;
  const apply = () => {
    if (form === OF_MAP) setWeakEntry(collection as AnyMap, key, value);
    else if (form === OF_SET) addWeakEntry(collection as WeakSet<WeakKeyValue>, key);
    else deleteWeakEntry(collection, key, collectionState(collection)?.isMap === true);
  };
  // Until the whole heap is read, the context is as it was after load.
  if (lastingNumberOf(collection) !== undefined && lastingNumberOf(key) !== undefined) decoder.atEnd(apply);
  else apply();
}
