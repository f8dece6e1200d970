/**
 * A broker in this process, on LMDB with a log in front of it: the same promises as Kafka's, for one machine.
 *
 * I1: a transaction is one record of that log, answered behind its fsync; kill -9 at any moment leaves it whole or absent.
 * Offsets have gaps where Kafka has markers. A holder of a transactional id is fenced by the next one. Compaction is
 * immediate: the latest value per key is the table that stores read. One process per folder.
 */
import { mkdirSync } from "node:fs";
import {
  type Broker,
  BrokerError,
  type GroupMembership,
  type GroupOptions,
  type LogBounds,
  type OutgoingRecord,
  type PartitionReader,
  type Producer,
  type StateStore,
  type StoreOptions,
  type TopicDescription,
  type TopicSpec,
  type Topics,
  type TransactionalProducer,
} from "../broker.ts";
import { type Clock, systemClock } from "../clock.ts";
import { lockFolder } from "../folder-lock.ts";
import { freeBytesOf } from "../store/write-batch.ts";
import { append } from "./append.ts";
import { Catalog } from "./catalog.ts";
import { Disk, type Tables } from "./disk.ts";
import { Groups } from "./groups.ts";
import { LogReader } from "./log-reader.ts";
import { deleteBefore, enforceRetention } from "./retention.ts";
import { openTableStore } from "./table-store.ts";
import { WriteQueue } from "./write-queue.ts";

export interface EmbeddedBrokerOptions {
  /** Made when missing. One process at a time. */
  readonly folder: string;
  readonly clock?: Clock;
  /** How often retention is looked after; default 30 s. */
  readonly retentionIntervalMs?: number;
  /** What is free on the disk of `folder`, in bytes; default: as the system says. With too little every write is refused. */
  readonly freeBytes?: () => number;
}

/**
 * @throws BrokerError `Unavailable` when another process has the folder
 * @example const broker = await openEmbeddedBroker({ folder: ".kawait/broker" })
 */
export async function openEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<Broker> {
  mkdirSync(options.folder, { recursive: true });
  const unlock = lockFolder(options.folder);
  try {
    const disk = await Disk.open(options.folder, options.freeBytes ?? freeBytesOf(options.folder));
    try {
      return new EmbeddedBroker(disk, unlock, options);
    } catch (cause) {
      await disk.close();
      throw cause;
    }
  } catch (cause) {
    unlock();
    throw cause;
  }
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

class EmbeddedBroker implements Broker {
  readonly kind = "embedded";
  readonly topics: Topics;
  readonly #disk: Disk;
  readonly #unlock: () => void;
  readonly #clock: Clock;
  readonly #tables: Tables;
  readonly #catalog: Catalog;
  readonly #queue: WriteQueue;
  readonly #groups: Groups;
  readonly #epochs = new Map<string, number>();
  readonly #readers = new Set<PartitionReader>();
  readonly #retentionIntervalMs: number;
  #stopRetention: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor(disk: Disk, unlock: () => void, options: EmbeddedBrokerOptions) {
    this.#disk = disk;
    this.#unlock = unlock;
    this.#clock = options.clock ?? systemClock;
    this.#tables = disk.tables;
    this.#catalog = new Catalog(this.#tables);
    this.#queue = new WriteQueue(
      disk,
      (group) => this.#catalog.finishGroup(group),
      () => this.#catalog.reload(),
    );
    this.#groups = new Groups({
      write: (groupId, topic, offsets) => this.#writeAdvisory(groupId, topic, offsets),
      read: (groupId, topic, partition) => this.#readAdvisory(groupId, topic, partition),
    });
    this.topics = {
      describe: async (names) => this.#describe(names),
      create: (specs) => this.#create(specs),
      bounds: async (topic, partition) => this.#bounds(topic, partition),
      deleteBefore: (topic, partition, before) => this.#deleteBefore(topic, partition, before),
    };
    this.#retentionIntervalMs = options.retentionIntervalMs ?? 30_000;
    this.#scheduleRetention();
  }

  async openReader(options: {
    topic: string;
    partition: number;
    fromOffset: number;
    ahead?: boolean;
  }): Promise<PartitionReader> {
    this.#assertOpen();
    const partition = this.#catalog.partition(options.topic, options.partition);
    const isAhead = options.ahead === true && partition.topic.cleanup === "delete";
    const reader = new LogReader(this.#tables, partition, options.fromOffset, isAhead ? this.#catalog : undefined);
    this.#readers.add(reader);
    const close = reader.close.bind(reader);
    reader.close = () => {
      this.#readers.delete(reader);
      return close();
    };
    return reader;
  }

  async openTransactionalProducer(options: { transactionalId: string }): Promise<TransactionalProducer> {
    this.#assertOpen();
    const id = options.transactionalId;
    const epoch = (this.#epochs.get(id) ?? 0) + 1;
    this.#epochs.set(id, epoch);
    // The former holder's last transaction is on disk or fenced when this answers.
    await this.#queue.submit(() => {});
    const { losses } = this.#catalog;
    let dead = false;
    return {
      commit: async (records) => {
        if (dead) throw new BrokerError("Closed", `the producer ${id} is closed, or has failed before: make a new one`);
        try {
          return await this.#append(records, true, () => {
            if (this.#epochs.get(id) !== epoch)
              throw new BrokerError("Fenced", `transactional id ${id} has a newer holder`);
            // Its holder may have read ahead what never reached the disk.
            if (this.#catalog.losses !== losses)
              throw new BrokerError("Unavailable", "the disk refused a write; begin anew from what is on it");
          });
        } catch (error) {
          dead = true;
          throw error;
        }
      },
      close: async () => {
        dead = true;
      },
    };
  }

  async openProducer(): Promise<Producer> {
    this.#assertOpen();
    return { send: (records) => this.#append(records, false, () => {}), close: async () => {} };
  }

  async joinGroup(options: GroupOptions): Promise<GroupMembership> {
    this.#assertOpen();
    const counts = options.topics.map((name) => this.#catalog.partition(name, 0).topic.partitions);
    return this.#groups.join(options, Math.max(...counts));
  }

  openStore(options: StoreOptions): Promise<StateStore> {
    this.#assertOpen();
    return openTableStore(this.#tables, this.#catalog, this.#queue, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopRetention();
    await Promise.all([...this.#readers].map((reader) => reader.close()));
    await this.#queue.idle();
    await this.#disk.close();
    this.#unlock();
  }

  #append(records: readonly OutgoingRecord[], transaction: boolean, guard: () => void): Promise<number[]> {
    this.#assertOpen();
    return this.#queue
      .submit((group) => {
        guard();
        return append(this.#tables, this.#catalog, group, { records, transaction, nowMs: this.#clock.now() });
      })
      .catch((cause: unknown) => {
        if (cause instanceof BrokerError) throw cause;
        throw new BrokerError("Unavailable", `the disk refused a write: ${String(cause)}`, { cause });
      });
  }

  #describe(names: readonly string[]): ReadonlyMap<string, TopicDescription> {
    const found = new Map<string, TopicDescription>();
    for (const name of names) {
      const topic = this.#catalog.topic(name);
      if (topic === undefined) continue;
      const { partitions, cleanup, retentionMs, maxMessageBytes } = topic;
      found.set(name, { name, partitions, cleanup, retentionMs, maxMessageBytes });
    }
    return found;
  }

  async #create(specs: readonly TopicSpec[]): Promise<void> {
    this.#assertOpen();
    await this.#queue.submit((group) => {
      for (const { name, partitions, cleanup, retentionMs, maxMessageBytes } of specs) {
        this.#catalog.create({ name, partitions, cleanup, retentionMs, maxMessageBytes }, group);
      }
    });
  }

  #bounds(topic: string, number: number): LogBounds {
    const partition = this.#catalog.partition(topic, number);
    return { start: partition.numbers.start, end: partition.stable };
  }

  async #deleteBefore(topic: string, number: number, before: number): Promise<void> {
    this.#assertOpen();
    const partition = this.#catalog.partition(topic, number);
    if (partition.topic.cleanup === "compact" || before > partition.stable) {
      throw new BrokerError("OffsetOutOfRange", `cannot delete the records of ${topic}/${number} before ${before}`);
    }
    await deleteBefore(this.#tables, this.#catalog, this.#queue, partition, before);
  }

  async #writeAdvisory(groupId: string, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    this.#assertOpen();
    await this.#queue.submit((group) => {
      for (const [partition, offset] of offsets) {
        group.put(this.#tables.meta, advisoryKey(groupId, topic, partition), utf8.encode(String(offset)));
      }
    });
  }

  #readAdvisory(groupId: string, topic: string, partition: number): number | undefined {
    const bytes = this.#tables.meta.getBinary(advisoryKey(groupId, topic, partition));
    return bytes === undefined ? undefined : Number(fromUtf8.decode(bytes));
  }

  #scheduleRetention(): void {
    this.#stopRetention = this.#clock.setTimer(this.#retentionIntervalMs, () => {
      enforceRetention(this.#tables, this.#catalog, this.#queue, this.#clock.now()).then(
        () => this.#closing ?? this.#scheduleRetention(),
        // A full disk: commits tell it to those who wait; retention is tried again.
        () => this.#closing ?? this.#scheduleRetention(),
      );
    });
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new BrokerError("Closed", "the embedded broker is closed");
  }
}

function advisoryKey(groupId: string, topic: string, partition: number): Uint8Array {
  return utf8.encode(`advisory/${JSON.stringify([groupId, topic, partition])}`);
}
