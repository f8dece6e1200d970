/**
 * A thread driven job by job instead of step by step: for conformance runs, which save and restore between any two jobs.
 * The thread stays in place from `begin` or `restore` on.
 */

import { type Step, setCurrent } from "../current.ts";
import { putJobs, queuedJobs, takeJobs } from "../jobs.ts";
import { runOne } from "../pump.ts";
import type { Thread } from "../records.ts";
import { type Ending, endingOf } from "./ending.ts";
import { decodeThread, encodeThread, type Saved } from "./saving.ts";
import { startMain } from "./step.ts";
import { enter, newThread } from "./threads.ts";

let thread: Thread | undefined;

function stepByHand(): Step {
  return { threadId: "", stepId: 0, timeMs: 0, mailbox: [], consumed: [], outputs: [], logs: [] };
}

/** Calls `main` in a new thread; `argument` is JSON, empty for none. Its jobs are left to `pump`. */
export function begin(argument: string, setScope: (scope: object) => void): void {
  thread = newThread(0);
  enter(thread, stepByHand(), setScope);
  startMain(thread, argument);
}

/** Runs one job; gives how many are left. */
export function pump(): number {
  return queuedJobs() === 0 ? 0 : runOne();
}

/** The whole state between two jobs. */
export function snapshot(): Saved {
  const jobs = takeJobs();
  thread!.jobs = jobs;
  const saved = encodeThread(thread!, true);
  putJobs(jobs);
  thread!.jobs = [];
  return saved;
}

/** Goes on from a snapshot, in a context where the same program was loaded. */
export function restore(bytes: Uint8Array, setScope: (scope: object) => void): void {
  thread = decodeThread(bytes);
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
