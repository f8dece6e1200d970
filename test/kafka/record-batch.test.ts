/** The batch codec against itself, against kafkajs's decoder, and against damage. No broker. */
import assert from "node:assert/strict";
import { test } from "node:test";
import crc32C from "kafkajs/src/protocol/recordBatch/crc32C/index.js";
import { crc32c } from "#protocol";
import type { OutgoingRecord } from "../../stream/broker.ts";
import { planBatches, planRounds } from "../../stream/kafka/produce/batches.ts";
import { Sequences } from "../../stream/kafka/produce/sequences.ts";
import { Reader } from "../../stream/kafka/wire/reader.ts";
import { BATCH_OVERHEAD, decodeBatches, encodeBatch, recordSizeMax } from "../../stream/kafka/wire/record-batch.ts";
import { varintSize, Writer } from "../../stream/kafka/wire/writer.ts";
import { seededRandom } from "./harness/fixture.ts";

const SEED = Number(process.env.KAWAIT_TEST_SEED ?? 20261121);
const IDENTITY = {
  producerId: 4_611_686_018_427_387_905n,
  producerEpoch: 7,
  baseSequence: 3,
  transactional: true,
  nowMs: 5,
};

function randomRecords(random: () => number, topic = "t"): OutgoingRecord[] {
  const below = (limit: number): number => Math.floor(random() * limit);
  const bytes = (): Buffer | null =>
    random() < 0.15 ? null : Buffer.from(Array.from({ length: below(random() < 0.1 ? 3000 : 40) }, () => below(256)));
  return Array.from({ length: 1 + below(30) }, () => ({
    topic,
    partition: below(3),
    key: bytes(),
    value: bytes(),
    timestampMs: below(2 ** 41),
    headers: Object.fromEntries(Array.from({ length: below(3) }, (_, index) => [`h${index}ß`, "x".repeat(below(200))])),
  }));
}

test("what is encoded is decoded, within the promised size", (t) => {
  t.diagnostic(`seed ${SEED}`);
  const random = seededRandom(SEED);
  for (let run = 0; run < 300; run += 1) {
    const records = randomRecords(random);
    const bytes = encodeBatch(records, IDENTITY);
    assert.ok(bytes.length <= records.reduce((sum, record) => sum + recordSizeMax(record), BATCH_OVERHEAD));
    bytes.writeBigInt64BE(1000n, 0);
    const [batch, ...rest] = decodeBatches(bytes, "t", 2);
    assert.deepEqual(rest, []);
    assert.deepEqual(
      [batch?.baseOffset, batch?.lastOffset, batch?.producerId, batch?.transactional, batch?.control],
      [1000, 999 + records.length, IDENTITY.producerId, true, "none"],
    );
    const expected = records.map((record, index) => ({ ...record, partition: 2, offset: 1000 + index }));
    assert.deepEqual(batch?.records, expected);
  }
});

test("the checksum is kafkajs's, and damage is told", () => {
  const random = seededRandom(SEED);
  for (let length = 0; length < 70; length += 1) {
    const bytes = Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
    assert.equal(crc32c(bytes), Number(crc32C(bytes)) >>> 0);
  }
  const bytes = encodeBatch(randomRecords(random), IDENTITY);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  assert.throws(() => [...decodeBatches(bytes, "t", 0)], { code: "Unavailable", message: /damaged/ });
});

test("a batch that the fetch cut off is left for the next one", () => {
  const whole = encodeBatch([{ topic: "t", partition: 0, key: null, value: Buffer.from("v") }], IDENTITY);
  for (let length = 0; length < whole.length; length += 1) {
    const bytes = Buffer.concat([whole, whole.subarray(0, length)]);
    assert.equal([...decodeBatches(bytes, "t", 0)].length, 1);
  }
});

test("varints are zigzag and of the told size", () => {
  for (const value of [0, -1, 1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31), 2 ** 40 + 1, -(2 ** 52), 2 ** 52]) {
    const writer = new Writer(1).varint(value);
    assert.equal(writer.length, varintSize(value));
    assert.equal(new Reader(writer.buffer).varint(), value);
  }
});

test("batches keep order, stay below the limit, and go out one per partition and round", () => {
  const random = seededRandom(SEED);
  const limit = 5000;
  for (let run = 0; run < 200; run += 1) {
    const records = randomRecords(random).filter((record) => recordSizeMax(record) + BATCH_OVERHEAD <= limit);
    const batches = planBatches(records, new Map([["t", { maxMessageBytes: limit }]]));
    for (const batch of batches) assert.ok(encodeBatch(batch.records, IDENTITY).length <= limit);
    const sent: number[] = [];
    for (const round of planRounds(batches)) {
      assert.equal(new Set(round.map(({ partition }) => partition)).size, round.length);
      sent.push(...round.flatMap(({ indexes }) => indexes));
    }
    assert.equal(sent.length, records.length);
    for (const partition of [0, 1, 2]) {
      const own = sent.filter((index) => records[index]?.partition === partition);
      assert.deepEqual(
        own,
        own.toSorted((left, right) => left - right),
      );
    }
  }
});

test("sequence numbers wrap at 2^31", () => {
  const sequences = new Sequences();
  assert.equal(sequences.take("t", 0, 0x7fff_ffff), 0);
  assert.equal(sequences.take("t", 0, 3), 0x7fff_ffff);
  assert.equal(sequences.take("t", 0, 1), 2);
  assert.equal(sequences.take("t", 1, 1), 0);
});
