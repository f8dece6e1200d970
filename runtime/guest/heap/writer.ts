/**
 * Bytes going out: one buffer that grows and is used again for every step of a context.
 *
 * Only indexed access and captured primordials: the `length` of a typed array is a getter that a script may replace (I5).
 */

import { floor, imul, NativeUint8Array, stringCharCodeAt } from "../primordials.ts";
import { uint8Set, uint8Slice } from "./natives.ts";
import { HASH_PRIME, mixed } from "./string-index.ts";

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

const INITIAL_BYTES = 16_384;

export class Writer {
  bytes: Uint8Array = new NativeUint8Array(INITIAL_BYTES);
  capacity = INITIAL_BYTES;
  at = 0;
  /** Of the last draft: where it ends, and whether it has a character beyond Latin-1. */
  private draftEnd = 0;
  isDraftWide = false;

  reserve(count: number): void {
    if (this.at + count <= this.capacity) return;
    let capacity = this.capacity * 2;
    while (capacity < this.at + count) capacity *= 2;
    const grown = new NativeUint8Array(capacity);
    uint8Set(grown, this.bytes);
    this.bytes = grown;
    this.capacity = capacity;
  }

  byte(value: number): void {
    if (this.at === this.capacity) this.reserve(1);
    this.bytes[this.at++] = value;
  }

  /** Unsigned, below 2^31. */
  index(value: number): void {
    this.reserve(5);
    const bytes = this.bytes;
    let at = this.at;
    let rest = value;
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.at = at;
  }

  /** Unsigned, up to 2^53. */
  varint(value: number): void {
    if (value < 0x4000_0000) {
      this.index(value);
      return;
    }
    this.reserve(4);
    const { bytes } = this;
    const high = floor(value / 0x1000_0000);
    let low = value - high * 0x1000_0000;
    for (let i = 0; i < 4; i++, low >>>= 7) bytes[this.at++] = (low & 127) | 128;
    this.index(high);
  }

  float(value: number): void {
    this.reserve(8);
    float[0] = value;
    for (let i = 0; i < 8; i++) this.bytes[this.at + i] = floatBytes[i]!;
    this.at += 8;
  }

  /**
   * Writes a string behind the end, as one of Latin-1 and without taking it in: while its characters are looked at anyway. Gives
   * its hash (`string-index.ts`).
   */
  draft(value: string, tag: number): number {
    const { length } = value;
    this.reserve(length + 6);
    const { bytes } = this;
    let at = this.at;
    bytes[at++] = tag;
    let rest = length;
    while (rest > 127) {
      bytes[at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    let hash = length;
    let units = 0;
    const pairs = length & ~1;
    let i = 0;
    for (; i < pairs; i += 2) {
      const unit = stringCharCodeAt(value, i);
      const next = stringCharCodeAt(value, i + 1);
      units |= unit | next;
      hash = imul(hash ^ (unit | (next << 16)), HASH_PRIME);
      bytes[at++] = unit;
      bytes[at++] = next;
    }
    if (i < length) {
      const unit = stringCharCodeAt(value, i);
      units |= unit;
      hash = imul(hash ^ unit, HASH_PRIME);
      bytes[at++] = unit;
    }
    this.draftEnd = at;
    this.isDraftWide = units > 255;
    return mixed(hash);
  }

  /** Takes the last draft in. */
  acceptDraft(): void {
    this.at = this.draftEnd;
  }

  /** A string of Latin-1. */
  narrowString(value: string, tag: number): void {
    const length = value.length;
    this.reserve(length + 6);
    this.bytes[this.at++] = tag;
    this.index(length);
    const bytes = this.bytes;
    let at = this.at;
    for (let i = 0; i < length; i++) bytes[at++] = stringCharCodeAt(value, i);
    this.at = at;
  }

  /** UTF-16: lone surrogates pass. */
  wideString(value: string, tag: number): void {
    this.reserve(2 * value.length + 6);
    this.bytes[this.at++] = tag;
    this.index(value.length);
    for (let i = 0; i < value.length; i++) {
      const unit = stringCharCodeAt(value, i);
      this.bytes[this.at++] = unit & 255;
      this.bytes[this.at++] = unit >>> 8;
    }
  }

  copy(source: Uint8Array, length: number): void {
    this.reserve(length);
    uint8Set(this.bytes, source, this.at);
    this.at += length;
  }

  slice(from: number): Uint8Array {
    return uint8Slice(this.bytes, from, this.at);
  }

  /** Lets a buffer go that one large state has blown up. */
  trim(limit: number): void {
    if (this.capacity <= limit) return;
    this.bytes = new NativeUint8Array(INITIAL_BYTES);
    this.capacity = INITIAL_BYTES;
  }
}
