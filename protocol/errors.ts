/**
 * Every named error of Kawait in one table: code → what it means, and what to do. Codes are stable: programs and
 * operators match on them. Two kinds of failure only: operating errors (`KawaitError`) and broken invariants
 * (`invariant`), which stop the process.
 */

export const ERROR_CODES = {
  // Dead letters: a record that cannot be served (I4).
  MalformedRecord: "The record's value is neither `new:JSON` nor JSON with a `ref`. Fix the producer.",
  MissingKey: "The record has no key; the key is the thread id. Fix the producer.",
  InvalidThreadId: "A thread id must not be empty, hold `|` or NUL, or be longer than 1,024 bytes of UTF-8.",
  UnknownThread: "No thread with this id was ever started.",
  UnknownSuspension: "The thread has no suspension with this id, and an auto id of this offset was never given out.",
  UnknownWorkflow:
    "No deployed workflow has this name (header `kawait-workflow`) or hash (`kawait-program`). Deploy it first.",
  WorkflowAmbiguous: "Several workflows are deployed and none is the default: name one in header `kawait-workflow`.",
  ThreadExists: "A thread with this id is running or was kept: the start was ignored (header `kawait-on-conflict`).",
  MailboxFull: "Too many early records wait in the thread's mailbox.",
  RecordTooLarge: "The record is above the limit.",
  // The thread faults: stopped by the engine, its last good state kept, can be retried (I4).
  UnserializableValue: "A value that the thread still reaches cannot be saved; the path says where it hangs.",
  StepTimeLimit:
    "One step used more CPU time than allowed, also when run again alone with twice the budget; or it never got so much of the processor that this could be judged.",
  StepMemoryLimit: "One step used more memory than allowed, also when run again alone.",
  SandboxCrashed:
    "The step crashed its sandbox process, or that was killed from outside each time, also when run again alone.",
  SnapshotTooLarge: "The thread's state is above `limits.snapshotBytes`.",
  OutputLimit: "One step wrote more records or bytes than allowed.",
  OutputRejected: "The broker refused an output for good: missing topic, too large, or no permission.",
  StackOverflow: "The script overflowed the stack: such an end is recorded, it cannot be caught.",
  ThreadDeadlocked: "Nothing is left that could resume the thread, and `main` has not finished.",
  CorruptState: "The saved state does not fit its checksum or grammar.",
  ProgramLoadFailed:
    "The program's modules threw while they were evaluated: the message has the place, its source and the stack. Deploy a mended program and start its threads again (`kawait-on-conflict: restart`): a retry runs the one that they began with.",
  ProgramMismatch: "The state was made by a program or runtime version that this engine cannot run.",
  // Thrown into the script.
  UndeclaredTopic: "Add the topic to `W.config.outputTopics` at module load.",
  ReservedTopic: "Scripts may not write this topic.",
  NoThreadAtModuleLoad: "There is no thread while modules load: call this inside `main`.",
  ReservedSuspensionId: "Ids of the form `<digits>:<digits>` are given out by the engine: choose another name.",
  CodeLimit: "Code made at run time is above its limits: make functions once and keep them.",
  UnsupportedAtRunTime: "This construct stayed native in a package and cannot be run durably.",
  FetchUnavailable:
    "Set `config.fetchTopic` to the topic of a worker that carries out requests, or await the answer of your own service.",
  FetchBodyTooLarge: "A body of `fetch` is above 512 KiB: hand over where it lies instead, and let a service read it.",
  // Halts of a partition: nobody resets but an operator.
  InputLost: "The input's records behind the saved position were deleted before they were read.",
  InputTopicReplaced: "The input ends before the saved position: the topic was deleted and made again.",
  ChangelogLost: "A local store or group offset is there, but the changelog has no identity record.",
  PartitionCountChanged: "The input's partition count differs from the one that the changelog was made with.",
  UnknownFormatVersion: "A value was written by a newer version. Upgrade this process.",
  ProgramMissing: "A state names a program that the programs topic does not hold.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An operating error: it can happen in a correct system, and its message says what to do. */
export class KawaitError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = code;
    this.code = code;
  }
}

/** A broken invariant is a bug of ours: going on would risk what was saved. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${message}`);
}
