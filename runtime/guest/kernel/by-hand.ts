/**
 * A thread driven job by job instead of step by step: for conformance runs, which save and restore between any two jobs.
 * It runs `main` of a program, or units of global code. The thread stays in place from `begin`, `run` or `restore` on.
 */

import { type Step, setCurrent } from "../current.ts";
import { guestError } from "../errors.ts";
import { HeapError } from "../heap/index.ts";
import { putJobs, queuedJobs, takeJobs } from "../jobs.ts";
import { LOOKED_AT_MAX } from "../json-losses.ts";
import { NativeError, reflectGet, typedArrayLength } from "../primordials.ts";
import { isPromise } from "../promise/operations.ts";
import { runOne } from "../pump.ts";
import type { Thread } from "../records.ts";
import { hasUnits, restoreLexical, runUnit, saveLexical } from "../scripts.ts";
import { PromiseSlot, REJECTED } from "../slots.ts";
import { type Ending, endingOf } from "./ending.ts";
import { decodeThread, encodeThread, type Saved } from "./saving.ts";
import { seal, unseal } from "./sealing.ts";
import { startMain } from "./step.ts";
import { enter, newThread } from "./threads.ts";

/** The step time of units of global code, in milliseconds since the epoch. */
const TIME_MS = Date.UTC(2026, 0, 1);

let thread: Thread | undefined;

function stepByHand(): Step {
  return {
    threadId: "",
    stepId: 0,
    timeMs: TIME_MS,
    mailbox: [],
    consumed: [],
    outputs: [],
    outputBytes: 0,
    outputRecordsMax: 1e6,
    outputBytesMax: 1e9,
    lossesLeft: LOOKED_AT_MAX,
    logs: [],
  };
}

/** Calls `main` in a new thread; `argument` is JSON, empty for none. Its jobs are left to `pump`. */
export function begin(argument: string, setScope: (scope: object) => void): void {
  thread = newThread(0);
  enter(thread, stepByHand(), setScope);
  startMain(thread, argument);
}

/** Runs a unit of global code. Throws what it throws before its first suspension. */
export function run(name: string, setScope: (scope: object) => void): void {
  if (thread === undefined) {
    thread = newThread(TIME_MS);
    enter(thread, stepByHand(), setScope);
  }
  const result = runUnit(name, thread.g);
  if (!isPromise(result)) return;
  thread.main = result;
  PromiseSlot.of(result).handled = true;
  throwFailure();
}

/** Runs a unit from within another; gives its value. */
export function evaluate(name: string): unknown {
  return runUnit(name, thread!.g);
}

/** Runs one job; gives how many are left. Throws what a unit of global code threw after a suspension. */
export function pump(): number {
  if (queuedJobs() > 0) runOne();
  throwFailure();
  return queuedJobs();
}

/** A unit that suspends and fails: its error comes out once. */
function throwFailure(): void {
  if (!hasUnits() || thread?.main === undefined) return;
  const { status, payload } = PromiseSlot.of(thread.main);
  if (status !== REJECTED) return;
  thread.main = undefined;
  throw payload;
}

/** The whole state between two jobs. */
export function snapshot(): Saved {
  const jobs = takeJobs();
  thread!.jobs = jobs;
  thread!.stackTraceLimit = reflectGet(NativeError, "stackTraceLimit");
  saveLexical(thread!.g);
  try {
    return seal(encodeThread(thread!, true));
  } catch (error) {
    return named(error);
  } finally {
    putJobs(jobs);
    thread!.jobs = [];
  }
}

/** The codec's errors as a caller outside can read them: of an error that leaves the isolate only the message is left. */
function named(error: unknown): never {
  throw error instanceof HeapError ? guestError(error.code, `${error.code}: ${error.message}`) : error;
}

/** Goes on from a snapshot, in a context where the same program was loaded. */
export function restore(bytes: Uint8Array, setScope: (scope: object) => void): void {
  try {
    thread = decodeThread(unseal({ bytes, length: typedArrayLength(bytes) }));
  } catch (error) {
    named(error);
  }
  restoreLexical(thread.g);
  enter(thread, stepByHand(), setScope);
}

/** How the thread stands by its `main`. */
export function outcome(): Ending {
  return endingOf(thread!);
}

/** Takes the thread out of its place. */
export function end(): void {
  takeJobs();
  thread = undefined;
  setCurrent(undefined, undefined);
}
