/** Defect 2: compaction leaves batches without records; a reader that follows records never gets past them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FetchAnswer, fetchRequest, readFetched } from "../../../stream/kafka/fetch.ts";
import { readAll, record, texts, until, useKafka } from "../harness/fixture.ts";

/** In this time a stock consumer joins and reads a topic many times over. */
const STOCK_PATIENCE_MS = 2500;
const fixture = useKafka();

/** One fetch of at least one batch, and what the reader makes of it. */
async function fetchOnce(topic: string, fromOffset: number): Promise<ReturnType<typeof readFetched>> {
  const connection = await fixture.cluster.shared(await fixture.cluster.leader(topic, 0));
  const request = { topic, partition: 0, fromOffset, maxWaitMs: 50, maxBytes: 1 };
  const answer: FetchAnswer = await connection.request(fetchRequest(request));
  return readFetched(answer, { topic, partition: 0 }, fromOffset);
}

test("a batch that compaction has emptied is passed", { skip: fixture.skip, timeout: 60_000 }, async () => {
  const settings = { "segment.ms": "50", "min.cleanable.dirty.ratio": "0.001", "max.compaction.lag.ms": "50" };
  const topic = await fixture.topic("emptied", { cleanup: "compact" }, settings);
  // The cleaner keeps the last batch of an idempotent producer, emptied, for the sake of its sequence numbers.
  const first = await fixture.broker.openProducer();
  await first.send([record(topic, "key", "old"), record(topic, "key", "older")]);
  const second = await fixture.broker.openProducer();
  await second.send([record(topic, "key", "new")]);
  let filler = 0;
  await until("the log cleaner has emptied the first batch", async () => {
    // Each filler closes a segment, and only closed segments are cleaned.
    filler += 1;
    await second.send([record(topic, `filler-${filler}`, "x")]);
    return (await fetchOnce(topic, 0)).records.length === 0;
  });

  // An answer without a single record, and yet the position moves.
  assert.equal((await fetchOnce(topic, 0)).nextOffset, 2);
  assert.equal(texts(await readAll(fixture.broker, topic))[0], "new");

  const consumer = fixture.stock.consumer({
    groupId: fixture.name("emptied"),
    maxWaitTimeInMs: 50,
    maxBytesPerPartition: 1,
  });
  let seen = 0;
  let joined = false;
  consumer.on("consumer.group_join", () => {
    joined = true;
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async () => {
      seen += 1;
    },
  });
  await until("the stock consumer joined", () => joined);
  await new Promise((resolve) => setTimeout(resolve, STOCK_PATIENCE_MS));
  await consumer.disconnect();
  assert.equal(seen, 0, "stock kafkajs now passes an emptied batch");
});
