/**
 * `values`, `keys` and `entries` of arrays and typed arrays: iterators of ours, whose place is an `ArrayCursor` that a state
 * can hold. Syntax goes on with the engine's (`prototypes.ts`).
 */
import {
  defineFixed,
  floor,
  isArray,
  isObject,
  min,
  NativeObject,
  NativeTypeError,
  objectCreate,
  reflectApply,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  symbolToStringTag,
  typedArrayLength,
  uncurry,
} from "../primordials.ts";
import { ArrayCursor, CURSOR_ENTRIES, CURSOR_KEYS, CURSOR_VALUES } from "../records.ts";
import { RecordSlot } from "../slots.ts";
import { replaceMethods, withLength } from "./builtin.ts";
import { nativePrototypes, ownPrototypes } from "./prototypes.ts";

const typedArrayPrototype = reflectGetPrototypeOf(Uint8Array.prototype)!;
const typedArrayTag = uncurry(reflectGetOwnPropertyDescriptor(typedArrayPrototype, Symbol.toStringTag)!.get!);
/** Throws for what is no typed array, and for one out of the bounds of its buffer. */
const validateTypedArray = uncurry(Uint8Array.prototype.values);
const nativeNext = (nativePrototypes.arrayIterator as { next: () => unknown }).next;

function iterate(target: object, kind: number): object {
  const iterator = objectCreate(ownPrototypes.arrayIterator) as object;
  new RecordSlot(iterator, new ArrayCursor(target, 0, kind));
  return iterator;
}

function overArray(receiver: unknown, kind: number, name: string): object {
  if (receiver === undefined || receiver === null) {
    throw new NativeTypeError(`Array.prototype.${name} called on null or undefined`);
  }
  return iterate(NativeObject(receiver) as object, kind);
}

function overTypedArray(receiver: unknown, kind: number): object {
  validateTypedArray(receiver as Uint8Array);
  return iterate(receiver as object, kind);
}

function isOutOfBounds(target: object): boolean {
  try {
    validateTypedArray(target as Uint8Array);
    return false;
  } catch {
    return true;
  }
}

function lengthOf(target: object): number {
  if (isArray(target)) return target.length;
  if (typedArrayTag(target) !== undefined) {
    const length = typedArrayLength(target as Uint8Array);
    if (length === 0 && isOutOfBounds(target)) {
      throw new NativeTypeError("Cannot perform Array Iterator.prototype.next on a detached ArrayBuffer");
    }
    return length;
  }
  // Not by `Number`, which takes a BigInt.
  const length = +((target as { length: unknown }).length as number);
  return length > 0 ? min(floor(length), Number.MAX_SAFE_INTEGER) : 0;
}

function advance(cursor: ArrayCursor): unknown {
  const { target, index, kind } = cursor;
  if (target === undefined) return { value: undefined, done: true };
  if (index >= lengthOf(target)) {
    cursor.target = undefined;
    return { value: undefined, done: true };
  }
  cursor.index = index + 1;
  if (kind === CURSOR_KEYS) return { value: index, done: false };
  const value = (target as unknown[])[index];
  return { value: kind === CURSOR_VALUES ? value : [index, value], done: false };
}

const prototypeMethods = {
  next(this: unknown): unknown {
    const cursor = isObject(this) ? RecordSlot.get(this) : undefined;
    return cursor instanceof ArrayCursor ? advance(cursor) : reflectApply(nativeNext, this, []);
  },
};

const onArray = {
  values(this: unknown): object {
    return overArray(this, CURSOR_VALUES, "values");
  },
  keys(this: unknown): object {
    return overArray(this, CURSOR_KEYS, "keys");
  },
  entries(this: unknown): object {
    return overArray(this, CURSOR_ENTRIES, "entries");
  },
};

const onTypedArray = {
  values(this: unknown): object {
    return overTypedArray(this, CURSOR_VALUES);
  },
  keys(this: unknown): object {
    return overTypedArray(this, CURSOR_KEYS);
  },
  entries(this: unknown): object {
    return overTypedArray(this, CURSOR_ENTRIES);
  },
};

/** Ours, of arrays. */
export const arrayMethods: Readonly<Record<"values" | "keys" | "entries", unknown>> = onArray;

/** (the engine's function, ours): for the reading of `[Symbol.iterator]` by name. */
export const arrayIteration: readonly (readonly [unknown, object])[] = [
  [Array.prototype.values, onArray.values],
  [Uint8Array.prototype.values, onTypedArray.values],
];

export function installArrayIterators(): void {
  withLength(prototypeMethods.next, 0);
  replaceMethods(ownPrototypes.arrayIterator, prototypeMethods);
  defineFixed(ownPrototypes.arrayIterator, symbolToStringTag, "Array Iterator");
  replaceMethods(Array.prototype, onArray);
  replaceMethods(typedArrayPrototype, onTypedArray);
}
