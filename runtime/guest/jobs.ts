/**
 * The job queue. A wake-up only enqueues; `pump.ts` alone runs what is queued (I3: between two jobs the stack is empty and
 * the state can be saved).
 */

import { append } from "./primordials.ts";
import { JOB_CALL, JOB_THENABLE, Job, type Reaction } from "./records.ts";

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

/** Takes the oldest job off the queue. */
export function nextJob(): Job | undefined {
  const job = head;
  if (job === undefined) return undefined;
  head = job.next;
  if (head === undefined) tail = undefined;
  size--;
  job.next = undefined;
  return job;
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
