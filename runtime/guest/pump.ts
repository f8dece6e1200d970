/**
 * The pump: the one place where guest code advances, job by job.
 */

import { resumeAsync } from "./frames/async.ts";
import { resumeAsyncGenerator } from "./frames/async-generator.ts";
import { nextJob, queuedJobs } from "./jobs.ts";
import { reflectApply } from "./primordials.ts";
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
  type Job,
  type Reaction,
  type ThenReaction,
} from "./records.ts";

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
  const job = nextJob();
  if (job === undefined) return 0;
  runJob(job);
  return queuedJobs();
}
