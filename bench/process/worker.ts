/** The worker process of a benchmark: broker, engine or scheduler as an operator's process has them, and the tasks. */
import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Engine, startEngine } from "#engine";
import { engineTopicSpecs, partitionOf, topicNames } from "#protocol";
import { schedulerDefinition } from "#scheduler";
import {
  type Broker,
  createKafkaBroker,
  openEmbeddedBroker,
  type PartitionReader,
  type Producer,
  startRunner,
} from "#stream";
import type { FromWorker, Memory, Tasks, TimerLoad, ToWorker, WorkerOptions } from "./protocol.ts";
import { scatteredId } from "./protocol.ts";

const SENT_TOGETHER = 500;
/** How many records may wait to be processed while more are written. */
const AHEAD_MAX = 10_000;
const POLL_MS = 500;
const LOOK_AGAIN_MS = 5;
const YEAR_MS = 365 * 24 * 3600 * 1000;

const options = JSON.parse(process.argv[2]!) as WorkerOptions;
const topics = topicNames(options.installation);
const utf8 = new TextEncoder();

function say(message: FromWorker): void {
  process.send!(message);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function recordOf(topic: string, threadId: string, value: string) {
  const key = utf8.encode(threadId);
  return { topic, partition: partitionOf(key, options.partitions), key, value: utf8.encode(value) };
}

async function readersOf(broker: Broker, topic: string): Promise<PartitionReader[]> {
  return Promise.all(
    Array.from({ length: options.partitions }, async (_, partition) => {
      const { end } = await broker.topics.bounds(topic, partition);
      return broker.openReader({ topic, partition, fromOffset: end });
    }),
  );
}

function liveBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

class World {
  readonly broker: Broker;
  readonly producer: Producer;
  readonly engine: Engine | undefined;

  constructor(broker: Broker, producer: Producer, engine: Engine | undefined) {
    this.broker = broker;
    this.producer = producer;
    this.engine = engine;
  }

  async fill({ prefix, count }: Tasks["fill"]["request"]): Promise<Tasks["fill"]["answer"]> {
    const { counters } = this.engine!;
    const before = counters.steps;
    const start = performance.now();
    for (let sent = 0; sent < count; ) {
      const size = Math.min(SENT_TOGETHER, count - sent);
      const records = Array.from({ length: size }, (_, at) =>
        recordOf(topics.resume, scatteredId(prefix, sent + at), "new:"),
      );
      await this.producer.send(records);
      sent += size;
      while (sent - (counters.steps - before) > AHEAD_MAX) await pause(LOOK_AGAIN_MS);
    }
    while (counters.steps - before < count) await pause(LOOK_AGAIN_MS);
    return { ms: performance.now() - start };
  }

  async step({ threadId, value, outputTopic }: Tasks["step"]["request"]): Promise<Tasks["step"]["answer"]> {
    const start = performance.now();
    const topic = outputTopic;
    const { partition } = recordOf(topic, threadId, "");
    const { end } = await this.broker.topics.bounds(topic, partition);
    const reader = await this.broker.openReader({ topic, partition, fromOffset: end });
    await this.producer.send([recordOf(topics.resume, threadId, value)]);
    while ((await reader.poll(POLL_MS)).records.length === 0);
    const ms = performance.now() - start;
    await reader.close();
    return { ms };
  }

  async load({ threads, outputTopic }: Tasks["load"]["request"]): Promise<never> {
    let answers = 0;
    const prefix = `load-${process.pid}`;
    const pump = async (reader: PartitionReader): Promise<void> => {
      for (;;) {
        const { records } = await reader.poll(POLL_MS);
        if (records.length === 0) continue;
        answers += records.length;
        say({ kind: "progress", answers });
        const next = '{"ref":"next"}';
        await this.producer.send(records.map(({ key }) => recordOf(topics.resume, Buffer.from(key!).toString(), next)));
      }
    };
    const pumps = (await readersOf(this.broker, outputTopic)).map(pump);
    await this.producer.send(
      Array.from({ length: threads }, (_, at) => recordOf(topics.resume, `${prefix}-${at}`, "new:")),
    );
    await Promise.all(pumps);
    throw new Error("a load has no end");
  }

  async timers({ far, perSecond, seconds, leadMs }: TimerLoad): Promise<Tasks["timers"]["answer"]> {
    const before = this.memory();
    const set = async (count: number, delayOf: (at: number) => number, name: string): Promise<void> => {
      for (let sent = 0; sent < count; ) {
        const nowMs = Date.now();
        const size = Math.min(SENT_TOGETHER, count - sent);
        const records = Array.from({ length: size }, (_, index) => {
          const dueMs = delayOf(sent + index);
          const threadId = `${name}-${sent + index}`;
          const key = utf8.encode(`${threadId}|{"ref":"due","value":${dueMs}}`);
          const partition = partitionOf(utf8.encode(threadId), options.partitions);
          const value = utf8.encode(`${Math.max(1, dueMs - nowMs)}`);
          return { topic: topics.scheduler, partition, key, value, timestampMs: nowMs };
        });
        await this.producer.send(records);
        sent += size;
      }
    };
    const farMs = Date.now() + YEAR_MS;
    await set(far, (at) => farMs + at, "far");
    const startMs = Date.now() + leadMs;
    const due = perSecond * seconds;
    const latenessMs = Array.from({ length: seconds }, (): number[] => []);
    let seen = 0;
    const pumps = (await readersOf(this.broker, topics.resume)).map(async (reader) => {
      while (seen < due) {
        const { records } = await reader.poll(POLL_MS);
        const nowMs = Date.now();
        for (const { value } of records) {
          const dueMs = (JSON.parse(Buffer.from(value!).toString()) as { value: number }).value;
          latenessMs[Math.floor((dueMs - startMs) / 1000)]!.push(nowMs - dueMs);
          seen++;
        }
      }
      await reader.close();
    });
    await set(due, (at) => startMs + Math.floor((at * 1000) / perSecond), "due");
    if (Date.now() > startMs) throw new Error(`setting ${due} timers took longer than ${leadMs} ms`);
    await pause(Math.max(0, startMs - Date.now() - 500));
    const full = this.memory();
    await Promise.all(pumps);
    const behind = this.memory();
    return { latenessMs, before, full, behind, liveBytes: liveBytes() };
  }

  memory(): Memory {
    const pids = [process.pid, ...(this.engine?.pool.processes() ?? []).map(({ pid }) => pid)];
    let residentBytes = 0;
    let anonymousBytes = 0;
    for (const pid of pids) {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
      residentBytes += kilobytes("VmRSS") * 1024;
      anonymousBytes += kilobytes("RssAnon") * 1024;
    }
    return { residentBytes, anonymousBytes };
  }
}

async function open(): Promise<{ readonly world: World; readonly stop: () => Promise<void> }> {
  const { installation, partitions, dataFolder } = options;
  const broker =
    options.broker.kind === "embedded"
      ? await openEmbeddedBroker({ folder: options.broker.folder })
      : createKafkaBroker({ brokers: options.broker.addresses, clientId: "kawait-bench" });
  await broker.topics.create(engineTopicSpecs({ installation, partitions, replication: 1 }));
  const plain = { partitions, replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1 << 20 } as const;
  await broker.topics.create(options.outputTopics.map((name) => ({ name, ...plain })));
  if (options.workflow !== undefined) {
    // Only here: a process that starts again has no need of the compiler, and would load it for nothing.
    const { compileWorkflow, openBrokerClient } = await import("#gateway");
    const client = await openBrokerClient({ broker, installation });
    await client.deploy((await compileWorkflow(options.workflow)).program, { isDefault: true });
    await client.close();
  }
  const producer = await broker.openProducer();
  if (options.part === "engine") {
    const engine = await startEngine({ broker, installation, dataFolder });
    await engine.runner.ready();
    const stop = async (): Promise<void> => {
      await engine.stop();
      await broker.close();
    };
    return { world: new World(broker, producer, engine), stop };
  }
  const runner = startRunner({ broker, definition: schedulerDefinition(installation), installation, dataFolder });
  await runner.ready();
  const stop = async (): Promise<void> => {
    await runner.stop();
    await broker.close();
  };
  return { world: new World(broker, producer, undefined), stop };
}

const { world, stop } = await open();
process.on("disconnect", () => void stop().then(() => process.exit()));
process.on("message", (message: ToWorker) => {
  const work = async (): Promise<unknown> => {
    switch (message.task) {
      case "fill":
        return world.fill(message.request);
      case "step":
        return world.step(message.request);
      case "load":
        return world.load(message.request);
      case "timers":
        return world.timers(message.request);
      case "memory":
        return world.memory();
    }
  };
  work().then(
    (answer) => say({ kind: "answer", answer }),
    (error: unknown) => say({ kind: "error", message: error instanceof Error ? (error.stack ?? "") : String(error) }),
  );
});
say({ kind: "ready" });
// As the command line does: a killed process keeps nothing of what it compiled.
flushCompileCache();
