/**
 * The abstract operations of promises (ECMAScript, "Promise Abstract Operations"), over states and reactions that can be
 * saved. Job order is the standard's: where the standard makes functions and derived promises that no script can see,
 * a reaction record stands for them and takes the same turn in the queue.
 */

import { currentRejections } from "../current.ts";
import { noteError } from "../image/breach.ts";
import { enqueueReaction, enqueueThenable } from "../jobs.ts";
import { reattach } from "../pending.ts";
import {
  append,
  isArray,
  isCallable,
  isConstructor,
  isObject,
  NativeTypeError,
  objectCreate,
  reflectApply,
  symbolSpecies,
} from "../primordials.ts";
import {
  AdoptReaction,
  Capability,
  JOB_FULFILLED,
  JOB_REJECTED,
  type PromiseReactions,
  type Reaction,
  ResolvingCell,
  Suspension,
  ThenReaction,
} from "../records.ts";
import { runtimeFunction } from "../registry.ts";
import { FULFILLED, PENDING, PromiseSlot, PromiseState, REJECTED } from "../slots.ts";

/** What the constructor's file hands over: the operations compare with the intrinsics. */
export const intrinsics: {
  Promise: new (executor: unknown) => object;
  prototype: object;
  promiseThen: unknown;
  promiseResolve: unknown;
} = {
  Promise: undefined as never,
  prototype: undefined as never,
  promiseThen: undefined,
  promiseResolve: undefined,
};

export function newPromise(): object {
  const promise = objectCreate(intrinsics.prototype) as object;
  new PromiseSlot(promise, new PromiseState());
  return promise;
}

export function isPromise(value: unknown): value is object {
  return isObject(value) && PromiseSlot.has(value);
}

function settle(state: PromiseState, status: number, value: unknown): void {
  const reactions = state.payload as PromiseReactions;
  state.status = status;
  state.payload = value;
  state.source = undefined;
  if (reactions === undefined) return;
  const kind = status === FULFILLED ? JOB_FULFILLED : JOB_REJECTED;
  if (!isArray(reactions)) enqueueReaction(kind, reactions, value);
  else for (let i = 0; i < reactions.length; i++) enqueueReaction(kind, reactions[i]!, value);
}

export function fulfillPromise(promise: object, value: unknown): void {
  const state = PromiseSlot.of(promise);
  if (state.status === PENDING) settle(state, FULFILLED, value);
}

/** RejectPromise. A promise that a cancelation rejected before stays as it is. */
export function rejectPromise(promise: object, reason: unknown): void {
  const state = PromiseSlot.of(promise);
  noteError(reason);
  if (state.status !== PENDING) return;
  settle(state, REJECTED, reason);
  if (!state.handled) append(currentRejections(), promise);
}

/** What a promise resolve function does, after its check for a second call. */
export function resolvePromise(promise: object, resolution: unknown): void {
  const state = PromiseSlot.of(promise);
  if (state.status !== PENDING) return;
  if (!isObject(resolution)) {
    settle(state, FULFILLED, resolution);
    return;
  }
  if (resolution === promise) {
    rejectPromise(promise, new NativeTypeError("Chaining cycle detected for promise #<Promise>"));
    return;
  }
  let then: unknown;
  try {
    then = (resolution as { then?: unknown }).then;
  } catch (error) {
    rejectPromise(promise, error);
    return;
  }
  if (!isCallable(then)) {
    fulfillPromise(promise, resolution);
    return;
  }
  state.source = then === intrinsics.promiseThen && PromiseSlot.has(resolution) ? resolution : undefined;
  enqueueThenable(promise, resolution, then);
}

const resolveFunction = runtimeFunction((cell) => (value: unknown) => {
  const { promise, called } = cell as ResolvingCell;
  if (called) return;
  (cell as ResolvingCell).called = true;
  resolvePromise(promise, value);
});

const rejectFunction = runtimeFunction((cell) => (reason: unknown) => {
  const { promise, called } = cell as ResolvingCell;
  if (called) {
    // Too late to be a reason, such as the error of an executor behind its `resolve`: nobody else sees it.
    noteError(reason);
    return;
  }
  (cell as ResolvingCell).called = true;
  rejectPromise(promise, reason);
});

/** CreateResolvingFunctions */
export function resolvingFunctions(promise: object): Capability {
  const cell = new ResolvingCell(promise, false);
  return new Capability(promise, resolveFunction.instantiate([cell]), rejectFunction.instantiate([cell]));
}

/** The job of a resolution with a thenable. */
export function resolveThenable(promise: object, thenable: object, then: unknown): void {
  if (then === intrinsics.promiseThen && PromiseSlot.has(thenable)) {
    let species: unknown;
    try {
      species = speciesConstructor(thenable);
    } catch (error) {
      rejectPromise(promise, error);
      return;
    }
    if (species === intrinsics.Promise) {
      addReaction(thenable, new AdoptReaction(promise));
      return;
    }
    const follower = resolvingFunctions(promise);
    try {
      const derived = newCapability(species);
      performThen(thenable, follower.resolve, follower.reject, derived);
    } catch (error) {
      reflectApply(follower.reject as () => void, undefined, [error]);
    }
    return;
  }
  const capability = resolvingFunctions(promise);
  try {
    reflectApply(then as () => void, thenable, [capability.resolve, capability.reject]);
  } catch (error) {
    reflectApply(capability.reject as () => void, undefined, [error]);
  }
}

/** PerformPromiseThen without the making of a reaction. */
export function addReaction(promise: object, reaction: Reaction): void {
  const state = PromiseSlot.of(promise);
  state.handled = true;
  if (state.status !== PENDING) {
    enqueueReaction(state.status === FULFILLED ? JOB_FULFILLED : JOB_REJECTED, reaction, state.payload);
    return;
  }
  const waiting = state.payload as PromiseReactions;
  if (waiting === undefined) state.payload = reaction;
  else if (isArray(waiting)) append(waiting, reaction);
  else state.payload = [waiting, reaction];
  if (state.source instanceof Suspension && state.source.detached) reattach(promise, state.source);
}

/** Takes a reaction away again; gives whether it was there. */
export function removeReaction(promise: object, isMeant: (reaction: Reaction) => boolean): Reaction | undefined {
  const state = PromiseSlot.of(promise);
  if (state.status !== PENDING) return undefined;
  const waiting = state.payload as PromiseReactions;
  if (waiting === undefined) return undefined;
  if (!isArray(waiting)) {
    if (!isMeant(waiting)) return undefined;
    state.payload = undefined;
    return waiting;
  }
  const rest: Reaction[] = [];
  let removed: Reaction | undefined;
  for (let i = 0; i < waiting.length; i++) {
    const reaction = waiting[i]!;
    if (removed === undefined && isMeant(reaction)) removed = reaction;
    else append(rest, reaction);
  }
  state.payload = rest.length === 1 ? rest[0] : rest;
  return removed;
}

/** PerformPromiseThen; `target` is the derived promise, its capability, or nothing. */
export function performThen(promise: object, onFulfilled: unknown, onRejected: unknown, target: object): void {
  addReaction(
    promise,
    new ThenReaction(
      target,
      isCallable(onFulfilled) ? onFulfilled : undefined,
      isCallable(onRejected) ? onRejected : undefined,
    ),
  );
  if (!(target instanceof Capability)) {
    const derived = PromiseSlot.of(target);
    if (derived.status === PENDING) derived.source = promise;
  }
}

/** NewPromiseReactionJob */
export function runThenReaction(reaction: ThenReaction, fulfilled: boolean, argument: unknown): void {
  const handler = (fulfilled ? reaction.onFulfilled : reaction.onRejected) as
    | ((argument: unknown) => unknown)
    | undefined;
  const { target } = reaction;
  let result = argument;
  let threw = !fulfilled;
  if (handler !== undefined) {
    try {
      result = handler(argument);
      threw = false;
    } catch (error) {
      result = error;
      threw = true;
    }
  }
  if (target === undefined) return;
  if (threw) rejectTarget(target, result);
  else resolveTarget(target, result);
}

export function resolveTarget(target: object, value: unknown): void {
  if (target instanceof Capability) reflectApply(target.resolve as () => void, undefined, [value]);
  else resolvePromise(target, value);
}

export function rejectTarget(target: object, reason: unknown): void {
  if (target instanceof Capability) reflectApply(target.reject as () => void, undefined, [reason]);
  else rejectPromise(target, reason);
}

export function promiseOf(target: object): unknown {
  return target instanceof Capability ? target.promise : target;
}

const capabilityExecutor = runtimeFunction((cell) => (resolve: unknown, reject: unknown) => {
  const capability = cell as Capability;
  if (capability.resolve !== undefined || capability.reject !== undefined) {
    throw new NativeTypeError("Promise executor has already been invoked with non-undefined arguments");
  }
  capability.resolve = resolve;
  capability.reject = reject;
});

/** NewPromiseCapability: a bare promise for the intrinsic constructor, whose resolving functions nobody asked for. */
export function newCapability(promiseClass: unknown): object {
  if (promiseClass === intrinsics.Promise) return newPromise();
  if (!isConstructor(promiseClass)) throw new NativeTypeError(`${describe(promiseClass)} is not a constructor`);
  const capability = new Capability(undefined, undefined, undefined);
  const promise = new promiseClass(capabilityExecutor.instantiate([capability]));
  if (!isCallable(capability.resolve) || !isCallable(capability.reject)) {
    throw new NativeTypeError("Promise resolve or reject function is not callable");
  }
  capability.promise = promise;
  return capability;
}

/** The capability with its functions, where a script gets to see them. */
export function visibleCapability(target: object): Capability {
  return target instanceof Capability ? target : resolvingFunctions(target);
}

/** PromiseResolve */
export function promiseResolve(promiseClass: unknown, value: unknown): unknown {
  if (isPromise(value) && (value as { constructor: unknown }).constructor === promiseClass) return value;
  const target = newCapability(promiseClass);
  resolveTarget(target, value);
  return promiseOf(target);
}

/** SpeciesConstructor(promise, %Promise%) */
export function speciesConstructor(promise: object): unknown {
  const promiseClass = (promise as { constructor: unknown }).constructor;
  if (promiseClass === undefined) return intrinsics.Promise;
  if (!isObject(promiseClass)) throw new NativeTypeError("The .constructor property is not an object");
  const species = (promiseClass as { [symbolSpecies]?: unknown })[symbolSpecies];
  if (species === undefined || species === null) return intrinsics.Promise;
  if (species === intrinsics.Promise || isConstructor(species)) return species;
  throw new NativeTypeError("object.constructor[Symbol.species] is not a constructor");
}

/** A value in a message, without asking it. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  switch (typeof value) {
    case "string":
      return `"${value}"`;
    case "object":
      return "#<Object>";
    case "function":
      return "function";
    case "symbol":
      return "Symbol()";
    default:
      return `${value}`;
  }
}
