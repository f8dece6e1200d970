/**
 * What a running processor lives through without a restart: a disk that is full for a while, and rebalances, over which
 * kept partitions keep their store and their producer, restore nothing and go on committing.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Broker, createKafkaBroker, startRunner } from "#stream";
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import {
  countingDefinition,
  createTopics,
  INPUT,
  sendAll,
  silent,
  temporaryFolder,
  until,
} from "./counting-processor.ts";
import { assertExactlyOnce, drained, numbered, openWorld, PARTITIONS } from "./runner-world.ts";

/** Which partitions a broker was asked to open things for. */
interface Opened {
  readonly producers: string[];
  readonly stores: number[];
}

function watched(broker: Broker, opened: Opened, writeFails: () => boolean = () => false): Broker {
  return {
    kind: broker.kind,
    topics: broker.topics,
    openReader: (options) => broker.openReader(options),
    openProducer: () => broker.openProducer(),
    joinGroup: (options) => broker.joinGroup(options),
    close: () => broker.close(),
    async openTransactionalProducer(options) {
      opened.producers.push(options.transactionalId);
      return await broker.openTransactionalProducer(options);
    },
    async openStore(options) {
      opened.stores.push(options.partition);
      const store = await broker.openStore(options);
      const apply = store.applyCommitted.bind(store);
      store.applyCommitted = async (...change) => {
        if (writeFails()) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
        await apply(...change);
      };
      return store;
    },
  };
}

test("a full disk is waited for, told, and gone on from; every record is counted once", async (t) => {
  const { broker, start } = await openWorld(t);
  let isFull = false;
  const opened: Opened = { producers: [], stores: [] };
  const runner = start({}, { broker: watched(broker, opened, () => isFull), limits: { batchRecords: 20 } });
  await runner.ready();
  const sent = numbered(600, 31);
  await sendAll(broker, INPUT, PARTITIONS, sent.slice(0, 200));
  await drained(runner, broker);
  isFull = true;
  await sendAll(broker, INPUT, PARTITIONS, sent.slice(200));
  await until("health tells why", () => {
    const health = runner.health();
    return health.kind === "degraded" && JSON.stringify(health).includes("no space left on device");
  });
  isFull = false;
  await drained(runner, broker);
  await until("health is green again", () => runner.health().kind === "running");
  await runner.stop();
  await assertExactlyOnce(broker, sent);
});

test("over a rebalance kept partitions open nothing and go on committing", {
  skip: kafkaMissing(),
  timeout: 120_000,
}, async (t) => {
  const kafka = await sharedKafka();
  const prefix = `${kafka.installation}-`;
  const folder = temporaryFolder();
  const broker = createKafkaBroker({ brokers: kafka.brokers });
  t.after(async () => {
    await broker.close();
    await kafka.release();
    folder.remove();
  });
  await createTopics(broker, PARTITIONS, prefix);
  const run = (name: string, opened: Opened) =>
    startRunner({
      broker: watched(broker, opened),
      definition: countingDefinition({ prefix }),
      installation: prefix,
      dataFolder: `${folder.path}/${name}`,
      logger: silent,
      limits: { pollWaitMs: 100 },
    });
  const first: Opened = { producers: [], stores: [] };
  const one = run("one", first);
  await one.ready();
  assert.deepEqual([...first.stores].sort(), [0, 1, 2, 3]);

  // A record at a time, all through the rebalance: the longest that a kept partition stands still is seen.
  let isSending = true;
  let sent = 0;
  const sending = (async () => {
    while (isSending) {
      await sendAll(broker, prefix + INPUT, PARTITIONS, numbered(20, 20));
      sent += 20;
    }
  })();
  const gaps = new Map<number, { position: number; sinceMs: number; longestMs: number }>();
  const look = (): void => {
    const nowMs = Date.now();
    for (const [name, position] of Object.entries(one.metrics().positions)) {
      const partition = Number(name);
      const gap = gaps.get(partition);
      if (gap === undefined) gaps.set(partition, { position, sinceMs: nowMs, longestMs: 0 });
      else if (gap.position !== position) Object.assign(gap, { position, sinceMs: nowMs });
      else gap.longestMs = Math.max(gap.longestMs, nowMs - gap.sinceMs);
    }
  };
  const watching = setInterval(look, 5);
  const second: Opened = { producers: [], stores: [] };
  const two = run("two", second);
  await two.ready();
  await until("each has two", () =>
    [one, two].every((runner) => Object.keys(runner.metrics().positions).length === PARTITIONS / 2),
  );
  const kept = Object.keys(one.metrics().positions).map(Number);
  clearInterval(watching);
  isSending = false;
  await sending;
  await two.stop();
  await until("one has all again", () => Object.keys(one.metrics().positions).length === PARTITIONS);
  await until("all is counted", () => one.metrics().records + two.metrics().records >= sent);
  await one.stop();

  for (const partition of kept) {
    assert.equal(first.stores.filter((each) => each === partition).length, 1, `store of ${partition}`);
    const ids = first.producers.filter((id) => id.endsWith(`-${partition}`));
    assert.equal(ids.length, 1, `producers of ${partition}`);
    assert.ok(!second.stores.includes(partition), `${partition} was never the other's`);
  }
  const longest = kept.map((partition) => gaps.get(partition)?.longestMs ?? 0);
  t.diagnostic(`kept partitions ${kept} stood still for ${longest} ms at the longest, under load`);
  assert.equal(one.metrics().restarts, 0);
});
