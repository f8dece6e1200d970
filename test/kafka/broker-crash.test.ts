/** I1 across SIGKILL of the broker: each transaction is there whole or not at all, and an acknowledged one once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokerError, type TransactionalProducer } from "../../stream/broker.ts";
import { createKafkaBroker } from "../../stream/kafka/index.ts";
import { readAll, record, texts } from "./harness/fixture.ts";
import { kafkaMissing, startKafka } from "./harness/index.ts";

const KILLS = 2;
const TRANSACTIONS_BETWEEN = 40;

test("transactions survive a killed broker whole", { skip: kafkaMissing(), timeout: 120_000 }, async (t) => {
  const kafka = await startKafka({ name: "crash" });
  const broker = createKafkaBroker({ brokers: kafka.brokers });
  try {
    const topic = "pairs";
    const spec = { name: topic, partitions: 2, replication: 1, cleanup: "delete", retentionMs: -1 } as const;
    await broker.topics.create([{ ...spec, maxMessageBytes: 1_000_000 }]);
    const open = (): Promise<TransactionalProducer> =>
      broker.openTransactionalProducer({ transactionalId: "crash-0", transactionTimeoutMs: 10_000 });
    let producer = await open();
    const acknowledged: string[] = [];
    let inDoubt = 0;
    let number = 0;
    for (let kill = 0; kill <= KILLS; kill += 1) {
      let restarting: Promise<void> | undefined;
      for (let count = 0; count < TRANSACTIONS_BETWEEN || restarting !== undefined; count += 1) {
        // In the middle of the stream, without waiting for anything.
        if (count === TRANSACTIONS_BETWEEN / 2 && kill < KILLS) {
          restarting = kafka.restart().then(() => {
            restarting = undefined;
          });
        }
        number += 1;
        const value = String(number);
        try {
          await producer.commit([record(topic, null, value, 0), record(topic, null, value, 1)]);
          acknowledged.push(value);
        } catch (error) {
          assert.ok(error instanceof BrokerError && error.code === "Unavailable", String(error));
          inDoubt += 1;
          await producer.close();
          await restarting;
          producer = await open();
        }
      }
    }
    await producer.close();
    const [left, right] = [texts(await readAll(broker, topic, 0)), texts(await readAll(broker, topic, 1))];
    assert.deepEqual(left, right);
    assert.equal(new Set(left).size, left.length, "a transaction is there twice");
    const missing = acknowledged.filter((value) => !left.includes(value));
    assert.deepEqual(missing, []);
    assert.ok(left.length <= acknowledged.length + inDoubt);
    t.diagnostic(`${acknowledged.length} acknowledged, ${inDoubt} in doubt, ${left.length} there`);
  } finally {
    await broker.close();
    await kafka.stop();
  }
});

test("a hanging broker is an error before the transaction's timeout, and works again after", {
  skip: kafkaMissing(),
  timeout: 60_000,
}, async () => {
  const kafka = await startKafka({ name: "hang" });
  const broker = createKafkaBroker({ brokers: kafka.brokers });
  try {
    const topic = "hang";
    const spec = { name: topic, partitions: 1, replication: 1, cleanup: "delete", retentionMs: -1 } as const;
    await broker.topics.create([{ ...spec, maxMessageBytes: 1_000_000 }]);
    const options = { transactionalId: "hang-0", transactionTimeoutMs: 4000 };
    const first = await broker.openTransactionalProducer(options);
    await first.commit([record(topic, null, "1")]);
    await kafka.pause();
    const began = Date.now();
    await assert.rejects(first.commit([record(topic, null, "2")]), { code: "Unavailable" });
    assert.ok(Date.now() - began <= 2 * options.transactionTimeoutMs, `it took ${Date.now() - began} ms`);
    kafka.resume();
    await first.close();
    const second = await broker.openTransactionalProducer(options);
    await second.commit([record(topic, null, "3")]);
    const read = texts(await readAll(broker, topic));
    assert.ok(read.join() === "1,3" || read.join() === "1,2,3", read.join());
    await second.close();
  } finally {
    await broker.close();
    await kafka.stop();
  }
});
