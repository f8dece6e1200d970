/**
 * A whole Kawait for a test: broker (embedded, or a real Kafka), engine, scheduler, deployed workflows; records in, records
 * out. Everything lives in a temp folder and ends with the test.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { CODE_COMPILER } from "#compiler";
import { type Engine, type EngineOptions, startEngine } from "#engine";
import { compileWorkflow, createEngineTopics, type KawaitClient, openBrokerClient, type TailRecord } from "#gateway";
import { type Program, partitionOf, topicNames } from "#protocol";
import { schedulerDefinition } from "#scheduler";
import { type Broker, createKafkaBroker, openEmbeddedBroker, type Producer, startRunner } from "#stream";

/** How long a record may take to come; a bound for what never comes, nothing is timed by it. */
const PATIENCE_MS = 120_000;

export interface WorldOptions {
  readonly kafka?: {
    readonly brokers: readonly string[];
    readonly installation: string;
    /** Called when everything that uses the broker has ended. */
    readonly release: () => Promise<void>;
  };
  readonly partitions?: number;
  /** Created before the start, as a user would. */
  readonly topics?: readonly string[];
  readonly workflows: readonly (string | Program)[];
  /** Without it timers are set and never fire: the test is the scheduler. */
  readonly withoutScheduler?: true;
  readonly engine?: Partial<Pick<EngineOptions, "checkpoint" | "limits" | "limitCeilings" | "processes" | "history">>;
}

export interface World {
  readonly broker: Broker;
  readonly engine: Engine;
  readonly client: KawaitClient;
  /** Full name of an engine topic, or of a user's. */
  topic(name: string): string;
  /** Writes one record to `workflow-resume`, verbatim; gives its offset. */
  resume(
    key: string | Uint8Array | null,
    value: string | Uint8Array | null,
    headers?: Record<string, string>,
  ): Promise<number>;
  /** The first record of a topic that fits and was not taken before; waits for it. */
  take(topic: string, fits?: (record: TailRecord) => boolean): Promise<TailRecord>;
  /** What is in a topic now and was not taken. */
  rest(topic: string): Promise<readonly TailRecord[]>;
}

export async function openWorld(context: TestContext, options: WorldOptions): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "kawait-world-"));
  const installation = options.kafka?.installation ?? "";
  const broker =
    options.kafka === undefined
      ? await openEmbeddedBroker({ folder: join(folder, "broker") })
      : createKafkaBroker({ brokers: [...options.kafka.brokers], clientId: "kawait-test", installation });
  const partitions = options.partitions ?? 1;
  await createEngineTopics(broker, { installation, partitions, replication: 1 });
  await broker.topics.create(
    (options.topics ?? []).map((name) => ({
      name,
      partitions: 1,
      replication: 1,
      cleanup: "delete" as const,
      retentionMs: -1,
      maxMessageBytes: 1024 * 1024,
    })),
  );
  const client = await openBrokerClient({ broker, installation });
  for (const workflow of options.workflows) {
    const program = typeof workflow === "string" ? (await compileWorkflow(workflow)).program : workflow;
    await client.deploy(program, { isDefault: false });
  }
  const engine = await startEngine({
    broker,
    installation,
    dataFolder: folder,
    processes: 1,
    compiler: CODE_COMPILER,
    ...options.engine,
  });
  const scheduler = options.withoutScheduler
    ? undefined
    : startRunner({
        broker,
        definition: schedulerDefinition(installation),
        installation,
        dataFolder: join(folder, "scheduler"),
      });
  await Promise.all([engine.runner.ready(), scheduler?.ready()]);
  const records = new Records(broker, client, installation);
  const producer = await broker.openProducer();
  context.after(async () => {
    records.stop();
    await producer.close();
    await Promise.all([engine.stop(), scheduler?.stop()]);
    await client.close();
    await broker.close();
    await options.kafka?.release();
    await rm(folder, { recursive: true, force: true });
  });
  return {
    broker,
    engine,
    client,
    topic: (name) => records.full(name),
    resume: (key, value, headers) => write(producer, records.full("workflow-resume"), partitions, key, value, headers),
    take: (topic, fits) => records.take(topic, fits ?? (() => true)),
    rest: (topic) => records.rest(topic),
  };
}

async function write(
  producer: Producer,
  topic: string,
  partitions: number,
  key: string | Uint8Array | null,
  value: string | Uint8Array | null,
  headers: Record<string, string> = {},
): Promise<number> {
  const keyBytes = typeof key === "string" ? Buffer.from(key) : key;
  const [offset] = await producer.send([
    {
      topic,
      partition: keyBytes === null ? 0 : partitionOf(keyBytes, partitions),
      key: keyBytes,
      value: typeof value === "string" ? Buffer.from(value) : value,
      headers,
    },
  ]);
  return offset ?? -1;
}

/** Follows topics from their beginning; each record is taken once. */
class Records {
  readonly #client: KawaitClient;
  readonly #broker: Broker;
  readonly #installation: string;
  readonly #abort = new AbortController();
  readonly #seen = new Map<string, TailRecord[]>();
  readonly #positions = new Map<string, Map<number, number>>();
  readonly #wakes = new Set<() => void>();

  constructor(broker: Broker, client: KawaitClient, installation: string) {
    this.#broker = broker;
    this.#client = client;
    this.#installation = installation;
  }

  full(name: string): string {
    return Object.values(topicNames("")).includes(name)
      ? (Object.values(topicNames(this.#installation))[Object.values(topicNames("")).indexOf(name)] ?? name)
      : name;
  }

  async take(name: string, fits: (record: TailRecord) => boolean): Promise<TailRecord> {
    const topic = this.full(name);
    const seen = this.#follow(topic);
    const giveUp = Date.now() + PATIENCE_MS;
    for (;;) {
      const index = seen.findIndex(fits);
      const [found] = index < 0 ? [] : seen.splice(index, 1);
      if (found !== undefined) return found;
      if (Date.now() > giveUp) throw new Error(`No such record came to ${topic}; there are ${JSON.stringify(seen)}`);
      await this.#news(giveUp - Date.now());
    }
  }

  async rest(name: string): Promise<readonly TailRecord[]> {
    const topic = this.full(name);
    const seen = this.#follow(topic);
    const count = (await this.#broker.topics.describe([topic])).get(topic)?.partitions ?? 0;
    for (let partition = 0; partition < count; partition++) {
      const { start, end } = await this.#broker.topics.bounds(topic, partition);
      const reader = await this.#broker.openReader({ topic, partition, fromOffset: start });
      let last = -1;
      for (let position = start; position < end; ) {
        const batch = await reader.poll(100);
        last = batch.records.at(-1)?.offset ?? last;
        position = batch.nextOffset;
      }
      await reader.close();
      while ((this.#positions.get(topic)?.get(partition) ?? -1) < last) await this.#news(PATIENCE_MS);
    }
    return seen;
  }

  #news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      const wake = (): void => {
        clearTimeout(timer);
        this.#wakes.delete(wake);
        resolve();
      };
      this.#wakes.add(wake);
    });
  }

  #follow(topic: string): TailRecord[] {
    const known = this.#seen.get(topic);
    if (known !== undefined) return known;
    const seen: TailRecord[] = [];
    const positions = new Map<number, number>();
    this.#seen.set(topic, seen);
    this.#positions.set(topic, positions);
    void this.#pump(topic, seen, positions);
    return seen;
  }

  async #pump(topic: string, seen: TailRecord[], positions: Map<number, number>): Promise<void> {
    for await (const record of this.#client.tail(topic, { fromBeginning: true, signal: this.#abort.signal })) {
      seen.push(record);
      positions.set(record.partition, record.offset);
      for (const wake of [...this.#wakes]) wake();
    }
  }

  stop(): void {
    this.#abort.abort();
  }
}
