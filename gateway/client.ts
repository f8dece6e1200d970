/**
 * What a client of Kawait can do, whatever is between: the brokers themselves (`broker-client.ts`) or the local HTTP
 * endpoint of `kawait dev` (`cli/http-client.ts`).
 */
import type { DeployOptions } from "#engine";
import type { ConflictPolicy, LifeStatus, Limits, Program, ThreadCommand, ThreadSummary } from "#protocol";

/** Where a record landed. */
export interface Written {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface StartRequest {
  readonly threadId: string;
  /** Needed where several workflows are deployed and none is the default. */
  readonly workflow?: string;
  /** JSON text of `main`'s argument; empty for none. */
  readonly argument: string;
  readonly onConflict?: ConflictPolicy;
}

/** A suspension that a thread awaits, for people. */
export interface AwaitView {
  readonly ref: string;
  /** Id of the function whose frame awaits, or null when no frame does. */
  readonly function: string | null;
  /** `file:line:column` in the author's source, or null. */
  readonly position: string | null;
}

export interface FrameView {
  readonly function: string;
  readonly position: string | null;
  /** Local variables by name, printed. */
  readonly locals: Readonly<Record<string, string>>;
}

export interface ThreadView {
  readonly threadId: string;
  readonly workflow: string;
  readonly programHash: string;
  readonly status: LifeStatus;
  readonly step: number;
  readonly startedMs: number;
  readonly updatedMs: number;
  readonly stateBytes: number;
  readonly awaits: readonly AwaitView[];
  readonly frames: readonly FrameView[];
  readonly mailbox: readonly string[];
  readonly fault: { readonly code: string; readonly message: string } | null;
  /** Of a thread that failed or was cancelled: the JSON that went to the error topic, and the stack through suspended frames. */
  readonly failure: { readonly error: string; readonly stack: string | null } | null;
}

export interface TailRecord extends Written {
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface DeployedProgram {
  readonly workflow: string;
  readonly hash: string;
  readonly isDefault: boolean;
  /** What it declares; the engine's ceilings are above it. */
  readonly limits: Partial<Limits>;
}

export interface KawaitClient {
  /** @throws KawaitError `UnknownWorkflow`, `WorkflowAmbiguous`: nothing is written, for it could not start */
  start(request: StartRequest): Promise<Written>;
  /** @param text JSON with `ref`, and `value` or `error`. */
  send(threadId: string, text: string): Promise<Written>;
  command(threadId: string, command: ThreadCommand, reason: string): Promise<Written>;
  list(): Promise<readonly ThreadSummary[]>;
  show(threadId: string): Promise<ThreadView | undefined>;
  /** Committed records of a topic until `signal` aborts: from the end, or from the beginning. */
  tail(
    topic: string,
    options: { readonly fromBeginning: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<TailRecord>;
  /** What lies in the dead-letter topic now, with the headers that say why. */
  deadLetters(): Promise<readonly TailRecord[]>;
  /** Writes a dead letter once more to the input that it was found in; `place` is where it lies in the dead-letter topic. */
  resendDeadLetter(place: { readonly partition: number; readonly offset: number }): Promise<Written>;
  deploy(program: Program, options: DeployOptions): Promise<void>;
  programs(): Promise<readonly DeployedProgram[]>;
  close(): Promise<void>;
}
