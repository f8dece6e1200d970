/**
 * The record batch, version 2, both ways.
 *
 *     batch   = baseOffset:int64 length:int32 leaderEpoch:int32 magic:int8(2) crc:uint32 attributes:int16
 *               lastOffsetDelta:int32 firstTimestamp:int64 maxTimestamp:int64
 *               producerId:int64 producerEpoch:int16 baseSequence:int32 count:int32 record*
 *     record  = length:varint attributes:int8 timestampDelta:varlong offsetDelta:varint
 *               key:varbytes value:varbytes headerCount:varint (name:varstring value:varbytes)*
 *
 * attributes: bits 0–2 codec (0 none, 1 gzip, 4 zstd), bit 3 broker's timestamps, bit 4 transactional, bit 5 control.
 */

import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { crc32c } from "#protocol";
import { BrokerError, type OutgoingRecord, type RecordHeaders, type StoredRecord } from "../../broker.ts";
import { Unmendable } from "../refusal.ts";
import { Reader } from "./reader.ts";
import { varintSize, Writer } from "./writer.ts";

/** Bytes of a batch before its first record. */
export const BATCH_OVERHEAD = 61;
const BEFORE_LENGTH = 12;
const CRC_AT = 17;
const CHECKED_FROM = 21;
const MAGIC_AT = 16;
const MAGIC = 2;
const CODEC_MASK = 0x07;
/** A few packed bytes can stand for any number: this much of one batch is read. */
const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;
const UNPACK = new Map<number, (packed: Buffer) => Buffer>([
  [0, (packed) => packed],
  [1, (packed) => gunzipSync(packed, { maxOutputLength: UNPACKED_BYTES_MAX })],
  [4, (packed) => zstdDecompressSync(packed, { maxOutputLength: UNPACKED_BYTES_MAX })],
]);
const CODEC_NAMES = ["none", "gzip", "snappy", "lz4", "zstd"];
const BROKER_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
/** A key or value length, an offset delta and a timestamp delta take at most this together. */
const RECORD_OVERHEAD_MAX = 5 + 1 + 8 + 5 + 5 + 5 + 5;

function bytesSize(value: Uint8Array | null): number {
  return value === null ? 1 : varintSize(value.length) + value.length;
}

function headersSize(headers: RecordHeaders | undefined): number {
  if (headers === undefined) return 1;
  let count = 0;
  let size = 0;
  for (const name in headers) {
    const nameBytes = Buffer.byteLength(name);
    const valueBytes = Buffer.byteLength(headers[name]!);
    size += varintSize(nameBytes) + nameBytes + varintSize(valueBytes) + valueBytes;
    count += 1;
  }
  return varintSize(count) + size;
}

/** An upper bound of the bytes that a record takes in a batch. */
export function recordSizeMax(record: OutgoingRecord): number {
  return RECORD_OVERHEAD_MAX + (record.key?.length ?? 0) + (record.value?.length ?? 0) + headersSize(record.headers);
}

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** One batch of `records`, ready for a Produce request. `nowMs` is for those without a time of their own. */
export function encodeBatch(
  records: readonly OutgoingRecord[],
  options: ProducerIdentity & {
    readonly baseSequence: number;
    readonly transactional: boolean;
    readonly nowMs: number;
    readonly sizeHint?: number;
  },
): Buffer {
  const first = records[0]?.timestampMs ?? options.nowMs;
  const writer = new Writer((options.sizeHint ?? 256) + BATCH_OVERHEAD);
  writer.int64(0).int32(0).int32(-1).int8(MAGIC).uint32(0);
  writer.int16(options.transactional ? TRANSACTIONAL : 0).int32(records.length - 1);
  writer.int64(first);
  const maxTimestampAt = writer.length;
  writer.int64(first).int64(options.producerId).int16(options.producerEpoch).int32(options.baseSequence);
  writer.int32(records.length);
  let maxTimestamp = first;
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index]!;
    const timestamp = record.timestampMs ?? options.nowMs;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    const delta = timestamp - first;
    const headers = record.headers;
    const size =
      1 +
      varintSize(delta) +
      varintSize(index) +
      bytesSize(record.key) +
      bytesSize(record.value) +
      headersSize(record.headers);
    writer.varint(size).int8(0).varint(delta).varint(index).varBytes(record.key).varBytes(record.value);
    if (headers === undefined) writer.int8(0);
    else {
      const names = Object.keys(headers);
      writer.varint(names.length);
      for (const name of names) writer.varString(name).varString(headers[name]!);
    }
  }
  const batch = writer.buffer;
  batch.writeInt32BE(batch.length - BEFORE_LENGTH, 8);
  batch.writeBigInt64BE(BigInt(maxTimestamp), maxTimestampAt);
  batch.writeUInt32BE(crc32c(batch, CHECKED_FROM), CRC_AT);
  return batch;
}

export interface DecodedBatch {
  readonly baseOffset: number;
  /** Also when compaction has left no record in the batch. */
  readonly lastOffset: number;
  readonly producerId: bigint;
  readonly transactional: boolean;
  readonly control: "none" | "commit" | "abort" | "other";
  readonly records: readonly StoredRecord[];
}

const NO_HEADERS: RecordHeaders = Object.freeze({});

function decodeHeaders(reader: Reader): RecordHeaders {
  const count = reader.varint();
  if (count === 0) return NO_HEADERS;
  const headers: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) {
    const name = reader.varBytes()?.toString("utf8") ?? "";
    const value = reader.varBytes()?.toString("utf8") ?? "";
    // A plain assignment of `__proto__` would set the prototype and lose the header.
    Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return headers;
}

function controlKind(body: Reader): "commit" | "abort" | "other" {
  const record = new Reader(body.varBytes() ?? Buffer.alloc(0));
  record.skip(1);
  record.varint();
  record.varint();
  const key = new Reader(record.varBytes() ?? Buffer.alloc(4, 0xff));
  key.int16();
  const type = key.int16();
  return type === 0 ? "abort" : type === 1 ? "commit" : "other";
}

/**
 * Reads the batches of a fetched record set one after another; a batch that the fetch cut off at its end is left out.
 * Anybody may have written them: a checksum that is right says nothing of what is below it.
 *
 * @throws BrokerError `Unavailable` where a batch is damaged, or in a codec or format that cannot be read here.
 */
export function* decodeBatches(recordSet: Buffer, topic: string, partition: number): Generator<DecodedBatch> {
  const where = `${topic}/${partition}`;
  let nextOffset = 0;
  // The magic is at the same place in every format there has been; an old message can be shorter than a batch's head.
  for (let at = 0; at + MAGIC_AT < recordSet.length; ) {
    if (recordSet[at + MAGIC_AT] !== MAGIC) {
      throw new Unmendable(`${where} holds records in a format older than Kafka 0.11: rewrite the topic`);
    }
    if (at + BATCH_OVERHEAD > recordSet.length) return;
    const length = recordSet.readInt32BE(at + 8);
    const end = at + BEFORE_LENGTH + length;
    if (end > recordSet.length) return;
    if (length < BATCH_OVERHEAD - BEFORE_LENGTH || crcOf(recordSet, at) !== crc32c(recordSet, at + CHECKED_FROM, end)) {
      throw new BrokerError("Unavailable", `${where} has a damaged batch at offset ${recordSet.readBigInt64BE(at)}`);
    }
    const batch = decodeBatch(new Reader(recordSet.subarray(at, end)), topic, partition);
    if (batch.baseOffset < nextOffset) throw unreadable(where, batch.baseOffset, "it comes behind later ones");
    yield batch;
    nextOffset = batch.lastOffset + 1;
    at = end;
  }
}

function crcOf(recordSet: Buffer, at: number): number {
  return recordSet.readUInt32BE(at + CRC_AT);
}

function unreadable(where: string, offset: number, why: string): Unmendable {
  return new Unmendable(`${where} has a batch at offset ${offset} that cannot be read: ${why}`);
}

function decodeBatch(reader: Reader, topic: string, partition: number): DecodedBatch {
  const where = `${topic}/${partition}`;
  const baseOffset = reader.int64();
  reader.position = CHECKED_FROM;
  const attributes = reader.int16();
  const lastOffset = baseOffset + reader.int32();
  const firstTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = reader.bigint64();
  reader.skip(6);
  const count = reader.int32();
  if (baseOffset < 0 || lastOffset < baseOffset || !Number.isSafeInteger(lastOffset + 1))
    throw unreadable(where, baseOffset, "its offsets cannot be");
  const batch = { baseOffset, lastOffset, producerId, transactional: (attributes & TRANSACTIONAL) !== 0 };
  const codec = attributes & CODEC_MASK;
  const unpack = UNPACK.get(codec);
  if (unpack === undefined) {
    const name = CODEC_NAMES[codec] ?? String(codec);
    throw new Unmendable(`${where} holds records compressed with ${name}: use gzip, zstd or none`);
  }
  const times = { firstTimestamp, maxTimestamp: (attributes & BROKER_TIME) !== 0 ? maxTimestamp : undefined };
  try {
    if ((attributes & CONTROL) !== 0)
      return { ...batch, control: count > 0 ? controlKind(reader) : "other", records: [] };
    const body = count > 0 ? new Reader(unpack(reader.raw(reader.remaining))) : reader;
    return { ...batch, control: "none", records: decodeRecords(body, count, { ...batch, ...times, topic, partition }) };
  } catch (error) {
    throw unreadable(where, baseOffset, error instanceof Error ? error.message : String(error));
  }
}

/** @throws RangeError for what does not fit into the batch */
function decodeRecords(
  body: Reader,
  count: number,
  batch: {
    readonly topic: string;
    readonly partition: number;
    readonly baseOffset: number;
    readonly lastOffset: number;
    readonly firstTimestamp: number;
    /** Of all records, where the broker gave them their time. */
    readonly maxTimestamp: number | undefined;
  },
): StoredRecord[] {
  const { topic, partition, baseOffset, lastOffset, firstTimestamp, maxTimestamp } = batch;
  const records: StoredRecord[] = [];
  let least = baseOffset;
  for (let index = 0; index < count; index += 1) {
    body.varint();
    body.skip(1);
    const timestampDelta = body.varint();
    const offset = baseOffset + body.varint();
    if (!(offset >= least && offset <= lastOffset)) throw new RangeError("the offset of a record cannot be");
    least = offset + 1;
    const key = body.varBytes();
    const value = body.varBytes();
    const timestampMs = maxTimestamp ?? firstTimestamp + timestampDelta;
    records.push({ topic, partition, offset, timestampMs, key, value, headers: decodeHeaders(body) });
  }
  return records;
}
