/** Defect 14, second half: a topic that is not there is a typed error that names it, at once, and rejects only itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readAll, record, texts, useKafka } from "../harness/fixture.ts";

const fixture = useKafka();

test("a transaction with a missing topic is rejected by name", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("present");
  const missing = fixture.name("missing");
  const options = { transactionalId: fixture.name("missing"), transactionTimeoutMs: 20_000 };
  const first = await fixture.broker.openTransactionalProducer(options);
  const began = Date.now();
  await assert.rejects(first.commit([record(topic, null, "a"), record(missing, null, "a")]), {
    code: "RecordRejected",
    topic: missing,
  });
  assert.ok(Date.now() - began < options.transactionTimeoutMs, "it took retries to find out");
  await first.close();
  const second = await fixture.broker.openTransactionalProducer(options);
  await second.commit([record(topic, null, "b")]);
  assert.deepEqual(texts(await readAll(fixture.broker, topic)), ["b"]);
  await assert.rejects(second.commit([record(topic, null, "c", 7)]), { code: "RecordRejected", topic });
  await second.close();
});

test("so is one whose topic was deleted behind the metadata", { skip: fixture.skip }, async () => {
  const [kept, deleted] = [await fixture.topic("kept"), await fixture.topic("deleted")];
  const options = { transactionalId: fixture.name("deleted"), transactionTimeoutMs: 10_000 };
  const first = await fixture.broker.openTransactionalProducer(options);
  await first.commit([record(kept, null, "1"), record(deleted, null, "1")]);
  await fixture.admin.deleteTopics({ topics: [deleted] });
  await assert.rejects(first.commit([record(kept, null, "2"), record(deleted, null, "2")]), {
    code: "RecordRejected",
    topic: deleted,
  });
  await first.close();
  const second = await fixture.broker.openTransactionalProducer(options);
  await second.commit([record(kept, null, "3")]);
  assert.deepEqual(texts(await readAll(fixture.broker, kept)), ["1", "3"]);
  await second.close();
});

test("a plain producer rejects only the sender of such a record", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("plain");
  const missing = fixture.name("plain-missing");
  const producer = await fixture.broker.openProducer();
  const [good, bad, better] = await Promise.allSettled([
    producer.send([record(topic, null, "a")]),
    producer.send([record(missing, null, "b")]),
    producer.send([record(topic, null, "c")]),
  ]);
  assert.deepEqual([good.status, bad.status, better.status], ["fulfilled", "rejected", "fulfilled"]);
  assert.equal(bad.status === "rejected" && bad.reason.code, "RecordRejected");
  assert.deepEqual(texts(await readAll(fixture.broker, topic)), ["a", "c"]);
});

test("stock kafkajs fails the whole send without naming the topic", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("stock");
  const producer = fixture.stock.producer({ retry: { retries: 1, initialRetryTime: 10 } });
  await producer.connect();
  const messages = [{ partition: 0, value: "a" }];
  const topicMessages = [
    { topic, messages },
    { topic: fixture.name("stock-missing"), messages },
  ];
  await assert.rejects(producer.sendBatch({ topicMessages }), (error: { topic?: string }) => error.topic === undefined);
  await producer.disconnect();
});
