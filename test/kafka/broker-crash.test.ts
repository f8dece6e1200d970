/**
 * I1 across SIGKILL and SIGSTOP of the broker: each transaction is there whole or not at all, an acknowledged one once,
 * and a reader that was waiting goes on by itself.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Broker, BrokerError, type TransactionalProducer } from "../../stream/broker.ts";
import { createKafkaBroker } from "../../stream/kafka/index.ts";
import { readAll, record, texts } from "./harness/fixture.ts";
import { kafkaMissing, startKafka, type TestKafka } from "./harness/index.ts";

const TRANSACTIONS_BEFORE = 20;
const TRANSACTIONS_AFTER = 20;
const TOPIC_SPEC = { replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1_000_000 } as const;
const skip = kafkaMissing();
let kafka: TestKafka;
let broker: Broker;

before(async () => {
  if (skip !== false) return;
  kafka = await startKafka({ name: "crash" });
  broker = createKafkaBroker({ brokers: kafka.brokers });
});
after(async () => {
  await broker?.close();
  await kafka?.stop();
});

test("transactions survive a killed broker whole", { skip, timeout: 120_000 }, async (t) => {
  const topic = "pairs";
  await broker.topics.create([{ ...TOPIC_SPEC, name: topic, partitions: 2 }]);
  const tail = await broker.openReader({ topic, partition: 0, fromOffset: 0 });
  const tailed: (string | null)[] = [];
  const tailing = (async () => {
    while (tailed.at(-1) !== "end") tailed.push(...texts((await tail.poll(60_000)).records));
  })();
  const open = (): Promise<TransactionalProducer> =>
    broker.openTransactionalProducer({ transactionalId: "crash-0", transactionTimeoutMs: 10_000 });

  let producer = await open();
  const acknowledged: string[] = [];
  let inDoubt = 0;
  let restarting: Promise<void> | undefined;
  for (let number = 1, rest = TRANSACTIONS_BEFORE + TRANSACTIONS_AFTER; rest > 0; number += 1) {
    // In the middle of the stream, without waiting for anything; and until the broker is back, nothing is counted down.
    if (rest === TRANSACTIONS_AFTER && restarting === undefined) {
      restarting = kafka.restart().then(() => {
        rest -= 1;
      });
    } else if (rest !== TRANSACTIONS_AFTER) rest -= 1;
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
  await producer.commit([record(topic, null, "end", 0), record(topic, null, "end", 1)]);
  await producer.close();

  const [left, right] = [texts(await readAll(broker, topic, 0)), texts(await readAll(broker, topic, 1))];
  assert.deepEqual(left, right);
  assert.equal(new Set(left).size, left.length, "a transaction is there twice");
  assert.deepEqual(
    acknowledged.filter((value) => !left.includes(value)),
    [],
  );
  assert.ok(left.length <= acknowledged.length + inDoubt + 1);
  await tailing;
  assert.deepEqual(tailed, left);
  t.diagnostic(`${acknowledged.length} acknowledged, ${inDoubt} in doubt, ${left.length} there`);
});

test("a hanging broker is an error by the transaction's timeout", { skip, timeout: 60_000 }, async () => {
  const topic = "hang";
  await broker.topics.create([{ ...TOPIC_SPEC, name: topic, partitions: 1 }]);
  const options = { transactionalId: "hang-0", transactionTimeoutMs: 3000 };
  // A loaded machine comes late to it; what has no bound of its own waits for thirty seconds and more.
  const loadedMs = 12_000;
  const first = await broker.openTransactionalProducer(options);
  await first.commit([record(topic, null, "1")]);
  await kafka.pause();
  const began = Date.now();
  await assert.rejects(first.commit([record(topic, null, "2")]), { code: "Unavailable" });
  assert.ok(Date.now() - began <= options.transactionTimeoutMs + loadedMs, `it took ${Date.now() - began} ms`);
  kafka.resume();
  await first.close();
  const second = await broker.openTransactionalProducer(options);
  await second.commit([record(topic, null, "3")]);
  const read = texts(await readAll(broker, topic)).join();
  assert.ok(read === "1,3" || read === "1,2,3", read);
  await second.close();
});
