/**
 * Iteration that survives a suspension. Native iterators are opaque, so a loop or pattern that suspends holds a cursor of
 * the runtime's own over arrays, strings, Maps and Sets (as long as a script has not replaced their iteration), and the
 * script's own iterator otherwise.
 */

import { noteError } from "./image/breach.ts";
import {
  append,
  isArray,
  isCallable,
  isObject,
  mapEntries,
  mapIteratorNext,
  mapKeys,
  mapSize,
  mapValues,
  NativeMap,
  NativeObject,
  NativeSet,
  NativeTypeError,
  objectSetPrototypeOf,
  reflectApply,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  setEntries,
  setIteratorNext,
  setSize,
  setValues,
  stringCharCodeAt,
  stringSlice,
  symbolAsyncIterator,
  symbolIterator,
} from "./primordials.ts";
import { describe } from "./promise/operations.ts";
import {
  ArrayCursor,
  AsyncFromSyncCell,
  CollectionCursor,
  CURSOR_ENTRIES,
  CURSOR_MAP_KEYS,
  CURSOR_MAP_VALUES,
  CURSOR_SET_ENTRIES,
  CURSOR_VALUES,
  IteratorRecord,
  isMapKind,
  KeyList,
  StringCursor,
} from "./records.ts";
import { asWritten } from "./traces/site-names.ts";

type Next = () => unknown;
interface IteratorPrototype {
  next: Next;
}

const arrayIteratorPrototype = reflectGetPrototypeOf(Array.prototype.values()) as IteratorPrototype;
const mapIteratorPrototype = reflectGetPrototypeOf(new NativeMap().entries()) as IteratorPrototype;
const setIteratorPrototype = reflectGetPrototypeOf(new NativeSet().values()) as IteratorPrototype;
const stringIteratorPrototype = reflectGetPrototypeOf(""[symbolIterator]()) as IteratorPrototype;
const native = {
  arrayNext: arrayIteratorPrototype.next,
  mapNext: mapIteratorPrototype.next,
  setNext: setIteratorPrototype.next,
  stringNext: stringIteratorPrototype.next,
  arrayValues: Array.prototype.values as unknown,
  mapEntries: Map.prototype[symbolIterator] as unknown,
  setValues: Set.prototype[symbolIterator] as unknown,
  stringIterator: String.prototype[symbolIterator] as unknown,
};

/** A cursor looks up `return` and `throw` where the native iterator would. */
export function installCursors(): void {
  objectSetPrototypeOf(ArrayCursor.prototype, arrayIteratorPrototype);
  objectSetPrototypeOf(StringCursor.prototype, stringIteratorPrototype);
  objectSetPrototypeOf(CollectionCursor.prototype, mapIteratorPrototype);
}

function advanceArray(cursor: ArrayCursor): unknown {
  const { target, index } = cursor;
  if (target === undefined || index >= (target as unknown[]).length) {
    cursor.target = undefined;
    return { value: undefined, done: true };
  }
  cursor.index = index + 1;
  return { value: (target as unknown[])[index], done: false };
}

export function advanceString(cursor: StringCursor): unknown {
  const { text, index } = cursor;
  if (text === undefined || index >= text.length) {
    cursor.text = undefined;
    return { value: undefined, done: true };
  }
  const first = stringCharCodeAt(text, index);
  const second = first >= 0xd800 && first <= 0xdbff && index + 1 < text.length ? stringCharCodeAt(text, index + 1) : 0;
  const length = second >= 0xdc00 && second <= 0xdfff ? 2 : 1;
  cursor.index = index + length;
  return { value: stringSlice(text, index, index + length), done: false };
}

export function advanceCollection(cursor: CollectionCursor): unknown {
  if (cursor.target === undefined) return { value: undefined, done: true };
  const result = isMapKind(cursor.kind) ? mapIteratorNext(cursor.native) : setIteratorNext(cursor.native);
  if (result.done) {
    cursor.target = undefined;
    cursor.native = undefined;
  }
  return result;
}

/** The `n` of a record whose `i` is a cursor. */
export function advanceCursor(this: object): unknown {
  if (this instanceof ArrayCursor) return advanceArray(this);
  if (this instanceof StringCursor) return advanceString(this);
  return advanceCollection(this as CollectionCursor);
}

function nativeIterator(target: object, kind: number): object {
  switch (kind) {
    case CURSOR_ENTRIES:
      return mapEntries(target as Map<unknown, unknown>);
    case CURSOR_MAP_KEYS:
      return mapKeys(target as Map<unknown, unknown>);
    case CURSOR_MAP_VALUES:
      return mapValues(target as Map<unknown, unknown>);
    case CURSOR_SET_ENTRIES:
      return setEntries(target as Set<unknown>);
    default:
      return setValues(target as Set<unknown>);
  }
}

/** How many live entries the cursor has passed; the cursor stays where it is. For the heap. */
export function cursorPosition(cursor: CollectionCursor): number {
  const { target, kind } = cursor;
  if (target === undefined) return 0;
  let left = 0;
  const next = isMapKind(kind) ? mapIteratorNext : setIteratorNext;
  while (!next(cursor.native).done) left++;
  const position = entriesOf(cursor) - left;
  moveCursor(cursor, position);
  return position;
}

/** How many entries its collection has. For the heap. */
export function entriesOf({ target, kind }: CollectionCursor): number {
  if (target === undefined) return 0;
  return isMapKind(kind) ? mapSize(target as Map<unknown, unknown>) : setSize(target as Set<unknown>);
}

/** Puts a cursor behind the first `position` entries of its collection, which must be filled. For the heap. */
export function moveCursor(cursor: CollectionCursor, position: number): void {
  const iterator = nativeIterator(cursor.target!, cursor.kind);
  const next = isMapKind(cursor.kind) ? mapIteratorNext : setIteratorNext;
  for (let i = 0; i < position; i++) next(iterator);
  cursor.native = iterator;
}

function cursorOver(value: unknown, method: unknown): object | undefined {
  if (method === native.arrayValues) {
    if (isArray(value) && arrayIteratorPrototype.next === native.arrayNext) {
      return new ArrayCursor(value, 0, CURSOR_VALUES);
    }
  } else if (method === native.mapEntries) {
    if (mapIteratorPrototype.next === native.mapNext) {
      return new CollectionCursor(value as object, CURSOR_ENTRIES, mapEntries(value as Map<unknown, unknown>));
    }
  } else if (method === native.setValues) {
    if (setIteratorPrototype.next === native.setNext) {
      return new CollectionCursor(value as object, CURSOR_VALUES, setValues(value as Set<unknown>));
    }
  } else if (method === native.stringIterator) {
    if (typeof value === "string" && stringIteratorPrototype.next === native.stringNext) {
      return new StringCursor(value, 0);
    }
  }
  return undefined;
}

/** GetIterator(value, sync): `$k.iterator`. `text`: what was written for the value, where compiled code tells it. */
export function getIterator(value: unknown, text?: string): IteratorRecord {
  const isMissing = value === undefined || value === null;
  const method = isMissing ? undefined : (value as { [symbolIterator]: unknown })[symbolIterator];
  if (!isCallable(method)) throw new NativeTypeError(asWritten(notIterable(value, text)));
  return openSync(value, method);
}

/** As V8 has it. */
export function notIterable(value: unknown, text?: string): string {
  if (text !== undefined) return `${text} is not iterable`;
  const hasText = value === undefined || typeof value === "function" || (typeof value === "object" && value !== null);
  const described = hasText ? typeof value : `${typeof value} ${describe(value)}`;
  return `${described} is not iterable (cannot read property Symbol(Symbol.iterator))`;
}

function openSync(value: unknown, method: (...args: unknown[]) => unknown): IteratorRecord {
  const cursor = cursorOver(value, method);
  if (cursor !== undefined) return new IteratorRecord(cursor, advanceCursor);
  return recordOf(reflectApply(method, value, []));
}

function recordOf(iterator: unknown): IteratorRecord {
  if (!isObject(iterator)) throw new NativeTypeError("Result of the Symbol.iterator method is not an object");
  return new IteratorRecord(iterator, (iterator as { next: unknown }).next);
}

/** GetIterator(value, async): `$k.asyncIterator`. `text`: as above. */
export function getAsyncIterator(value: unknown, text?: string): IteratorRecord {
  const open = asyncIteratorOf(value);
  if (open === undefined) throw new NativeTypeError(asWritten(`${text ?? describe(value)} is not async iterable`));
  return open();
}

/** Looks up how a value is iterated, asynchronously or else synchronously; `undefined` when it is not. */
export function asyncIteratorOf(value: unknown): (() => IteratorRecord) | undefined {
  const method = (value as { [symbolAsyncIterator]: unknown })[symbolAsyncIterator];
  if (method === undefined || method === null) {
    const syncMethod = (value as { [symbolIterator]: unknown })[symbolIterator];
    if (syncMethod === undefined || syncMethod === null) return undefined;
    if (!isCallable(syncMethod)) throw new NativeTypeError(`${describe(value)} is not iterable`);
    return () => {
      const cell = new AsyncFromSyncCell(openSync(value, syncMethod), false);
      return new IteratorRecord(cell, (cell as unknown as { next: unknown }).next);
    };
  }
  if (!isCallable(method)) throw new NativeTypeError(`${describe(value)} is not async iterable`);
  return () => {
    const iterator = reflectApply(method, value, []);
    if (!isObject(iterator)) throw new NativeTypeError("Result of the Symbol.asyncIterator method is not an object");
    return new IteratorRecord(iterator, (iterator as { next: unknown }).next);
  };
}

/** `$k.next`: calls the iterator's `next`; gives what that gives. An iterator that throws is done. */
export function iteratorNext(record: IteratorRecord, ...args: unknown[]): unknown {
  return nextOf(record, args);
}

/** With as many arguments as the language passes: `for await` passes none, `yield*` one. */
export function nextOf(record: IteratorRecord, args: unknown[]): unknown {
  if (record.n === advanceCursor) return reflectApply(advanceCursor, record.i, []);
  try {
    return reflectApply(record.n as Next, record.i, args as never);
  } catch (error) {
    record.done = true;
    throw error;
  }
}

/** `$k.result`: an iterator result is an object. */
export function iteratorResult(result: unknown): object {
  if (!isObject(result)) throw new NativeTypeError(`Iterator result ${describe(result)} is not an object`);
  return result;
}

/** `$k.step`: the next value of a loop or pattern; marks the record done at the end, and when the iterator throws. */
export function iteratorStep(record: IteratorRecord | KeyList): unknown {
  if (record instanceof KeyList) return nextKey(record);
  if (record.done) return undefined;
  record.done = true;
  let result: { done: unknown; value: unknown };
  if (record.n === advanceCursor) {
    if (record.i instanceof ArrayCursor) return stepArray(record, record.i);
    result = reflectApply(advanceCursor, record.i, []) as never;
  } else result = iteratorResult(reflectApply(record.n as Next, record.i, [])) as never;
  if (result.done) return undefined;
  const { value } = result;
  record.done = false;
  return value;
}

/** The most common loop, without a result object. */
function stepArray(record: IteratorRecord, cursor: ArrayCursor): unknown {
  const list = cursor.target as unknown[] | undefined;
  if (list === undefined || cursor.index >= list.length) {
    cursor.target = undefined;
    return undefined;
  }
  const value = list[cursor.index++];
  record.done = false;
  return value;
}

/** `$k.rest`: what is left, for `[...rest]`. */
export function iteratorRest(record: IteratorRecord): unknown[] {
  const rest: unknown[] = [];
  for (;;) {
    const value = iteratorStep(record);
    if (record.done) return rest;
    append(rest, value);
  }
}

/** `$k.close`: IteratorClose, unless it is exhausted. `isThrowing`: an error is on its way, and errors here are dropped. */
export function iteratorClose(record: IteratorRecord, isThrowing: boolean): void {
  if (record.done) return;
  record.done = true;
  try {
    const method = (record.i as { return?: unknown }).return;
    if (method === undefined || method === null) return;
    const result = reflectApply(method as Next, record.i, []);
    if (!isThrowing) iteratorResult(result);
  } catch (error) {
    if (!isThrowing) throw error;
    noteError(error);
  }
}

/** `$k.forIn`: the keys as the language lists them. */
export function forInKeys(value: unknown): KeyList {
  const keys: unknown[] = [];
  for (const key in value as object) append(keys, key);
  return new KeyList(value as object, keys);
}

/** A key that was deleted before its turn is passed over. */
function nextKey(list: KeyList): unknown {
  while (list.index < list.keys.length) {
    const key = list.keys[list.index++] as string;
    if (isEnumerableIn(list.object, key)) return key;
  }
  list.done = true;
  return undefined;
}

function isEnumerableIn(value: unknown, key: string): boolean {
  let object = isObject(value) ? value : (NativeObject(value) as object | null);
  for (; object !== null; object = reflectGetPrototypeOf(object)) {
    const descriptor = reflectGetOwnPropertyDescriptor(object, key);
    if (descriptor !== undefined) return descriptor.enumerable === true;
  }
  return false;
}
