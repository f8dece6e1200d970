/**
 * What lies where in the embedded broker's LMDB file. Numbers in keys are big endian, so that order of key is order of
 * offset.
 *
 *   meta    text                                  JSON: format, topics, advisory positions
 *   state   topic:u32 partition:u32               start, next, live, indexedTo, indexVersion: f64 each
 *   log     topic:u32 partition:u32 offset:u64    record (topics with `delete`), or place(key) (with `compact`)
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

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export function partitionKey(topicId: number, partition: number, tail: Uint8Array | number = 0): Uint8Array {
  const key = new Uint8Array(8 + (typeof tail === "number" ? tail : tail.length));
  const view = new DataView(key.buffer);
  view.setUint32(0, topicId);
  view.setUint32(4, partition);
  if (typeof tail !== "number") key.set(tail, 8);
  return key;
}

export function offsetKey(topicId: number, partition: number, offset: number): Uint8Array {
  const key = partitionKey(topicId, partition, 8);
  setWide(new DataView(key.buffer), 8, offset);
  return key;
}

export function offsetOfKey(key: Uint8Array): number {
  return getWide(new DataView(key.buffer, key.byteOffset, key.byteLength), 8);
}

export interface Grave {
  readonly topicId: number;
  readonly partition: number;
  readonly offset: number;
}

export function graveKey(timeMs: number, grave: Grave): Uint8Array {
  const key = new Uint8Array(24);
  const view = new DataView(key.buffer);
  setWide(view, 0, Math.max(0, Math.floor(timeMs)));
  view.setUint32(8, grave.topicId);
  view.setUint32(12, grave.partition);
  setWide(view, 16, grave.offset);
  return key;
}

export function decodeGraveKey(key: Uint8Array): Grave & { readonly timeMs: number } {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return {
    timeMs: getWide(view, 0),
    topicId: view.getUint32(8),
    partition: view.getUint32(12),
    offset: getWide(view, 16),
  };
}

function setWide(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / TWO_32));
  view.setUint32(at + 4, value % TWO_32);
}

function getWide(view: DataView, at: number): number {
  return view.getUint32(at) * TWO_32 + view.getUint32(at + 4);
}

export type LoggedRecord = Omit<StoredRecord, "topic" | "partition">;

export function encodeRecord(record: LoggedRecord): Uint8Array {
  const key = record.key ?? new Uint8Array(0);
  const value = record.value ?? new Uint8Array(0);
  let headers = new Uint8Array(0);
  for (const _ in record.headers) {
    headers = utf8.encode(JSON.stringify(record.headers));
    break;
  }
  const bytes = new Uint8Array(FIXED_BYTES + key.length + headers.length + value.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = (record.key === null ? KEY_NULL : 0) | (record.value === null ? VALUE_NULL : 0);
  view.setFloat64(1, record.offset);
  view.setFloat64(9, record.timestampMs);
  view.setUint32(17, key.length);
  view.setUint32(21, headers.length);
  bytes.set(key, FIXED_BYTES);
  bytes.set(headers, FIXED_BYTES + key.length);
  bytes.set(value, FIXED_BYTES + key.length + headers.length);
  return bytes;
}

export function decodeRecord(topic: string, partition: number, bytes: Uint8Array): StoredRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = bytes[0]!;
  const headersAt = FIXED_BYTES + view.getUint32(17);
  const valueAt = headersAt + view.getUint32(21);
  return {
    topic,
    partition,
    offset: view.getFloat64(1),
    timestampMs: view.getFloat64(9),
    key: flags & KEY_NULL ? null : new Uint8Array(bytes.subarray(FIXED_BYTES, headersAt)),
    value: flags & VALUE_NULL ? null : new Uint8Array(bytes.subarray(valueAt)),
    headers:
      valueAt === headersAt ? {} : (JSON.parse(fromUtf8.decode(bytes.subarray(headersAt, valueAt))) as RecordHeaders),
  };
}

/** Parts of a record without a copy of it; views on `bytes`. */
export function recordKey(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.subarray(FIXED_BYTES, FIXED_BYTES + view.getUint32(17));
}

/** `undefined` for a tombstone. */
export function recordValue(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes[0]! & VALUE_NULL) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.subarray(FIXED_BYTES + view.getUint32(17) + view.getUint32(21));
}

export function recordOffset(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(1);
}

export function recordTimestamp(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(9);
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
}

export function encodeNumbers(numbers: PartitionNumbers): Uint8Array {
  const { start, next, live, indexedTo, indexVersion } = numbers;
  return new Uint8Array(Float64Array.of(start, next, live, indexedTo, indexVersion).buffer);
}

export function decodeNumbers(bytes: Uint8Array): PartitionNumbers {
  const [start, next, live, indexedTo, indexVersion] = new Float64Array(new Uint8Array(bytes).buffer);
  return { start: start!, next: next!, live: live!, indexedTo: indexedTo!, indexVersion: indexVersion! };
}
