/** Bytes coming in. Every read is bounded: what does not fit the grammar is `CorruptState`, never a wrong value (I4). */

import { bareList, NativeFunction, objectSetPrototypeOf, reflectApply, stringFromCharCode } from "../primordials.ts";
import { corrupt } from "./heap-error.ts";
import { typedArrayByteLength, uint8Subarray } from "./natives.ts";

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);
const CHUNK = 4096;
/** Up to here a call with each character as an argument of its own is the fastest. */
const SHORT = 16;
/** Up to here a list of exactly so many characters is. */
const LISTED = 256;
/**
 * By length. Without a prototype, as the engine takes the elements of others one by one once `Array.prototype` is frozen; and none
 * of `bareList`, whose lists are taken for such with holes.
 */
const lists: number[][] = bareList();

const fromCodes = stringFromCharCode;

/** In one piece: one that is joined of pieces is asked for each character by way of them, until a collection of garbage has joined them. */
// biome-ignore format: one line a length.
function shortText(b: Uint8Array, at: number, length: number): string {
  switch (length) {
    case 1:
      return fromCodes(b[at]!);
    case 2:
      return fromCodes(b[at]!, b[at + 1]!);
    case 3:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!);
    case 4:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!);
    case 5:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!);
    case 6:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!);
    case 7:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!);
    case 8:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!);
    case 9:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!, b[at + 8]!);
    case 10:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!, b[at + 8]!, b[at + 9]!);
    case 11:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!, b[at + 8]!, b[at + 9]!, b[at + 10]!);
    case 12:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!, b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!);
    case 13:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!, b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!);
    case 14:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!, b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!);
    case 15:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!, b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!);
    case 16:
      return fromCodes(b[at]!, b[at + 1]!, b[at + 2]!, b[at + 3]!, b[at + 4]!, b[at + 5]!, b[at + 6]!, b[at + 7]!, b[at + 8]!, b[at + 9]!, b[at + 10]!, b[at + 11]!, b[at + 12]!, b[at + 13]!, b[at + 14]!, b[at + 15]!);
  }
  return "";
}

type TextReader = (bytes: Uint8Array, at: number) => string;

/** Up to here, where a length was met this often, a call with each character as an argument is made for it. */
const WRITTEN_OUT = 96;
const OFTEN = 256;
const uses: number[] = bareList();
const readers: (TextReader | undefined)[] = bareList();
for (let i = 0; i <= WRITTEN_OUT; i++) {
  uses[i] = 0;
  readers[i] = undefined;
}

function writtenOut(length: number): TextReader {
  let codes = "b[at]";
  for (let i = 1; i < length; i++) codes += `, b[at + ${i}]`;
  const make = NativeFunction("fromCodes", `return (b, at) => fromCodes(${codes})`) as (codes: unknown) => TextReader;
  return make(fromCodes);
}

function listedText(bytes: Uint8Array, at: number, length: number): string {
  if (length <= WRITTEN_OUT) {
    const read = readers[length];
    if (read !== undefined) return read(bytes, at);
    if (uses[length]!++ === OFTEN) readers[length] = writtenOut(length);
  }
  let list: number[] | undefined = lists[length];
  if (list === undefined) {
    list = objectSetPrototypeOf([], null) as number[];
    for (let i = 0; i < length; i++) list[i] = 0;
    lists[length] = list;
  }
  for (let i = 0; i < length; i++) list[i] = bytes[at + i]!;
  return reflectApply(stringFromCharCode, undefined, list);
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
    byte = this.byte();
    value |= (byte & 127) << 7;
    if (byte < 128) return value;
    byte = this.byte();
    value |= (byte & 127) << 14;
    if (byte < 128) return value;
    return this.longVarint(value);
  }

  private longVarint(low: number): number {
    let value = low;
    let scale = 2 ** 21;
    let byte: number;
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
    if (length <= SHORT) return shortText(bytes, at, length);
    if (length <= LISTED) return listedText(bytes, at, length);
    let text = "";
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
