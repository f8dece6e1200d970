/**
 * What lies where in the embedded broker's LMDB file. Numbers in keys are big endian, so that order of key is order of
 * offset.
 *
 *   meta    text                                  JSON: format, topics, advisory positions
 *   state   topic:u32 partition:u32               start, next, live, indexedTo, indexVersion, logged: f64 each
 *   log     topic:u32 partition:u32 offset:u64    what one write added (`log-batch.ts`), by its last offset
 *   table   topic:u32 partition:u32 place(key)    the latest record of the key (topics with `compact`)
 *   index   topic:u32 partition:u32 indexPlace    sort key and key
 *   graves  time:u64 topic partition offset       place(key) of a tombstone, to be forgotten when it is old enough
 *
 *   record = flags:u8 offset:f64 timestamp:f64 keyBytes:u32 headerBytes:u32 key headers(JSON) value
 */
import type { RecordHeaders, StoredRecord } from "../broker.ts";

const KEY_NULL = 1;
const VALUE_NULL = 2;
const FIXED_BYTES = 25;
const TWO_32 = 2 ** 32;
const NO_BYTES = new Uint8Array(0);
const NO_HEADERS: RecordHeaders = Object.freeze({});

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** Buffers of Node's pool: keys and records live as long as one write, and there are many of them. */
export function partitionKey(topicId: number, partition: number, tail: Uint8Array | number = 0): Buffer {
  const key = Buffer.allocUnsafe(8 + (typeof tail === "number" ? tail : tail.length));
  key.writeUInt32BE(topicId, 0);
  key.writeUInt32BE(partition, 4);
  if (typeof tail !== "number") key.set(tail, 8);
  return key;
}

export function offsetKey(topicId: number, partition: number, offset: number): Buffer {
  const key = partitionKey(topicId, partition, 8);
  setWide(key, 8, offset);
  return key;
}

export function offsetOfKey(key: Uint8Array): number {
  return getWide(bufferOn(key), 8);
}

export interface Grave {
  readonly topicId: number;
  readonly partition: number;
  readonly offset: number;
}

export function graveKey(timeMs: number, grave: Grave): Buffer {
  const key = Buffer.allocUnsafe(24);
  setWide(key, 0, Math.max(0, Math.floor(timeMs)));
  key.writeUInt32BE(grave.topicId, 8);
  key.writeUInt32BE(grave.partition, 12);
  setWide(key, 16, grave.offset);
  return key;
}

export function decodeGraveKey(key: Uint8Array): Grave & { readonly timeMs: number } {
  const buffer = bufferOn(key);
  return {
    timeMs: getWide(buffer, 0),
    topicId: buffer.readUInt32BE(8),
    partition: buffer.readUInt32BE(12),
    offset: getWide(buffer, 16),
  };
}

function setWide(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt32BE(Math.floor(value / TWO_32), at);
  buffer.writeUInt32BE(value % TWO_32, at + 4);
}

function getWide(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4);
}

/** The same bytes with a Buffer's reading methods; LMDB hands out Buffers as they are. */
function bufferOn(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export type LoggedRecord = Omit<StoredRecord, "topic" | "partition">;

export function encodeRecord(record: LoggedRecord): Buffer {
  const bytes = Buffer.allocUnsafe(recordSize(record));
  writeRecord(bytes, 0, record);
  return bytes;
}

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

export function recordOffset(record: Uint8Array): number {
  return bufferOn(record).readDoubleBE(1);
}

/** Numbers of one partition, kept in memory and written with every group of commits. */
export interface PartitionNumbers {
  /** First offset that is still there. */
  start: number;
  /** The next offset to give out. */
  next: number;
  /** Live head keys of a compacted topic. */
  live: number;
  /** The index holds everything below this offset. */
  indexedTo: number;
  indexVersion: number;
  /** Entries in the log of a compacted topic, replaced ones included: tells when it is time to clean. */
  logged: number;
}

export function encodeNumbers(numbers: PartitionNumbers): Uint8Array {
  const { start, next, live, indexedTo, indexVersion, logged } = numbers;
  return new Uint8Array(Float64Array.of(start, next, live, indexedTo, indexVersion, logged).buffer);
}

export function decodeNumbers(bytes: Uint8Array): PartitionNumbers {
  const [start, next, live, indexedTo, indexVersion, logged] = new Float64Array(new Uint8Array(bytes).buffer);
  return {
    start: start!,
    next: next!,
    live: live!,
    indexedTo: indexedTo!,
    indexVersion: indexVersion!,
    logged: logged!,
  };
}
