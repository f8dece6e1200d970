/**
 * How a changelog key and a sort key become one LMDB key (1,978 bytes at most), in both stores.
 *
 *   place(key)        = key                                   up to 1,024 bytes
 *                     = first 1,024 bytes of key, SHA-256     above; so the order among keys that share these is arbitrary
 *   indexPlace(i, k)  = escape(i) 00 01 place(k)              00 in `i` is escaped as 00 FF: the order of `i` is kept
 *
 * What lies at an indexPlace is one zero byte where the place says all, else: indexBytes:u16 index key.
 */
import { createHash } from "node:crypto";

const PLAIN_BYTES_MAX = 1024;
/** Bytes of one sort key; escaped at most double that, so that the LMDB key stays below its limit. */
export const INDEX_BYTES_MAX = 256;

export function keyBytes(key: string): Uint8Array {
  // Of Node's pool: an encoder's result has a buffer of its own, which is felt where there is one a record.
  return Buffer.from(key);
}

export function place(key: Uint8Array): Uint8Array {
  if (key.length <= PLAIN_BYTES_MAX) return key;
  const digest = createHash("sha256").update(key).digest();
  return concat(key.subarray(0, PLAIN_BYTES_MAX), digest);
}

export function escapeIndex(index: Uint8Array): Uint8Array {
  if (index.length > INDEX_BYTES_MAX) {
    throw new RangeError(`a sort key has ${index.length} bytes; at most ${INDEX_BYTES_MAX} are allowed`);
  }
  if (!index.includes(0)) return index;
  const escaped: number[] = [];
  for (const byte of index) {
    escaped.push(byte);
    if (byte === 0) escaped.push(0xff);
  }
  return Uint8Array.from(escaped);
}

export function indexPlace(index: Uint8Array, key: Uint8Array): Uint8Array {
  return concat(escapeIndex(index), Uint8Array.of(0, 1), place(key));
}

/** True when a place is the key itself. */
export function isWhole(placed: Uint8Array): boolean {
  return placed.length <= PLAIN_BYTES_MAX;
}

const NOTHING = Uint8Array.of(0);

/** What lies at `indexPlace`: nothing where that says all, else the sort key and the key as they were given. */
export function encodeIndexValue(index: Uint8Array, key: Uint8Array): Uint8Array {
  if (isWhole(key)) return NOTHING;
  return concat(Uint8Array.of(index.length >> 8, index.length & 0xff), index, key);
}

/** @param at an `indexPlace`; both are copied */
export function indexEntry(
  at: Uint8Array,
  value: Uint8Array,
): { readonly index: Uint8Array; readonly key: Uint8Array } {
  if (value.length > 1) {
    const length = (value[0]! << 8) | value[1]!;
    return { index: copyOf(value.subarray(2, 2 + length)), key: copyOf(value.subarray(2 + length)) };
  }
  const index: number[] = [];
  for (let from = 0; from < at.length; from++) {
    const byte = at[from]!;
    if (byte !== 0) {
      index.push(byte);
      continue;
    }
    const mark = at[++from];
    if (mark === 1) return { index: Uint8Array.from(index), key: copyOf(at.subarray(from + 1)) };
    index.push(0);
  }
  throw new RangeError("an index entry has no end of its sort key");
}

/** A plain copy: what LMDB hands out is only good until its next read. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Pieces of large values and reserved keys hold a NUL; keys of a processor do not. */
export function isHead(key: Uint8Array): boolean {
  return !key.includes(0);
}
