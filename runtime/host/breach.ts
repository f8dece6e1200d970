/**
 * What can go wrong with a step inside an isolate, and the words for it. A breach is not yet a verdict: it blames the
 * thread only when the step, alone in a fresh isolate and with twice the budget, breaches again (I2: what a limit ended
 * is recorded, never derived).
 *
 * Boundary: messages are built here from what is known to us; the text of a host error goes no further than the log, so that
 * no path of the host reaches a thread (I5).
 */
import type { ErrorCode, StepFaulted } from "#protocol";

/** `killed`: the process was ended by a signal that nobody here sent and that no crash sends. */
export type BreachKind = "time" | "memory" | "stack" | "crash" | "killed";

export interface Breach {
  readonly kind: BreachKind;
  /** CPU time used until the breach, in milliseconds. */
  readonly cpuMs: number;
  /** For the log. */
  readonly detail: string;
}

const CODE_OF_BREACH: Record<BreachKind, ErrorCode> = {
  time: "StepTimeLimit",
  memory: "StepMemoryLimit",
  stack: "StackOverflow",
  crash: "SandboxCrashed",
  killed: "SandboxCrashed",
};

const DETAIL_CHARS_MAX = 500;

/** Sorts an error that a call into an isolate threw. */
export function breachOf(error: unknown, isDisposed: boolean, cpuMs: number): Breach {
  const message = error instanceof Error ? String(error.message) : String(error);
  return { kind: kindOf(message, isDisposed), cpuMs, detail: message.slice(0, DETAIL_CHARS_MAX) };
}

function kindOf(message: string, isDisposed: boolean): BreachKind {
  // The isolate's own words come first: a guest that throws the same text only breaches a limit by its own statement.
  if (message.startsWith("Script execution timed out")) return "time";
  if (isDisposed || /memory limit|allocation failed|out of memory/i.test(message)) return "memory";
  if (/Maximum call stack size exceeded/.test(message)) return "stack";
  return "crash";
}

/** The fault of a thread whose step breached alone. */
export function faultOf(breach: Breach, allowed: { readonly stepMs: number; readonly memoryMb: number }): StepFaulted {
  return { kind: "faulted", code: CODE_OF_BREACH[breach.kind], message: faultMessage(breach, allowed) };
}

function faultMessage(breach: Breach, allowed: { readonly stepMs: number; readonly memoryMb: number }): string {
  switch (breach.kind) {
    case "time":
      return `One step used more than ${allowed.stepMs} ms of CPU time, also when run again alone with twice the budget. Split the work into several steps, or raise limits.stepMs.`;
    case "memory":
      return `One step used more than the ${allowed.memoryMb} MiB allowed, also alone. Keep less in memory, or raise limits.memoryMb.`;
    case "stack":
      return "The script overflowed the stack. Make the recursion shallower, or turn it into a loop.";
    case "crash":
      return "The step crashed its sandbox process each time, also alone. The engine's log has the details.";
    case "killed":
      return "The sandbox process was killed from outside each time that it ran the step, also alone: look whether the system is short of memory. The engine's log has the details.";
  }
}

/** The fault of a thread whose step, or whose program's load, was never given the CPU time to be judged by. */
export function starvedFault(runs: number): StepFaulted {
  return {
    kind: "faulted",
    code: CODE_OF_BREACH.time,
    message: `In ${runs} runs alone the step did not end, and got too little of the processor for its CPU time to be judged: the machine has more to do than it can. Give the engine more of it, then retry the thread.`,
  };
}

/** The fault of a thread whose program was not loaded: its modules broke a limit, or crashed the sandbox. */
export function loadFaultOf(breach: Breach): StepFaulted {
  return { kind: "faulted", code: CODE_OF_BREACH[breach.kind], message: loadFaultMessage(breach.kind) };
}

function loadFaultMessage(kind: BreachKind): string {
  switch (kind) {
    case "time":
      return "The evaluation of the program's modules did not end in the time allowed. Do the work inside main, not at module level.";
    case "memory":
      return "The evaluation of the program's modules used more memory than allowed. Do the work inside main, not at module level.";
    case "stack":
      return "The evaluation of the program's modules overflowed the stack. Make the recursion shallower, or turn it into a loop.";
    case "crash":
      return "The sandbox crashed while the program was loaded, also alone. The engine's log has the details.";
    case "killed":
      return "The sandbox process was killed from outside each time that the program was loaded, also alone: look whether the system is short of memory. The engine's log has the details.";
  }
}
