/**
 * How a sandbox process is started: fixed flags, an environment of time zone and locale only (both reach into isolates,
 * I2), no inherited descriptors but its socket and an error stream that the supervisor drains, no core dumps, and an address
 * limit of the system where a POSIX shell can set one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { SandboxLimits } from "./sandbox-limits.ts";

export const SOCKET_FD = 3;
/** Written to the error stream by the guard before it kills. */
export const OUT_OF_MEMORY_NOTE = "kawait sandbox: resident memory above the limit\n";

const ENVIRONMENT = { TZ: "UTC", LANG: "en_US.UTF-8", LC_ALL: "en_US.UTF-8" };
const FLAGS = ["--no-node-snapshot", "--stack-size=984", "--max-old-space-size=512", "--no-warnings"];
/** V8 reserves this much writable memory for the code of each isolate; it counts for the system's limit, though unused. */
const ISOLATE_RESERVE_MB = 540;
/** Isolates beside those of programs: Node's own, the guard's, and one for a step alone. */
const OTHER_ISOLATES = 3;

export interface SandboxProcess {
  readonly process: ChildProcess;
  readonly socket: Duplex;
  readonly stderr: Readable;
}

export function startSandboxProcess(limits: SandboxLimits): SandboxProcess {
  const file = import.meta.url.endsWith(".ts") ? "./child.ts" : "./child.js";
  const command = [process.execPath, ...FLAGS, fileURLToPath(new URL(file, import.meta.url))];
  const options = { env: ENVIRONMENT, stdio: ["ignore", "ignore", "pipe", "pipe"], windowsHide: true } as const;
  const child =
    process.platform === "win32"
      ? spawn(command[0] as string, command.slice(1), { ...options, stdio: [...options.stdio] })
      : spawn("/bin/sh", ["-c", limitScript(limits), ...command], { ...options, stdio: [...options.stdio] });
  return { process: child, socket: child.stdio[SOCKET_FD] as Duplex, stderr: child.stderr as Readable };
}

/** The shell sets the limits and becomes the process: its pid is the child's. */
function limitScript(limits: SandboxLimits): string {
  const dataMb = limits.processMemoryMb + (limits.programs + OTHER_ISOLATES) * ISOLATE_RESERVE_MB;
  return `ulimit -c 0 2>/dev/null; ulimit -d ${dataMb * 1024} 2>/dev/null; exec "$0" "$@"`;
}
