/**
 * A thread of the sandbox process beside the one that runs guests: it works while that one is stuck in native code. It
 * kills the process when its resident memory is above the limit, or when the engine's process is gone (a process that
 * loops in native code never sees its socket close), and tells the supervisor of calls that last long.
 */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { CallProgress, CallWatch, encodeLongCall } from "./long-call.ts";
import { LONG_CALLS_FD, OUT_OF_MEMORY_NOTE } from "./process-contract.ts";

const INTERVAL_MS = 20;

interface GuardData {
  readonly residentBytesMax: number;
  readonly parentPid: number;
  /** Of a `CallProgress`. */
  readonly progress: SharedArrayBuffer;
}

const { residentBytesMax, parentPid, progress } = workerData as GuardData;
const calls = new CallWatch(new CallProgress(progress));

function endProcess(): void {
  process.kill(process.pid, "SIGKILL");
}

setInterval(() => {
  if (process.ppid !== parentPid) endProcess();
  if (process.memoryUsage.rss() > residentBytesMax) {
    writeSync(2, OUT_OF_MEMORY_NOTE);
    endProcess();
  }
  const long = calls.look(performance.now());
  if (long) writeSync(LONG_CALLS_FD, encodeLongCall(long));
}, INTERVAL_MS);
