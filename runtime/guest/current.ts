/**
 * The thread that is in place, and what its step gathers. One at a time in a context; none while modules load.
 */

import type { MailboxEntry, StepOutput } from "#protocol";
import { type ErrorCode, guestError } from "./errors.ts";
import type { Thread } from "./records.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What one step is given, and gathers until it ends; nothing of it is saved. */
export interface Step {
  readonly threadId: string;
  readonly stepId: number;
  readonly timeMs: number;
  /** Early records, the oldest first; taken ones are marked in `taken`. */
  readonly mailbox: readonly MailboxEntry[];
  readonly consumed: number[];
  readonly outputs: StepOutput[];
  /** Characters of keys and values so far. */
  outputBytes: number;
  readonly outputRecordsMax: number;
  readonly outputBytesMax: number;
  /** How many values are still looked at for what JSON loses of them; 0 as soon as the log has told of one. */
  lossesLeft: number;
  readonly logs: { readonly level: LogLevel; readonly text: string }[];
}

let thread: Thread | undefined;
let step: Step | undefined;
/** Rejections while modules load: there is no thread to hold them. */
let loadRejections: object[] = [];

export function currentThread(): Thread | undefined {
  return thread;
}

export function currentStep(): Step | undefined {
  return step;
}

export function setCurrent(nextThread: Thread | undefined, nextStep: Step | undefined): void {
  thread = nextThread;
  step = nextStep;
}

export function currentRejections(): object[] {
  return thread === undefined ? loadRejections : thread.rejections;
}

export function takeLoadRejections(): object[] {
  const taken = loadRejections;
  loadRejections = [];
  return taken;
}

/** The thread of a call that needs one. Throws `NoThreadAtModuleLoad`. */
export function requireThread(what: string): Thread {
  if (thread === undefined) throw guestError(noThread, `${what}: there is no thread while modules load; ${advice}`);
  return thread;
}

export function requireStep(what: string): Step {
  if (step === undefined) throw guestError(noThread, `${what}: there is no thread while modules load; ${advice}`);
  return step;
}

const noThread: ErrorCode = "NoThreadAtModuleLoad";
const advice = "call it inside `main`.";
