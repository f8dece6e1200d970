/**
 * Async generators: the abstract operations of ECMAScript, "AsyncGenerator Abstract Operations", over frames, with the
 * queue of requests to the letter.
 *
 * Compiled code awaits before `yield` and `return`, and the value of a `return()` that arrives at a `yield`; for a generator
 * that has not started or is completed that value is awaited here, with the frame as the reaction.
 */

import { RESUME_NEXT, RESUME_RETURN, RESUME_THROW } from "#protocol";
import {
  append,
  defineHidden,
  isObject,
  NativeTypeError,
  objectCreate,
  reflectGetPrototypeOf,
} from "../primordials.ts";
import { addReaction, describe, newPromise, rejectPromise, resolvePromise } from "../promise/operations.ts";
import {
  AsyncGeneratorFrame,
  AsyncGeneratorRequest,
  COMPLETED,
  DRAINING,
  EXECUTING,
  SUSPENDED_START,
  SUSPENDED_YIELD,
} from "../records.ts";
import type { Definition } from "../registry.ts";
import { GeneratorSlot, PromiseSlot } from "../slots.ts";
import { noteTrace } from "../traces/note.ts";
import { running } from "../traces/running.ts";
import { awaited, SUSPENDED } from "./async.ts";
import { prototypeFor } from "./prototype.ts";

export const asyncGeneratorFunctionPrototype = reflectGetPrototypeOf(async function* () {}) as object & {
  prototype: object;
};
const { prototype: asyncGeneratorPrototype } = asyncGeneratorFunctionPrototype;

/** %AsyncIteratorPrototype% */
export const asyncIteratorPrototype = reflectGetPrototypeOf(asyncGeneratorPrototype) as object;

/** `$k.asyncGenerator` */
export function startAsyncGenerator(definition: Definition, locals: unknown[], owner: unknown): object {
  const generator = objectCreate(prototypeFor(owner, asyncGeneratorPrototype)) as object;
  new GeneratorSlot(generator, new AsyncGeneratorFrame(definition, locals));
  return generator;
}

/** AsyncGeneratorCompleteStep: answers the oldest request. */
function answer(frame: AsyncGeneratorFrame, threw: boolean, value: unknown, done: boolean): void {
  const { queue } = frame;
  const { promise } = queue[0]!;
  for (let i = 1; i < queue.length; i++) queue[i - 1] = queue[i]!;
  queue.length--;
  if (threw) rejectPromise(promise, value);
  else {
    PromiseSlot.of(promise).source = undefined;
    resolvePromise(promise, { value, done });
  }
}

/** AsyncGeneratorDrainQueue */
function drain(frame: AsyncGeneratorFrame): void {
  const { queue } = frame;
  while (queue.length > 0) {
    const request = queue[0]!;
    if (request.mode === RESUME_RETURN) {
      if (awaitReturn(frame, request.value)) return;
    } else
      answer(frame, request.mode === RESUME_THROW, request.mode === RESUME_THROW ? request.value : undefined, true);
  }
  frame.status = COMPLETED;
}

/** AsyncGeneratorAwaitReturn; gives false when the request was answered at once. */
function awaitReturn(frame: AsyncGeneratorFrame, value: unknown): boolean {
  frame.status = DRAINING;
  frame.l = undefined;
  let promise: object;
  try {
    promise = awaited(value);
  } catch (error) {
    answer(frame, true, error, true);
    return false;
  }
  frame.awaiting = promise;
  addReaction(promise, frame);
  return true;
}

/** AsyncGeneratorYield, up to the point where the step function returns: `resume` below looks at the queue. */
export function yieldAsync(frame: AsyncGeneratorFrame, value: unknown): void {
  frame.status = SUSPENDED_YIELD;
  answer(frame, false, value, false);
}

function resume(frame: AsyncGeneratorFrame, firstMode: number, firstValue: unknown): void {
  let mode = firstMode;
  let value = firstValue;
  for (;;) {
    frame.status = EXECUTING;
    const isOutermost = running.frame === undefined;
    if (isOutermost) running.frame = frame;
    let result: unknown;
    let threw = false;
    try {
      result = frame.d.step!(frame as never, mode, value);
    } catch (error) {
      noteTrace(error);
      result = error;
      threw = true;
    }
    if (isOutermost) running.frame = undefined;
    if (threw || result !== SUSPENDED) {
      frame.status = DRAINING;
      frame.l = undefined;
      answer(frame, threw, result, true);
      drain(frame);
      return;
    }
    // At an `await` the status is still EXECUTING; after a `yield` it goes on at once when a request waits.
    if ((frame.status as number) !== SUSPENDED_YIELD || frame.queue.length === 0) return;
    const request = frame.queue[0]!;
    mode = request.mode;
    value = request.value;
  }
}

/** A promise that the frame awaited has settled. */
export function resumeAsyncGenerator(frame: AsyncGeneratorFrame, fulfilled: boolean, value: unknown): void {
  frame.awaiting = undefined;
  if (frame.status === DRAINING) {
    answer(frame, !fulfilled, value, true);
    drain(frame);
    return;
  }
  resume(frame, fulfilled ? RESUME_NEXT : RESUME_THROW, value);
}

function frameOf(generator: unknown): AsyncGeneratorFrame | undefined {
  const frame = isObject(generator) ? GeneratorSlot.get(generator) : undefined;
  return frame instanceof AsyncGeneratorFrame ? frame : undefined;
}

function request(generator: unknown, mode: number, value: unknown, name: string): object {
  const promise = newPromise();
  const frame = frameOf(generator);
  if (frame === undefined) {
    rejectPromise(
      promise,
      new NativeTypeError(`[AsyncGenerator].prototype.${name} called on incompatible receiver ${describe(generator)}`),
    );
    return promise;
  }
  if (mode === RESUME_THROW && frame.status === SUSPENDED_START) {
    frame.status = COMPLETED;
    frame.l = undefined;
  }
  if (frame.status === COMPLETED && mode !== RESUME_RETURN) {
    if (mode === RESUME_THROW) rejectPromise(promise, value);
    else resolvePromise(promise, { value: undefined, done: true });
    return promise;
  }
  PromiseSlot.of(promise).source = frame;
  append(frame.queue, new AsyncGeneratorRequest(mode, value, promise));
  const { status } = frame;
  if (mode === RESUME_RETURN && (status === SUSPENDED_START || status === COMPLETED)) {
    if (!awaitReturn(frame, value)) drain(frame);
  } else if (status === SUSPENDED_START) resume(frame, RESUME_NEXT, undefined);
  else if (status === SUSPENDED_YIELD) resume(frame, mode, value);
  return promise;
}

const methods = {
  next(this: unknown, value: unknown): unknown {
    return request(this, RESUME_NEXT, value, "next");
  },
  return(this: unknown, value: unknown): unknown {
    return request(this, RESUME_RETURN, value, "return");
  },
  throw(this: unknown, error: unknown): unknown {
    return request(this, RESUME_THROW, error, "throw");
  },
};

export function installAsyncGenerators(): void {
  defineHidden(asyncGeneratorPrototype, "next", methods.next);
  defineHidden(asyncGeneratorPrototype, "return", methods.return);
  defineHidden(asyncGeneratorPrototype, "throw", methods.throw);
}
