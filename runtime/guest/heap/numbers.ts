/** BigInts: (byteLength * 2 + sign) and the magnitude, little-endian. Cost grows with the square of the length. */

import { toNumberValue } from "../primordials.ts";
import * as format from "./format.ts";
import { corrupt } from "./heap-error.ts";
import { NativeBigInt } from "./natives.ts";
import type { Reader } from "./reader.ts";
import type { Writer } from "./writer.ts";

const CHUNK_BITS = 32n;
const CHUNK_MASK = 0xffff_ffffn;

export function writeBigInt(out: Writer, value: bigint): void {
  const isNegative = value < 0n;
  let rest = isNegative ? -value : value;
  out.byte(format.BIGINT);
  const chunks: number[] = [];
  let count = 0;
  while (rest > CHUNK_MASK) {
    chunks[count++] = toNumberValue(rest & CHUNK_MASK);
    rest >>= CHUNK_BITS;
  }
  let high = toNumberValue(rest);
  let highBytes = 0;
  for (let h = high; h > 0; h = (h - (h % 256)) / 256) highBytes++;
  out.varint((count * 4 + highBytes) * 2 + (isNegative ? 1 : 0));
  for (let i = 0; i < count; i++) {
    const chunk = chunks[i]!;
    out.byte(chunk & 255);
    out.byte((chunk >>> 8) & 255);
    out.byte((chunk >>> 16) & 255);
    out.byte(chunk >>> 24);
  }
  for (let i = 0; i < highBytes; i++) {
    out.byte(high % 256);
    high = (high - (high % 256)) / 256;
  }
}

export function readBigInt(reader: Reader): bigint {
  const head = reader.varint();
  const isNegative = head % 2 === 1;
  const bytes = (head - (head % 2)) / 2;
  const magnitude = reader.take(bytes);
  let value = 0n;
  for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | NativeBigInt(magnitude[i]!);
  if (isNegative && value === 0n) corrupt("a negative zero BigInt");
  return isNegative ? -value : value;
}
