/**
 * %AsyncFromSyncIteratorPrototype% (ECMAScript, "Async-from-Sync Iterator Objects"): `for await` over something that has
 * only a sync iterator. No script ever holds such an iterator; its state is a record that can be saved.
 */

import { iteratorClose, iteratorResult, nextOf } from "./iterators.ts";
import { defineHidden, isCallable, NativeTypeError, reflectApply } from "./primordials.ts";
import {
  addReaction,
  intrinsics,
  newPromise,
  promiseResolve,
  rejectPromise,
  resolvePromise,
} from "./promise/operations.ts";
import { AsyncFromSyncCell, type IteratorRecord, ThenReaction } from "./records.ts";
import { runtimeFunction } from "./registry.ts";

const unwrap = [
  runtimeFunction(() => (value: unknown) => ({ value, done: false })),
  runtimeFunction(() => (value: unknown) => ({ value, done: true })),
] as const;

const closeFunction = runtimeFunction((record) => (reason: unknown) => {
  iteratorClose(record as IteratorRecord, true);
  throw reason;
});

/** AsyncFromSyncIteratorContinuation */
function proceed(promise: object, record: IteratorRecord, result: object, closes: boolean): void {
  const done = Boolean((result as { done: unknown }).done);
  const { value } = result as { value: unknown };
  let wrapper: object;
  try {
    wrapper = promiseResolve(intrinsics.Promise, value) as object;
  } catch (error) {
    if (!done && closes) iteratorClose(record, true);
    throw error;
  }
  const onRejected = done || !closes ? undefined : closeFunction.instantiate([record]);
  addReaction(wrapper, new ThenReaction(promise, unwrap[done ? 1 : 0].instantiate([]), onRejected));
}

function answer(run: (promise: object) => void): object {
  const promise = newPromise();
  try {
    run(promise);
  } catch (error) {
    rejectPromise(promise, error);
  }
  return promise;
}

function next(this: AsyncFromSyncCell, ...args: unknown[]): object {
  return answer((promise) => proceed(promise, this.record, iteratorResult(nextOf(this.record, args)), true));
}

function finish(this: AsyncFromSyncCell, ...args: unknown[]): object {
  return answer((promise) => {
    const { record } = this;
    const value = args.length > 0 ? args[0] : undefined;
    const method = (record.i as { return?: unknown }).return;
    if (method === undefined || method === null) {
      resolvePromise(promise, { value, done: true });
      return;
    }
    // An absent value is not passed on.
    const result = reflectApply(method as () => unknown, record.i, args as never);
    proceed(promise, record, iteratorResult(result), false);
  });
}

function fail(this: AsyncFromSyncCell, error?: unknown): object {
  return answer((promise) => {
    const { record } = this;
    const method = (record.i as { throw?: unknown }).throw;
    if (method === undefined || method === null) {
      iteratorClose(record, false);
      throw new NativeTypeError("The iterator does not provide a 'throw' method.");
    }
    if (!isCallable(method)) throw new NativeTypeError("The iterator's 'throw' is not a function");
    proceed(promise, record, iteratorResult(reflectApply(method, record.i, [error])), true);
  });
}

export function installAsyncFromSync(): void {
  const { prototype } = AsyncFromSyncCell;
  defineHidden(prototype, "next", next);
  defineHidden(prototype, "return", finish);
  defineHidden(prototype, "throw", fail);
}
