/**
 * Iterators of Maps, Sets and strings that a script holds. The place in a collection is kept by an iterator of the engine's,
 * so it survives deletions and sees what is added; the state holds how many live entries it has passed.
 */
import { advanceCollection, advanceString } from "../iterators.ts";
import {
  defineFixed,
  isObject,
  mapEntries,
  mapKeys,
  mapValues,
  NativeTypeError,
  objectCreate,
  reflectApply,
  setEntries,
  setValues,
  symbolIterator,
  symbolToStringTag,
} from "../primordials.ts";
import {
  CollectionCursor,
  CURSOR_ENTRIES,
  CURSOR_MAP_KEYS,
  CURSOR_MAP_VALUES,
  CURSOR_SET_ENTRIES,
  CURSOR_VALUES,
  isMapKind,
  StringCursor,
} from "../records.ts";
import { RecordSlot } from "../slots.ts";
import { replaceMethods } from "./builtin.ts";
import { nativePrototypes, ownPrototypes } from "./prototypes.ts";

type AnyMap = Map<unknown, unknown>;
type AnySet = Set<unknown>;

function iterate(prototype: object, target: object, kind: number, native: object): object {
  const iterator = objectCreate(prototype) as object;
  new RecordSlot(iterator, new CollectionCursor(target, kind, native));
  return iterator;
}

const onMap = {
  entries(this: AnyMap): object {
    return iterate(ownPrototypes.mapIterator, this, CURSOR_ENTRIES, mapEntries(this));
  },
  keys(this: AnyMap): object {
    return iterate(ownPrototypes.mapIterator, this, CURSOR_MAP_KEYS, mapKeys(this));
  },
  values(this: AnyMap): object {
    return iterate(ownPrototypes.mapIterator, this, CURSOR_MAP_VALUES, mapValues(this));
  },
};

const onSet = {
  entries(this: AnySet): object {
    return iterate(ownPrototypes.setIterator, this, CURSOR_SET_ENTRIES, setEntries(this));
  },
  values(this: AnySet): object {
    return iterate(ownPrototypes.setIterator, this, CURSOR_VALUES, setValues(this));
  },
};

const onString = {
  [symbolIterator](this: unknown): object {
    if (this === undefined || this === null) {
      throw new NativeTypeError("String.prototype[Symbol.iterator] called on null or undefined");
    }
    const iterator = objectCreate(ownPrototypes.stringIterator) as object;
    // ToString, which a symbol fails.
    new RecordSlot(iterator, new StringCursor(`${this as string}`, 0));
    return iterator;
  },
};

function isOverMap(record: unknown): record is CollectionCursor {
  return record instanceof CollectionCursor && isMapKind(record.kind);
}

function isOverSet(record: unknown): record is CollectionCursor {
  return record instanceof CollectionCursor && !isMapKind(record.kind);
}

function recordOf(value: unknown): object | undefined {
  return isObject(value) ? RecordSlot.get(value) : undefined;
}

const nextOf = (native: object) => (native as { next: () => unknown }).next;
const nativeMapNext = nextOf(nativePrototypes.mapIterator);
const nativeSetNext = nextOf(nativePrototypes.setIterator);
const nativeStringNext = nextOf(nativePrototypes.stringIterator);

/** Iterators of the engine's, and whatever else, are the engine's matter. */
const onMapIterator = {
  next(this: unknown): unknown {
    const record = recordOf(this);
    return isOverMap(record) ? advanceCollection(record) : reflectApply(nativeMapNext, this, []);
  },
};

const onSetIterator = {
  next(this: unknown): unknown {
    const record = recordOf(this);
    return isOverSet(record) ? advanceCollection(record) : reflectApply(nativeSetNext, this, []);
  },
};

const onStringIterator = {
  next(this: unknown): unknown {
    const record = recordOf(this);
    return record instanceof StringCursor ? advanceString(record) : reflectApply(nativeStringNext, this, []);
  },
};

/** Ours, of Maps and Sets. */
export const collectionMethods: {
  readonly map: Readonly<Record<"values" | "keys" | "entries", unknown>>;
  readonly set: Readonly<Record<"values" | "entries", unknown>>;
} = { map: onMap, set: onSet };

/** (the engine's function, ours): for the reading of `[Symbol.iterator]` by name. */
export const collectionIteration: readonly (readonly [unknown, object])[] = [
  [Map.prototype.entries, onMap.entries],
  [Set.prototype.values, onSet.values],
  [String.prototype[symbolIterator], onString[symbolIterator]],
];

/** Hangs on no prototype: `String.prototype[Symbol.iterator]` is the engine's. */
export const iterateString: object = onString[symbolIterator];

export function installCollectionIterators(): void {
  for (const [prototype, methods, tag] of [
    [ownPrototypes.mapIterator, onMapIterator, "Map Iterator"],
    [ownPrototypes.setIterator, onSetIterator, "Set Iterator"],
    [ownPrototypes.stringIterator, onStringIterator, "String Iterator"],
  ] as const) {
    replaceMethods(prototype, methods);
    defineFixed(prototype, symbolToStringTag, tag);
  }
  replaceMethods(Map.prototype, onMap);
  replaceMethods(Set.prototype, { ...onSet, keys: onSet.values });
}
