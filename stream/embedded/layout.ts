/**
 * What lies where in the embedded broker's LMDB file (`log/`; in front of it `ahead/`: `write-ahead-log.ts`). Numbers in keys are
 * big endian, so that order of key is order of offset.
 *
 *   meta    text                                  JSON: format, topics, advisory positions; log-id, applied: `disk.ts`
 *   state   topic:u32 partition:u32               the numbers below: f64 each
 *   log     topic:u32 partition:u32 offset:u64    records (`store/log-batch.ts`), by the last one's offset
 *   table   topic:u32 partition:u32 place(key)    where the key's latest record is (`store/pointer.ts`; topics with `compact`)
 *   index   topic:u32 partition:u32 indexPlace    see `store/keys.ts`
 *   graves  time:u64 topic partition offset       place(key) of a tombstone, to be forgotten when it is old enough
 */
import { bufferOn } from "../store/record.ts";

const TWO_32 = 2 ** 32;

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
  /** Records in the log of a compacted topic, replaced ones included: tells when it is time to clean. */
  logged: number;
  /** How many of them were left when it was cleaned last. */
  cleaned: number;
  /** Entries below this offset are as large as they are to be. */
  packedTo: number;
}

const FIELDS = ["start", "next", "live", "indexedTo", "indexVersion", "logged", "cleaned", "packedTo"] as const;

export function newNumbers(): PartitionNumbers {
  return { start: 0, next: 0, live: 0, indexedTo: 0, indexVersion: 0, logged: 0, cleaned: 0, packedTo: 0 };
}

export function encodeNumbers(numbers: PartitionNumbers): Uint8Array {
  return new Uint8Array(Float64Array.from(FIELDS, (field) => numbers[field]).buffer);
}

export function decodeNumbers(bytes: Uint8Array): PartitionNumbers {
  const stored = new Float64Array(new Uint8Array(bytes).buffer);
  const numbers = newNumbers();
  FIELDS.forEach((field, at) => {
    numbers[field] = stored[at]!;
  });
  return numbers;
}
