/**
 * `Array.fromAsync` to the letter of ECMAScript, as a frame of the runtime's own: the native one makes native promises,
 * which no state can hold.
 */

import { RESUME_THROW } from "#protocol";
import { startAsync, suspendOnAwait } from "../frames/async.ts";
import { asyncIteratorOf, iteratorNext, iteratorResult } from "../iterators.ts";
import { defineOwn } from "../object-operations.ts";
import {
  defineHidden,
  floor,
  isCallable,
  isConstructor,
  min,
  NativeArray,
  NativeObject,
  NativeTypeError,
  objectDefineProperty,
  reflectApply,
  reflectConstruct,
} from "../primordials.ts";
import type { AsyncFrame, IteratorRecord } from "../records.ts";
import { runtimeFrame } from "../registry.ts";

const START = 0;
const NEXT = 1;
const MAPPED = 2;
const CLOSED = 3;
const ELEMENT = 4;

/** Locals: constructor, items, mapper, receiver of the mapper, result, index, iterator record or source, length, error. */
type Locals = [unknown, unknown, unknown, unknown, object, number, unknown, number, unknown];

function lengthOf(source: object): number {
  // Not by `Number`, which takes a BigInt.
  const length = +((source as { length: unknown }).length as number);
  return length > 0 ? min(floor(length), Number.MAX_SAFE_INTEGER) : 0;
}

function finish(result: object, length: number): object {
  // In strict code a length that cannot be set throws, as Set(A, "length", k, true) does.
  (result as { length: number }).length = length;
  return result;
}

function close(frame: AsyncFrame, locals: Locals, error: unknown): unknown {
  locals[8] = error;
  let closing: unknown;
  try {
    const { i } = locals[6] as IteratorRecord;
    const method = (i as { return?: unknown }).return;
    if (method === undefined || method === null) throw error;
    closing = reflectApply(method as () => unknown, i, []);
  } catch {
    throw error;
  }
  return suspendOnAwait(frame, closing, CLOSED, locals);
}

/** The next element of the iterator, or of the array-like source. */
function advance(frame: AsyncFrame, locals: Locals): unknown {
  if (locals[7] < 0) return suspendOnAwait(frame, iteratorNext(locals[6] as IteratorRecord), NEXT, locals);
  const index = locals[5];
  if (index >= locals[7]) return finish(locals[4], locals[7]);
  return suspendOnAwait(frame, (locals[6] as unknown[])[index], ELEMENT, locals);
}

function store(frame: AsyncFrame, locals: Locals, value: unknown): unknown {
  try {
    defineOwn(locals[4], `${locals[5]}`, value);
  } catch (error) {
    if (locals[7] >= 0) throw error;
    return close(frame, locals, error);
  }
  locals[5]++;
  return advance(frame, locals);
}

function take(frame: AsyncFrame, locals: Locals, value: unknown): unknown {
  if (locals[2] === undefined) return store(frame, locals, value);
  let mapped: unknown;
  try {
    mapped = reflectApply(locals[2] as () => unknown, locals[3], [value, locals[5]] as never);
    return suspendOnAwait(frame, mapped, MAPPED, locals);
  } catch (error) {
    if (locals[7] >= 0) throw error;
    return close(frame, locals, error);
  }
}

function start(frame: AsyncFrame, locals: Locals): unknown {
  const maker = locals[0];
  const items = locals[1];
  const mapper = locals[2];
  if (mapper !== undefined && !isCallable(mapper)) throw new NativeTypeError("The mapper is not a function");
  const open = asyncIteratorOf(items);
  if (open !== undefined) {
    locals[4] = isConstructor(maker) ? reflectConstruct(maker, []) : [];
    locals[6] = open();
    locals[7] = -1;
    return advance(frame, locals);
  }
  const source = NativeObject(items) as object;
  const length = lengthOf(source);
  locals[4] = isConstructor(maker) ? reflectConstruct(maker, [length]) : new NativeArray(length);
  locals[6] = source;
  locals[7] = length;
  return advance(frame, locals);
}

const fromAsyncFrame = runtimeFrame((given, mode, value) => {
  const frame = given as AsyncFrame;
  const locals = frame.l as Locals;
  if (frame.pc === CLOSED) throw locals[8];
  if (mode === RESUME_THROW) {
    if (frame.pc === MAPPED && locals[7] < 0) return close(frame, locals, value);
    throw value;
  }
  switch (frame.pc) {
    case START:
      return start(frame, locals);
    case NEXT: {
      const result = iteratorResult(value) as { done: unknown; value: unknown };
      return result.done ? finish(locals[4], locals[5]) : take(frame, locals, result.value);
    }
    case MAPPED:
      return store(frame, locals, value);
    default:
      return take(frame, locals, value);
  }
});

const statics = {
  fromAsync(this: unknown, items: unknown, mapper?: unknown, receiver?: unknown): object {
    return startAsync(fromAsyncFrame, [this, items, mapper, receiver, undefined, 0, undefined, 0, undefined]);
  },
};

export function installFromAsync(): void {
  objectDefineProperty(statics.fromAsync, "length", { value: 1 });
  defineHidden(Array, "fromAsync", statics.fromAsync);
}
