/**
 * Async functions: a frame runs from one `await` to the next (ABI, "Frames"). An `await` of an own promise costs one job
 * and makes no function: the frame itself is the reaction.
 */

import { isObject } from "../primordials.ts";
import { addReaction, intrinsics, newPromise, rejectPromise, resolvePromise } from "../promise/operations.ts";
import { AsyncFrame, type AsyncGeneratorFrame, Suspension } from "../records.ts";
import type { Definition } from "../registry.ts";
import { PENDING, PromiseSlot } from "../slots.ts";
import { noteTrace } from "../traces/note.ts";
import { running } from "../traces/running.ts";

/** What a step function returns when its frame was suspended: no value of a script can be this. */
export const SUSPENDED: object = Object.freeze(Object.create(null));

/** `$k.async` */
export function startAsync(definition: Definition, locals: unknown[]): object {
  const promise = newPromise();
  const frame = new AsyncFrame(definition, locals, promise);
  PromiseSlot.of(promise).source = frame;
  resumeAsync(frame, 0, undefined);
  return promise;
}

export function resumeAsync(frame: AsyncFrame, mode: number, value: unknown): void {
  frame.awaiting = undefined;
  const isOutermost = running.frame === undefined;
  if (isOutermost) running.frame = frame;
  let result: unknown;
  try {
    result = frame.d.step!(frame as never, mode, value);
    if (isOutermost) running.frame = undefined;
  } catch (error) {
    noteTrace(error);
    if (isOutermost) running.frame = undefined;
    rejectPromise(frame.promise, error);
    return;
  }
  if (result !== SUSPENDED) {
    const state = PromiseSlot.of(frame.promise);
    if (state.status === PENDING) state.source = undefined;
    resolvePromise(frame.promise, result);
  }
}

/**
 * The promise that an `await` of this value waits for: PromiseResolve(%Promise%, value). A suspension is waited for
 * itself, though its constructor is not `Promise`, so that a cancelation finds who waits.
 */
export function awaited(value: unknown): object {
  if (isObject(value) && PromiseSlot.has(value)) {
    if ((value as { constructor: unknown }).constructor === intrinsics.Promise) return value;
    if (PromiseSlot.of(value).source instanceof Suspension) return value;
  }
  const promise = newPromise();
  resolvePromise(promise, value);
  return promise;
}

/** `$k.await` */
export function suspendOnAwait(
  frame: AsyncFrame | AsyncGeneratorFrame,
  value: unknown,
  site: number,
  locals: unknown[],
): object {
  const promise = awaited(value);
  frame.pc = site;
  frame.l = locals;
  frame.awaiting = promise;
  addReaction(promise, frame);
  return SUSPENDED;
}
