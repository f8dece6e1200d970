/**
 * Cancelation: beside the promises of the standard, not in them. `cancel(p)` goes down the sources to the bottom-most wait
 * that blocks `p`, and makes it throw a `CancelToken` there; what was awaited by others stays as it is for them.
 *
 * | source of the promise | what happens |
 * |---|---|
 * | frame that awaits a suspension, or a promise without source | that `await` alone throws |
 * | frame that awaits something else | descends into that |
 * | `then` of, or resolved with, another promise | descends; at a suspension or no source, that reaction alone gets the token |
 * | combinator | descends into all unsettled arguments, in order |
 * | suspension | rejects, and no record resumes it any more |
 * | none | rejects |
 *
 * Nothing of the script runs in here: a wake-up only enqueues. Settled or running: nothing, gives `false`.
 */

import { enqueueReaction, redirectResumption } from "./jobs.ts";
import { detach, unregister } from "./pending.ts";
import { defineHidden, NativeError, NativeSet, setAdd, setHas } from "./primordials.ts";
import { isPromise, rejectPromise, removeReaction } from "./promise/operations.ts";
import {
  AdoptReaction,
  AsyncFrame,
  AsyncGeneratorFrame,
  Combinator,
  JOB_REJECTED,
  type Reaction,
  Suspension,
  ThenReaction,
} from "./records.ts";
import { PENDING, PromiseSlot } from "./slots.ts";
import { keepId } from "./suspensions.ts";

/** What a cancelled `await` throws. */
export class CancelToken extends NativeError {
  constructor(message = "The operation was cancelled.") {
    super(message);
  }
}
defineHidden(CancelToken.prototype, "name", "CancelToken");

/** Whether nothing but the waiting itself can be ended: the wait on it throws, and only that one. */
function isBottom(promise: object): boolean {
  const { source } = PromiseSlot.of(promise);
  return source === undefined || source instanceof Suspension;
}

/** Takes one wait off a promise and lets it throw instead. */
function interrupt(promise: object, isMeant: (reaction: Reaction) => boolean, token: unknown): boolean {
  const reaction = removeReaction(promise, isMeant);
  if (reaction === undefined) return false;
  enqueueReaction(JOB_REJECTED, reaction, token);
  const { payload, source } = PromiseSlot.of(promise);
  if (payload === undefined && source instanceof Suspension) detach(promise, source);
  return true;
}

function descend(start: object, token: unknown, seen: Set<object>): boolean {
  let promise = start;
  for (;;) {
    const state = PromiseSlot.of(promise);
    // A circle of frames that wait for each other has no bottom.
    if (state.status !== PENDING || setHas(seen, promise)) return false;
    setAdd(seen, promise);
    const { source } = state;
    if (source instanceof Combinator) {
      let descended = false;
      let cancelled = false;
      const { pending } = source;
      for (let i = 0; i < pending.length; i++) {
        const argument = pending[i];
        if (argument === undefined) continue;
        descended = true;
        if (descend(argument as object, token, seen)) cancelled = true;
      }
      if (descended) return cancelled;
      rejectPromise(promise, token);
      return true;
    }
    if (source === undefined || source instanceof Suspension) {
      if (source !== undefined) {
        unregister(promise);
        keepId(promise);
      }
      rejectPromise(promise, token);
      return true;
    }
    if (source instanceof AsyncFrame || source instanceof AsyncGeneratorFrame) {
      const { awaiting } = source;
      if (awaiting === undefined) return false;
      if (PromiseSlot.of(awaiting).status !== PENDING) return redirectResumption(source, JOB_REJECTED, token);
      if (isBottom(awaiting)) {
        return (
          interrupt(awaiting, (reaction) => reaction === source, token) ||
          redirectResumption(source, JOB_REJECTED, token)
        );
      }
      promise = awaiting;
      continue;
    }
    // The promise follows another one.
    if (PromiseSlot.of(source).status !== PENDING || isBottom(source)) {
      const followed = promise;
      const isFollower = (reaction: Reaction) =>
        (reaction instanceof ThenReaction || reaction instanceof AdoptReaction) && reaction.target === followed;
      if (!interrupt(source, isFollower, token)) rejectPromise(promise, token);
      return true;
    }
    promise = source;
  }
}

/** Cancels what blocks a promise; gives whether anything was cancelled. Other values: nothing. */
export function cancelPromise(value: unknown, token: unknown = new CancelToken()): boolean {
  return isPromise(value) && descend(value, token, new NativeSet());
}
