/**
 * One step of a thread: apply the input, run until nothing is left to do, say how the thread stands (I2).
 *
 * Order: the input; then jobs until the queue is empty; then, each after a drained queue, timers that are due now and the
 * oldest mailbox entry whose ref is pending; then unhandled rejections; then the ending.
 */

import type { StepRequest } from "#protocol";
import { CancelToken, cancelPromise } from "../cancel.ts";
import { effectiveConfig } from "../config.ts";
import type { Step } from "../current.ts";
import { outputFlood } from "../exhaustion.ts";
import { log } from "../globals/console.ts";
import { inspect } from "../globals/inspect.ts";
import { fireTimer, takeMacrotask } from "../globals/timers.ts";
import { noteError } from "../image/breach.ts";
import { queuedJobs } from "../jobs.ts";
import { unregister } from "../pending.ts";
import { append, hasOwn, jsonParse } from "../primordials.ts";
import { fulfillPromise, isPromise, newPromise, rejectPromise, resolvePromise } from "../promise/operations.ts";
import { runOne } from "../pump.ts";
import { type Thread, Timer } from "../records.ts";
import { PENDING, PromiseSlot } from "../slots.ts";
import { findPending, keepId } from "../suspensions.ts";
import { runEntry } from "../thread-modules.ts";
import { revived } from "../values.ts";
import { cancelRest, type Ending, endingOf, failure } from "./ending.ts";

/** Calls `main`; its promise is the thread's. */
export function startMain(thread: Thread, argument: string): void {
  const promise = newPromise();
  PromiseSlot.of(promise).handled = true;
  thread.main = promise;
  try {
    const result = runEntry(argument);
    if (isPromise(result)) {
      // `main` is awaited as it is: nothing stands between it and a cancelation.
      thread.main = result;
      PromiseSlot.of(result).handled = true;
    } else resolvePromise(promise, result);
  } catch (error) {
    rejectPromise(promise, error);
  }
}

/** Gives the record to the oldest that waits for its ref; false when nothing does. */
function deliver(ref: string, text: string): boolean {
  const pending = findPending(ref);
  if (pending === undefined) return false;
  unregister(pending);
  if (pending instanceof Timer) {
    fireTimer(pending);
    return true;
  }
  keepId(pending);
  const record = jsonParse(text) as { value?: unknown; error?: unknown };
  try {
    if (hasOwn(record, "error")) rejectPromise(pending, revived(record.error));
    else fulfillPromise(pending, hasOwn(record, "value") ? revived(record.value) : undefined);
  } catch (error) {
    // The script's own serializer does not take what arrived.
    rejectPromise(pending, error);
  }
  return true;
}

/** An error that no promise caught: a callback of `queueMicrotask` or of a timer threw. */
class Uncaught {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

function drain(): Uncaught | undefined {
  try {
    while (queuedJobs() > 0) runOne();
    return undefined;
  } catch (error) {
    return new Uncaught(outputFlood() ?? noteError(error));
  }
}

function takeMail(step: Step): boolean {
  const { mailbox, consumed } = step;
  for (let i = 0; i < mailbox.length; i++) {
    let taken = false;
    for (let j = 0; j < consumed.length; j++) if (consumed[j] === i) taken = true;
    if (taken || !deliver(mailbox[i]!.ref, mailbox[i]!.text)) continue;
    append(consumed, i);
    return true;
  }
  return false;
}

function runUntilIdle(thread: Thread, step: Step): Uncaught | undefined {
  for (;;) {
    const uncaught = drain();
    if (uncaught !== undefined) return uncaught;
    if (PromiseSlot.of(thread.main!).status !== PENDING) return undefined;
    const timer = takeMacrotask();
    if (timer !== undefined) fireTimer(timer);
    else if (!takeMail(step)) return undefined;
  }
}

/** The first rejection that nobody handled and that must not pass in silence; the others are logged. */
function unhandled(thread: Thread): Uncaught | undefined {
  const { rejections } = thread;
  thread.rejections = [];
  let first: Uncaught | undefined;
  for (let i = 0; i < rejections.length; i++) {
    const state = PromiseSlot.of(rejections[i]!);
    if (state.handled || state.payload instanceof CancelToken) continue;
    if (effectiveConfig().unhandledRejections === "warn" || first !== undefined) {
      log("warn", `A promise was rejected and nobody handled it: ${inspect(state.payload, [])}`);
    } else first = new Uncaught(state.payload);
  }
  return first;
}

/** Runs the step in the current thread; gives how the thread stands after it. */
export function runStep(thread: Thread, step: Step, request: StepRequest): Ending {
  const { input } = request;
  thread.nextAutoId = 1;
  if (input.kind === "new") startMain(thread, input.argument);
  else if (input.kind === "resume") deliver(input.ref, input.text);
  else cancelPromise(thread.main, new CancelToken(input.reason === "" ? undefined : input.reason));
  let uncaught = runUntilIdle(thread, step);
  const settled = PromiseSlot.of(thread.main!).status !== PENDING;
  uncaught ??= settled ? undefined : unhandled(thread);
  const ending = uncaught === undefined ? endingOf(thread) : failure(uncaught.error);
  if (ending.status !== "running") {
    cancelRest(thread);
    const late = drain();
    if (late !== undefined) log("warn", `After main settled: ${inspect(late.error, [])}`);
    if (settled) unhandledAfterEnd(thread);
  }
  return ending;
}

/** The thread has ended: what is left unhandled is told, and changes nothing. */
function unhandledAfterEnd(thread: Thread): void {
  for (let left = unhandled(thread); left !== undefined; left = unhandled(thread)) {
    log("warn", `After main settled, a rejected promise was left unhandled: ${inspect(left.error, [])}`);
  }
}
