/** The runner on the embedded broker: positions, forwarding, ticks, rebalances, what it leaves behind (I1). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePosition, ID_KEY, OFFSET_KEY, partitionOf } from "#protocol";
import type { BrokerError } from "#stream";
import { bytes, CHANGELOG, INPUT, sendAll, text, until } from "./counting-processor.ts";

import { assertExactlyOnce, drained, numbered, openWorld, PARTITIONS, states } from "./runner-world.ts";

test("every record once, over a restart, with the position in the changelog", async (t) => {
  const { broker, start } = await openWorld(t);
  const first = numbered(1500, 37);
  await sendAll(broker, INPUT, PARTITIONS, first);
  const runner = start();
  await runner.ready();
  await drained(runner, broker);
  assert.equal(runner.health().kind, "running");
  await runner.stop();
  assert.equal(runner.health().kind, "stopped");

  const second = numbered(500, 37).map(({ key, value }) => ({ key, value: `again-${value}` }));
  await sendAll(broker, INPUT, PARTITIONS, second);
  const successor = start();
  await successor.ready();
  await drained(successor, broker);
  await successor.stop();
  assert.equal(successor.metrics().records, 500);
  await assertExactlyOnce(broker, [...first, ...second]);

  const store = await broker.openStore({ changelogTopic: CHANGELOG, partition: 0, dataFolder: "" });
  const { end } = await broker.topics.bounds(INPUT, 0);
  assert.equal(decodePosition(store.get(OFFSET_KEY)!).next[INPUT], end);
  assert.match(text(store.get(ID_KEY)), /"partitions":4/);
});

test("a record in the wrong partition is forwarded with its origin and time, and counted", async (t) => {
  const { broker, start } = await openWorld(t);
  const key = bytes("stray");
  const right = partitionOf(key, PARTITIONS);
  const wrong = (right + 1) % PARTITIONS;
  const producer = await broker.openProducer();
  await producer.send([{ topic: INPUT, partition: wrong, key, value: bytes("1"), timestampMs: 12_345 }]);
  const origins: string[] = [];
  const runner = start({
    onRecord: (record) => {
      origins.push(`${record.partition} ${record.headers["kawait-origin"]} ${record.timestampMs}`);
    },
  });
  await runner.ready();
  await until("the record is counted", async () => (await states(broker)).has("stray"));
  assert.deepEqual(origins, [`${right} ${INPUT}/${wrong}/0 12345`]);
  assert.equal(runner.metrics().forwarded, 1);
});

test("ticks come at their time, in transactions that leave the position", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  let due: number | undefined = Date.now() + 30;
  const fired: number[] = [];
  const runner = start({
    nextTickMs: () => due,
    onTick: (batch) => {
      fired.push(batch.nowMs - due!);
      batch.put("ticked", bytes(String(fired.length)));
      due = fired.length < 3 ? batch.nowMs + 20 : undefined;
    },
  });
  await runner.ready();
  await until("three ticks are committed", () => runner.metrics().transactions === 3);
  assert.ok(
    fired.every((lateMs) => lateMs >= 0 && lateMs < 5_000),
    String(fired),
  );
  await runner.stop();
  const store = await broker.openStore({ changelogTopic: CHANGELOG, partition: 0, dataFolder: "" });
  assert.equal(text(store.get("ticked")), "3");
  assert.equal(decodePosition(store.get(OFFSET_KEY)!).next[INPUT], 0);
});

test("with catchUpBeforeTicks the waiting input is read before anything ticks", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  await sendAll(broker, INPUT, 1, numbered(100, 5));
  const order: string[] = [];
  const runner = start(
    {
      definition: { catchUpBeforeTicks: true },
      onRecord: () => void order.push("record"),
      nextTickMs: () => (order.includes("tick") ? undefined : 0),
      onTick: () => void order.push("tick"),
    },
    { limits: { batchRecords: 10 } },
  );
  await runner.ready();
  await until("a tick", () => order.includes("tick"));
  assert.equal(order.indexOf("tick"), 100);
});

test("two runners share the partitions; what one leaves the other takes up, each record once", async (t) => {
  const { broker, start } = await openWorld(t);
  const opened: number[][] = [[], []];
  const one = start({ onOpen: ({ partition }) => void opened[0]!.push(partition) });
  await one.ready();
  const sent: { key: string; value: string }[] = [];
  const send = async (): Promise<void> => {
    const more = numbered(200, 23).map(({ key, value }) => ({ key, value: `${sent.length}-${value}` }));
    sent.push(...more);
    await sendAll(broker, INPUT, PARTITIONS, more);
  };
  await send();
  const two = start({ onOpen: ({ partition }) => void opened[1]!.push(partition) });
  await two.ready();
  await send();
  await until("both have two partitions", () =>
    [one, two].every((runner) => {
      const health = runner.health();
      return health.kind === "running" && Object.keys(health.partitions).length === 2;
    }),
  );
  await send();
  await one.stop();
  await send();
  await drained(two, broker);
  await assertExactlyOnce(broker, sent);
  // Kept partitions went on: nobody opened one twice.
  assert.deepEqual(opened[0]!.sort(), [0, 1, 2, 3]);
  assert.deepEqual(opened[1]!.sort(), [0, 1, 2, 3]);
});

test("input behind the committed position is deleted, the group's position is written for tools", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  const runner = start({}, { limits: { deleteIntervalMs: 5, advisoryIntervalMs: 5 } });
  await runner.ready();
  await sendAll(broker, INPUT, 1, numbered(50, 5));
  await drained(runner, broker, 1);
  await until("the input is deleted", async () => (await broker.topics.bounds(INPUT, 0)).start === 50);
  await runner.stop();
  const probe = await broker.joinGroup({
    groupId: "workflow-counter",
    topics: [INPUT],
    sessionTimeoutMs: 6_000,
    rebalanceTimeoutMs: 6_000,
    dataFolder: "",
    listener: { onAssignment() {}, onLost() {} },
  });
  assert.deepEqual([...(await probe.readAdvisory([0]))], [[0, 50]]);
  await probe.leave();
});

test("times that do not fit together, and missing topics, are refused at the start", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  assert.throws(() => start({}, { limits: { stepMs: 60_000 } }), /transactionTimeoutMs/);
  const runner = start({ prefix: "missing-" }, { broker });
  await assert.rejects(runner.ready(), (error: BrokerError) => error.code === "UnknownTopic");
  assert.equal(runner.health().kind, "failed");
});
