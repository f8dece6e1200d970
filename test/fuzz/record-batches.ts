/**
 * Record batches as other Kafka clients write them, through the code that reads what a broker answers to a fetch: old formats,
 * every codec, markers, the broker's own times, batches cut short, flipped bytes, and flipped bytes under a right checksum.
 * A fetch gives records at or behind its position and a position that does not fall, or a named error.
 */
import assert from "node:assert/strict";
import { deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import { crc32c } from "#protocol";
import { BrokerError, type OutgoingRecord } from "../../stream/broker.ts";
import type { Random } from "../../stream/fake/index.ts";
import { fetchRequest, readFetched } from "../../stream/kafka/fetch.ts";
import { Refusal } from "../../stream/kafka/refusal.ts";
import { Reader } from "../../stream/kafka/wire/reader.ts";
import { BATCH_OVERHEAD, encodeBatch } from "../../stream/kafka/wire/record-batch.ts";
import { Writer } from "../../stream/kafka/wire/writer.ts";
import { damaged, randomBytes, randomText } from "./mutate.ts";

const WHERE = { topic: "t", partition: 0 };
const ATTRIBUTES_AT = 21;
const CRC_AT = 17;
const MAGIC_AT = 16;
const CONTROL = 0x20;
const TRANSACTIONAL = 0x10;
const BROKER_TIME = 0x08;
/** Codecs by their number; snappy and lz4 cannot be read and need not be well packed. */
const PACK: readonly ((body: Buffer) => Buffer)[] = [
  (body) => body,
  (body) => gzipSync(body, { level: 1 }),
  (body) => body,
  (body) => body,
  (body) => zstdCompressSync(body),
  (body) => deflateRawSync(body),
];

/** @returns what is wrong */
export function tryFetch(random: Random): string | undefined {
  const recordSet = randomRecordSet(random);
  const position = random.below(60);
  try {
    const aborted = Array.from({ length: random.below(3) }, () => ({
      producerId: BigInt(random.below(3)),
      firstOffset: random.below(60),
    }));
    const answer = random.chance(0.3)
      ? throughTheWire(random, recordSet)
      : { lastStableOffset: 60, startOffset: 0, aborted, recordSet };
    const { records, nextOffset } = readFetched(answer, WHERE, position);
    assert.ok(Number.isSafeInteger(nextOffset) && nextOffset >= position, `next ${nextOffset} behind ${position}`);
    let least = position;
    for (const { offset, key, value, headers, timestampMs } of records) {
      assert.ok(offset >= least && offset < nextOffset, `offset ${offset}, ${least} to ${nextOffset} expected`);
      least = offset + 1;
      assert.ok(key === null || key instanceof Uint8Array);
      assert.ok(value === null || value instanceof Uint8Array);
      assert.equal(typeof timestampMs, "number");
      for (const each of Object.values(headers)) assert.equal(typeof each, "string");
    }
    return undefined;
  } catch (error) {
    if (error instanceof BrokerError || error instanceof Refusal) return undefined;
    // The head of an answer is the broker's own: what is wrong with it is told by where it ends.
    if (error instanceof RangeError && error.message === "a Kafka message ends too early") return undefined;
    return `fetch of ${recordSet.toString("hex")} at ${position}: ${error instanceof Error ? error.stack : error}`;
  }
}

/** The answer as bytes, some of them wrong, decoded as the connection does. */
function throughTheWire(random: Random, recordSet: Buffer): ReturnType<ReturnType<typeof fetchRequest>["decode"]> {
  const writer = new Writer().int32(0).int16(0).int32(0);
  writer.int32(1).string("t").int32(1).int32(0).int16(0).int64(60).int64(60).int64(0);
  writer.int32(1).int64(1n).int64(5).int32(-1).int32(recordSet.length).raw(recordSet);
  const bytes = random.chance(0.5) ? Buffer.from(damaged(random, writer.buffer)) : writer.buffer;
  const request = fetchRequest({ ...WHERE, fromOffset: 0, maxWaitMs: 1, maxBytes: 1 });
  return request.decode(new Reader(bytes));
}

function randomRecordSet(random: Random): Buffer {
  if (random.chance(0.03)) return Buffer.from(randomBytes(random));
  const parts: Buffer[] = [];
  let offset = random.below(40);
  for (let count = 1 + random.below(3); count > 0; count--) {
    const batch = random.chance(0.08) ? oldMessage(random, offset) : randomBatch(random, offset);
    parts.push(batch);
    offset += 1 + random.below(6);
  }
  const whole = Buffer.concat(parts);
  if (random.chance(0.3)) return whole.subarray(0, random.below(whole.length + 1));
  return random.chance(0.3) ? Buffer.from(damaged(random, whole)) : whole;
}

function randomBatch(random: Random, baseOffset: number): Buffer {
  const records = Array.from({ length: 1 + random.below(4) }, (): OutgoingRecord => randomRecord(random));
  const plain = encodeBatch(records, {
    producerId: BigInt(random.below(3)),
    producerEpoch: random.below(3),
    baseSequence: random.below(100),
    transactional: random.chance(0.5),
    nowMs: 5,
  });
  let attributes = random.chance(0.5) ? TRANSACTIONAL : 0;
  if (random.chance(0.15)) attributes |= CONTROL;
  if (random.chance(0.2)) attributes |= BROKER_TIME;
  const codec = random.chance(0.5) ? 0 : random.below(6);
  const body = plain.subarray(BATCH_OVERHEAD);
  // Below the checksum: what a broken client sends, and a broker that does not look into it keeps.
  const content = random.chance(0.5) ? Buffer.from(damaged(random, body)) : body;
  const packed = (PACK[codec] as (typeof PACK)[number])(content);
  const head = Buffer.from(plain.subarray(0, BATCH_OVERHEAD));
  head.writeBigInt64BE(BigInt(baseOffset), 0);
  head.writeInt16BE(attributes | codec, ATTRIBUTES_AT);
  if (random.chance(0.3)) head[ATTRIBUTES_AT + random.below(BATCH_OVERHEAD - ATTRIBUTES_AT)] = random.below(256);
  const broken = random.chance(0.2) ? Buffer.from(damaged(random, packed)) : packed;
  const batch = Buffer.concat([head, broken]);
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT), CRC_AT);
  if (random.chance(0.1)) batch[random.below(MAGIC_AT + 1)] = random.below(256);
  return batch;
}

function randomRecord(random: Random): OutgoingRecord {
  const bytes = (): Uint8Array | null => (random.chance(0.2) ? null : random.bytes(random.below(20)));
  const headers: Record<string, string> = {};
  for (let count = random.below(3); count > 0; count--)
    headers[random.pick(["__proto__", "kawait-command", randomText(random).slice(0, 20)])] = randomText(random).slice(
      0,
      20,
    );
  return { ...WHERE, key: bytes(), value: bytes(), timestampMs: random.below(2 ** 41), headers };
}

/** A message set of magic 0 or 1: offset:int64 size:int32 crc:int32 magic:int8 attributes:int8 [time:int64] key value */
function oldMessage(random: Random, offset: number): Buffer {
  const magic = random.below(2);
  const field = (): Buffer => {
    const bytes = Buffer.from(random.bytes(random.below(12)));
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const body = Buffer.concat([Buffer.from([magic, random.below(4)]), Buffer.alloc(8 * magic), field(), field()]);
  const head = Buffer.alloc(16);
  head.writeBigInt64BE(BigInt(offset), 0);
  head.writeInt32BE(4 + body.length, 8);
  return Buffer.concat([head, body]);
}
