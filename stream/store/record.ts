/**
 * One record as it lies in a log entry, in both stores.
 *
 *   record = flags:u8 offset:f64 timestamp:f64 keyBytes:u32 headerBytes:u32 key headers(JSON) value
 */
import type { RecordHeaders, StoredRecord } from "../broker.ts";

const KEY_NULL = 1;
const VALUE_NULL = 2;
const FIXED_BYTES = 25;
const NO_BYTES = new Uint8Array(0);
const NO_HEADERS: RecordHeaders = Object.freeze({});

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** The same bytes with a Buffer's reading methods; LMDB hands out Buffers as they are. */
export function bufferOn(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export type LoggedRecord = Omit<StoredRecord, "topic" | "partition">;

export function recordSize({ key, value, headers }: LoggedRecord): number {
  return FIXED_BYTES + (key?.length ?? 0) + headerBytes(headers).length + (value?.length ?? 0);
}

/** Writes the record at `at`, where `recordSize` bytes are free. */
export function writeRecord(bytes: Buffer, at: number, record: LoggedRecord): void {
  const { key, value } = record;
  const keyLength = key?.length ?? 0;
  const headers = headerBytes(record.headers);
  bytes[at] = (key === null ? KEY_NULL : 0) | (value === null ? VALUE_NULL : 0);
  bytes.writeDoubleBE(record.offset, at + 1);
  bytes.writeDoubleBE(record.timestampMs, at + 9);
  bytes.writeUInt32BE(keyLength, at + 17);
  bytes.writeUInt32BE(headers.length, at + 21);
  const keyAt = at + FIXED_BYTES;
  if (key !== null) bytes.set(key, keyAt);
  if (headers.length > 0) bytes.set(headers, keyAt + keyLength);
  if (value !== null) bytes.set(value, keyAt + keyLength + headers.length);
}

function headerBytes(headers: RecordHeaders): Uint8Array {
  for (const _ in headers) return utf8.encode(JSON.stringify(headers));
  return NO_BYTES;
}

/** Of a record in memory that nobody else writes; its key and value are views on it. */
export function decodeRecord(topic: string, partition: number, record: Uint8Array): StoredRecord {
  const bytes = bufferOn(record);
  const flags = bytes[0]!;
  const headersAt = FIXED_BYTES + bytes.readUInt32BE(17);
  const valueAt = headersAt + bytes.readUInt32BE(21);
  return {
    topic,
    partition,
    offset: bytes.readDoubleBE(1),
    timestampMs: bytes.readDoubleBE(9),
    key: flags & KEY_NULL ? null : viewOf(bytes, FIXED_BYTES, headersAt),
    value: flags & VALUE_NULL ? null : viewOf(bytes, valueAt, bytes.length),
    headers:
      valueAt === headersAt
        ? NO_HEADERS
        : (JSON.parse(fromUtf8.decode(bytes.subarray(headersAt, valueAt))) as RecordHeaders),
  };
}

function viewOf(bytes: Buffer, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from);
}

/** Parts of a record without a copy of it; views on `record`. */
export function recordKey(record: Uint8Array): Uint8Array {
  return record.subarray(FIXED_BYTES, FIXED_BYTES + bufferOn(record).readUInt32BE(17));
}

/** `undefined` for a tombstone. */
export function recordValue(record: Uint8Array): Uint8Array | undefined {
  if (record[0]! & VALUE_NULL) return undefined;
  const bytes = bufferOn(record);
  return record.subarray(FIXED_BYTES + bytes.readUInt32BE(17) + bytes.readUInt32BE(21));
}

/** @param at where the record begins in `bytes` */
export function recordOffset(bytes: Uint8Array, at = 0): number {
  return bufferOn(bytes).readDoubleBE(at + 1);
}
