/**
 * Weak collections of the image: what they held after load, and which entries of theirs threads could see of one another.
 *
 * An entry whose key is a thread's own is that thread's alone, whoever made the collection: it is saved with the thread, in
 * shared mode too. An entry with a lasting key (of the image or the language) is seen by all: writing one is a breach in shared
 * mode, and a change that is saved in private mode.
 */
import { wellKnownSymbolIndex } from "../heap/well-known-symbols.ts";
import { append, arraySort, mapSet, setForEach, weakMapGet, weakRefDeref } from "../primordials.ts";
import {
  type CollectionState,
  collectionState,
  makeLasting,
  type WeakKeyValue,
  weakCollectionsAreUsed,
} from "../weak-entries.ts";
import { imageNumberOf, imageObjects } from "./index-table.ts";
import { intrinsics } from "./intrinsics.ts";

/** Below the numbers of all intrinsics. */
const SYMBOLS_FROM = -(2 ** 40);

/** The place of a lasting key among all of them; `undefined` for a key of a thread's own. */
export function lastingNumberOf(key: unknown): number | undefined {
  if (typeof key === "symbol") {
    const wellKnown = wellKnownSymbolIndex(key);
    if (wellKnown !== undefined) return SYMBOLS_FROM + wellKnown;
  }
  return imageNumberOf(key);
}

const changed: CollectionState[] = [];

/** A thread wrote an entry with a lasting key to a collection of the image. */
export function noteChange(state: CollectionState): void {
  if (state.isChanged) return;
  state.isChanged = true;
  append(changed, state);
}

/** In no order. */
export function changedCollections(): readonly CollectionState[] {
  return changed;
}

/** Shows the values that a collection of the image holds under lasting keys: they are of the image too. */
export function visitWeakEntries(collection: object, visit: (value: unknown) => void): void {
  const state = collectionState(collection);
  if (state === undefined || !state.isMap) return;
  const keys = sortedKeys(state.lasting);
  for (let i = 0; i < keys.length; i++) visit(weakMapGet(collection as WeakMap<WeakKeyValue, unknown>, keys[i]!));
}

/** Once the image has grown: the keys that are of it by now. */
export function settleKeys(): void {
  const image = imageObjects();
  for (let i = 0; i < image.length; i++) makeLasting(image[i]!);
  const language = intrinsics();
  for (let i = 0; i < language.length; i++) makeLasting(language[i]!);
}

/** After load. */
export function keepOriginals(): void {
  if (!weakCollectionsAreUsed()) return;
  const image = imageObjects();
  for (let i = 0; i < image.length; i++) {
    const state = collectionState(image[i]);
    if (state === undefined) continue;
    const collection = weakRefDeref(state.collection) as WeakMap<WeakKeyValue, unknown>;
    setForEach(state.lasting, (key) => {
      mapSet(state.original, key, state.isMap ? weakMapGet(collection, key) : undefined);
    });
  }
}

/** Sorted by their places in the image: the order of insertion must not show. */
export function sortedKeys(keys: Set<WeakKeyValue>): WeakKeyValue[] {
  const sorted: WeakKeyValue[] = [];
  setForEach(keys, (key) => append(sorted, key));
  return arraySort(sorted, (a, b) => lastingNumberOf(a)! - lastingNumberOf(b)!) as WeakKeyValue[];
}
