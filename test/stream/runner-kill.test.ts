/**
 * I1 as a whole: a process that runs a processor is killed at random moments, on both brokers, and started again with
 * what lies on its disk. Every record is counted once, in order, and has its one output.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Broker, createKafkaBroker, openEmbeddedBroker, startRunner } from "#stream";
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import { assertCounted, isProcessed } from "./counted.ts";
import {
  countingDefinition,
  createTopics,
  INPUT,
  readAll,
  sendAll,
  silent,
  temporaryFolder,
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
  const topics = { prefix, partitions: PARTITIONS };
  await until("all is processed", () => isProcessed(broker, runner.metrics().positions, topics));
  await runner.stop();
  assert.ok(doneBefore > 0, "the killed processes did something");
  await assertCounted(broker, topics, sent, `${folder}/check`);
}

async function remaining(broker: Broker, prefix: string, positions: Record<number, number>): Promise<number> {
  const all = await readAll(broker, prefix + INPUT, PARTITIONS);
  return all.filter(({ partition, offset }) => offset >= (positions[partition] ?? 0)).length;
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
