/**
 * The state record of a thread: an *envelope*, which is the engine's, and a *heap*, which is the guest's. The engine never
 * decodes a heap.
 *
 * Grammar of format 1 (fixed numbers are big endian; `n` is an unsigned LEB128; `s` is n and that many bytes of UTF-8):
 *
 *   record   = 'K' 'T' version:u8 base:u8 headBytes:u32 heapBytes:u32 heapChecksum:u32 expiresMs:f64 headChecksum:u32
 *              head heap
 *   base     = 0: full; everything else is reserved for deltas and refused by name
 *   head     = heapFormat:u8 flags:u8 status:u8 programHash:32 seed:16 (runtimeVersion:32 | runtimeVersion:s)
 *              step:n base+1:n timeMs:n startedMs:n topic:s partition:n offset+1:n
 *              awaits:n (ref:s functionIndex+1:n site:n)*  mailbox:n (ref:s text:s)*  fault failure
 *   flags    = 1 private, 2 fault, 4 the runtime's version is a hash, as bytes, 8 failure, 16 failure with stack
 *   fault    = (flag 2) code:s message:s offset+1:n input
 *   failure  = (flag 8) error:s [(flag 16) stack:s]
 *   input    = 0 | 1 argument:s | 2 ref:s text:s | 3 reason:s
 *
 * `headChecksum` is the CRC32C of the fixed part before it and the head, `heapChecksum` that of the heap: a record cut short
 * or with a flipped bit is `CorruptState`, never another state (I4). An unknown newer version is `UnknownFormatVersion`.
 */
import { ByteReader, ByteWriter } from "./byte-fields.ts";
import { crc32c } from "./crc32c.ts";
import { ERROR_CODES, type ErrorCode, KawaitError } from "./errors.ts";
import { LIFE_STATUSES, type LifeStatus } from "./status.ts";
import type { MailboxEntry, PendingAwait, StepInput } from "./step.ts";

export const STATE_VERSION = 1;
const HEAP_FORMAT = 1;

export interface ThreadFault {
  readonly code: ErrorCode;
  readonly message: string;
  /** What the step was to do, for `retry`; null when there is nothing to do again. */
  readonly input: StepInput | null;
  /** Offset of the record at which the thread faulted: the step id of the retry. */
  readonly offset: number;
}

/** How a thread ended that failed or was cancelled: for people. */
export interface ThreadFailure {
  /** JSON, as it went to the error topic. */
  readonly error: string;
  /** In source positions, through the frames that awaited. */
  readonly stack: string | null;
}

export interface ThreadState {
  /** Version of the guest runtime that wrote the heap; empty when none did. */
  readonly runtimeVersion: string;
  /** Hex SHA-256. */
  readonly programHash: string;
  readonly status: LifeStatus;
  /** The thread lives alone in its context (it changed what threads share). */
  readonly isPrivate: boolean;
  /** How many steps it has made. */
  readonly step: number;
  /** Step id (offset) of the last step that took effect; -1 before the first. */
  readonly base: number;
  readonly timeMs: number;
  readonly startedMs: number;
  /** 16 bytes: that of the last step. */
  readonly seed: Uint8Array;
  /** Coordinates of the record of the last change. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly awaits: readonly PendingAwait[];
  readonly mailbox: readonly MailboxEntry[];
  readonly fault: ThreadFault | null;
  /** Absent unless the thread failed or was cancelled. */
  readonly failure?: ThreadFailure;
  /** When an ended thread may be dropped (milliseconds since the epoch); 0 while it has not ended. */
  readonly expiresMs: number;
  readonly heap: Uint8Array;
}

const MAGIC_0 = 0x4b;
const MAGIC_1 = 0x54;
const FIXED_BYTES = 28;
const HEAD_BYTES_AT = 4;
const EXPIRES_AT = 16;
const CHECKSUM_AT = 24;
const FLAG_PRIVATE = 1;
const FLAG_FAULT = 2;
const FLAG_HASHED_RUNTIME = 4;
const FLAG_FAILURE = 8;
const FLAG_FAILURE_STACK = 16;
const HASH_BYTES = 32;
const SEED_BYTES = 16;
const HASH_IN_HEX = /^[0-9a-f]{64}$/;

const writer = new ByteWriter();

export function encodeState(state: ThreadState): Uint8Array {
  const { heap } = state;
  const out = writer.reset();
  out.byte(MAGIC_0);
  out.byte(MAGIC_1);
  out.byte(STATE_VERSION);
  out.byte(0);
  out.uint32(0);
  out.uint32(heap.length);
  out.uint32(crc32c(heap));
  out.float64(state.expiresMs);
  out.uint32(0);
  writeHead(out, state);
  const headEnd = out.length;
  out.setUint32(HEAD_BYTES_AT, headEnd - FIXED_BYTES);
  out.setUint32(CHECKSUM_AT, headChecksum(out.view, headEnd));
  out.bytes(heap);
  return out.copy();
}

/**
 * @throws KawaitError `CorruptState`, `UnknownFormatVersion`
 */
export function decodeState(bytes: Uint8Array): ThreadState {
  const view = checkedFixedPart(bytes);
  const headBytes = view.getUint32(4);
  const heapBytes = view.getUint32(8);
  if (bytes.length !== FIXED_BYTES + headBytes + heapBytes) throw corrupt("its length is not the one that it names");
  if (view.getUint32(CHECKSUM_AT) !== headChecksum(bytes, FIXED_BYTES + headBytes))
    throw corrupt("the envelope's checksum does not fit");
  const heap = bytes.subarray(FIXED_BYTES + headBytes);
  if (view.getUint32(12) !== crc32c(heap)) throw corrupt("the heap's checksum does not fit");
  return decodeHead(bytes.subarray(0, FIXED_BYTES + headBytes), view.getFloat64(EXPIRES_AT), heap);
}

/** `expiresMs` of a state record, without decoding it. */
export function stateExpiresMs(bytes: Uint8Array): number {
  return checkedFixedPart(bytes).getFloat64(EXPIRES_AT);
}

function checkedFixedPart(bytes: Uint8Array): DataView {
  if (bytes.length < FIXED_BYTES || bytes[0] !== MAGIC_0 || bytes[1] !== MAGIC_1)
    throw corrupt("it does not begin as one");
  if (bytes[2] !== STATE_VERSION)
    throw new KawaitError(
      "UnknownFormatVersion",
      `A thread's state was written in format ${bytes[2]}; this version reads ${STATE_VERSION}: upgrade it.`,
    );
  if (bytes[3] !== 0)
    throw new KawaitError(
      "UnknownFormatVersion",
      `A thread's state is a delta of kind ${bytes[3]}; this version reads full states only: upgrade it.`,
    );
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** @param headEnd where the head ends, in the record */
function headChecksum(bytes: Uint8Array, headEnd: number): number {
  return crc32c(bytes, FIXED_BYTES, headEnd, crc32c(bytes, 0, CHECKSUM_AT));
}

function writeHead(out: ByteWriter, state: ThreadState): void {
  if (state.programHash.length !== 2 * HASH_BYTES)
    throw new RangeError(`a program's hash is ${HASH_BYTES} bytes in hex, not "${state.programHash}"`);
  out.byte(HEAP_FORMAT);
  const isHashed = HASH_IN_HEX.test(state.runtimeVersion);
  const { failure } = state;
  out.byte(
    (state.isPrivate ? FLAG_PRIVATE : 0) |
      (state.fault === null ? 0 : FLAG_FAULT) |
      (isHashed ? FLAG_HASHED_RUNTIME : 0) |
      (failure === undefined ? 0 : FLAG_FAILURE | (failure.stack === null ? 0 : FLAG_FAILURE_STACK)),
  );
  out.byte(LIFE_STATUSES.indexOf(state.status));
  out.knownHash(state.programHash);
  out.bytes(state.seed);
  if (isHashed) out.knownHash(state.runtimeVersion);
  else out.text(state.runtimeVersion);
  out.number(state.step);
  out.number(state.base + 1);
  out.number(state.timeMs);
  out.number(state.startedMs);
  out.text(state.topic);
  out.number(state.partition);
  out.number(state.offset + 1);
  out.number(state.awaits.length);
  for (const pending of state.awaits) {
    out.text(pending.ref);
    out.number(pending.functionIndex + 1);
    out.number(pending.site);
  }
  out.number(state.mailbox.length);
  for (const entry of state.mailbox) {
    out.text(entry.ref);
    out.text(entry.text);
  }
  if (state.fault !== null) writeFault(out, state.fault);
  if (failure === undefined) return;
  out.text(failure.error);
  if (failure.stack !== null) out.text(failure.stack);
}

function writeFault(writer: ByteWriter, fault: ThreadFault): void {
  writer.text(fault.code);
  writer.text(fault.message);
  writer.number(fault.offset + 1);
  const { input } = fault;
  if (input === null) {
    writer.byte(0);
  } else if (input.kind === "new") {
    writer.byte(1);
    writer.text(input.argument);
  } else if (input.kind === "resume") {
    writer.byte(2);
    writer.text(input.ref);
    writer.text(input.text);
  } else {
    writer.byte(3);
    writer.text(input.reason);
  }
}

/** @param head the record up to its heap */
function decodeHead(head: Uint8Array, expiresMs: number, heap: Uint8Array): ThreadState {
  const reader = new ByteReader(head, FIXED_BYTES, corrupt);
  const heapFormat = reader.byte();
  if (heapFormat !== HEAP_FORMAT)
    throw new KawaitError(
      "UnknownFormatVersion",
      `A thread's heap was written in format ${heapFormat}; this version reads ${HEAP_FORMAT}: upgrade it.`,
    );
  const flags = reader.byte();
  const status = LIFE_STATUSES[reader.byte()];
  if (status === undefined) throw corrupt("its status is none");
  const programHash = reader.hex(HASH_BYTES);
  const seed = new Uint8Array(reader.bytes(SEED_BYTES));
  return {
    programHash,
    seed,
    status,
    isPrivate: (flags & FLAG_PRIVATE) !== 0,
    runtimeVersion: (flags & FLAG_HASHED_RUNTIME) === 0 ? reader.text() : reader.hex(HASH_BYTES),
    step: reader.number(),
    base: reader.number() - 1,
    timeMs: reader.number(),
    startedMs: reader.number(),
    topic: reader.text(),
    partition: reader.number(),
    offset: reader.number() - 1,
    awaits: reader.list(() => ({
      ref: reader.text(),
      functionIndex: reader.number() - 1,
      site: reader.number(),
    })),
    mailbox: reader.list(() => ({ ref: reader.text(), text: reader.text() })),
    fault: (flags & FLAG_FAULT) === 0 ? null : readFault(reader),
    ...((flags & FLAG_FAILURE) === 0 ? {} : { failure: readFailure(reader, (flags & FLAG_FAILURE_STACK) !== 0) }),
    expiresMs,
    heap,
  };
}

function readFailure(reader: ByteReader, hasStack: boolean): ThreadFailure {
  return { error: reader.text(), stack: hasStack ? reader.text() : null };
}

function readFault(reader: ByteReader): ThreadFault {
  const code = reader.text();
  if (!Object.hasOwn(ERROR_CODES, code)) throw corrupt(`its fault has the unknown code "${code}"`);
  return {
    code: code as ErrorCode,
    message: reader.text(),
    offset: reader.number() - 1,
    input: readInput(reader),
  };
}

function readInput(reader: ByteReader): StepInput | null {
  switch (reader.byte()) {
    case 0:
      return null;
    case 1:
      return { kind: "new", argument: reader.text() };
    case 2:
      return { kind: "resume", ref: reader.text(), text: reader.text() };
    case 3:
      return { kind: "cancel", reason: reader.text() };
    default:
      throw corrupt("its fault names an unknown input");
  }
}

function corrupt(what: string): KawaitError {
  return new KawaitError("CorruptState", `A thread's state record is damaged: ${what}.`);
}
