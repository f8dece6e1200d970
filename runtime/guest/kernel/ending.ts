/**
 * The end of a thread: what `main`'s promise says, and what happens to whatever else still waits. Other frames are
 * cancelled, their cleanup runs to its first suspension, then they are dropped, and the log says which.
 */

import type { ThreadStatus } from "#protocol";
import { CancelToken, cancelPromise } from "../cancel.ts";
import { effectiveConfig } from "../config.ts";
import { log } from "../globals/console.ts";
import { inspect } from "../globals/inspect.ts";
import { disarmTimer } from "../globals/timers.ts";
import { LOOKED_AT_MAX, lossesOf } from "../json-losses.ts";
import { append, jsonStringify, NativeTypeError, toStringValue } from "../primordials.ts";
import { type Thread, Timer } from "../records.ts";
import { registry } from "../registry.ts";
import { FULFILLED, PENDING, PromiseSlot } from "../slots.ts";
import { stackWithCauses } from "../traces/stack.ts";
import { textOfValue } from "../values.ts";
import { pendingAwaits } from "./awaits.ts";

export interface Ending {
  readonly status: ThreadStatus;
  readonly result: string | null;
  readonly resultTopic: string | null;
  readonly stack: string | null;
}

const running: Ending = { status: "running", result: null, resultTopic: null, stack: null };

function textOf(error: unknown): string {
  try {
    return toStringValue(error);
  } catch {
    return inspect(error, [{}]);
  }
}

/** What goes to the error topic: the error's text, or with a serializer the error itself. */
function errorText(error: unknown): string | null {
  try {
    if (effectiveConfig().serializer !== null) return textOfValue(error, "error") ?? jsonStringify(textOf(error));
  } catch (problem) {
    log("warn", `config.serializer could not write the error: ${inspect(problem, [])}`);
  }
  return jsonStringify(textOf(error));
}

/** The end by an error, whichever way it came. */
export function failure(error: unknown): Ending {
  const status = error instanceof CancelToken ? "cancelled" : "failed";
  return {
    status,
    result: errorText(error),
    resultTopic: effectiveConfig().errorTopic,
    stack: stackWithCauses(error) ?? null,
  };
}

/** How the thread stands by its `main`. */
export function endingOf(thread: Thread): Ending {
  const { status, payload } = PromiseSlot.of(thread.main!);
  if (status === PENDING) return running;
  if (status !== FULFILLED) return failure(payload);
  try {
    // `undefined` has no JSON; a record without a value would be a tombstone.
    const result = textOfValue(payload, "result") ?? "null";
    if (typeof payload === "function" || typeof payload === "symbol")
      log("warn", `main gave a ${typeof payload}, which has no JSON: the result is null`);
    return { status: "completed", result, resultTopic: effectiveConfig().resultTopic, stack: null };
  } catch (error) {
    const words = "What main gave has no JSON: give plain data, or set config.serializer (superjson, for instance)";
    const places = effectiveConfig().serializer === null ? lossesOf(payload, "result", LOOKED_AT_MAX).text : undefined;
    const where = places === undefined ? "" : ` (${places})`;
    return failure(new NativeTypeError(`${words}. ${textOf(error)}${where}`, { cause: error }));
  }
}

/** Cancels what still waits; the jobs that this queues are the caller's to run. */
export function cancelRest(thread: Thread): void {
  const awaits = pendingAwaits(thread);
  for (let i = 0; i < awaits.length; i++) {
    const { ref, functionIndex } = awaits[i]!;
    const where = functionIndex < 0 ? "" : ` in ${registry.tables.functions[functionIndex]?.id ?? "the runtime"}`;
    log("debug", `main settled: the wait for "${ref}"${where} was cancelled`);
  }
  const rest: object[] = [];
  for (let i = 0; i < thread.pending.length; i++) append(rest, thread.pending[i]!);
  for (let i = 0; i < rest.length; i++) {
    const item = rest[i]!;
    if (item instanceof Timer) disarmTimer(item);
    else cancelPromise(item);
  }
}
