/**
 * What a record means for a thread, by the thread's envelope alone: a pure function, no guest code, no I/O.
 *
 * Duplicates are dropped and counted, early records of named suspensions wait in the mailbox, everything that cannot
 * be served is a dead letter with its reason (I4).
 */
import {
  autoIdOffset,
  type ErrorCode,
  type Limits,
  type MailboxEntry,
  type ResumeRecord,
  type StepInput,
  type ThreadState,
} from "#protocol";

export type DropReason = "duplicateResume" | "resumeOfEnded" | "commandWithoutEffect";

export type Decision =
  /** Start a thread; `replaces`: the running one is terminated first. */
  | { readonly kind: "start"; readonly replaces: boolean }
  | { readonly kind: "step"; readonly input: StepInput }
  | { readonly kind: "retry" }
  | { readonly kind: "terminate"; readonly reason: string }
  | { readonly kind: "mail"; readonly entry: MailboxEntry }
  | { readonly kind: "drop"; readonly reason: DropReason }
  | { readonly kind: "deadLetter"; readonly code: ErrorCode; readonly message: string };

/**
 * @param limits of the thread's workflow, or the engine's defaults where there is no thread
 * @param size of the record's value, in bytes; a start is measured when its workflow is known
 */
export function decide(record: ResumeRecord, state: ThreadState | undefined, limits: Limits, size: number): Decision {
  if (record.kind !== "new" && size > limits.recordBytes) return tooLarge(size, limits.recordBytes);
  switch (record.kind) {
    case "malformed":
      return { kind: "deadLetter", code: "MalformedRecord", message: record.message };
    case "new":
      return decideNew(record.onConflict, state);
    case "command":
      return decideCommand(record.command, record.reason, state);
    case "resume":
      return decideResume(record.ref, record.text, state, limits);
  }
}

export function tooLarge(size: number, recordBytes: number): Extract<Decision, { kind: "deadLetter" }> {
  const message = `the value has ${size} bytes, the workflow's limits.recordBytes is ${recordBytes}`;
  return { kind: "deadLetter", code: "RecordTooLarge", message };
}

export function isEnded(state: ThreadState): boolean {
  return state.status !== "running" && state.status !== "faulted";
}

function decideNew(onConflict: "ignore" | "terminate" | "restart", state: ThreadState | undefined): Decision {
  if (state === undefined) return { kind: "start", replaces: false };
  const ended = isEnded(state);
  if (onConflict === "restart") return { kind: "start", replaces: !ended };
  if (onConflict === "terminate" && !ended) return { kind: "start", replaces: true };
  return {
    kind: "deadLetter",
    code: "ThreadExists",
    message: `a thread with this id is ${state.status}: the start was ignored`,
  };
}

function decideCommand(
  command: "cancel" | "terminate" | "retry",
  reason: string,
  state: ThreadState | undefined,
): Decision {
  if (state === undefined)
    return { kind: "deadLetter", code: "UnknownThread", message: `the command ${command} names no thread` };
  if (isEnded(state)) return { kind: "drop", reason: "commandWithoutEffect" };
  if (command === "terminate") return { kind: "terminate", reason };
  if (command === "retry")
    return state.status === "faulted" ? { kind: "retry" } : { kind: "drop", reason: "commandWithoutEffect" };
  if (state.status === "faulted")
    return {
      kind: "deadLetter",
      code: "UnknownSuspension",
      message: "a faulted thread cannot be cancelled: retry or terminate it",
    };
  return { kind: "step", input: { kind: "cancel", reason } };
}

function decideResume(ref: string, text: string, state: ThreadState | undefined, limits: Limits): Decision {
  if (state === undefined)
    return { kind: "deadLetter", code: "UnknownThread", message: `no thread with this id was started; ref "${ref}"` };
  if (isEnded(state)) return { kind: "drop", reason: "resumeOfEnded" };
  const entry: MailboxEntry = { ref, text };
  if (state.status === "faulted") return mail(entry, state, limits);
  if (state.awaits.some((pending) => pending.ref === ref))
    return { kind: "step", input: { kind: "resume", ref, text } };
  const offset = autoIdOffset(ref);
  if (offset === undefined) return mail(entry, state, limits);
  if (offset <= state.base) return { kind: "drop", reason: "duplicateResume" };
  return {
    kind: "deadLetter",
    code: "UnknownSuspension",
    message: `"${ref}" was never given out: the thread's last step was ${state.base}`,
  };
}

function mail(entry: MailboxEntry, state: ThreadState, limits: Limits): Decision {
  let bytes = entry.text.length;
  for (const waiting of state.mailbox) bytes += waiting.text.length;
  if (state.mailbox.length >= limits.mailboxRecords || bytes > limits.mailboxBytes)
    return {
      kind: "deadLetter",
      code: "MailboxFull",
      message: `${state.mailbox.length} early records wait already; "${entry.ref}" is not awaited yet`,
    };
  return { kind: "mail", entry };
}
