/** The runner on the embedded broker: exactly once under failing commits, culprits, halts, ticks, forwarding (I1, I4). */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { decodePosition, ID_KEY, OFFSET_KEY, partitionOf } from "#protocol";
import {
  type Broker,
  BrokerError,
  openEmbeddedBroker,
  PartitionHalt,
  type Runner,
  type RunnerLimits,
  startRunner,
  type TransactionalProducer,
} from "#stream";
import {
  bytes,
  CHANGELOG,
  type Counted,
  type CountingOptions,
  countingDefinition,
  createTopics,
  INPUT,
  OUTPUT,
  REJECTED,
  readAll,
  sendAll,
  silent,
  temporaryFolder,
  text,
  until,
} from "./counting-processor.ts";

const PARTITIONS = 4;
const QUICK: Partial<RunnerLimits> = { pollWaitMs: 50, retryDelayMs: 1, retryDelayMsMax: 20 };

interface World {
  readonly broker: Broker;
  readonly dataFolder: string;
  start(options?: CountingOptions, more?: { broker?: Broker; limits?: Partial<RunnerLimits> }): Runner;
}

async function openWorld(t: TestContext, partitions = PARTITIONS): Promise<World> {
  const folder = temporaryFolder();
  const broker = await openEmbeddedBroker({ folder: `${folder.path}/broker` });
  await createTopics(broker, partitions);
  const runners: Runner[] = [];
  t.after(async () => {
    for (const runner of runners) await runner.stop();
    await broker.close();
    folder.remove();
  });
  let count = 0;
  return {
    broker,
    dataFolder: folder.path,
    start(options = {}, more = {}) {
      const runner = startRunner({
        broker: more.broker ?? broker,
        definition: countingDefinition(options),
        dataFolder: `${folder.path}/runner-${count++}`,
        logger: silent,
        limits: { ...QUICK, ...more.limits },
      });
      runners.push(runner);
      return runner;
    },
  };
}

function numbered(count: number, keys: number): { key: string; value: string }[] {
  return Array.from({ length: count }, (_, index) => ({ key: `key-${index % keys}`, value: String(index) }));
}

async function states(broker: Broker, partitions = PARTITIONS): Promise<Map<string, Counted>> {
  const found = new Map<string, Counted>();
  for (let partition = 0; partition < partitions; partition++) {
    const store = await broker.openStore({ changelogTopic: CHANGELOG, partition, dataFolder: "" });
    for (const [key, value] of store.entries()) found.set(key, JSON.parse(text(value)));
    await store.close();
  }
  return found;
}

/** Every value once, in order, in state and output alike. */
async function assertExactlyOnce(broker: Broker, sent: readonly { key: string; value: string }[]): Promise<void> {
  const wanted = new Map<string, string[]>();
  for (const { key, value } of sent) wanted.set(key, [...(wanted.get(key) ?? []), value]);
  const outputs = new Map<string, string[]>();
  for (const record of await readAll(broker, OUTPUT, PARTITIONS)) {
    const key = text(record.key);
    outputs.set(key, [...(outputs.get(key) ?? []), text(record.value)]);
  }
  const kept = await states(broker);
  for (const [key, values] of wanted) {
    assert.deepEqual(kept.get(key), { count: values.length, seen: values }, `state of ${key}`);
    assert.deepEqual(outputs.get(key), values, `outputs of ${key}`);
  }
  assert.equal(kept.size, wanted.size);
}

async function drained(runner: Runner, broker: Broker, partitions = PARTITIONS): Promise<void> {
  await until("the input is processed", async () => {
    const { positions } = runner.metrics();
    for (let partition = 0; partition < partitions; partition++) {
      const { end } = await broker.topics.bounds(INPUT, partition);
      if (end > 0 && (positions[partition] ?? 0) < end) return false;
    }
    return true;
  });
}

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

/** A broker whose commits fail now and then, before or after they took effect. */
function faulty(broker: Broker, fails: () => "no" | "before" | "after"): Broker {
  const openTransactionalProducer: Broker["openTransactionalProducer"] = async (options) => {
    const producer = await broker.openTransactionalProducer(options);
    const wrapped: TransactionalProducer = {
      async commit(records) {
        const how = fails();
        if (how === "before") throw new BrokerError("Unavailable", "injected, not committed");
        const offsets = await producer.commit(records);
        if (how === "after") throw new BrokerError("Unavailable", "injected, committed");
        return offsets;
      },
      close: () => producer.close(),
    };
    return wrapped;
  };
  return {
    kind: broker.kind,
    topics: broker.topics,
    openReader: (options) => broker.openReader(options),
    openTransactionalProducer,
    openProducer: () => broker.openProducer(),
    joinGroup: (options) => broker.joinGroup(options),
    openStore: (options) => broker.openStore(options),
    close: () => broker.close(),
  };
}

function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

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

async function haltCode(runner: Runner): Promise<string> {
  await runner.ready();
  const health = runner.health();
  await runner.stop();
  const state = health.kind === "halted" ? health.partitions[0] : undefined;
  return state?.kind === "halted" ? state.code : `no halt: ${JSON.stringify(health)}`;
}

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
  assert.equal(runner.metrics().commitFailures, 2);
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
