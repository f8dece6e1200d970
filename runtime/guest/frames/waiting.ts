/** Who goes on when a promise settles: through combinators, derived promises and frames of the runtime's own. */

import { isArray } from "../primordials.ts";
import {
  AdoptReaction,
  AsyncFrame,
  AsyncGeneratorFrame,
  Capability,
  ElementReaction,
  type PromiseReactions,
  type Reaction,
  ThenReaction,
} from "../records.ts";
import { PENDING, PromiseSlot } from "../slots.ts";

/** A longer chain is not followed. */
const LINKS_MAX = 100;

/** The first frame of compiled code that goes on when this promise settles. */
export function waitingFrame(start: object): AsyncFrame | AsyncGeneratorFrame | undefined {
  let promise: unknown = start;
  for (let links = 0; links < LINKS_MAX; links++) {
    const state = PromiseSlot.get(promise as object);
    if (state === undefined || state.status !== PENDING) return undefined;
    const waiting = state.payload as PromiseReactions;
    const reaction: Reaction | undefined = isArray(waiting) ? waiting[0] : waiting;
    if (reaction === undefined) return undefined;
    if (reaction instanceof AsyncFrame || reaction instanceof AsyncGeneratorFrame) {
      if (reaction.d.index >= 0 || reaction.d.unit !== undefined) return reaction;
      // A frame of the runtime's own: whoever waits for it.
      if (!(reaction instanceof AsyncFrame)) return undefined;
      promise = reaction.promise;
      continue;
    }
    let target: unknown;
    if (reaction instanceof ElementReaction) target = reaction.combinator.target;
    else if (reaction instanceof ThenReaction || reaction instanceof AdoptReaction) target = reaction.target;
    promise = target instanceof Capability ? target.promise : target;
    if (typeof promise !== "object" || promise === null) return undefined;
  }
  return undefined;
}

/** The frame that goes on when this one is done, or yields. */
export function waiterOf(frame: AsyncFrame | AsyncGeneratorFrame): AsyncFrame | AsyncGeneratorFrame | undefined {
  if (frame instanceof AsyncFrame) return waitingFrame(frame.promise);
  return frame.queue.length > 0 ? waitingFrame(frame.queue[0]!.promise) : undefined;
}
