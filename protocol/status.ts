/**
 * Values of `workflow-status` (the latest summary of each thread) and `workflow-history` (one entry a step). The key of
 * both is the thread id.
 *
 *   status   = 'K' 'S' version:u8 status:u8 programHash:32 workflow:s step:n startedMs:n updatedMs:n
 *              awaits:n (ref:s)*  fault:u8 [code:s message:s]
 *   history  = 'K' 'H' version:u8 status:u8 programHash:32 seed:16 outputsHash:32 heapHash:32
 *              topic:s partition:n offset:n step:n stepId:n timeMs:n input logs:n (level:s text:s)*
 *              stack:u8 [s] state:u8 [n bytes]
 *   input    = 1 argument:s | 2 ref:s text:s | 3 reason:s
 *
 * `n` and `s` as in `byte-fields.ts`; hashes and seeds are hex in memory.
 */
import { ByteReader, ByteWriter } from "./byte-fields.ts";
import { ERROR_CODES, type ErrorCode, KawaitError } from "./errors.ts";
import type { StepInput, ThreadStatus } from "./step.ts";

/** A thread's status as the engine keeps it: the script's own, and the two that only the engine gives. */
export type LifeStatus = ThreadStatus | "faulted" | "terminated";

export const LIFE_STATUSES: readonly LifeStatus[] = [
  "running",
  "faulted",
  "completed",
  "failed",
  "cancelled",
  "terminated",
];

export interface ThreadSummary {
  readonly threadId: string;
  readonly workflow: string;
  readonly programHash: string;
  readonly status: LifeStatus;
  /** Ids of the pending suspensions. */
  readonly awaits: readonly string[];
  /** How many steps the thread has made. */
  readonly step: number;
  readonly startedMs: number;
  readonly updatedMs: number;
  readonly fault: { readonly code: ErrorCode; readonly message: string } | null;
}

/** Everything that is needed to make the step again, and to check what it made (I2). */
export interface HistoryEntry {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly step: number;
  readonly stepId: number;
  readonly programHash: string;
  readonly input: StepInput;
  readonly timeMs: number;
  /** Hex. */
  readonly seed: string;
  readonly status: ThreadStatus;
  /** Hex SHA-256. */
  readonly outputsHash: string;
  readonly heapHash: string;
  readonly logs: readonly { readonly level: string; readonly text: string }[];
  readonly stack: string | null;
  /** The whole state record, every so many steps. */
  readonly state: Uint8Array | null;
}

const MAGIC = "K".charCodeAt(0);
const STATUS = "S".charCodeAt(0);
const HISTORY = "H".charCodeAt(0);
const VERSION = 1;
const HEAD_BYTES = 3;
const HASH_BYTES = 32;
const SEED_BYTES = 16;

const writer = new ByteWriter();

function begin(kind: number): ByteWriter {
  writer.reset();
  writer.byte(MAGIC);
  writer.byte(kind);
  writer.byte(VERSION);
  return writer;
}

export function encodeStatus(summary: ThreadSummary): Uint8Array {
  const { fault, awaits } = summary;
  const out = begin(STATUS);
  out.byte(LIFE_STATUSES.indexOf(summary.status));
  out.knownHash(summary.programHash);
  out.text(summary.workflow);
  out.number(summary.step);
  out.number(summary.startedMs);
  out.number(summary.updatedMs);
  out.number(awaits.length);
  for (const ref of awaits) out.text(ref);
  out.byte(fault === null ? 0 : 1);
  if (fault !== null) {
    out.text(fault.code);
    out.text(fault.message);
  }
  return out.pooled();
}

/** @throws KawaitError `CorruptState`, `UnknownFormatVersion` */
export function decodeStatus(threadId: string, value: Uint8Array): ThreadSummary {
  const from = open(STATUS, value);
  const status = statusOf(from.byte());
  const summary = {
    threadId,
    status,
    programHash: from.hex(HASH_BYTES),
    workflow: from.text(),
    step: from.number(),
    startedMs: from.number(),
    updatedMs: from.number(),
    awaits: from.list(() => from.text()),
    fault: from.byte() === 0 ? null : { code: codeOf(from.text()), message: from.text() },
  };
  from.end();
  return summary;
}

export function encodeHistory(entry: HistoryEntry): Uint8Array {
  const { logs, stack, state } = entry;
  const out = begin(HISTORY);
  out.byte(LIFE_STATUSES.indexOf(entry.status));
  out.knownHash(entry.programHash);
  out.hex(entry.seed);
  out.hex(entry.outputsHash);
  out.hex(entry.heapHash);
  out.text(entry.topic);
  out.number(entry.partition);
  out.number(entry.offset);
  out.number(entry.step);
  out.number(entry.stepId);
  out.number(entry.timeMs);
  writeInput(out, entry.input);
  out.number(logs.length);
  for (const { level, text } of logs) {
    out.text(level);
    out.text(text);
  }
  out.byte(stack === null ? 0 : 1);
  if (stack !== null) out.text(stack);
  out.byte(state === null ? 0 : 1);
  if (state !== null) {
    out.number(state.length);
    out.bytes(state);
  }
  return out.pooled();
}

/** @throws KawaitError `CorruptState`, `UnknownFormatVersion` */
export function decodeHistory(value: Uint8Array): HistoryEntry {
  const from = open(HISTORY, value);
  const status = statusOf(from.byte());
  if (status === "faulted" || status === "terminated") throw corrupt("its status is none that a step gives");
  const entry = {
    status,
    programHash: from.hex(HASH_BYTES),
    seed: from.hex(SEED_BYTES),
    outputsHash: from.hex(HASH_BYTES),
    heapHash: from.hex(HASH_BYTES),
    topic: from.text(),
    partition: from.number(),
    offset: from.number(),
    step: from.number(),
    stepId: from.number(),
    timeMs: from.number(),
    input: readInput(from),
    logs: from.list(() => ({ level: from.text(), text: from.text() })),
    stack: from.byte() === 0 ? null : from.text(),
    state: from.byte() === 0 ? null : new Uint8Array(from.bytes(from.number())),
  };
  from.end();
  return entry;
}

/** A status or history value as JSON text, for people and their tools; undefined for any other value. */
export function readableStatus(threadId: string, value: Uint8Array): string | undefined {
  if (value[0] !== MAGIC || value[2] !== VERSION) return undefined;
  if (value[1] === STATUS) return JSON.stringify(decodeStatus(threadId, value));
  if (value[1] !== HISTORY) return undefined;
  const entry = decodeHistory(value);
  return JSON.stringify({ threadId, ...entry, state: entry.state && Buffer.from(entry.state).toString("base64") });
}

function writeInput(out: ByteWriter, input: StepInput): void {
  if (input.kind === "new") {
    out.byte(1);
    out.text(input.argument);
  } else if (input.kind === "resume") {
    out.byte(2);
    out.text(input.ref);
    out.text(input.text);
  } else {
    out.byte(3);
    out.text(input.reason);
  }
}

function readInput(from: ByteReader): StepInput {
  switch (from.byte()) {
    case 1:
      return { kind: "new", argument: from.text() };
    case 2:
      return { kind: "resume", ref: from.text(), text: from.text() };
    case 3:
      return { kind: "cancel", reason: from.text() };
    default:
      throw corrupt("its input is of no known kind");
  }
}

function open(kind: number, value: Uint8Array): ByteReader {
  if (value[0] !== MAGIC || value[1] !== kind) throw corrupt("it does not begin as one");
  if (value[2] !== VERSION)
    throw new KawaitError("UnknownFormatVersion", `The value has format ${value[2]}, this version reads ${VERSION}.`);
  return new ByteReader(value, HEAD_BYTES, corrupt);
}

function statusOf(index: number): LifeStatus {
  const status = LIFE_STATUSES[index];
  if (status === undefined) throw corrupt("its status is none");
  return status;
}

function codeOf(code: string): ErrorCode {
  if (!Object.hasOwn(ERROR_CODES, code)) throw corrupt(`its fault has the unknown code "${code}"`);
  return code as ErrorCode;
}

function corrupt(what: string): KawaitError {
  return new KawaitError("CorruptState", `A value of the status or history topic is damaged: ${what}.`);
}
