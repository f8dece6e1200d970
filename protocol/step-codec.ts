/**
 * The bytes that a sandbox hands to the guest for a step, and those that come back; the guest's half of the codec (the host's
 * is `step-codec-host.ts`). It uses nothing that an isolate lacks (no TextEncoder), and only indexed access, so that no patched
 * method is asked.
 *
 * ```
 * request  = version:u8 flags:u8 threadId programHash base:f64 stepId:f64 timeMs:f64 seed:16 limits:5×f64
 *            input mailbox:list(ref text) [heap:bytes]
 *            flags: 1 isPrivate, 2 heap is there; input = 0 argument | 1 ref text | 2 reason
 * advanced = version:u8 1:u8 status:u8 flags:u8 heap:bytes awaits:list(ref functionIndex+1 site)
 *            outputs:list(topic key value?) consumed:list(index) logs:list(level:u8 text) result? resultTopic? stack?
 *            flags: 1 isPrivate, 2 canResume
 * faulted  = version:u8 0:u8 code message
 * string   = 2·count+0 then `count` bytes, all below 128 | 2·count+1 then `count` UTF-16 units (lone surrogates survive)
 * string?  = 0:u8 | 1:u8 string;  bytes = count then bytes;  list(x) = count then x…;  count, index = LEB128;  f64 little-endian
 * ```
 */

import { invariant } from "./errors.ts";
import type { MailboxEntry, StepInput, StepLimits, StepRequest, StepResult, ThreadStatus } from "./step.ts";

export const STEP_CODEC_VERSION = 1;
export const STEP_STATUSES: readonly ThreadStatus[] = ["running", "completed", "failed", "cancelled"];
export const STEP_LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
const { fromCharCode } = String;
const { min } = Math;
const { apply } = Reflect;
const charCodeAt = Function.prototype.call.bind(String.prototype.charCodeAt) as (text: string, index: number) => number;
const { set: copyInto, subarray, slice } = Uint8Array.prototype;
// The globals themselves can be replaced by a script.
const Bytes = Uint8Array;
const OwnArray = Array;
const number = new Float64Array(1);
const numberBytes = new Bytes(number.buffer);
/** Seven groups of seven bits: the largest count is a safe integer. */
export const STEP_COUNT_SCALE_END = 2 ** 49;
const CHUNK = 4096;
/** Up to here adding characters one by one is faster than a call with a list. */
const SHORT = 32;
/** Likewise with bytes. */
const SHORT_COPY = 256;

const INITIAL_BYTES = 4096;
/** Used again for every frame, as long as it does not grow. */
const initial = new Bytes(INITIAL_BYTES);

class Sink {
  #bytes = initial;
  #capacity = INITIAL_BYTES;
  #at = 0;

  #reserve(count: number): void {
    if (this.#at + count <= this.#capacity) return;
    this.#capacity = (this.#at + count) * 2;
    const grown = new Bytes(this.#capacity);
    apply(copyInto, grown, [this.#bytes]);
    this.#bytes = grown;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  count(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest > 127) {
      const low = rest % 128;
      this.#bytes[this.#at++] = low | 128;
      rest = (rest - low) / 128;
    }
    this.#bytes[this.#at++] = rest;
  }

  float(value: number): void {
    this.#reserve(8);
    number[0] = value;
    for (let i = 0; i < 8; i++) this.#bytes[this.#at++] = numberBytes[i]!;
  }

  /** The first `length` of the bytes. It is given: a typed array's own is a getter that a script can replace. */
  raw(bytes: Uint8Array, length: number): void {
    this.#reserve(length);
    if (length < SHORT_COPY) for (let i = 0; i < length; i++) this.#bytes[this.#at + i] = bytes[i]!;
    else apply(copyInto, this.#bytes, [apply(subarray, bytes, [0, length]), this.#at]);
    this.#at += length;
  }

  bytes(bytes: Uint8Array, length: number): void {
    this.count(length);
    this.raw(bytes, length);
  }

  text(value: string): void {
    const { length } = value;
    this.#reserve(10 + 2 * length);
    const start = this.#at;
    this.count(2 * length);
    for (let i = 0; i < length; i++) {
      const unit = charCodeAt(value, i);
      if (unit > 127) {
        this.#at = start;
        this.#wide(value);
        return;
      }
      this.#bytes[this.#at++] = unit;
    }
  }

  #wide(value: string): void {
    const { length } = value;
    this.count(2 * length + 1);
    for (let i = 0; i < length; i++) {
      const unit = charCodeAt(value, i);
      this.#bytes[this.#at++] = unit & 255;
      this.#bytes[this.#at++] = unit >>> 8;
    }
  }

  optional(value: string | null): void {
    this.byte(value === null ? 0 : 1);
    if (value !== null) this.text(value);
  }

  finish(): Uint8Array {
    return apply(slice, this.#bytes, [0, this.#at]);
  }
}

class Source {
  readonly #bytes: Uint8Array;
  readonly #length: number;
  #at = 0;

  constructor(bytes: Uint8Array, length: number) {
    this.#bytes = bytes;
    this.#length = length;
    const version = this.byte();
    invariant(
      version === STEP_CODEC_VERSION,
      `a step frame of version ${version} where ${STEP_CODEC_VERSION} is spoken`,
    );
  }

  byte(): number {
    invariant(this.#at < this.#length, "a step frame ends too early");
    return this.#bytes[this.#at++]!;
  }

  count(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
      invariant(scale < STEP_COUNT_SCALE_END, "a number in a step frame is too large");
    }
  }

  end(): void {
    invariant(this.#at === this.#length, "a step frame has more behind its end");
  }

  float(): number {
    for (let i = 0; i < 8; i++) numberBytes[i] = this.byte();
    return number[0]!;
  }

  raw(length: number): Uint8Array {
    invariant(this.#at + length <= this.#length, "a step frame ends too early");
    const bytes = apply(slice, this.#bytes, [this.#at, this.#at + length]);
    this.#at += length;
    return bytes;
  }

  text(): string {
    const head = this.count();
    const wide = head % 2 === 1;
    const length = (head - (wide ? 1 : 0)) / 2;
    invariant(this.#at + length * (wide ? 2 : 1) <= this.#length, "a step frame ends too early");
    let text = "";
    for (let done = 0; done < length; done += CHUNK) {
      const count = min(length - done, CHUNK);
      if (!wide && length < SHORT) {
        for (let i = 0; i < count; i++) text += fromCharCode(this.#bytes[this.#at++]!);
      } else if (wide) {
        for (let i = 0; i < count; i++, this.#at += 2) {
          text += fromCharCode(this.#bytes[this.#at]! | (this.#bytes[this.#at + 1]! << 8));
        }
      } else {
        text += apply(fromCharCode, undefined, apply(subarray, this.#bytes, [this.#at, this.#at + count]) as never);
        this.#at += count;
      }
    }
    return text;
  }

  /** A list of the decoder's own; every element is written by assignment at an index that exists. */
  list<T>(read: () => T): T[] {
    const length = this.count();
    invariant(length <= this.#length, "a step frame has an impossible count");
    const list = new OwnArray<T>(length);
    for (let i = 0; i < length; i++) defineProperty(list, i, own(read()));
    return list;
  }
}

const { defineProperty } = Object;
function own(value: unknown): PropertyDescriptor {
  return { __proto__: null, value, writable: true, enumerable: true, configurable: true } as object;
}

function write(sink: Sink, list: readonly unknown[], each: (index: number) => void): void {
  sink.count(list.length);
  for (let i = 0; i < list.length; i++) each(i);
}

function readInput(source: Source): StepInput {
  switch (source.byte()) {
    case 0:
      return { kind: "new", argument: source.text() };
    case 1:
      return { kind: "resume", ref: source.text(), text: source.text() };
    default:
      return { kind: "cancel", reason: source.text() };
  }
}

/** `length`: how many of the bytes are the frame. */
export function decodeStepRequest(bytes: Uint8Array, length: number): StepRequest {
  const source = new Source(bytes, length);
  const flags = source.byte();
  const threadId = source.text();
  const programHash = source.text();
  const base = source.float();
  const stepId = source.float();
  const timeMs = source.float();
  const seed = source.raw(16);
  const limits: StepLimits = {
    stepMs: source.float(),
    memoryMb: source.float(),
    snapshotBytes: source.float(),
    outputRecords: source.float(),
    outputBytes: source.float(),
  };
  const input = readInput(source);
  const mailbox = source.list<MailboxEntry>(() => ({ ref: source.text(), text: source.text() }));
  const heap = (flags & 2) === 0 ? null : source.raw(source.count());
  const isPrivate = (flags & 1) !== 0;
  source.end();
  return { threadId, programHash, base, stepId, heap, isPrivate, input, mailbox, timeMs, seed, limits };
}

/** `heapLength`: how many bytes of `heap` there are, given for the reason at `Sink.raw`. */
export function encodeStepResult(result: StepResult, heapLength: number): Uint8Array {
  const sink = new Sink();
  sink.byte(STEP_CODEC_VERSION);
  if (result.kind === "faulted") {
    sink.byte(0);
    sink.text(result.code);
    sink.text(result.message);
    return sink.finish();
  }
  const { awaits, outputs, consumedMailbox, logs } = result;
  sink.byte(1);
  sink.byte(indexOf(STEP_STATUSES, result.status));
  sink.byte((result.isPrivate ? 1 : 0) | (result.canResume ? 2 : 0));
  sink.bytes(result.heap, heapLength);
  write(sink, awaits, (i) => {
    sink.text(awaits[i]!.ref);
    sink.count(awaits[i]!.functionIndex + 1);
    sink.count(awaits[i]!.site);
  });
  write(sink, outputs, (i) => {
    sink.text(outputs[i]!.topic);
    sink.text(outputs[i]!.key);
    sink.optional(outputs[i]!.value);
  });
  write(sink, consumedMailbox, (i) => sink.count(consumedMailbox[i]!));
  write(sink, logs, (i) => {
    sink.byte(indexOf(STEP_LOG_LEVELS, logs[i]!.level));
    sink.text(logs[i]!.text);
  });
  sink.optional(result.result);
  sink.optional(result.resultTopic);
  sink.optional(result.stack);
  return sink.finish();
}

function indexOf(list: readonly string[], value: string): number {
  for (let i = 0; i < list.length; i++) if (list[i] === value) return i;
  throw new Error(`Broken invariant: "${value}" is not in a table of the step codec`);
}
