/**
 * `WeakMap` and `WeakSet` are the engine's; only their writing methods are replaced, by ones that report what they wrote. The
 * engine's constructors look the methods up, so that entries given to them pass here too.
 */

import { touch } from "../image/breach.ts";
import { imageNumberOf } from "../image/index-table.ts";
import { lastingNumberOf, noteChange } from "../image/weak-originals.ts";
import {
  defineHidden,
  objectIs,
  weakMapDelete,
  weakMapGet,
  weakMapHas,
  weakMapSet,
  weakSetAdd,
  weakSetDelete,
  weakSetHas,
} from "../primordials.ts";
import { collectionState, forgetEntry, noteEntry, type WeakKeyValue } from "../weak-entries.ts";

type AnyMap = WeakMap<WeakKeyValue, unknown>;
type AnySet = WeakSet<WeakKeyValue>;

/** A lasting key in a collection of the image: other threads would see the entry. */
function noteVisible(collection: object, key: WeakKeyValue): void {
  if (imageNumberOf(collection) === undefined || lastingNumberOf(key) === undefined) return;
  touch(collection);
  const state = collectionState(collection);
  if (state !== undefined) noteChange(state);
}

function noteNew(collection: object, key: WeakKeyValue, isMap: boolean): void {
  noteEntry(collection, key, isMap, lastingNumberOf(key) !== undefined);
  noteVisible(collection, key);
}

/** Puts an entry into a native map, and reports it. */
export function setWeakEntry(map: AnyMap, key: WeakKeyValue, value: unknown): void {
  // Only a collection with a state can have the entry: all that is written is reported.
  const isKnown = collectionState(map)?.isMap === true && weakMapHas(map, key);
  const before = isKnown ? weakMapGet(map, key) : undefined;
  weakMapSet(map, key, value);
  if (!isKnown) noteNew(map, key, true);
  else if (!objectIs(before, value)) noteVisible(map, key);
}

/** Puts an entry into a native set, and reports it. */
export function addWeakEntry(set: AnySet, key: WeakKeyValue): void {
  const isKnown = collectionState(set)?.isMap === false && weakSetHas(set, key);
  weakSetAdd(set, key);
  if (!isKnown) noteNew(set, key, false);
}

function noteDeletion(collection: object, key: WeakKeyValue): void {
  const state = collectionState(collection);
  if (state === undefined) return;
  forgetEntry(state, key);
  noteVisible(collection, key);
}

/** Takes an entry out of a native collection, and reports it. */
export function deleteWeakEntry(collection: object, key: WeakKeyValue, isMap: boolean): boolean {
  const isDeleted = isMap ? weakMapDelete(collection as AnyMap, key) : weakSetDelete(collection as AnySet, key);
  if (isDeleted) noteDeletion(collection, key);
  return isDeleted;
}

const onMap = {
  set(this: AnyMap, key: never, value: unknown): AnyMap {
    setWeakEntry(this, key, value);
    return this;
  },
  delete(this: AnyMap, key: never): boolean {
    return deleteWeakEntry(this, key, true);
  },
};

const onSet = {
  add(this: AnySet, value: never): AnySet {
    addWeakEntry(this, value);
    return this;
  },
  delete(this: AnySet, value: never): boolean {
    return deleteWeakEntry(this, value, false);
  },
};

export function installWeakCollections(): void {
  defineHidden(WeakMap.prototype, "set", onMap.set);
  defineHidden(WeakMap.prototype, "delete", onMap.delete);
  defineHidden(WeakSet.prototype, "add", onSet.add);
  defineHidden(WeakSet.prototype, "delete", onSet.delete);
}
