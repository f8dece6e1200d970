/**
 * `Promise.all`, `allSettled`, `any` and `race` (ECMAScript, "Promise.all" and following), and their cancelling forms.
 *
 * Where an argument's `then` is the intrinsic one, an `ElementReaction` takes the place of the element functions and the
 * derived promise, which nobody can see then. The combinator keeps the unsettled arguments: a cancelation of the result
 * descends to them.
 */

import { cancelPromise } from "../cancel.ts";
import { notIterable } from "../iterators.ts";
import {
  append,
  defineHidden,
  isArray,
  isCallable,
  isObject,
  NativeAggregateError,
  NativeTypeError,
  reflectApply,
  symbolIterator,
} from "../primordials.ts";
import {
  Capability,
  COMBINE_ALL,
  COMBINE_ALL_SETTLED,
  COMBINE_ANY,
  COMBINE_CANCELLING,
  COMBINE_RACE,
  Combinator,
  ElementCell,
  ElementReaction,
} from "../records.ts";
import { runtimeFunction } from "../registry.ts";
import { PENDING, PromiseSlot } from "../slots.ts";
import {
  addReaction,
  intrinsics,
  isPromise,
  newCapability,
  performThen,
  promiseOf,
  promiseResolve,
  rejectTarget,
  resolveTarget,
  speciesConstructor,
  visibleCapability,
} from "./operations.ts";

const DONE = -1;

/** An iterable that no patch of `Array.prototype` reaches. */
const nothing = {
  [symbolIterator]: () => ({ next: () => ({ value: undefined, done: true as const }) }),
} as Iterable<unknown>;

function finish(combinator: Combinator, fulfilled: boolean, value: unknown): void {
  combinator.remaining = DONE;
  if (combinator.kind >= COMBINE_CANCELLING) {
    const { pending } = combinator;
    for (let i = 0; i < pending.length; i++) if (pending[i] !== undefined) cancelPromise(pending[i]);
  }
  combinator.pending = [];
  combinator.values = undefined;
  if (fulfilled) resolveTarget(combinator.target, value);
  else rejectTarget(combinator.target, value);
}

function countDown(combinator: Combinator): void {
  if (--combinator.remaining > 0) return;
  const values = combinator.values!;
  if (combinator.kind % COMBINE_CANCELLING === COMBINE_ANY) {
    const error = new NativeAggregateError(nothing, "All promises were rejected");
    defineHidden(error, "errors", values);
    finish(combinator, false, error);
  } else finish(combinator, true, values);
}

function collect(combinator: Combinator, index: number, value: unknown): void {
  combinator.values![index] = value;
  countDown(combinator);
}

/** An argument of a combinator settled. */
export function settleElement(combinator: Combinator, index: number, fulfilled: boolean, value: unknown): void {
  if (combinator.remaining === DONE) return;
  combinator.pending[index] = undefined;
  const kind = combinator.kind % COMBINE_CANCELLING;
  if (kind === COMBINE_ALL_SETTLED) {
    collect(combinator, index, fulfilled ? { status: "fulfilled", value } : { status: "rejected", reason: value });
  } else if ((kind === COMBINE_ALL && fulfilled) || (kind === COMBINE_ANY && !fulfilled)) {
    collect(combinator, index, value);
  } else finish(combinator, fulfilled, value);
}

const elementFunction = (fulfilled: boolean) =>
  runtimeFunction((scope) => (value: unknown) => {
    const cell = scope as ElementCell;
    if (cell.called) return;
    cell.called = true;
    settleElement(cell.combinator, cell.index, fulfilled, value);
  });
const fulfilElement = elementFunction(true);
const rejectElement = elementFunction(false);

/** The two functions that a script's `then` receives for an argument. */
function elementFunctions(combinator: Combinator, index: number): { onFulfilled: unknown; onRejected: unknown } {
  const capability = visibleCapability(combinator.target);
  combinator.target = capability;
  const kind = combinator.kind % COMBINE_CANCELLING;
  const cancels = combinator.kind >= COMBINE_CANCELLING;
  const cell = [new ElementCell(combinator, index, false)];
  // Where the standard hands the capability's own function on, a script may compare it.
  const own = (fulfilled: boolean) => (fulfilled ? fulfilElement : rejectElement).instantiate(cell);
  return {
    onFulfilled: !cancels && (kind === COMBINE_ANY || kind === COMBINE_RACE) ? capability.resolve : own(true),
    onRejected: !cancels && (kind === COMBINE_ALL || kind === COMBINE_RACE) ? capability.reject : own(false),
  };
}

function subscribe(combinator: Combinator, index: number, argument: unknown): void {
  const then = (argument as { then: unknown }).then;
  append(combinator.pending, isPromise(argument) && PromiseSlot.of(argument).status === PENDING ? argument : undefined);
  if (then === intrinsics.promiseThen && isPromise(argument)) {
    const species = speciesConstructor(argument);
    if (species === intrinsics.Promise) {
      addReaction(argument, new ElementReaction(combinator, index));
      return;
    }
    const derived = newCapability(species);
    const { onFulfilled, onRejected } = elementFunctions(combinator, index);
    performThen(argument, onFulfilled, onRejected, derived);
    return;
  }
  if (!isCallable(then)) throw new NativeTypeError("promise.then is not a function");
  const { onFulfilled, onRejected } = elementFunctions(combinator, index);
  reflectApply(then, argument, [onFulfilled, onRejected]);
}

/** What is no iterable is told in V8's words, not by what it is called here. */
function checkedIterable(value: Iterable<unknown>): Iterable<unknown> {
  if (isArray(value)) return value;
  const isMissing = value === undefined || value === null;
  const method: unknown = isMissing ? undefined : value[symbolIterator];
  if (!isCallable(method)) throw new NativeTypeError(notIterable(value));
  return { [symbolIterator]: () => reflectApply(method, value, []) as Iterator<unknown> };
}

/** All four: `promiseClass` is the receiver of the call. */
export function combine(promiseClass: unknown, iterable: Iterable<unknown>, kind: number): unknown {
  const target = newCapability(promiseClass);
  const collects = kind % COMBINE_CANCELLING !== COMBINE_RACE;
  const combinator = new Combinator(kind, target, collects ? [] : undefined, [], 1);
  if (!(target instanceof Capability)) PromiseSlot.of(target).source = combinator;
  try {
    const resolve = (promiseClass as { resolve: unknown }).resolve;
    if (!isCallable(resolve)) throw new NativeTypeError("Promise resolve or reject function is not callable");
    let index = 0;
    // The language's own loop is the standard's: it closes the iterator on an abrupt end of the body, and only then.
    for (const value of checkedIterable(iterable)) {
      if (combinator.values !== undefined) append(combinator.values, undefined);
      const argument =
        resolve === intrinsics.promiseResolve && isObject(promiseClass)
          ? promiseResolve(promiseClass, value)
          : reflectApply(resolve, promiseClass, [value]);
      combinator.remaining++;
      subscribe(combinator, index++, argument);
    }
    if (collects && combinator.remaining !== DONE) countDown(combinator);
  } catch (error) {
    rejectTarget(combinator.target, error);
  }
  return promiseOf(target);
}
