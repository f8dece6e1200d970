/** Defect 14, first half: the broker's limit is on a record batch, and one send makes one batch per partition. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaTransactionalProducer, TUNING } from "../../../stream/kafka/produce/transactional-producer.ts";
import { readAll, record, useKafka } from "../harness/fixture.ts";

const RECORDS = 500;
const VALUE = "v".repeat(3000);
const fixture = useKafka();

function manyRecords(topic: string): ReturnType<typeof record>[] {
  return Array.from({ length: RECORDS }, (_, index) => record(topic, String(index), VALUE));
}

test("a transaction above max.message.bytes is split into batches", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("split");
  const producer = await fixture.broker.openTransactionalProducer({
    transactionalId: fixture.name("split"),
    transactionTimeoutMs: 10_000,
  });
  const offsets = await producer.commit(manyRecords(topic));
  assert.deepEqual(
    offsets,
    Array.from({ length: RECORDS }, (_, index) => index),
  );
  const read = await readAll(fixture.broker, topic);
  assert.deepEqual(
    read.map(({ key }) => Number(Buffer.from(key ?? []).toString())),
    offsets,
  );
  await producer.close();
});

test("unsplit, the broker refuses it", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("unsplit");
  const options = { transactionalId: fixture.name("unsplit"), transactionTimeoutMs: 10_000 };
  const tuning = { ...TUNING, fill: Number.POSITIVE_INFINITY };
  const producer = await KafkaTransactionalProducer.open(fixture.cluster, fixture.topics, options, tuning);
  await assert.rejects(producer.commit(manyRecords(topic)), { code: "RecordRejected", topic });
  await producer.close();
  const stock = fixture.stock.producer();
  await stock.connect();
  const messages = manyRecords(topic).map(({ value }) => ({ partition: 0, value: Buffer.from(value ?? []) }));
  await assert.rejects(stock.send({ topic, messages }), { type: "MESSAGE_TOO_LARGE" });
  await stock.disconnect();
});

test("a plain producer splits too", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("plain-split", { partitions: 2 });
  const producer = await fixture.broker.openProducer();
  const records = manyRecords(topic).map((each, index) => ({ ...each, partition: index % 2 }));
  const offsets = await producer.send(records);
  assert.deepEqual(
    offsets,
    Array.from({ length: RECORDS }, (_, index) => Math.floor(index / 2)),
  );
});

test("a record above the limit is rejected by name, and the next transaction is fine", {
  skip: fixture.skip,
}, async () => {
  const topic = await fixture.topic("too-large", { maxMessageBytes: 20_000 });
  const options = { transactionalId: fixture.name("too-large"), transactionTimeoutMs: 10_000 };
  const first = await fixture.broker.openTransactionalProducer(options);
  const large = record(topic, null, "v".repeat(20_000));
  await assert.rejects(first.commit([record(topic, null, "a"), large]), { code: "RecordRejected", topic });
  await first.close();
  const second = await fixture.broker.openTransactionalProducer(options);
  await second.commit([record(topic, null, "b"), record(topic, null, "v".repeat(19_000))]);
  assert.equal((await readAll(fixture.broker, topic)).length, 2);
  await second.close();
});
