/**
 * The job queue. A wake-up only enqueues; `runJob` is the one place where guest code advances (I3: between two jobs the
 * stack is empty and the state can be saved).
 */

import { resumeAsync } from "./frames/async.ts";
import { resumeAsyncGenerator } from "./frames/async-generator.ts";
import { append, reflectApply } from "./primordials.ts";
import { settleElement } from "./promise/combinators.ts";
import { rejectPromise, resolvePromise, resolveThenable, runThenReaction } from "./promise/operations.ts";
import {
  AdoptReaction,
  AsyncFrame,
  AsyncGeneratorFrame,
  ElementReaction,
  JOB_CALL,
  JOB_FULFILLED,
  JOB_THENABLE,
  Job,
  type Reaction,
  type ThenReaction,
} from "./records.ts";

let head: Job | undefined;
let tail: Job | undefined;
let size = 0;

function enqueue(job: Job): void {
  if (tail === undefined) head = job;
  else tail.next = job;
  tail = job;
  size++;
}

export function enqueueReaction(kind: number, reaction: Reaction, value: unknown): void {
  enqueue(new Job(kind, reaction, value, undefined));
}

/** NewPromiseResolveThenableJob */
export function enqueueThenable(promise: object, thenable: object, thenMethod: unknown): void {
  enqueue(new Job(JOB_THENABLE, promise, thenable, thenMethod));
}

export function enqueueCall(callback: unknown, args: readonly unknown[]): void {
  enqueue(new Job(JOB_CALL, callback, args, undefined));
}

/** Changes how a suspended frame will go on, when the job that resumes it is queued already. */
export function redirectResumption(frame: Reaction, kind: number, value: unknown): boolean {
  for (let job = head; job !== undefined; job = job.next) {
    if (job.target !== frame) continue;
    job.kind = kind;
    job.value = value;
    return true;
  }
  return false;
}

function runJob(job: Job): void {
  const { kind, target, value } = job;
  if (kind === JOB_THENABLE) {
    resolveThenable(target as object, value as object, job.thenMethod);
    return;
  }
  if (kind === JOB_CALL) {
    reflectApply(target as () => void, undefined, value as unknown[]);
    return;
  }
  const fulfilled = kind === JOB_FULFILLED;
  const reaction = target as Reaction;
  if (reaction instanceof AsyncFrame) resumeAsync(reaction, fulfilled ? 0 : 1, value);
  else if (reaction instanceof ElementReaction) settleElement(reaction.combinator, reaction.index, fulfilled, value);
  else if (reaction instanceof AdoptReaction) {
    if (fulfilled) resolvePromise(reaction.target, value);
    else rejectPromise(reaction.target, value);
  } else if (reaction instanceof AsyncGeneratorFrame) resumeAsyncGenerator(reaction, fulfilled, value);
  else runThenReaction(reaction as ThenReaction, fulfilled, value);
}

/**
 * Runs the oldest job; gives how many are left. An error that a job lets through (only a callback of `queueMicrotask`
 * or of a timer can) is the caller's to judge.
 */
export function runOne(): number {
  const job = head;
  if (job === undefined) return 0;
  head = job.next;
  if (head === undefined) tail = undefined;
  size--;
  job.next = undefined;
  runJob(job);
  return size;
}

export function queuedJobs(): number {
  return size;
}

/** Takes the queue away as a list, for saving or for a switch of threads. */
export function takeJobs(): Job[] {
  const jobs: Job[] = [];
  for (let job = head; job !== undefined; ) {
    const { next } = job;
    job.next = undefined;
    append(jobs, job);
    job = next;
  }
  head = undefined;
  tail = undefined;
  size = 0;
  return jobs;
}

export function putJobs(jobs: readonly Job[]): void {
  takeJobs();
  for (let i = 0; i < jobs.length; i++) enqueue(jobs[i]!);
}
