/** The runner on an embedded broker of its own, with faults to inject. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import {
  type Broker,
  BrokerError,
  openEmbeddedBroker,
  type Runner,
  type RunnerLimits,
  startRunner,
  type TransactionalProducer,
} from "#stream";
import {
  CHANGELOG,
  type Counted,
  type CountingOptions,
  countingDefinition,
  createTopics,
  INPUT,
  OUTPUT,
  readAll,
  silent,
  temporaryFolder,
  text,
  until,
} from "./counting-processor.ts";

export const PARTITIONS = 4;
const QUICK: Partial<RunnerLimits> = { pollWaitMs: 50, retryDelayMs: 1, retryDelayMsMax: 20 };

export interface World {
  readonly broker: Broker;
  readonly dataFolder: string;
  start(options?: CountingOptions, more?: { broker?: Broker; limits?: Partial<RunnerLimits> }): Runner;
}

export async function openWorld(t: TestContext, partitions = PARTITIONS): Promise<World> {
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

export function numbered(count: number, keys: number): { key: string; value: string }[] {
  return Array.from({ length: count }, (_, index) => ({ key: `key-${index % keys}`, value: String(index) }));
}

export async function states(broker: Broker, partitions = PARTITIONS): Promise<Map<string, Counted>> {
  const found = new Map<string, Counted>();
  for (let partition = 0; partition < partitions; partition++) {
    const store = await broker.openStore({ changelogTopic: CHANGELOG, partition, dataFolder: "" });
    for (const [key, value] of store.entries()) found.set(key, JSON.parse(text(value)));
    await store.close();
  }
  return found;
}

/** Every value once, in order, in state and output alike. */
export async function assertExactlyOnce(
  broker: Broker,
  sent: readonly { key: string; value: string }[],
): Promise<void> {
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

export async function drained(runner: Runner, broker: Broker, partitions = PARTITIONS): Promise<void> {
  await until("the input is processed", async () => {
    const { positions } = runner.metrics();
    for (let partition = 0; partition < partitions; partition++) {
      const { end } = await broker.topics.bounds(INPUT, partition);
      if (end > 0 && (positions[partition] ?? 0) < end) return false;
    }
    return true;
  });
}

/** A broker whose commits fail now and then, before or after they took effect. */
export function faulty(broker: Broker, fails: () => "no" | "before" | "after"): Broker {
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

export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export async function haltCode(runner: Runner): Promise<string> {
  await runner.ready();
  const health = runner.health();
  await runner.stop();
  const state = health.kind === "halted" ? health.partitions[0] : undefined;
  return state?.kind === "halted" ? state.code : `no halt: ${JSON.stringify(health)}`;
}
