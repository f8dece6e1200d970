/**
 * Values of `workflow-status` (the latest summary of each thread) and `workflow-history` (one entry a step).
 *
 *   value := magic 'K', kind ('S' | 'H'), version 1, JSON in UTF-8
 */
import { type ErrorCode, KawaitError } from "./errors.ts";
import type { StepInput, ThreadStatus } from "./step.ts";

/** A thread's status as the engine keeps it: the script's own, and the two that only the engine gives. */
export type LifeStatus = ThreadStatus | "faulted" | "terminated";

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
  readonly threadId: string;
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
  /** Base64 of the whole state record, every so many steps. */
  readonly state: string | null;
}

const MAGIC = "K".charCodeAt(0);
const STATUS = "S".charCodeAt(0);
const HISTORY = "H".charCodeAt(0);
const VERSION = 1;
const HEAD = 3;

export function encodeStatus(summary: ThreadSummary): Uint8Array {
  return encode(STATUS, summary);
}

export function decodeStatus(value: Uint8Array): ThreadSummary {
  return decode(STATUS, value) as ThreadSummary;
}

export function encodeHistory(entry: HistoryEntry): Uint8Array {
  return encode(HISTORY, entry);
}

export function decodeHistory(value: Uint8Array): HistoryEntry {
  return decode(HISTORY, value) as HistoryEntry;
}

function encode(kind: number, content: unknown): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(content));
  const bytes = new Uint8Array(HEAD + json.length);
  bytes[0] = MAGIC;
  bytes[1] = kind;
  bytes[2] = VERSION;
  bytes.set(json, HEAD);
  return bytes;
}

/** @throws KawaitError `CorruptState`, `UnknownFormatVersion` */
function decode(kind: number, value: Uint8Array): unknown {
  if (value[0] !== MAGIC || value[1] !== kind)
    throw new KawaitError("CorruptState", "The value does not begin as a status or history value does.");
  if (value[2] !== VERSION)
    throw new KawaitError("UnknownFormatVersion", `The value has format ${value[2]}, this version reads ${VERSION}.`);
  return JSON.parse(new TextDecoder().decode(value.subarray(HEAD)));
}
