/**
 * How a sandbox process is started: fixed flags, an environment of time zone and locale only (both reach into isolates,
 * I2), no inherited descriptors but its socket and two streams that the supervisor drains, no core dumps, and a memory
 * limit of the system where a POSIX shell can set one.
 */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Duplex, Readable, Writable } from "node:stream";
import type { SandboxLimits } from "./sandbox-limits.ts";

const ENVIRONMENT = { TZ: "UTC", LANG: "en_US.UTF-8", LC_ALL: "en_US.UTF-8" };
const FLAGS = ["--no-node-snapshot", "--no-warnings", "--max-old-space-size=512", "--input-type=commonjs", "-"];
/**
 * Of the engine's stack, in KiB: V8's default where the system's is not known to be large, else four times as much, so that
 * recursions some thousand calls deep are nothing that an author has to think of. Native code has the rest of the system's.
 */
const SMALL_STACK_KB = 984;
const LARGE_STACK_KB = 3_900;
const SYSTEM_STACK_KB = 8_192;
/** V8 reserves this much writable memory for the code of each isolate; it counts for the system's limit, though unused. */
const ISOLATE_RESERVE_MB = 540;
/** Isolates beside those of programs: Node's own, the guard's, and one for a step alone. */
const OTHER_ISOLATES = 3;
const CLOCK_TICK_MS = 10;

export interface SandboxProcess {
  readonly process: ChildProcess;
  readonly socket: Duplex;
  readonly stderr: Readable;
  /** What its guard tells of long calls. */
  readonly longCalls: Readable;
}

/**
 * The socket is descriptor `SOCKET_FD` of the child.
 *
 * @param script the child's program (`childBundle`)
 */
export function startSandboxProcess(script: string, limits: SandboxLimits): SandboxProcess {
  const options: SpawnOptions = {
    env: ENVIRONMENT,
    stdio: ["pipe", "ignore", "pipe", "pipe", "pipe"],
    windowsHide: true,
  };
  const child =
    process.platform === "win32"
      ? spawn(process.execPath, [`--stack-size=${SMALL_STACK_KB}`, ...FLAGS], options)
      : spawn("/bin/sh", ["-c", limitScript(limits), process.execPath, ...FLAGS], options);
  const [stdin, , stderr, socket, longCalls] = child.stdio as unknown as [
    Writable?,
    null?,
    Readable?,
    Duplex?,
    Readable?,
  ];
  child.on("error", () => {});
  if (!stdin || !stderr || !socket || !longCalls) throw new Error("the system gave no descriptors for its streams");
  // A child that dies while it starts is told by its end, not by its input.
  for (const stream of [stdin, socket, longCalls]) stream.on("error", () => {});
  stdin.end(script);
  return { process: child, socket, stderr, longCalls };
}

/** The shell sets the limits and becomes the process: its pid is the child's. */
function limitScript(limits: SandboxLimits): string {
  const dataMb = limits.processMemoryMb + (limits.programs + OTHER_ISOLATES) * ISOLATE_RESERVE_MB;
  const stack = `case $(ulimit -s) in unlimited) s=${LARGE_STACK_KB};; *[!0-9]*|"") s=${SMALL_STACK_KB};; *) s=${SMALL_STACK_KB}; [ $(ulimit -s) -ge ${SYSTEM_STACK_KB} ] && s=${LARGE_STACK_KB};; esac`;
  return `ulimit -c 0 2>/dev/null; ulimit -d ${dataMb * 1024} 2>/dev/null; ${stack}; exec "$0" --stack-size=$s "$@"`;
}

/** CPU time that a process has used, in milliseconds; `null` where the system does not tell. */
export function processCpuMs(pid: number | undefined): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is the name in parentheses, which may hold anything; user and system time are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS;
  } catch {
    return null;
  }
}
