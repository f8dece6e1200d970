/**
 * I1 as a whole: a process that runs a processor is killed at random moments, on both brokers, and started again with
 * what lies on its disk. Every record is counted once, in order, and has its one output.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Broker, createKafkaBroker, openEmbeddedBroker, startRunner } from "#stream";
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import {
  CHANGELOG,
  type Counted,
  countingDefinition,
  createTopics,
  INPUT,
  OUTPUT,
  readAll,
  sendAll,
  silent,
  temporaryFolder,
  text,
  until,
} from "./counting-processor.ts";
import { killedChild } from "./killed-child.ts";

const PARTITIONS = 4;
const KILLS = 5;
const RECORDS = 1500;
const KEYS = 50;

interface Subject {
  readonly address: string;
  readonly prefix: string;
  open(): Promise<Broker>;
}

async function run(t: TestContext, folder: string, subject: Subject): Promise<void> {
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  let state = seed;
  const { prefix } = subject;
  const dataFolder = `${folder}/runner`;
  const sent = Array.from({ length: RECORDS }, (_, n) => ({ key: `key-${n % KEYS}`, value: String(n) }));
  let broker = await subject.open();
  await createTopics(broker, PARTITIONS, prefix);
  await sendAll(broker, prefix + INPUT, PARTITIONS, sent);
  await broker.close();

  for (let kill = 0; kill < KILLS; kill++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    await killedChild("runner-kill-child.ts", [subject.address, `${folder}/broker`, prefix, dataFolder], state % 40);
  }

  broker = await subject.open();
  t.after(() => broker.close());
  const runner = startRunner({
    broker,
    definition: countingDefinition({ prefix }),
    installation: prefix,
    dataFolder,
    logger: silent,
  });
  await runner.ready();
  const doneBefore = RECORDS - (await remaining(broker, prefix, runner.metrics().positions));
  t.diagnostic(`${doneBefore} of ${RECORDS} records were done by the killed processes`);
  await until("all is processed", async () => {
    const { positions } = runner.metrics();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      if ((positions[partition] ?? 0) < (await broker.topics.bounds(prefix + INPUT, partition)).end) return false;
    }
    return true;
  });
  await runner.stop();
  assert.ok(doneBefore > 0, "the killed processes did something");
  await assertExactlyOnce(broker, prefix, sent, `${folder}/check`);
}

async function remaining(broker: Broker, prefix: string, positions: Record<number, number>): Promise<number> {
  const all = await readAll(broker, prefix + INPUT, PARTITIONS);
  return all.filter(({ partition, offset }) => offset >= (positions[partition] ?? 0)).length;
}

async function assertExactlyOnce(
  broker: Broker,
  prefix: string,
  sent: readonly { key: string; value: string }[],
  dataFolder: string,
): Promise<void> {
  const wanted = new Map<string, string[]>();
  for (const { key, value } of sent) wanted.set(key, [...(wanted.get(key) ?? []), value]);
  const outputs = new Map<string, string[]>();
  for (const record of await readAll(broker, prefix + OUTPUT, PARTITIONS)) {
    outputs.set(text(record.key), [...(outputs.get(text(record.key)) ?? []), text(record.value)]);
  }
  assert.deepEqual(outputs, wanted);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const store = await broker.openStore({ changelogTopic: prefix + CHANGELOG, partition, dataFolder });
    for (const [key, value] of store.entries()) {
      const state: Counted = JSON.parse(text(value));
      assert.deepEqual(state.seen, wanted.get(key), `state of ${key}`);
      wanted.delete(key);
    }
    await store.close();
  }
  assert.equal(wanted.size, 0, "every key has its state");
}

test("embedded: a killed processor counts every record once", { timeout: 120_000 }, async (t) => {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  await run(t, folder.path, {
    address: "embedded",
    prefix: "",
    open: () => openEmbeddedBroker({ folder: `${folder.path}/broker` }),
  });
});

test("kafka: a killed processor counts every record once", { timeout: 180_000, skip: kafkaMissing() }, async (t) => {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  const kafka = await sharedKafka();
  t.after(() => kafka.release());
  await run(t, folder.path, {
    address: kafka.brokers[0]!,
    prefix: `${kafka.installation}-`,
    open: async () => createKafkaBroker({ brokers: kafka.brokers }),
  });
});
