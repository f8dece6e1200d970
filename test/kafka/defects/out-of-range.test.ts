/** Defect 13, second half: a position outside of the log is an error, never a silent reset. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readAll, record, texts, until, useKafka } from "../harness/fixture.ts";

const fixture = useKafka();

test("a position outside of the log is told", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("range");
  const producer = await fixture.broker.openProducer();
  await producer.send(Array.from({ length: 10 }, (_, index) => record(topic, null, String(index))));
  await fixture.broker.topics.deleteBefore(topic, 0, 5);
  assert.deepEqual(await fixture.broker.topics.bounds(topic, 0), { start: 5, end: 10 });

  for (const fromOffset of [1000, 2, 11]) {
    const reader = await fixture.broker.openReader({ topic, partition: 0, fromOffset });
    await assert.rejects(reader.poll(200), { name: "BrokerError", code: "OffsetOutOfRange" });
    // And it stays where it was put: asking again is no way around.
    await assert.rejects(reader.poll(200), { code: "OffsetOutOfRange" });
    await reader.close();
  }
  assert.deepEqual(texts(await readAll(fixture.broker, topic, 0, 5)), ["5", "6", "7", "8", "9"]);
  // The end itself is a position like any other.
  assert.deepEqual(await readAll(fixture.broker, topic, 0, 10), []);
});

test("stock kafkajs begins anew in silence", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("reset");
  await (await fixture.broker.openProducer()).send([record(topic, null, "a"), record(topic, null, "b")]);
  const groupId = fixture.name("reset");
  await fixture.admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: "1000" }] });
  const consumer = fixture.stock.consumer({ groupId, maxWaitTimeInMs: 100 });
  const seen: string[] = [];
  let crashed = false;
  consumer.on("consumer.crash", () => {
    crashed = true;
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      seen.push(message.value?.toString() ?? "");
    },
  });
  await until("it reads from the beginning", () => seen.length >= 2);
  await consumer.disconnect();
  assert.ok(seen.join() === "a,b" && !crashed, "kafkajs now tells that a position is out of range");
});
