/**
 * What is left in the language that makes native promises, which no state can hold (I3): async disposal. It is replaced or
 * removed.
 */

import { asyncIteratorPrototype } from "../frames/async-generator.ts";
import { defineHidden, isCallable, NativeTypeError, reflectApply, symbolAsyncDispose } from "../primordials.ts";
import {
  addReaction,
  intrinsics,
  newPromise,
  promiseResolve,
  rejectPromise,
  resolvePromise,
} from "../promise/operations.ts";
import { ThenReaction } from "../records.ts";
import { runtimeFunction } from "../registry.ts";

const nothingFunction = runtimeFunction(() => () => undefined);

const disposal = {
  "[Symbol.asyncDispose]"(this: unknown): object {
    const promise = newPromise();
    try {
      const method = (this as { return?: unknown }).return;
      if (method === undefined || method === null) resolvePromise(promise, undefined);
      else {
        if (!isCallable(method)) throw new NativeTypeError("The iterator's 'return' is not a function");
        const result = promiseResolve(intrinsics.Promise, reflectApply(method, this, [undefined])) as object;
        addReaction(result, new ThenReaction(promise, nothingFunction.instantiate([]), undefined));
      }
    } catch (error) {
      rejectPromise(promise, error);
    }
    return promise;
  },
};

export function installAsyncNatives(): void {
  defineHidden(asyncIteratorPrototype, symbolAsyncDispose, disposal["[Symbol.asyncDispose]"]);
}
