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
  OUTPUT,
  readAll,
  sendAll,
  silent,
  temporaryFolder,
  until,
} from "./counting-processor.ts";
import { killedChild } from "./killed-child.ts";

const PARTITIONS = 4;
const KILLS = 5;
/** Sixty transactions at least. */
const WAVE = 300;
const KEYS = 50;
const DELAY_MS_MAX = 40;

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
  const sent: { readonly key: string; readonly value: string }[] = [];
  let broker = await subject.open();
  t.after(() => broker.close());
  await createTopics(broker, PARTITIONS, prefix);
  let done = 0;
  let waves = 0;
  // A process that was through with its records before it was killed does not count: the next one has less time.
  for (let kills = 0; kills < KILLS; waves++) {
    const more = Array.from({ length: WAVE }, (_, n) => ({ key: `key-${n % KEYS}`, value: `${sent.length + n}` }));
    await sendAll(broker, prefix + INPUT, PARTITIONS, more);
    sent.push(...more);
    await broker.close();
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const delayMs = state % Math.ceil(DELAY_MS_MAX / (1 + waves - kills));
    await killedChild("runner-kill-child.ts", [subject.address, `${folder}/broker`, prefix, dataFolder], delayMs);
    broker = await subject.open();
    done = (await readAll(broker, prefix + OUTPUT, PARTITIONS)).length;
    if (done < sent.length) kills++;
  }
  t.diagnostic(
    `${KILLS} of ${waves} killed processes left something over: ${done} of ${sent.length} records were done`,
  );
  assert.ok(done > 0, "the killed processes did something");
  const runner = startRunner({
    broker,
    definition: countingDefinition({ prefix }),
    installation: prefix,
    dataFolder,
    logger: silent,
  });
  await runner.ready();
  const topics = { prefix, partitions: PARTITIONS };
  await until("all is processed", () => isProcessed(broker, runner.metrics().positions, topics));
  await runner.stop();
  await assertCounted(broker, topics, sent, `${folder}/check`);
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
