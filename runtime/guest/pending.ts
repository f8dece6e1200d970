/**
 * The list of what a record may resume. A suspension whose last await was cancelled is detached from it (it holds nothing
 * any more, I7) and comes back when something awaits it again.
 */

import { currentThread } from "./current.ts";
import { append } from "./primordials.ts";
import type { Suspension } from "./records.ts";
import { PENDING, PromiseSlot } from "./slots.ts";

/** Removes from the pending list; gives whether it was there. */
export function unregister(pending: object): boolean {
  const list = currentThread()?.pending;
  if (list === undefined) return false;
  for (let i = 0; i < list.length; i++) {
    if (list[i] !== pending) continue;
    for (let next = i + 1; next < list.length; next++) list[next - 1] = list[next]!;
    list.length--;
    return true;
  }
  return false;
}

export function detach(promise: object, suspension: Suspension): void {
  if (unregister(promise)) suspension.detached = true;
}

export function reattach(promise: object, suspension: Suspension): void {
  const thread = currentThread();
  if (thread === undefined || PromiseSlot.of(promise).status !== PENDING) return;
  suspension.detached = false;
  append(thread.pending, promise);
}
