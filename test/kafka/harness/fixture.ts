/**
 * What most test files against Kafka need: the shared broker, an adapter on it, stock kafkajs beside it, and names of
 * the file's own. Registers its own `before` and `after`.
 */
import { after, before } from "node:test";
import { type Admin, Kafka, logLevel } from "kafkajs";
import type { Broker, OutgoingRecord, PartitionReader, StoredRecord, TopicSpec } from "../../../stream/broker.ts";
import { SILENT } from "../../../stream/kafka/client-log.ts";
import { Cluster } from "../../../stream/kafka/cluster.ts";
import { createKafkaBroker } from "../../../stream/kafka/index.ts";
import { KafkaTopics } from "../../../stream/kafka/topics.ts";
import { type KafkaTools, kafkaMissing, type SharedKafka, sharedKafka } from "./index.ts";

export interface Fixture {
  readonly skip: string | false;
  readonly tools: KafkaTools;
  /** The adapter under test. */
  readonly broker: Broker;
  /** The adapter's inside, for tests that turn a single fix off. */
  readonly cluster: Cluster;
  readonly topics: KafkaTopics;
  /** kafkajs as it comes. */
  readonly stock: Kafka;
  readonly admin: Admin;
  /** A name that nobody else has. */
  name(suffix: string): string;
  /** Makes a topic and gives its name. */
  topic(suffix: string, spec?: Partial<TopicSpec>, settings?: Readonly<Record<string, string>>): Promise<string>;
}

export function stockKafka(brokers: string[]): Kafka {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = "1";
  return new Kafka({ clientId: "stock", brokers, logLevel: logLevel.NOTHING });
}

export function useKafka(): Fixture {
  const skip = kafkaMissing();
  let shared: SharedKafka | undefined;
  let parts: Omit<Fixture, "skip" | "name" | "topic" | "tools"> | undefined;
  before(async () => {
    if (skip !== false) return;
    shared = await sharedKafka();
    const { brokers } = shared;
    const cluster = new Cluster({ brokers, clientId: "kawait-test", log: SILENT });
    const stock = stockKafka(brokers);
    const admin = stock.admin();
    await admin.connect();
    parts = { broker: createKafkaBroker({ brokers }), cluster, topics: new KafkaTopics(cluster), stock, admin };
  });
  after(async () => {
    await parts?.admin.disconnect();
    await parts?.broker.close();
    await parts?.cluster.close();
    await shared?.release();
  });
  const ready = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the fixture is there only within a test");
    return value;
  };
  const fixture: Fixture = {
    skip,
    get tools() {
      return ready(shared);
    },
    get broker() {
      return ready(parts).broker;
    },
    get cluster() {
      return ready(parts).cluster;
    },
    get topics() {
      return ready(parts).topics;
    },
    get stock() {
      return ready(parts).stock;
    },
    get admin() {
      return ready(parts).admin;
    },
    name: (suffix) => `${ready(shared).installation}-${suffix}`,
    topic: async (suffix, spec = {}, settings = {}) => {
      const name = fixture.name(suffix);
      const whole = { partitions: 1, replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1_000_000 };
      const { partitions, cleanup, retentionMs, maxMessageBytes } = { ...whole, ...spec };
      const entries = Object.entries({
        "cleanup.policy": cleanup,
        "retention.ms": String(retentionMs),
        "max.message.bytes": String(maxMessageBytes),
        ...settings,
      });
      const configEntries = entries.map(([key, value]) => ({ name: key, value }));
      await fixture.admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic: name, numPartitions: partitions, replicationFactor: 1, configEntries }],
      });
      return name;
    },
  };
  return fixture;
}

/** A record of text. */
export function record(topic: string, key: string | null, value: string | null, partition = 0): OutgoingRecord {
  const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));
  return { topic, partition, key: bytes(key), value: bytes(value) };
}

/** Values as text. */
export function texts(records: readonly StoredRecord[]): (string | null)[] {
  return records.map(({ value }) => (value === null ? null : Buffer.from(value).toString()));
}

/** Reads until the reader stands at the end of the log. */
export async function readToEnd(reader: PartitionReader): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (;;) {
    const batch = await reader.poll(200);
    records.push(...batch.records);
    if (batch.nextOffset >= batch.endOffset) return records;
  }
}

/** All committed records of a partition. */
export async function readAll(broker: Broker, topic: string, partition = 0, fromOffset = 0): Promise<StoredRecord[]> {
  const reader = await broker.openReader({ topic, partition, fromOffset });
  try {
    return await readToEnd(reader);
  } finally {
    await reader.close();
  }
}

/** Waits until `condition` holds. @throws Error after `withinMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A small seeded generator (mulberry32), for reproducible runs. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
