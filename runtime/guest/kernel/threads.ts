/**
 * The threads of this context: which one is in place, and which are still alive from an earlier step. A live thread is a
 * cache of committed bytes: it serves only a step whose base is the one it stands at.
 */

import { type Step, setCurrent } from "../current.ts";
import { putJobs, takeJobs } from "../jobs.ts";
import { newModuleScope } from "../module-scope.ts";
import { mapClear, mapDelete, mapGet, mapSet, NativeError, NativeMap, reflectGet, reflectSet } from "../primordials.ts";
import { Thread } from "../records.ts";

interface LiveThread {
  readonly base: number;
  readonly thread: Thread;
}

const live = new NativeMap<string, LiveThread>();

export function newThread(timeMs: number): Thread {
  return new Thread(newModuleScope(), timeMs);
}

export function liveThread(threadId: string, base: number): Thread | undefined {
  const known = mapGet(live, threadId) as LiveThread | undefined;
  return known !== undefined && known.base === base ? known.thread : undefined;
}

export function keepLive(threadId: string, base: number, thread: Thread): void {
  mapSet(live, threadId, { base, thread });
}

export function forgetThread(threadId: string): void {
  mapDelete(live, threadId);
}

export function forgetThreads(): void {
  mapClear(live);
}

/** Puts a thread in place. */
export function enter(thread: Thread, step: Step, setScope: (scope: object) => void): void {
  setCurrent(thread, step);
  setScope(thread.g);
  putJobs(thread.jobs);
  thread.jobs = [];
  reflectSet(NativeError, "stackTraceLimit", thread.stackTraceLimit);
}

/** Takes the current thread out; what it left in the realm goes into its state. */
export function leave(thread: Thread): void {
  thread.jobs = takeJobs();
  thread.stackTraceLimit = reflectGet(NativeError, "stackTraceLimit");
  reflectSet(NativeError, "stackTraceLimit", 0);
  setCurrent(undefined, undefined);
}
