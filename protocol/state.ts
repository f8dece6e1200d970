/**
 * The state record of a thread: an *envelope*, which is the engine's, and a *heap*, which is the guest's. The engine never
 * decodes a heap.
 *
 * Grammar of format 1 (fixed numbers are big endian; `n` is an unsigned LEB128; `s` is n and that many bytes of UTF-8):
 *
 *   record   = 'K' 'T' version:u8 base:u8 headBytes:u32 heapBytes:u32 heapChecksum:u32 expiresMs:f64 headChecksum:u32
 *              head heap
 *   base     = 0: full; everything else is reserved for deltas and refused by name
 *   head     = heapFormat:u8 flags:u8 status:u8 programHash:32 seed:16 runtimeVersion:s
 *              step:n base+1:n timeMs:n startedMs:n topic:s partition:n offset+1:n
 *              awaits:n (ref:s functionIndex+1:n site:n)*  mailbox:n (ref:s text:s)*  fault
 *   flags    = 1 private, 2 fault
 *   fault    = (flag 2) code:s message:s offset+1:n input
 *   input    = 0 | 1 argument:s | 2 ref:s text:s | 3 reason:s
 *
 * `headChecksum` is the CRC32C of the fixed part before it and the head, `heapChecksum` that of the heap: a record cut short
 * or with a flipped bit is `CorruptState`, never another state (I4). An unknown newer version is `UnknownFormatVersion`.
 */
import { crc32c } from "./crc32c.ts";
import { ERROR_CODES, type ErrorCode, KawaitError } from "./errors.ts";
import type { LifeStatus } from "./status.ts";
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
  /** When an ended thread may be dropped (milliseconds since the epoch); 0 while it has not ended. */
  readonly expiresMs: number;
  readonly heap: Uint8Array;
}

const STATUSES: readonly LifeStatus[] = ["running", "faulted", "completed", "failed", "cancelled", "terminated"];
const FIXED_BYTES = 28;
const EXPIRES_AT = 16;
const CHECKSUM_AT = 24;
const FLAG_PRIVATE = 1;
const FLAG_FAULT = 2;
const HASH_BYTES = 32;
const SEED_BYTES = 16;

export function encodeState(state: ThreadState): Uint8Array {
  const head = encodeHead(state);
  const bytes = new Uint8Array(FIXED_BYTES + head.length + state.heap.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x4b;
  bytes[1] = 0x54;
  bytes[2] = STATE_VERSION;
  bytes[3] = 0;
  view.setUint32(4, head.length);
  view.setUint32(8, state.heap.length);
  view.setUint32(12, crc32c(state.heap));
  view.setFloat64(EXPIRES_AT, state.expiresMs);
  bytes.set(head, FIXED_BYTES);
  view.setUint32(CHECKSUM_AT, headChecksum(bytes, head.length));
  bytes.set(state.heap, FIXED_BYTES + head.length);
  return bytes;
}

/**
 * @throws KawaitError `CorruptState`, `UnknownFormatVersion`
 */
export function decodeState(bytes: Uint8Array): ThreadState {
  const view = checkedFixedPart(bytes);
  const headBytes = view.getUint32(4);
  const heapBytes = view.getUint32(8);
  if (bytes.length !== FIXED_BYTES + headBytes + heapBytes) throw corrupt("its length is not the one that it names");
  if (view.getUint32(CHECKSUM_AT) !== headChecksum(bytes, headBytes))
    throw corrupt("the envelope's checksum does not fit");
  const heap = bytes.slice(FIXED_BYTES + headBytes);
  if (view.getUint32(12) !== crc32c(heap)) throw corrupt("the heap's checksum does not fit");
  return decodeHead(bytes.subarray(FIXED_BYTES, FIXED_BYTES + headBytes), view.getFloat64(EXPIRES_AT), heap);
}

/** `expiresMs` of a state record, without decoding it. */
export function stateExpiresMs(bytes: Uint8Array): number {
  return checkedFixedPart(bytes).getFloat64(EXPIRES_AT);
}

function checkedFixedPart(bytes: Uint8Array): DataView {
  if (bytes.length < FIXED_BYTES || bytes[0] !== 0x4b || bytes[1] !== 0x54) throw corrupt("it does not begin as one");
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

function headChecksum(bytes: Uint8Array, headBytes: number): number {
  const covered = new Uint8Array(CHECKSUM_AT + headBytes);
  covered.set(bytes.subarray(0, CHECKSUM_AT));
  covered.set(bytes.subarray(FIXED_BYTES, FIXED_BYTES + headBytes), CHECKSUM_AT);
  return crc32c(covered);
}

function encodeHead(state: ThreadState): Uint8Array {
  const writer = new HeadWriter();
  writer.byte(HEAP_FORMAT);
  writer.byte((state.isPrivate ? FLAG_PRIVATE : 0) | (state.fault === null ? 0 : FLAG_FAULT));
  writer.byte(STATUSES.indexOf(state.status));
  writer.bytes(hexBytes(state.programHash));
  writer.bytes(state.seed);
  writer.text(state.runtimeVersion);
  writer.number(state.step);
  writer.number(state.base + 1);
  writer.number(state.timeMs);
  writer.number(state.startedMs);
  writer.text(state.topic);
  writer.number(state.partition);
  writer.number(state.offset + 1);
  writer.number(state.awaits.length);
  for (const pending of state.awaits) {
    writer.text(pending.ref);
    writer.number(pending.functionIndex + 1);
    writer.number(pending.site);
  }
  writer.number(state.mailbox.length);
  for (const entry of state.mailbox) {
    writer.text(entry.ref);
    writer.text(entry.text);
  }
  if (state.fault !== null) writeFault(writer, state.fault);
  return writer.done();
}

function writeFault(writer: HeadWriter, fault: ThreadFault): void {
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

function decodeHead(head: Uint8Array, expiresMs: number, heap: Uint8Array): ThreadState {
  const reader = new HeadReader(head);
  const heapFormat = reader.byte();
  if (heapFormat !== HEAP_FORMAT)
    throw new KawaitError(
      "UnknownFormatVersion",
      `A thread's heap was written in format ${heapFormat}; this version reads ${HEAP_FORMAT}: upgrade it.`,
    );
  const flags = reader.byte();
  const status = STATUSES[reader.byte()];
  if (status === undefined) throw corrupt("its status is none");
  const programHash = Buffer.from(reader.bytes(HASH_BYTES)).toString("hex");
  const seed = reader.bytes(SEED_BYTES).slice();
  return {
    programHash,
    seed,
    status,
    isPrivate: (flags & FLAG_PRIVATE) !== 0,
    runtimeVersion: reader.text(),
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
    expiresMs,
    heap,
  };
}

function readFault(reader: HeadReader): ThreadFault {
  const code = reader.text();
  if (!Object.hasOwn(ERROR_CODES, code)) throw corrupt(`its fault has the unknown code "${code}"`);
  return {
    code: code as ErrorCode,
    message: reader.text(),
    offset: reader.number() - 1,
    input: readInput(reader),
  };
}

function readInput(reader: HeadReader): StepInput | null {
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

function hexBytes(hash: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(hash, "hex"));
  if (bytes.length !== HASH_BYTES)
    throw new RangeError(`a program's hash is ${HASH_BYTES} bytes in hex, not "${hash}"`);
  return bytes;
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class HeadWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  #room(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A safe integer from 0 on. */
  number(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  text(value: string): void {
    const bytes = utf8.encode(value);
    this.number(bytes.length);
    this.bytes(bytes);
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

class HeadReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw corrupt("the envelope is cut short");
    return value;
  }

  bytes(count: number): Uint8Array {
    if (this.#at + count > this.#bytes.length) throw corrupt("the envelope is cut short");
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  number(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
      if (factor > Number.MAX_SAFE_INTEGER) throw corrupt("a number in the envelope is too large");
    }
  }

  text(): string {
    return fromUtf8.decode(this.bytes(this.number()));
  }

  list<T>(read: () => T): T[] {
    const count = this.number();
    if (count > this.#bytes.length) throw corrupt("a list in the envelope is too long");
    return Array.from({ length: count }, read);
  }
}
