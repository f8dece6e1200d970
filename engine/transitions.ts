/**
 * The named transitions of a thread's envelope: pure functions from one state to the next.
 *
 *   started → advance* → (completed | failed | cancelled)
 *   running → faulted → (retry: running | terminated)
 */
import {
  autoIdOffset,
  type ErrorCode,
  type Limits,
  type MailboxEntry,
  type Program,
  type StepAdvanced,
  type StepInput,
  type StepRequest,
  type ThreadState,
} from "#protocol";
import type { StoredRecord } from "#stream";

const NOTHING = new Uint8Array(0);
const NO_SEED = new Uint8Array(16);
/** A longer one is in the error topic only; its stack begins with it as well. */
const ERROR_CHARACTERS_MAX = 16 * 1024;
const CUT_ERROR = JSON.stringify("(an error longer than 16 Ki characters: see its stack, or the error topic)");

/** A thread before its first step: never saved as such. */
export function started(program: Program, nowMs: number): ThreadState {
  return {
    runtimeVersion: "",
    programHash: program.hash,
    status: "running",
    isPrivate: false,
    step: 0,
    base: -1,
    timeMs: nowMs,
    startedMs: nowMs,
    seed: NO_SEED,
    topic: "",
    partition: 0,
    offset: -1,
    awaits: [],
    mailbox: [],
    fault: null,
    expiresMs: 0,
    heap: NOTHING,
  };
}

export function advance(
  state: ThreadState,
  record: StoredRecord,
  request: StepRequest,
  result: StepAdvanced,
  limits: Limits,
  runtimeVersion: string,
): ThreadState {
  const ended = result.status !== "running";
  return {
    runtimeVersion,
    programHash: state.programHash,
    status: result.status,
    isPrivate: result.isPrivate,
    step: state.step + 1,
    base: request.stepId,
    timeMs: request.timeMs,
    startedMs: state.startedMs,
    seed: request.seed,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    awaits: ended ? [] : result.awaits,
    mailbox: ended ? [] : remainingMailbox(state, result),
    fault: null,
    ...failureOf(result),
    expiresMs: ended ? request.timeMs + limits.terminalRetentionMs : 0,
    heap: ended ? NOTHING : result.heap,
  };
}

/** For whoever asks later what became of the thread: the topic that was told may be read by nobody. */
function failureOf({ status, result, stack }: StepAdvanced): Pick<ThreadState, "failure"> {
  if ((status !== "failed" && status !== "cancelled") || result === null) return {};
  return { failure: { error: result.length > ERROR_CHARACTERS_MAX ? CUT_ERROR : result, stack } };
}

/** What the step left in the mailbox, without one-shot ids that nobody awaits any more. */
function remainingMailbox(state: ThreadState, result: StepAdvanced): readonly MailboxEntry[] {
  if (state.mailbox.length === 0) return state.mailbox;
  const consumed = new Set(result.consumedMailbox);
  return state.mailbox.filter(
    (entry, index) =>
      !consumed.has(index) &&
      (autoIdOffset(entry.ref) === undefined || result.awaits.some((pending) => pending.ref === entry.ref)),
  );
}

/**
 * The engine stops a thread: its last good state is kept (I4).
 * @param input what the step was to do, for `retry`; null when there is nothing to do again.
 */
export function fault(
  state: ThreadState,
  input: StepInput | null,
  offset: number,
  code: ErrorCode,
  message: string,
): ThreadState {
  return { ...state, status: "faulted", fault: { code, message, input, offset } };
}

export function terminated(state: ThreadState, record: StoredRecord, nowMs: number, limits: Limits): ThreadState {
  const timeMs = Math.max(state.timeMs, nowMs);
  return {
    ...state,
    status: "terminated",
    timeMs,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    awaits: [],
    mailbox: [],
    fault: null,
    expiresMs: timeMs + limits.terminalRetentionMs,
    heap: NOTHING,
  };
}
