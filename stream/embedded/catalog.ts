/** The embedded broker's topics and the numbers of their partitions: in memory for speed, in LMDB for good. */
import type { RootDatabase } from "lmdb";
import { BrokerError, type StoreOptions, type TopicDescription } from "../broker.ts";
import { decodeNumbers, encodeNumbers, type PartitionNumbers, partitionKey } from "./layout.ts";
import type { Bytes, WriteGroup } from "./write-queue.ts";

export interface Topic extends TopicDescription {
  readonly id: number;
}

export interface Partition {
  readonly topic: Topic;
  readonly number: number;
  numbers: PartitionNumbers;
  /** Everything below is on disk: as far as readers see. */
  stable: number;
  /** Waiting readers, woken when `stable` grows. */
  readonly waiting: Set<() => void>;
  /** The sort keys to keep up, while a store with an index is open. */
  indexing: Pick<Required<StoreOptions>, "indexOf" | "indexVersion"> | undefined;
}

export interface Tables {
  readonly meta: Bytes;
  readonly state: Bytes;
  readonly log: Bytes;
  readonly table: Bytes;
  readonly index: Bytes;
  readonly graves: Bytes;
}

const TOPIC_PREFIX = "topic/";
const NEW_PARTITION: PartitionNumbers = { start: 0, next: 0, live: 0, indexedTo: 0, indexVersion: 0 };

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export function openTables(root: RootDatabase): Tables {
  const open = (name: string): Bytes =>
    root.openDB<Uint8Array, Uint8Array>({ name, keyEncoding: "binary", encoding: "binary" });
  return {
    meta: open("meta"),
    state: open("state"),
    log: open("log"),
    table: open("table"),
    index: open("index"),
    graves: open("graves"),
  };
}

export class Catalog {
  readonly #tables: Tables;
  readonly #topics = new Map<string, Topic>();
  readonly #byId = new Map<number, Topic>();
  readonly #partitions = new Map<string, Partition>();
  readonly #touched = new Set<Partition>();

  constructor(tables: Tables) {
    this.#tables = tables;
    for (const { value } of tables.meta.getRange({ start: utf8.encode(TOPIC_PREFIX), end: utf8.encode("topic0") })) {
      this.#add(JSON.parse(fromUtf8.decode(value)) as Topic);
    }
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  topicById(id: number): Topic | undefined {
    return this.#byId.get(id);
  }

  topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  /** @throws BrokerError `UnknownTopic` */
  partition(topic: string, partition: number): Partition {
    const found = this.#partitions.get(`${topic}/${partition}`);
    if (found !== undefined) return found;
    const there = this.#topics.get(topic);
    const what =
      there === undefined ? "does not exist: create it" : `has ${there.partitions} partitions, no ${partition}`;
    throw new BrokerError("UnknownTopic", `topic ${topic} ${what}`, { topic });
  }

  create(description: TopicDescription, group: WriteGroup): void {
    if (this.#topics.has(description.name)) return;
    const topic: Topic = { ...description, id: 1 + Math.max(0, ...this.#byId.keys()) };
    group.put(this.#tables.meta, utf8.encode(TOPIC_PREFIX + topic.name), utf8.encode(JSON.stringify(topic)));
    this.#add(topic);
  }

  /** The numbers of `partition` are about to change. */
  touch(partition: Partition): void {
    this.#touched.add(partition);
  }

  /** Ends a group: writes the numbers that it changed, and shows them to readers once they are on disk. */
  finishGroup(group: WriteGroup): void {
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const partition of touched) {
      group.put(
        this.#tables.state,
        partitionKey(partition.topic.id, partition.number),
        encodeNumbers(partition.numbers),
      );
    }
    group.afterCommit(() => {
      for (const partition of touched) {
        partition.stable = partition.numbers.next;
        for (const wake of partition.waiting) wake();
      }
    });
  }

  /** The disk refused a group: what is on disk counts. */
  reload(): void {
    this.#touched.clear();
    for (const [name, partition] of this.#partitions) {
      const { topic } = partition;
      if (this.#tables.meta.getBinary(utf8.encode(TOPIC_PREFIX + topic.name)) !== undefined) {
        partition.numbers = this.#stored(topic, partition.number);
        continue;
      }
      this.#partitions.delete(name);
      this.#topics.delete(topic.name);
      this.#byId.delete(topic.id);
    }
  }

  #add(topic: Topic): void {
    this.#topics.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    for (let number = 0; number < topic.partitions; number++) {
      const numbers = this.#stored(topic, number);
      this.#partitions.set(`${topic.name}/${number}`, {
        topic,
        number,
        numbers,
        stable: numbers.next,
        waiting: new Set(),
        indexing: undefined,
      });
    }
  }

  #stored(topic: Topic, partition: number): PartitionNumbers {
    const bytes = this.#tables.state.getBinary(partitionKey(topic.id, partition));
    return bytes === undefined ? { ...NEW_PARTITION } : decodeNumbers(bytes);
  }
}
