/** The embedded broker's topics and the numbers of their partitions: in memory for speed, in LMDB for good. */
import { BrokerError, type StoredRecord, type StoreOptions, type TopicDescription } from "../broker.ts";
import { LogBatch } from "../store/log-batch.ts";
import { LogEntries } from "../store/log-entries.ts";
import type { Tables } from "./disk.ts";
import {
  decodeNumbers,
  encodeNumbers,
  newNumbers,
  offsetKey,
  offsetOfKey,
  type PartitionNumbers,
  partitionKey,
} from "./layout.ts";
import type { WriteGroup } from "./write-queue.ts";

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
  /** What the group under way adds, for those who read ahead of the disk; undefined where nobody does. */
  ahead: AheadOfDisk | undefined;
  /** What the group of writes at hand adds to the log. */
  readonly batch: LogBatch;
  /** What pointers name. */
  readonly entries: LogEntries;
  /** The sort keys to keep up, while a store with an index is open. */
  indexing: Pick<Required<StoreOptions>, "indexOf" | "indexVersion"> | undefined;
}

/** Records that are on their way to the disk: what is committed behind them is there only with them. */
export interface AheadOfDisk {
  readers: number;
  records: StoredRecord[];
  /** Behind them. */
  end: number;
  /** Waiting readers, woken when `end` grows. */
  readonly waiting: Set<() => void>;
}

const TOPIC_PREFIX = "topic/";
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export class Catalog {
  readonly #tables: Tables;
  readonly #topics = new Map<string, Topic>();
  readonly #byId = new Map<number, Topic>();
  /** By topic, in order of number. */
  readonly #partitions = new Map<string, readonly Partition[]>();
  readonly #touched = new Set<Partition>();
  #losses = 0;

  constructor(tables: Tables) {
    this.#tables = tables;
    for (const { value } of tables.meta.getRange({ start: utf8.encode(TOPIC_PREFIX), end: utf8.encode("topic0") })) {
      this.#add(JSON.parse(fromUtf8.decode(value)) as Topic);
    }
  }

  /** How often the disk has refused a group: whoever has read ahead of one that was lost has to begin anew. */
  get losses(): number {
    return this.#losses;
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  /** @throws BrokerError `UnknownTopic` */
  partition(topic: string, partition: number): Partition {
    const found = this.#partitions.get(topic)?.[partition];
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

  /** Puts what was gathered for the partition's log into the group. */
  closeBatch(partition: Partition, group: WriteGroup): void {
    const { batch, topic, number } = partition;
    if (!batch.isEmpty) group.put(this.#tables.log, offsetKey(topic.id, number, batch.lastOffset), batch.take());
  }

  /** Ends a group: writes the numbers that it changed, and shows them to readers once they are on disk. */
  finishGroup(group: WriteGroup): void {
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const partition of touched) {
      this.closeBatch(partition, group);
      group.put(
        this.#tables.state,
        partitionKey(partition.topic.id, partition.number),
        encodeNumbers(partition.numbers),
      );
      if (partition.ahead !== undefined) {
        partition.ahead.end = partition.numbers.next;
        for (const wake of partition.ahead.waiting) wake();
      }
    }
    group.afterCommit(() => {
      for (const partition of touched) {
        partition.stable = partition.numbers.next;
        if (partition.ahead !== undefined) partition.ahead.records = [];
        for (const wake of partition.waiting) wake();
      }
    });
  }

  /** The disk refused a group: what is on disk counts. */
  reload(): void {
    this.#touched.clear();
    this.#losses++;
    for (const [name, partitions] of this.#partitions) {
      const topic = this.#topics.get(name)!;
      for (const partition of partitions) {
        partition.batch.clear();
        partition.numbers = this.#stored(topic, partition.number);
        if (partition.ahead === undefined) continue;
        partition.ahead.records = [];
        partition.ahead.end = partition.stable;
        for (const wake of partition.ahead.waiting) wake();
      }
      if (this.#tables.meta.getBinary(utf8.encode(TOPIC_PREFIX + name)) !== undefined) continue;
      this.#partitions.delete(name);
      this.#topics.delete(name);
      this.#byId.delete(topic.id);
    }
  }

  #add(topic: Topic): void {
    this.#topics.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    const partitions = Array.from({ length: topic.partitions }, (_, number): Partition => {
      const numbers = this.#stored(topic, number);
      const batch = new LogBatch();
      const entries = new LogEntries(this.#tables.log, {
        key: (offset) => offsetKey(topic.id, number, offset),
        offset: offsetOfKey,
        end: partitionKey(topic.id, number + 1),
      });
      return {
        topic,
        number,
        numbers,
        stable: numbers.next,
        waiting: new Set(),
        ahead: undefined,
        batch,
        entries,
        indexing: undefined,
      };
    });
    this.#partitions.set(topic.name, partitions);
  }

  #stored(topic: Topic, partition: number): PartitionNumbers {
    const bytes = this.#tables.state.getBinary(partitionKey(topic.id, partition));
    return bytes === undefined ? newNumbers() : decodeNumbers(bytes);
  }
}
