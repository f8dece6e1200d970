/**
 * A timer in the changelog: key = the record's key, value =
 *
 *   magic 'T', version 1, due (ms, u64 big endian), input offset (u64 big endian)
 *
 * The same due and offset, big endian, are its sort key: timers fire in order of due time, those of one time in order
 * of arrival.
 */
import { KawaitError } from "#protocol";

const MAGIC = 0x54;
const VERSION = 1;
const LENGTH = 18;

export function encodeTimer(dueMs: number, offset: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  bytes[0] = MAGIC;
  bytes[1] = VERSION;
  view.setBigUint64(2, BigInt(dueMs));
  view.setBigUint64(10, BigInt(offset));
  return bytes;
}

/** The sort key of a timer's value. */
export function timerIndex(value: Uint8Array): Uint8Array {
  checkFormat(value);
  return value.slice(2, LENGTH);
}

/** The due time (milliseconds since the epoch) in a sort key. */
export function dueOfIndex(index: Uint8Array): number {
  return Number(new DataView(index.buffer, index.byteOffset, index.byteLength).getBigUint64(0));
}

/** The input offset in a sort key. */
export function arrivalOfIndex(index: Uint8Array): number {
  return Number(new DataView(index.buffer, index.byteOffset, index.byteLength).getBigUint64(8));
}

function checkFormat(value: Uint8Array): void {
  if (value[0] !== MAGIC || value.length !== LENGTH)
    throw new KawaitError("CorruptState", "A timer in the scheduler's changelog does not have the form of one.");
  if (value[1] !== VERSION)
    throw new KawaitError(
      "UnknownFormatVersion",
      `A timer was written in format ${value[1]}, this scheduler reads ${VERSION}: upgrade it.`,
    );
}
