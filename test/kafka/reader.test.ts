/** The partition reader: headers, compression, large records, waiting, closing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readAll, record, texts, useKafka } from "./harness/fixture.ts";

const fixture = useKafka();

test("a record comes back as it was sent", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("whole");
  const producer = await fixture.broker.openProducer();
  const sent = [
    {
      topic,
      partition: 0,
      key: Buffer.from("k"),
      value: Buffer.from([0, 255]),
      timestampMs: 12345,
      headers: { a: "ü", __proto__x: "" },
    },
    { topic, partition: 0, key: null, value: null, timestampMs: 99 },
    { topic, partition: 0, key: Buffer.alloc(0), value: Buffer.alloc(0), timestampMs: 0, headers: {} },
    { topic, partition: 0, key: Buffer.from("k"), value: Buffer.from("v"), timestampMs: 1_700_000_000_000 },
  ];
  assert.deepEqual(await producer.send(sent), [0, 1, 2, 3]);
  const read = await readAll(fixture.broker, topic);
  assert.deepEqual(
    read,
    sent.map((each, offset) => ({ ...each, offset, headers: each.headers ?? {} })),
  );
  const before = Date.now();
  await producer.send([record(topic, null, "now")]);
  const [last] = await readAll(fixture.broker, topic, 0, 4);
  assert.ok(last !== undefined && last.timestampMs >= before && last.timestampMs <= Date.now());
});

test("what Kafka's own producer compressed can be read, or is refused by name", { skip: fixture.skip }, async () => {
  const lines = Array.from({ length: 200 }, (_, index) => ({ key: `key-${index}`, value: `value-${index}` }));
  for (const codec of ["gzip", "zstd"] as const) {
    const topic = await fixture.topic(codec);
    await fixture.tools.consoleProduce(topic, lines, codec);
    const read = await readAll(fixture.broker, topic);
    const shown = read.map(({ key, value }) => ({ key: `${key}`, value: `${value}` }));
    assert.deepEqual(shown, lines);
  }
  const foreign = await fixture.topic("lz4");
  await fixture.tools.consoleProduce(foreign, lines, "lz4");
  const began = Date.now();
  await assert.rejects(readAll(fixture.broker, foreign), { code: "Unavailable", message: /lz4/ });
  // A reader is patient for ten seconds with what may mend.
  assert.ok(Date.now() - began < 9_000, "what cannot succeed was tried again and again");
  // In a topic of our own making the broker unpacks it.
  const own = fixture.name("own");
  const spec = { name: own, partitions: 1, replication: -1, cleanup: "delete", retentionMs: -1 } as const;
  await fixture.broker.topics.create([{ ...spec, maxMessageBytes: 1_000_000 }]);
  await fixture.tools.consoleProduce(own, lines, "lz4");
  assert.equal((await readAll(fixture.broker, own)).length, lines.length);
});

test("Kafka's own consumer reads what was committed here", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("console");
  const options = { transactionalId: fixture.name("console"), transactionTimeoutMs: 10_000 };
  const producer = await fixture.broker.openTransactionalProducer(options);
  await producer.commit([record(topic, "a", "1"), record(topic, "b", null)]);
  await producer.commit([record(topic, "c", "3")]);
  await producer.close();
  assert.deepEqual(await fixture.tools.consoleConsume(topic, { count: 3 }), [
    { partition: 0, offset: 0, key: "a", value: "1" },
    { partition: 0, offset: 1, key: "b", value: null },
    { partition: 0, offset: 3, key: "c", value: "3" },
  ]);
});

test("a batch larger than a fetch comes whole", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("large", { maxMessageBytes: 12 << 20 });
  const producer = await fixture.broker.openProducer();
  await producer.send([record(topic, null, "x".repeat(9 << 20))]);
  await producer.send([record(topic, null, "small")]);
  assert.deepEqual(
    texts(await readAll(fixture.broker, topic)).map((text) => text?.length),
    [9 << 20, 5],
  );
});

test("a poll waits for what comes, and no longer than asked", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("wait");
  const reader = await fixture.broker.openReader({ topic, partition: 0, fromOffset: 0 });
  const began = Date.now();
  assert.deepEqual(await reader.poll(300), { records: [], nextOffset: 0, endOffset: 0 });
  assert.ok(Date.now() - began >= 290);
  const waiting = reader.poll(20_000);
  await (await fixture.broker.openProducer()).send([record(topic, null, "here")]);
  assert.deepEqual(texts((await waiting).records), ["here"]);
  const closed = reader.poll(20_000);
  await reader.close();
  assert.deepEqual((await closed).records, []);
});

test("a partition that does not exist is told", { skip: fixture.skip }, async () => {
  const open = fixture.broker.openReader({ topic: fixture.name("nowhere"), partition: 0, fromOffset: 0 });
  await assert.rejects(open, { code: "UnknownTopic" });
  await assert.rejects(fixture.broker.topics.bounds(fixture.name("nowhere"), 0), { code: "UnknownTopic" });
});
