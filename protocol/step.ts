/**
 * One step of a thread: what the engine hands to a sandbox, and what comes back. The engine never looks into `heap`.
 *
 * The codec of the frame that carries these between processes is `runtime/host/wire.ts`; the guest sees one buffer in and one
 * buffer out per step.
 */

export interface MailboxEntry {
  readonly ref: string;
  /** The record's value: JSON with `ref`, and `value` or `error`. */
  readonly text: string;
}

export type StepInput =
  /** `argument` is the JSON behind `new:`; empty for none. */
  | { readonly kind: "new"; readonly argument: string }
  /** `text` is the record's value, checked to be JSON with this `ref` by the engine. */
  | { readonly kind: "resume"; readonly ref: string; readonly text: string }
  /** Cancels `main` (a cancel request from outside). */
  | { readonly kind: "cancel"; readonly reason: string };

export interface StepLimits {
  /** CPU time of one step, in milliseconds. */
  readonly stepMs: number;
  readonly memoryMb: number;
  readonly snapshotBytes: number;
  readonly outputRecords: number;
  readonly outputBytes: number;
}

export interface StepRequest {
  readonly threadId: string;
  readonly programHash: string;
  /** Offset of the thread's last committed or stacked step; -1 for a new thread. A live thread with another base is stale. */
  readonly base: number;
  /** The offset of the record being processed: the next base, and the prefix of auto ids. */
  readonly stepId: number;
  /** The heap as of `base`; `null` for a new thread. */
  readonly heap: Uint8Array | null;
  /** The thread was moved to private mode. */
  readonly isPrivate: boolean;
  readonly input: StepInput;
  readonly mailbox: readonly MailboxEntry[];
  readonly timeMs: number;
  /** 16 bytes. */
  readonly seed: Uint8Array;
  readonly limits: StepLimits;
}

export interface StepOutput {
  readonly topic: string;
  readonly key: string;
  readonly value: string | null;
}

export interface PendingAwait {
  readonly ref: string;
  /** Index into `tables.functions` of the frame that awaits, -1 when no frame does. */
  readonly functionIndex: number;
  /** Its site, 0 when none. */
  readonly site: number;
}

export type ThreadStatus = "running" | "completed" | "failed" | "cancelled";

export interface StepAdvanced {
  readonly kind: "advanced";
  readonly status: ThreadStatus;
  readonly isPrivate: boolean;
  /** Empty when the status is terminal. */
  readonly heap: Uint8Array;
  readonly awaits: readonly PendingAwait[];
  readonly outputs: readonly StepOutput[];
  /** How many entries of `mailbox`, by index, the step took. */
  readonly consumedMailbox: readonly number[];
  readonly logs: readonly { readonly level: "debug" | "info" | "warn" | "error"; readonly text: string }[];
  /** With `completed`: JSON of main's result. With `failed`: JSON of String(error). */
  readonly result: string | null;
  /** Where the result or error goes by `W.config`; `null`: nowhere. */
  readonly resultTopic: string | null;
  /** With `failed`: the stack in source positions, for people. */
  readonly stack: string | null;
  /** Whether the guest can still be resumed: false with status `running` is a deadlock. */
  readonly canResume: boolean;
}

export interface StepFaulted {
  readonly kind: "faulted";
  readonly code: import("./errors.ts").ErrorCode;
  readonly message: string;
}

export type StepResult = StepAdvanced | StepFaulted;
