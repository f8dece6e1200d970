/**
 * The host's half of the step codec (grammar: `step-codec.ts`): requests out, results in, by Buffer's natives. A result comes
 * from a sandbox and is not trusted (I5): every length is checked against the bytes that are there, every tag against its
 * table, and what lies behind the end is refused.
 */
import { ERROR_CODES, type ErrorCode, invariant } from "./errors.ts";
import type { PendingAwait, StepOutput, StepRequest, StepResult } from "./step.ts";
import { STEP_CODEC_VERSION, STEP_COUNT_SCALE_END, STEP_LOG_LEVELS, STEP_STATUSES } from "./step-codec.ts";

const SEED_BYTES = 16;
const FIRST_BYTES = 64 * 1024;
/** A writer that has grown beyond this for one large request starts small again. */
const KEPT_BYTES_MAX = 1024 * 1024;
const EARLY = "a step frame ends too early";

let memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
let length = 0;

function reserve(count: number): number {
  const at = length;
  if (at + count > memory.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(memory.length * 2, at + count));
    memory.copy(larger, 0, 0, at);
    memory = larger;
  }
  length = at + count;
  return at;
}

function writeByte(value: number): void {
  const at = reserve(1);
  memory[at] = value;
}

function writeCount(value: number): void {
  let at = reserve(8);
  let rest = value;
  while (rest > 127) {
    const low = rest % 128;
    memory[at++] = low | 128;
    rest = (rest - low) / 128;
  }
  memory[at++] = rest;
  length = at;
}

function writeFloat(value: number): void {
  const at = reserve(8);
  memory.writeDoubleLE(value, at);
}

function writeText(value: string): void {
  const count = value.length;
  // As many bytes as units: each of them is below 128.
  const isNarrow = Buffer.byteLength(value) === count;
  writeCount(isNarrow ? 2 * count : 2 * count + 1);
  const at = reserve(isNarrow ? count : 2 * count);
  memory.write(value, at, isNarrow ? "latin1" : "utf16le");
}

function writeBytes(value: Uint8Array): void {
  writeCount(value.length);
  const at = reserve(value.length);
  memory.set(value, at);
}

/** `heap`: `null` leaves it out, for a guest that has the thread live. */
export function encodeStepRequest(request: StepRequest, heap: Uint8Array | null = request.heap): Uint8Array {
  if (memory.length > KEPT_BYTES_MAX) memory = Buffer.allocUnsafeSlow(FIRST_BYTES);
  length = 0;
  const { input, limits, mailbox } = request;
  writeByte(STEP_CODEC_VERSION);
  writeByte((request.isPrivate ? 1 : 0) | (heap === null ? 0 : 2));
  writeText(request.threadId);
  writeText(request.programHash);
  writeFloat(request.base);
  writeFloat(request.stepId);
  writeFloat(request.timeMs);
  const seedAt = reserve(SEED_BYTES);
  memory.set(request.seed, seedAt);
  writeFloat(limits.stepMs);
  writeFloat(limits.memoryMb);
  writeFloat(limits.snapshotBytes);
  writeFloat(limits.outputRecords);
  writeFloat(limits.outputBytes);
  if (input.kind === "new") {
    writeByte(0);
    writeText(input.argument);
  } else if (input.kind === "resume") {
    writeByte(1);
    writeText(input.ref);
    writeText(input.text);
  } else {
    writeByte(2);
    writeText(input.reason);
  }
  writeCount(mailbox.length);
  for (const { ref, text } of mailbox) {
    writeText(ref);
    writeText(text);
  }
  if (heap !== null) writeBytes(heap);
  // In Node's pool: it is let go when its frame is written.
  const bytes = Buffer.allocUnsafe(length);
  memory.copy(bytes, 0, 0, length);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

class ResultReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  byte(): number {
    const at = this.#at;
    invariant(at < this.#end, EARLY);
    this.#at = at + 1;
    return this.#bytes[at]!;
  }

  count(): number {
    let value = 0;
    for (let scale = 1; ; ) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
      invariant(scale < STEP_COUNT_SCALE_END, "a number in a step frame is too large");
    }
  }

  #take(count: number): number {
    const at = this.#at;
    invariant(count <= this.#end - at, EARLY);
    this.#at = at + count;
    return at;
  }

  /** One of a table's entries. */
  of<T>(table: readonly T[]): T {
    const index = this.byte();
    invariant(index < table.length, "a step frame has an unknown tag");
    return table[index]!;
  }

  /** In memory of its own: a heap is kept, its frame is not. */
  bytes(): Uint8Array {
    const count = this.count();
    const at = this.#take(count);
    return new Uint8Array(this.#bytes.subarray(at, at + count));
  }

  text(): string {
    const head = this.count();
    const isWide = head % 2 === 1;
    const count = isWide ? head - 1 : head / 2;
    const at = this.#take(count);
    return this.#bytes.toString(isWide ? "utf16le" : "latin1", at, at + count);
  }

  optional(): string | null {
    return this.byte() === 0 ? null : this.text();
  }

  list<T>(read: (from: ResultReader) => T): T[] {
    const count = this.count();
    invariant(count <= this.#end, "a step frame has an impossible count");
    const items: T[] = [];
    for (let index = 0; index < count; index++) items.push(read(this));
    return items;
  }

  end(): void {
    invariant(this.#at === this.#end, "a step frame has more behind its end");
  }
}

function readAwait(from: ResultReader): PendingAwait {
  return { ref: from.text(), functionIndex: from.count() - 1, site: from.count() };
}

function readOutput(from: ResultReader): StepOutput {
  return { topic: from.text(), key: from.text(), value: from.optional() };
}

function readLog(from: ResultReader): { level: (typeof STEP_LOG_LEVELS)[number]; text: string } {
  return { level: from.of(STEP_LOG_LEVELS), text: from.text() };
}

function readIndex(from: ResultReader): number {
  return from.count();
}

/** @throws Error for bytes that are no result */
export function decodeStepResult(bytes: Uint8Array): StepResult {
  const from = new ResultReader(bytes);
  const version = from.byte();
  if (version !== STEP_CODEC_VERSION)
    invariant(false, `a step frame of version ${version} where ${STEP_CODEC_VERSION} is spoken`);
  if (from.byte() === 0) {
    const code = from.text();
    invariant(Object.hasOwn(ERROR_CODES, code), `the guest faulted with the unknown code ${code}`);
    const message = from.text();
    from.end();
    return { kind: "faulted", code: code as ErrorCode, message };
  }
  const status = from.of(STEP_STATUSES);
  const flags = from.byte();
  const result: StepResult = {
    kind: "advanced",
    status,
    isPrivate: (flags & 1) !== 0,
    canResume: (flags & 2) !== 0,
    heap: from.bytes(),
    awaits: from.list(readAwait),
    outputs: from.list(readOutput),
    consumedMailbox: from.list(readIndex),
    logs: from.list(readLog),
    result: from.optional(),
    resultTopic: from.optional(),
    stack: from.optional(),
  };
  from.end();
  return result;
}
