/** The runner on the embedded broker when things go wrong: failing commits, culprits, fencing, halts (I1, I4). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { partitionOf } from "#protocol";
import { type Broker, BrokerError, openEmbeddedBroker, PartitionHalt } from "#stream";
import {
  bytes,
  type CountingOptions,
  createTopics,
  INPUT,
  OUTPUT,
  REJECTED,
  readAll,
  sendAll,
  text,
  until,
} from "./counting-processor.ts";

import {
  assertExactlyOnce,
  drained,
  faulty,
  haltCode,
  numbered,
  openWorld,
  PARTITIONS,
  randomFrom,
  states,
} from "./runner-world.ts";

test("exactly once under commits that fail before or after they took effect", async (t) => {
  const { broker, start } = await openWorld(t);
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  const sent = numbered(2000, 41);
  const failing = faulty(broker, () => (random() < 0.4 ? (random() < 0.5 ? "before" : "after") : "no"));
  const runner = start({}, { broker: failing, limits: { batchRecords: 20 } });
  for (let at = 0; at < sent.length; at += 100) await sendAll(broker, INPUT, PARTITIONS, sent.slice(at, at + 100));
  await runner.ready();
  await drained(runner, broker);
  await runner.stop();
  assert.ok(runner.metrics().commitFailures > 10, `only ${runner.metrics().commitFailures} commits failed`);
  await assertExactlyOnce(broker, sent);
});

test("a re-run of the same records sees the same clock and seed", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  const draws: string[] = [];
  let failures = 3;
  const failing = faulty(broker, () => (failures-- > 0 ? "before" : "no"));
  await sendAll(broker, INPUT, 1, [{ key: "a", value: "1" }]);
  const onRecord: CountingOptions["onRecord"] = (_record, batch) => {
    draws.push(`${batch.nowMs} ${Buffer.from(batch.seed).toString("hex")}`);
  };
  const runner = start({ onRecord }, { broker: failing });
  await runner.ready();
  await drained(runner, broker, 1);
  assert.equal(draws.length, 4);
  assert.equal(new Set(draws).size, 1);
});

test("the culprit of a refused output is found; its neighbours go through", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  const sent = numbered(20, 20);
  await sendAll(broker, INPUT, 1, sent);
  const runner = start({
    onRecord: (record, batch) => {
      if (text(record.value) === "7") batch.send({ topic: "nobody-made-this", key: null, value: null });
      if (text(record.value) === "9") batch.send({ topic: OUTPUT, key: null, value: new Uint8Array(2_000_000) });
    },
  });
  await runner.ready();
  await drained(runner, broker, 1);
  assert.equal(runner.metrics().rejected, 2);
  assert.equal(runner.health().kind, "running");
  const rejected = (await readAll(broker, REJECTED, 1)).map((record) => JSON.parse(text(record.value)));
  assert.deepEqual(rejected, [
    { value: "7", topic: "nobody-made-this" },
    { value: "9", topic: OUTPUT },
  ]);
  const outputs = (await readAll(broker, OUTPUT, 1)).map((record) => text(record.value));
  assert.deepEqual(
    outputs,
    sent.map(({ value }) => value).filter((value) => value !== "7" && value !== "9"),
  );
});

test("a broker's own refusal finds the culprit too", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  const refusing: Broker = {
    ...faulty(broker, () => "no"),
    openTransactionalProducer: async (options) => {
      const producer = await broker.openTransactionalProducer(options);
      return {
        async commit(records) {
          if (records.some((record) => record.topic === OUTPUT && text(record.value) === "3")) {
            throw new BrokerError("RecordRejected", "no permission", { topic: OUTPUT });
          }
          return await producer.commit(records);
        },
        close: () => producer.close(),
      };
    },
  };
  await sendAll(broker, INPUT, 1, numbered(6, 6));
  const runner = start({}, { broker: refusing });
  await runner.ready();
  await drained(runner, broker, 1);
  const outputs = (await readAll(broker, OUTPUT, 1)).map((record) => text(record.value));
  assert.deepEqual(outputs, ["0", "1", "2", "4", "5"]);
  assert.equal(runner.metrics().rejected, 1);
});

test("a processor's halt stops its partition only, and says why", async (t) => {
  const { broker, start } = await openWorld(t);
  const bad = "bad-key";
  const runner = start({
    onRecord: (record) => {
      if (text(record.key) === bad) throw new PartitionHalt("ProgramMissing", "program 123 is not there: deploy it");
    },
  });
  await runner.ready();
  const sent = numbered(40, 40);
  await sendAll(broker, INPUT, PARTITIONS, [...sent, { key: bad, value: "x" }]);
  const halted = partitionOf(bytes(bad), PARTITIONS);
  await until("the partition halts", () => runner.health().kind === "halted");
  const others = sent.filter(({ key }) => partitionOf(bytes(key), PARTITIONS) !== halted);
  await until("the others go on", async () => {
    const kept = await states(broker);
    return others.every(({ key }) => kept.has(key));
  });
  const health = runner.health();
  assert.ok(health.kind === "halted");
  assert.deepEqual(health.partitions[halted], {
    kind: "halted",
    code: "ProgramMissing",
    message: "program 123 is not there: deploy it",
  });
});

test("halts: input deleted before it was read, changelog lost, input made again", async (t) => {
  const { broker, dataFolder, start } = await openWorld(t, 1);
  await sendAll(broker, INPUT, 1, numbered(10, 3));
  const runner = start();
  await runner.ready();
  await drained(runner, broker, 1);
  await runner.stop();
  await sendAll(broker, INPUT, 1, numbered(5, 3));
  const { end } = await broker.topics.bounds(INPUT, 0);
  await broker.topics.deleteBefore(INPUT, 0, end - 2);
  assert.equal(await haltCode(start()), "InputLost");

  // A topic of the same name elsewhere stands for one that was deleted and made again.
  const elsewhere = await openEmbeddedBroker({ folder: `${dataFolder}/elsewhere` });
  t.after(() => elsewhere.close());
  await createTopics(elsewhere, 1);
  const mixed = (input: Broker, changelog: Broker): Broker => ({
    ...faulty(changelog, () => "no"),
    topics: {
      ...changelog.topics,
      describe: async (names, options) =>
        new Map([...(await changelog.topics.describe(names, options)), ...(await input.topics.describe([INPUT]))]),
      bounds: (topic, partition) => (topic === INPUT ? input : changelog).topics.bounds(topic, partition),
    },
    joinGroup: (options) => input.joinGroup(options),
  });
  assert.equal(await haltCode(start({}, { broker: mixed(broker, elsewhere) })), "ChangelogLost");
  const oneEmpty = await openEmbeddedBroker({ folder: `${dataFolder}/one` });
  t.after(() => oneEmpty.close());
  await createTopics(oneEmpty, 1);
  assert.equal(await haltCode(start({}, { broker: mixed(oneEmpty, broker) })), "InputTopicReplaced");
});

test("a partition count that changed halts", async (t) => {
  const { broker, start } = await openWorld(t, 2);
  await sendAll(broker, INPUT, 2, numbered(10, 10));
  const runner = start();
  await runner.ready();
  await drained(runner, broker, 2);
  await runner.stop();
  const lying: Broker = {
    ...faulty(broker, () => "no"),
    topics: {
      ...broker.topics,
      describe: async (names, options) => {
        const found = await broker.topics.describe(names, options);
        return new Map([...found].map(([name, topic]) => [name, { ...topic, partitions: topic.partitions + 1 }]));
      },
      bounds: (topic, partition) => broker.topics.bounds(topic, Math.min(partition, 1)),
    },
  };
  assert.equal(await haltCode(start({}, { broker: lying })), "PartitionCountChanged");
});

test("a partition count that changes under a running process halts all that runs", async (t) => {
  const { broker, start } = await openWorld(t, 2);
  let more = 0;
  const growing: Broker = {
    ...faulty(broker, () => "no"),
    topics: {
      ...broker.topics,
      describe: async (names, options) => {
        const found = await broker.topics.describe(names, options);
        return new Map([...found].map(([name, topic]) => [name, { ...topic, partitions: topic.partitions + more }]));
      },
    },
  };
  const one = start({}, { broker: growing });
  const two = start({}, { broker: growing });
  await Promise.all([one.ready(), two.ready()]);
  await until("both have one", () => one.metrics().rebalances > 0 && two.metrics().rebalances > 0);
  more = 1;
  await two.stop();
  await until("both partitions halted", () => {
    const health = one.health();
    const states = health.kind === "halted" ? Object.values(health.partitions) : [];
    return (
      states.length === 2 && states.every((state) => state.kind === "halted" && state.code === "PartitionCountChanged")
    );
  });
});

test("fenced while it still is a member: starts over, and no record is lost or doubled", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  const runner = start();
  await runner.ready();
  const sent = numbered(60, 7);
  for (let at = 0; at < sent.length; at += 10) {
    await sendAll(broker, INPUT, 1, sent.slice(at, at + 10));
    await drained(runner, broker, 1);
    const zombie = await broker.openTransactionalProducer({
      transactionalId: "workflow-counter-0",
      transactionTimeoutMs: 10_000,
    });
    await zombie.close();
  }
  assert.equal(runner.metrics().restarts, 5);
  assert.equal(runner.health().kind, "running");
  const outputs = (await readAll(broker, OUTPUT, 1)).map((record) => text(record.value));
  assert.deepEqual(
    outputs,
    sent.map(({ value }) => value),
  );
});

test("fenced and no member any more: drops the partition, and takes it up with the next assignment", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  let isMember = true;
  let assign = (): void => {};
  let lose = (): void => {};
  const losing: Broker = {
    ...faulty(broker, () => "no"),
    joinGroup: async (options) => {
      const membership = await broker.joinGroup(options);
      assign = () => options.listener.onAssignment([0]);
      lose = () => options.listener.onLost();
      return { ...membership, heartbeat: async () => isMember };
    },
  };
  const runner = start({}, { broker: losing });
  await runner.ready();
  isMember = false;
  await broker.openTransactionalProducer({ transactionalId: "workflow-counter-0", transactionTimeoutMs: 10_000 });
  const sent = numbered(10, 3);
  await sendAll(broker, INPUT, 1, sent);
  await until("the partition is dropped", () => {
    const health = runner.health();
    return health.kind === "running" && Object.keys(health.partitions).length === 0;
  });
  assert.equal((await readAll(broker, OUTPUT, 1)).length, 0);
  lose();
  assert.equal(runner.health().kind, "degraded");
  isMember = true;
  assign();
  assert.notEqual(runner.health().kind, "degraded");
  await drained(runner, broker, 1);
  const outputs = (await readAll(broker, OUTPUT, 1)).map((record) => text(record.value));
  assert.deepEqual(
    outputs,
    sent.map(({ value }) => value),
  );
});

test("a commit that is never answered counts as failed; its outcome is asked of the changelog", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  let hangs = 2;
  const hanging: Broker = {
    ...faulty(broker, () => "no"),
    openTransactionalProducer: async (options) => {
      const producer = await broker.openTransactionalProducer(options);
      return {
        async commit(records) {
          if (hangs === 0) return await producer.commit(records);
          // The first one never arrives; of the second only the answer is lost.
          if (--hangs === 0) await producer.commit(records);
          return await new Promise<never>(() => {});
        },
        close: () => producer.close(),
      };
    },
  };
  const sent = numbered(10, 3);
  await sendAll(broker, INPUT, 1, sent);
  const runner = start({}, { broker: hanging, limits: { commitTimeoutMs: 30 } });
  await runner.ready();
  await drained(runner, broker, 1);
  // A slow disk may let a real commit pass for one that is never answered: that one is asked for, too.
  const { commitFailures, inDoubt } = runner.metrics();
  assert.ok(commitFailures >= 2 && inDoubt === commitFailures, `${inDoubt} of ${commitFailures} were in doubt`);
  const outputs = (await readAll(broker, OUTPUT, 1)).map((record) => text(record.value));
  assert.deepEqual(
    outputs,
    sent.map(({ value }) => value),
  );
});

test("what the clock asked for and is refused halts; so does a refused rejection", async (t) => {
  const { broker, start } = await openWorld(t, 1);
  const ticking = start({
    name: "ticking",
    nextTickMs: () => 0,
    onTick: (batch) => batch.send({ topic: "nobody-made-this", key: null, value: null }),
  });
  await ticking.ready();
  await until("it halts", () => ticking.health().kind === "halted");
  assert.equal(await haltCode(ticking), "OutputRejected");

  // The rejection holds the record's value in JSON, where a quotation mark takes twice its bytes.
  await sendAll(broker, INPUT, 1, [{ key: "a", value: '"'.repeat(600_000) }]);
  const rejecting = start({
    onRecord: (_record, batch) => batch.send({ topic: "nobody-made-this", key: null, value: null }),
  });
  await rejecting.ready();
  await until("it halts", () => rejecting.health().kind === "halted");
  assert.equal(await haltCode(rejecting), "OutputRejected");
});
