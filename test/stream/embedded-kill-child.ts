/**
 * Concurrent transactions on the embedded broker until it is killed. Parameters: folder, round.
 *
 * Each of several writers sends numbered transactions: one record for each partition of the log, and the number as the
 * writer's latest value in the table. What was answered is told on standard output: `writer number`.
 */
import { writeSync } from "node:fs";
import { openEmbeddedBroker } from "#stream";
import { bytes, CHANGELOG, createTopics, INPUT, text } from "./counting-processor.ts";

const WRITERS = 4;
const PARTITIONS = 3;

const [folder = "", round = ""] = process.argv.slice(2);
const broker = await openEmbeddedBroker({ folder });
await createTopics(broker, PARTITIONS);

async function lastOf(writer: number): Promise<number> {
  const { start, end } = await broker.topics.bounds(CHANGELOG, 0);
  const reader = await broker.openReader({ topic: CHANGELOG, partition: 0, fromOffset: start });
  let last = 0;
  for (let position = start; position < end; ) {
    const batch = await reader.poll(0);
    for (const record of batch.records) if (text(record.key) === `w${writer}`) last = Number(text(record.value));
    position = batch.nextOffset;
  }
  await reader.close();
  return last;
}

async function write(writer: number): Promise<never> {
  const producer = await broker.openTransactionalProducer({
    transactionalId: `w${writer}`,
    transactionTimeoutMs: 10_000,
  });
  for (let number = (await lastOf(writer)) + 1; ; number++) {
    const value = bytes(`${number} ${round} ${"x".repeat((number * 37) % 3000)}`);
    const records = Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic: INPUT,
      partition,
      key: bytes(`w${writer}`),
      value,
    }));
    await producer.commit([
      ...records,
      { topic: CHANGELOG, partition: 0, key: bytes(`w${writer}`), value: bytes(String(number)) },
    ]);
    writeSync(1, `${writer} ${number}\n`);
  }
}

await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
