/** What a thread waits for, for the engine and for people: each pending ref with the frame that awaits it. */

import type { PendingAwait } from "#protocol";
import { waitingFrame } from "../frames/waiting.ts";
import { append } from "../primordials.ts";
import { type Thread, Timer } from "../records.ts";
import { refOf } from "../suspensions.ts";

export function pendingAwaits(thread: Thread): PendingAwait[] {
  const awaits: PendingAwait[] = [];
  const { pending } = thread;
  for (let i = 0; i < pending.length; i++) {
    const item = pending[i]!;
    const frame = item instanceof Timer ? undefined : waitingFrame(item);
    append(awaits, {
      ref: refOf(item),
      functionIndex: frame !== undefined && frame.d.index >= 0 ? frame.d.index : -1,
      site: frame?.pc ?? 0,
    });
  }
  return awaits;
}
