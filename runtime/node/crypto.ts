/** `node:crypto`: random values of the step's seed (I2) and what needs no algorithm of OpenSSL's; the rest refuses by name. */

import { Buffer } from "../web/buffer.ts";
import { invalidType, outOfRange } from "../web/buffer-errors.ts";
import { crypto } from "../web/crypto.ts";
import { fillRandom } from "../web/host.ts";
import { bytesOf, coded } from "../web/interface.ts";
import { checkFunction } from "./errors.ts";

const BYTES_MAX = 2 ** 31 - 1;
const RANGE_MAX = 2 ** 48 - 1;

type Answer<T> = (error: Error | null, value: T) => void;

export const webcrypto = crypto;
export const { subtle } = crypto;

export function getRandomValues<T extends ArrayBufferView>(array: T): T {
  return crypto.getRandomValues(array);
}

export function randomUUID(): string {
  return crypto.randomUUID();
}

export function randomFillSync<T extends ArrayBufferView>(buffer: T, offset = 0, size?: number): T {
  const bytes = bytesOf(buffer);
  if (bytes === undefined) throw invalidType("buf", "an instance of ArrayBuffer or ArrayBufferView", buffer);
  const length = size ?? bytes.length - offset;
  if (!(offset >= 0 && offset <= bytes.length)) throw outOfRange("offset", `>= 0 && <= ${bytes.length}`, offset);
  if (!(length >= 0 && offset + length <= bytes.length)) {
    throw outOfRange("size + offset", `<= ${bytes.length}`, length + offset);
  }
  fillRandom(bytes.subarray(offset, offset + length));
  return buffer;
}

export function randomBytes(size: number, callback?: Answer<Uint8Array>): Uint8Array | undefined {
  if (typeof size !== "number") throw invalidType("size", "of type number", size);
  if (!(size >= 0 && size <= BYTES_MAX)) throw outOfRange("size", `>= 0 && <= ${BYTES_MAX}`, size);
  const bytes = randomFillSync(Buffer.alloc(size));
  if (callback === undefined) return bytes;
  checkFunction(callback, "callback");
  setImmediate(() => callback(null, bytes));
  return undefined;
}

/** Evenly spread: draws again what would favour the small ones. */
function drawBelow(range: number): number {
  const limit = RANGE_MAX + 1 - ((RANGE_MAX + 1) % range);
  for (;;) {
    const value = (randomBytes(6) as Buffer).readUIntBE(0, 6);
    if (value < limit) return value % range;
  }
}

export function randomInt(min: number, max?: number | Answer<number>, callback?: Answer<number>): number | undefined {
  const hasMin = max !== undefined && typeof max !== "function";
  const low = hasMin ? min : 0;
  const high = hasMin ? max : min;
  const answer = typeof max === "function" ? max : callback;
  if (!Number.isSafeInteger(low)) throw invalidType("min", "a safe integer", low);
  if (!Number.isSafeInteger(high)) throw invalidType("max", "a safe integer", high);
  if (high <= low) throw outOfRange("max", `greater than the value of "min" (${low})`, high);
  if (high - low > RANGE_MAX) throw outOfRange(hasMin ? "max - min" : "max", `<= ${RANGE_MAX}`, high - low);
  const value = low + drawBelow(high - low);
  if (answer === undefined) return value;
  checkFunction(answer, "callback");
  setImmediate(() => answer(null, value));
  return undefined;
}

export function timingSafeEqual(a: unknown, b: unknown): boolean {
  const left = bytesOf(a);
  const right = bytesOf(b);
  const expected = "an instance of ArrayBuffer, Buffer, TypedArray, or DataView";
  if (left === undefined) throw invalidType("buf1", expected, a);
  if (right === undefined) throw invalidType("buf2", expected, b);
  if (left.length !== right.length) {
    throw coded(new RangeError("Input buffers must have the same byte length"), "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH");
  }
  let difference = 0;
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ right[i]!;
  return difference === 0;
}
