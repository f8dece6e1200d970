/**
 * A thread of the sandbox process beside the one that runs guests: it works while that one is stuck in native code. It
 * kills the process when its resident memory is above the limit, or when the engine's process is gone (a process that
 * loops in native code never sees its socket close).
 */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { OUT_OF_MEMORY_NOTE } from "./process-contract.ts";

const INTERVAL_MS = 20;

interface GuardData {
  readonly residentBytesMax: number;
  readonly parentPid: number;
}

const { residentBytesMax, parentPid } = workerData as GuardData;

function endProcess(): void {
  process.kill(process.pid, "SIGKILL");
}

setInterval(() => {
  if (process.ppid !== parentPid) endProcess();
  if (process.memoryUsage.rss() > residentBytesMax) {
    writeSync(2, OUT_OF_MEMORY_NOTE);
    endProcess();
  }
}, INTERVAL_MS);
