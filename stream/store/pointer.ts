/**
 * What a table says of a key: where its latest record lies in the log, and what is asked so often that the log need not
 * be looked into. A table of these is small, whatever the values are.
 *
 *   pointer = flags:u8 offset:u48 value?       the value of the record when it is short
 *   flags   = 1 tombstone, 2 value follows, 4 has sort keys, the rest: pieces of an envelope (0: not known)
 */
import { envelopePieces } from "#protocol";
import { bufferOn } from "./record.ts";

const TOMBSTONE = 1;
const VALUE = 2;
const INDEXED = 4;
const PIECES_SHIFT = 3;
const PIECES_MAX = 31;
const FIXED_BYTES = 7;
/** A timer's value, in its envelope, is below this. */
const VALUE_BYTES_MAX = 64;

export interface Pointer {
  readonly offset: number;
  readonly isTombstone: boolean;
  /** False: the value has no sort keys in the index, so nobody need look at it to take them out. */
  readonly isIndexed: boolean;
  /** In how many records the value lies; undefined: the log has to be asked. */
  readonly pieces: number | undefined;
  /** Undefined: the log has it. */
  readonly value: Uint8Array | undefined;
}

export function encodePointer(offset: number, value: Uint8Array | null, isIndexed: boolean): Buffer {
  const length = value === null ? 0 : value.length;
  const holdsValue = value !== null && length <= VALUE_BYTES_MAX;
  const pieces = value === null ? 0 : (envelopePieces(value) ?? 0);
  const bytes = Buffer.allocUnsafe(FIXED_BYTES + (holdsValue ? length : 0));
  bytes[0] =
    (value === null ? TOMBSTONE : 0) |
    (holdsValue ? VALUE : 0) |
    (isIndexed ? INDEXED : 0) |
    ((pieces > PIECES_MAX ? 0 : pieces) << PIECES_SHIFT);
  bytes.writeUIntBE(offset, 1, 6);
  if (holdsValue) bytes.set(value, FIXED_BYTES);
  return bytes;
}

/** @param bytes of the caller's own: the value is a view on it */
export function decodePointer(bytes: Uint8Array): Pointer {
  const flags = bytes[0]!;
  const pieces = flags >> PIECES_SHIFT;
  return {
    offset: bufferOn(bytes).readUIntBE(1, 6),
    isTombstone: (flags & TOMBSTONE) !== 0,
    isIndexed: (flags & INDEXED) !== 0,
    pieces: pieces === 0 ? undefined : pieces,
    value: flags & VALUE ? bytes.subarray(FIXED_BYTES) : undefined,
  };
}

export function pointerOffset(bytes: Uint8Array): number {
  return bufferOn(bytes).readUIntBE(1, 6);
}
