// biome-ignore-all lint/correctness/noUnreachableSuper: the one constructor here makes its object by hand.
/**
 * The `Promise` of a context: constructor, statics and prototype to the letter of ECMAScript, in place of the native one,
 * whose state nothing can read. A native promise is never made in a context (I3).
 */

import {
  defineFixed,
  defineGetter,
  defineHidden,
  functionPrototype,
  isCallable,
  isObject,
  NativeObject,
  NativeTypeError,
  objectCreate,
  objectSetPrototypeOf,
  reflectApply,
  symbolSpecies,
  symbolToStringTag,
} from "../primordials.ts";
import { COMBINE_ALL, COMBINE_ALL_SETTLED, COMBINE_ANY, COMBINE_RACE, FinallyCell, ValueCell } from "../records.ts";
import { runtimeFunction } from "../registry.ts";
import { PromiseSlot, PromiseState } from "../slots.ts";
import { combine } from "./combinators.ts";
import {
  describe,
  intrinsics,
  isPromise,
  newCapability,
  performThen,
  promiseOf,
  promiseResolve,
  rejectTarget,
  resolveTarget,
  resolvingFunctions,
  speciesConstructor,
  visibleCapability,
} from "./operations.ts";

// A derived class, because only such a constructor leaves `new.target.prototype` unread until it asks: the standard
// checks the executor before. Its parent is taken away again when it is installed.
class DurablePromise extends NativeObject {
  // @ts-expect-error: there is no call of super, the object is made by hand.
  constructor(executor: unknown) {
    if (!isCallable(executor)) throw new NativeTypeError(`Promise resolver ${describe(executor)} is not a function`);
    const { prototype } = new.target as { prototype: unknown };
    const promise = objectCreate(isObject(prototype) ? prototype : intrinsics.prototype) as object;
    new PromiseSlot(promise, new PromiseState());
    const { resolve, reject } = resolvingFunctions(promise);
    try {
      executor(resolve, reject);
    } catch (error) {
      (reject as (reason: unknown) => void)(error);
    }
    // biome-ignore lint/correctness/noConstructorReturn: see above.
    return promise;
  }
}

const valueFunction = runtimeFunction((cell) => () => (cell as ValueCell).value);
const throwFunction = runtimeFunction((cell) => () => {
  throw (cell as ValueCell).value;
});

function invokeThen(promise: unknown, onFulfilled: unknown, onRejected?: unknown): unknown {
  const then = (promise as { then: unknown }).then;
  if (!isCallable(then)) throw new NativeTypeError("promise.then is not a function");
  return onRejected === undefined
    ? reflectApply(then, promise, [onFulfilled])
    : reflectApply(then, promise, [onFulfilled, onRejected]);
}

const thenFinally = runtimeFunction((scope) => (value: unknown) => {
  const { onFinally, species } = scope as FinallyCell;
  const result = (onFinally as () => unknown)();
  return invokeThen(promiseResolve(species, result), valueFunction.instantiate([new ValueCell(value)]));
});

const catchFinally = runtimeFunction((scope) => (reason: unknown) => {
  const { onFinally, species } = scope as FinallyCell;
  const result = (onFinally as () => unknown)();
  return invokeThen(promiseResolve(species, result), throwFunction.instantiate([new ValueCell(reason)]));
});

// Method syntax gives functions without [[Construct]] and with the standard's names and lengths.
const prototypeMethods = {
  // biome-ignore lint/suspicious/noThenProperty: this is Promise.prototype.then.
  then(this: unknown, onFulfilled: unknown, onRejected: unknown): unknown {
    if (!isPromise(this)) {
      throw new NativeTypeError(`Method Promise.prototype.then called on incompatible receiver ${describe(this)}`);
    }
    const target = newCapability(speciesConstructor(this));
    performThen(this, onFulfilled, onRejected, target);
    return promiseOf(target);
  },
  catch(this: unknown, onRejected: unknown): unknown {
    const then = (this as { then: unknown }).then;
    if (!isCallable(then)) throw new NativeTypeError("promise.then is not a function");
    return reflectApply(then, this, [undefined, onRejected]);
  },
  finally(this: unknown, onFinally: unknown): unknown {
    if (!isObject(this)) throw new NativeTypeError("Promise.prototype.finally called on a non-object");
    const species = speciesConstructor(this);
    if (!isCallable(onFinally)) {
      const then = (this as { then?: unknown }).then;
      if (!isCallable(then)) throw new NativeTypeError("promise.then is not a function");
      return reflectApply(then, this, [onFinally, onFinally]);
    }
    const cell = [new FinallyCell(onFinally, species)];
    return invokeThen(this, thenFinally.instantiate(cell), catchFinally.instantiate(cell));
  },
};

const statics = {
  all(this: unknown, iterable: Iterable<unknown>): unknown {
    return combine(this, iterable, COMBINE_ALL);
  },
  allSettled(this: unknown, iterable: Iterable<unknown>): unknown {
    return combine(this, iterable, COMBINE_ALL_SETTLED);
  },
  any(this: unknown, iterable: Iterable<unknown>): unknown {
    return combine(this, iterable, COMBINE_ANY);
  },
  race(this: unknown, iterable: Iterable<unknown>): unknown {
    return combine(this, iterable, COMBINE_RACE);
  },
  reject(this: unknown, reason: unknown): unknown {
    const target = newCapability(this);
    rejectTarget(target, reason);
    return promiseOf(target);
  },
  resolve(this: unknown, value: unknown): unknown {
    if (!isObject(this)) throw new NativeTypeError("PromiseResolve called on non-object");
    return promiseResolve(this, value);
  },
  try(this: unknown, callback: unknown, ...args: unknown[]): unknown {
    if (!isObject(this)) throw new NativeTypeError("Promise.try called on non-object");
    const target = newCapability(this);
    let result: unknown;
    try {
      result = reflectApply(callback as () => unknown, undefined, args);
    } catch (error) {
      rejectTarget(target, error);
      return promiseOf(target);
    }
    resolveTarget(target, result);
    return promiseOf(target);
  },
  withResolvers(this: unknown): unknown {
    const { promise, resolve, reject } = visibleCapability(newCapability(this));
    return { promise, resolve, reject };
  },
};

const speciesGetter = {
  get "[Symbol.species]"() {
    return this;
  },
};

/** Builds the constructor and puts it on the global object. */
export function installPromise(global: object): void {
  const { prototype } = DurablePromise as unknown as { prototype: object };
  const names = ["then", "catch", "finally"] as const;
  for (let i = 0; i < names.length; i++) defineHidden(prototype, names[i]!, prototypeMethods[names[i]!]);
  defineFixed(prototype, symbolToStringTag, "Promise");
  const staticNames = ["all", "allSettled", "any", "race", "reject", "resolve", "try", "withResolvers"] as const;
  for (let i = 0; i < staticNames.length; i++) defineHidden(DurablePromise, staticNames[i]!, statics[staticNames[i]!]);
  defineFixed(statics.try, "length", 1);
  defineFixed(DurablePromise, "length", 1);
  defineFixed(DurablePromise, "name", "Promise");
  const species = Object.getOwnPropertyDescriptor(speciesGetter, "[Symbol.species]")!.get!;
  defineFixed(species, "name", "get [Symbol.species]");
  defineGetter(DurablePromise, symbolSpecies, species);
  objectSetPrototypeOf(DurablePromise, functionPrototype);

  intrinsics.Promise = DurablePromise as never;
  intrinsics.prototype = prototype;
  intrinsics.promiseThen = prototypeMethods.then;
  intrinsics.promiseResolve = statics.resolve;
  defineHidden(global, "Promise", DurablePromise);
}
