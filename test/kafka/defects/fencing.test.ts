/** Defects 3, 15 and 17: who is fenced, what becomes of an open transaction, and that an object is dead after an error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readAll, record, texts, until, useKafka } from "../harness/fixture.ts";

const TRANSACTION_TIMEOUT_MS = 10_000;
/** What stock kafkajs asks for unless it is told. */
const STOCK_TRANSACTION_TIMEOUT_MS = 60_000;
const fixture = useKafka();

test("a new holder of the id fences the old one, which stays dead", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("fenced");
  const options = { transactionalId: fixture.name("fenced"), transactionTimeoutMs: TRANSACTION_TIMEOUT_MS };
  const old = await fixture.broker.openTransactionalProducer(options);
  await old.commit([record(topic, null, "old")]);
  const young = await fixture.broker.openTransactionalProducer(options);
  await assert.rejects(old.commit([record(topic, null, "zombie")]), { code: "Fenced" });
  await young.commit([record(topic, null, "young")]);
  await assert.rejects(old.commit([record(topic, null, "zombie")]), { code: "Closed" });
  await old.close();
  await young.commit([record(topic, null, "younger")]);
  await young.close();
  assert.deepEqual(texts(await readAll(fixture.broker, topic)), ["old", "young", "younger"]);
});

test("opening ends a killed writer's open transaction at once", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("killed");
  const transactionalId = fixture.name("killed");
  // Stock kafkajs leaves a transaction open, as a killed process does.
  const killed = fixture.stock.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await killed.connect();
  const transaction = await killed.transaction();
  await transaction.send({ topic, messages: [{ partition: 0, value: "half" }] });
  await (await fixture.broker.openProducer()).send([record(topic, null, "hidden")]);
  assert.deepEqual(await fixture.broker.topics.bounds(topic, 0), { start: 0, end: 0 });
  const reader = await fixture.broker.openReader({ topic, partition: 0, fromOffset: 0 });
  assert.deepEqual(await reader.poll(50), { records: [], nextOffset: 0, endOffset: 0 });

  const began = Date.now();
  const options = { transactionalId, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS };
  const producer = await fixture.broker.openTransactionalProducer(options);
  assert.ok(Date.now() - began < STOCK_TRANSACTION_TIMEOUT_MS / 2, "opening waited for the transaction's timeout");
  // The answer to InitProducerId comes behind the markers: a restore that asks for the end now sees it all.
  assert.equal((await fixture.broker.topics.bounds(topic, 0)).end, 3);
  assert.deepEqual(texts((await reader.poll(20_000)).records), ["hidden"]);
  await assert.rejects(transaction.commit());
  await reader.close();
  await producer.close();
  await killed.disconnect();
});

test("a transaction past its timeout fences its sole owner", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("late");
  const transactionalId = fixture.name("late");
  const producer = fixture.stock.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: 1000,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ partition: 0, value: "late" }] });
  await until("the coordinator aborted it", async () => (await fixture.broker.topics.bounds(topic, 0)).end > 0);
  await assert.rejects(transaction.send({ topic, messages: [{ partition: 0, value: "later" }] }), {
    type: "INVALID_PRODUCER_EPOCH",
  });
  await producer.disconnect();
  const options = { transactionalId, transactionTimeoutMs: TRANSACTION_TIMEOUT_MS };
  const next = await fixture.broker.openTransactionalProducer(options);
  await next.commit([record(topic, null, "again")]);
  assert.deepEqual(texts(await readAll(fixture.broker, topic)), ["again"]);
  await next.close();
});

test("a producer is dead after any error, and its id is not", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("dead");
  const options = { transactionalId: fixture.name("dead"), transactionTimeoutMs: TRANSACTION_TIMEOUT_MS };
  const first = await fixture.broker.openTransactionalProducer(options);
  await first.commit([record(topic, null, "1")]);
  const missing = record(fixture.name("nowhere"), null, "x");
  await assert.rejects(first.commit([record(topic, null, "2"), missing]), { code: "RecordRejected" });
  await assert.rejects(first.commit([record(topic, null, "2")]), { code: "Closed" });
  await first.close();
  const second = await fixture.broker.openTransactionalProducer(options);
  await second.commit([record(topic, null, "2")]);
  await second.commit([record(topic, null, "3")]);
  assert.deepEqual(texts(await readAll(fixture.broker, topic)), ["1", "2", "3"]);
  await second.close();
});
