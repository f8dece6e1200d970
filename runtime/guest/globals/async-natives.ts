/**
 * What is left in the language that makes native promises, which no state can hold (I3): constructors of async functions,
 * async disposal. Each is replaced or removed.
 */

import { guestError } from "../errors.ts";
import { asyncGeneratorFunctionPrototype, asyncIteratorPrototype } from "../frames/async-generator.ts";
import {
  defineFixed,
  defineHidden,
  isCallable,
  NativeTypeError,
  objectDefineProperty,
  reflectApply,
  reflectDeleteProperty,
  reflectGetPrototypeOf,
  symbolAsyncDispose,
} from "../primordials.ts";
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

/** `AsyncFunction` and `AsyncGeneratorFunction`: code made at run time that suspends. */
function refusing(name: string, prototype: object): void {
  function refused(): never {
    throw guestError("UnsupportedAtRunTime", `${name}(…): async code made at run time cannot be run durably.`);
  }
  defineFixed(refused, "name", name);
  defineFixed(refused, "length", 1);
  objectDefineProperty(refused, "prototype", { value: prototype, writable: false });
  defineFixed(prototype, "constructor", refused);
}

export function installAsyncNatives(global: object): void {
  reflectDeleteProperty(global, "AsyncDisposableStack");
  defineHidden(asyncIteratorPrototype, symbolAsyncDispose, disposal["[Symbol.asyncDispose]"]);
  refusing("AsyncFunction", reflectGetPrototypeOf(async () => {}) as object);
  refusing("AsyncGeneratorFunction", asyncGeneratorFunctionPrototype);
}
