/** Bytes coming in. Every read is bounded: what does not fit the grammar is `CorruptState`, never a wrong value (I4). */

import { reflectApply, stringFromCharCode } from "../primordials.ts";
import { corrupt } from "./heap-error.ts";
import { typedArrayByteLength, uint8Subarray } from "./natives.ts";

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);
const CHUNK = 4096;
/** Up to here a call for each eight characters is faster than one with a list. */
const SHORT = 48;

function eightCharacters(bytes: Uint8Array, at: number): string {
  return stringFromCharCode(
    bytes[at]!,
    bytes[at + 1]!,
    bytes[at + 2]!,
    bytes[at + 3]!,
    bytes[at + 4]!,
    bytes[at + 5]!,
    bytes[at + 6]!,
    bytes[at + 7]!,
  );
}

export class Reader {
  readonly bytes: Uint8Array;
  at: number;
  end: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.at = 0;
    this.end = typedArrayByteLength(bytes);
  }

  byte(): number {
    if (this.at >= this.end) corrupt("it ends too early");
    return this.bytes[this.at++]!;
  }

  varint(): number {
    let byte = this.byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    let scale = 128;
    do {
      byte = this.byte();
      value += (byte & 127) * scale;
      scale *= 128;
      if (scale > 2 ** 60) corrupt("a number is too long");
    } while (byte > 127);
    if (value > Number.MAX_SAFE_INTEGER) corrupt("a number is too large");
    return value;
  }

  /** A count of things that take at least one byte each, so that a damaged one cannot ask for more than there is. */
  count(): number {
    const value = this.varint();
    if (value > this.end - this.at) corrupt("a count is beyond the end");
    return value;
  }

  float(): number {
    this.need(8);
    for (let i = 0; i < 8; i++) floatBytes[i] = this.bytes[this.at + i]!;
    this.at += 8;
    return float[0]!;
  }

  narrowString(): string {
    const length = this.count();
    const bytes = this.bytes;
    let at = this.at;
    this.at += length;
    let text = "";
    if (length <= SHORT) {
      const end = at + length;
      for (; at + 8 <= end; at += 8) text += eightCharacters(bytes, at);
      if (at + 4 <= end) {
        text += stringFromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
        at += 4;
      }
      while (at < end) text += stringFromCharCode(bytes[at++]!);
      return text;
    }
    for (let rest = length; rest > 0; rest -= CHUNK) {
      const size = Math.min(rest, CHUNK);
      text += reflectApply(stringFromCharCode, undefined, uint8Subarray(bytes, at, at + size) as unknown as number[]);
      at += size;
    }
    return text;
  }

  wideString(): string {
    const length = this.varint();
    this.need(length * 2);
    let text = "";
    for (let i = 0; i < length; i++, this.at += 2) {
      text += stringFromCharCode(this.bytes[this.at]! | (this.bytes[this.at + 1]! << 8));
    }
    return text;
  }

  /** A view of the bytes: to be copied, or read at once. */
  take(length: number): Uint8Array {
    this.need(length);
    this.at += length;
    return uint8Subarray(this.bytes, this.at - length, this.at);
  }

  private need(count: number): void {
    if (count > this.end - this.at) corrupt("it ends too early");
  }
}
