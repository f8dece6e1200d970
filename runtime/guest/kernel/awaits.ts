/** What a thread waits for, for the engine and for people: each pending ref with the frame that awaits it. */

import type { PendingAwait } from "#protocol";
import { append, isArray } from "../primordials.ts";
import {
  AdoptReaction,
  AsyncFrame,
  AsyncGeneratorFrame,
  Capability,
  ElementReaction,
  type PromiseReactions,
  type Reaction,
  ThenReaction,
  type Thread,
  Timer,
} from "../records.ts";
import { PENDING, PromiseSlot } from "../slots.ts";
import { refOf } from "../suspensions.ts";

/** A chain longer than this is reported without its frame. */
const MAX_LINKS = 100;

/** The first frame that goes on when this promise settles, through combinators and derived promises. */
function waitingFrame(start: object): AsyncFrame | AsyncGeneratorFrame | undefined {
  let promise: unknown = start;
  for (let links = 0; links < MAX_LINKS; links++) {
    const state = PromiseSlot.get(promise as object);
    if (state === undefined || state.status !== PENDING) return undefined;
    const waiting = state.payload as PromiseReactions;
    const reaction: Reaction | undefined = isArray(waiting) ? waiting[0] : waiting;
    if (reaction === undefined) return undefined;
    if (reaction instanceof AsyncFrame || reaction instanceof AsyncGeneratorFrame) {
      if (reaction.d.index >= 0) return reaction;
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

export function pendingAwaits(thread: Thread): PendingAwait[] {
  const awaits: PendingAwait[] = [];
  const { pending } = thread;
  for (let i = 0; i < pending.length; i++) {
    const item = pending[i]!;
    const frame = item instanceof Timer ? undefined : waitingFrame(item);
    append(awaits, { ref: refOf(item), functionIndex: frame?.d.index ?? -1, site: frame?.pc ?? 0 });
  }
  return awaits;
}
