/**
 * A cluster of three: two brokers are killed in turn, so leaders, transaction and group coordinators move under a running
 * processor. I1: every record is counted once; the processor goes on by itself, and no connection is made by hand.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { productionWarnings } from "#gateway";
import { createKafkaBroker, DEFAULT_RUNNER_LIMITS, type KafkaBroker, startRunner } from "#stream";
import { assertCounted, isProcessed } from "../stream/counted.ts";
import {
  CHANGELOG,
  countingDefinition,
  createTopics,
  INPUT,
  OUTPUT,
  sendAll,
  silent,
  temporaryFolder,
  until,
} from "../stream/counting-processor.ts";
import { kafkaMissing, startKafka, type TestKafka } from "./harness/index.ts";

const NODES = 3;
const KILLS = 2;
const PARTITIONS = 6;
const PREFIX = "";
const RECORDS = 300;
const KEYS = 40;
const skip = kafkaMissing();
const folder = temporaryFolder();
let kafka: TestKafka;
let broker: KafkaBroker;

before(async () => {
  if (skip !== false) return;
  kafka = await startKafka({ name: "cluster", nodes: NODES });
  broker = createKafkaBroker({ brokers: kafka.brokers });
});
after(async () => {
  await broker?.close();
  await kafka?.stop();
  folder.remove();
});

test("leaders and coordinators move, and every record is counted once", { skip, timeout: 200_000 }, async (t) => {
  await createTopics(broker, PARTITIONS, PREFIX, -1);
  const described = await broker.describeCluster([INPUT, CHANGELOG]);
  assert.equal(described.brokers, NODES);
  assert.deepEqual(productionWarnings(described, DEFAULT_RUNNER_LIMITS), []);

  const definition = countingDefinition({});
  const runner = startRunner({
    broker,
    definition,
    dataFolder: folder.path,
    logger: silent,
    limits: { batchRecords: 20 },
  });
  await runner.ready();
  const sent: { key: string; value: string }[] = [];
  const send = async (): Promise<void> => {
    const more = Array.from({ length: RECORDS }, (_, n) => ({ key: `key-${n % KEYS}`, value: `${sent.length + n}` }));
    sent.push(...more);
    await sendAll(broker, INPUT, PARTITIONS, more);
  };
  await send();
  for (let node = 0; node < KILLS; node += 1) {
    await kafka.kill(node);
    const killedMs = Date.now();
    await send();
    const counted = runner.metrics().records;
    await until("the processor goes on", () => runner.metrics().records > counted || counted === sent.length, 60_000);
    t.diagnostic(`node ${node}: goes on ${Date.now() - killedMs} ms after the kill`);
    await kafka.restart(node);
    // A second broker may only go when the first one's replicas have caught up.
    await until(
      "all replicas are in sync",
      async () =>
        (await broker.describeCluster([INPUT, CHANGELOG, OUTPUT])).topics.every((one) => one.inSync === NODES),
      60_000,
    );
  }
  await send();
  const topics = { prefix: PREFIX, partitions: PARTITIONS };
  await until("all is counted", () => isProcessed(broker, runner.metrics().positions, topics), 60_000);
  await runner.stop();
  await assertCounted(broker, topics, sent, `${folder.path}/check`);
});
