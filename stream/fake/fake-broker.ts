/**
 * The broker seam on a model of Kafka, for one simulated process. What `stream/kafka` does with requests is done here with
 * the model's; the read_committed filter, the assignor and the local store's restore are the real ones.
 */
import {
  type Broker,
  BrokerError,
  type GroupMembership,
  type GroupOptions,
  type LogBounds,
  type PartitionReader,
  type Producer,
  type StateStore,
  type StoreOptions,
  type Topics,
  type TransactionalProducer,
} from "../broker.ts";
import { openLocalStore } from "../store/local-store.ts";
import type { FakeCluster } from "./cluster.ts";
import { type Defects, NO_DEFECTS } from "./defects.ts";
import { FakeClient } from "./fake-client.ts";
import { FakeMembership, type MemberNote, newMemberNote } from "./fake-membership.ts";
import { FakeProducer, FakeTransactionalProducer } from "./fake-producers.ts";
import { FakeReader } from "./fake-reader.ts";
import { type DiskSpeed, MemoryFolder } from "./memory-folder.ts";
import { toBrokerError } from "./refused.ts";
import type { SimulatedProcess } from "./simulated-time.ts";

const PATIENCE_MS = 15_000;
const IDLE_WAKE_UP_MS = 1;

/** What of a process outlives it. */
export class FakeDisk {
  readonly folders = new Map<string, MemoryFolder>();
  readonly notes = new Map<string, MemberNote>();
  speed: DiskSpeed = { writeMs: 1, slowChance: 0, slowMs: 0 };

  folder(name: string): MemoryFolder {
    const known = this.folders.get(name) ?? new MemoryFolder();
    this.folders.set(name, known);
    return known;
  }

  note(groupId: string): MemberNote {
    const known = this.notes.get(groupId) ?? newMemberNote();
    this.notes.set(groupId, known);
    return known;
  }
}

export interface FakeBrokerOptions {
  readonly cluster: FakeCluster;
  readonly process: SimulatedProcess;
  readonly disk: FakeDisk;
  readonly defects?: Partial<Defects>;
  readonly warn?: (message: string) => void;
}

export class FakeBroker implements Broker {
  readonly kind = "fake";
  readonly topics: Topics;
  readonly #client: FakeClient;
  readonly #disk: FakeDisk;
  readonly #warn: (message: string) => void;
  readonly #memberships = new Set<FakeMembership>();
  /** Defects 3 and 17: producers that are handed out again. */
  readonly #keptProducers = new Map<string, FakeTransactionalProducer>();

  constructor(options: FakeBrokerOptions) {
    const { cluster, process, disk } = options;
    const client = new FakeClient(cluster, process, { ...NO_DEFECTS, ...options.defects });
    this.#client = client;
    this.#disk = disk;
    this.#warn = options.warn ?? (() => {});
    const deadlineMs = (): number => process.clock.now() + PATIENCE_MS;
    const named = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        throw toBrokerError(error, doing);
      }
    };
    this.topics = {
      describe: (names, { fresh = false } = {}) =>
        named("describing topics", () => client.metadata(names, fresh, deadlineMs())),
      create: (specs) =>
        named("creating topics", () =>
          client.retry(deadlineMs(), () =>
            client.request(() => {
              for (const spec of specs) cluster.create(spec);
            }),
          ),
        ),
      bounds: (topic, partition) => named(`asking for the bounds of ${topic}`, () => this.#bounds(topic, partition)),
      deleteBefore: (topic, partition, before) =>
        named(`deleting records of ${topic}`, () =>
          client.retry(deadlineMs(), () => client.request(() => cluster.log(topic, partition).deleteBefore(before))),
        ),
    };
    if (client.defects.idleTimer) this.#wakeUp();
  }

  async openReader(options: { topic: string; partition: number; fromOffset: number }): Promise<PartitionReader> {
    const { topic, partition } = options;
    const { defects, readers, cluster, markedPositions } = this.#client;
    if (cluster.topics.get(topic)?.logs[partition] === undefined)
      throw new BrokerError("UnknownTopic", `there is no partition ${topic}/${partition}`, { topic });
    let { fromOffset } = options;
    if (defects.fromLatest && fromOffset === 0) fromOffset = cluster.log(topic, partition).lastStableOffset;
    if (defects.positionsMarkedEarly)
      fromOffset = Math.max(fromOffset, markedPositions.get(`${topic}/${partition}`) ?? 0);
    const reader = new FakeReader(this.#client, topic, partition, fromOffset);
    readers.add(reader);
    return reader;
  }

  async openTransactionalProducer(options: {
    transactionalId: string;
    transactionTimeoutMs: number;
  }): Promise<TransactionalProducer> {
    const { transactionalId, transactionTimeoutMs } = options;
    const { defects } = this.#client;
    const isKept = defects.sequencesRolledBack || defects.stuckCommitting;
    const known = this.#keptProducers.get(transactionalId);
    if (isKept && known !== undefined) return known;
    const producer = new FakeTransactionalProducer(this.#client, transactionalId, transactionTimeoutMs);
    if (!defects.fencedLate) await producer.initialise();
    if (isKept) this.#keptProducers.set(transactionalId, producer);
    if (!defects.fencedIsGone && !defects.positionsMarkedEarly) return producer;
    return {
      commit: async (records) => {
        if (defects.positionsMarkedEarly)
          for (const reader of this.#client.readers) {
            const { place, position } = reader.where;
            this.#client.markedPositions.set(place, position);
          }
        try {
          return await producer.commit(records);
        } catch (error) {
          if (error instanceof BrokerError && error.code === "Fenced")
            for (const membership of this.#memberships) membership.noteFenced();
          throw error;
        }
      },
      close: () => producer.close(),
    };
  }

  async openProducer(): Promise<Producer> {
    return new FakeProducer(this.#client);
  }

  async joinGroup(options: GroupOptions): Promise<GroupMembership> {
    const membership = new FakeMembership(this.#client, options, this.#disk.note(options.groupId));
    this.#memberships.add(membership);
    membership.start();
    return membership;
  }

  async openStore(options: StoreOptions): Promise<StateStore> {
    const { process, cluster } = this.#client;
    const folder = this.#disk.folder(`${options.changelogTopic}-${options.partition}`);
    const { random } = cluster.time;
    return await openLocalStore({
      options,
      openReader: (at) => this.openReader(at),
      bounds: (topic, partition) => this.topics.bounds(topic, partition),
      warn: this.#warn,
      nowMs: () => process.clock.now(),
      folder: folder.openedBy(
        process,
        () => this.#disk.speed,
        () => random.next(),
      ),
    });
  }

  async close(): Promise<void> {
    this.#client.isClosed = true;
    for (const reader of [...this.#client.readers]) await reader.close();
    for (const membership of this.#memberships) await membership.leave();
  }

  async #bounds(topic: string, partition: number): Promise<LogBounds> {
    const { cluster, process, acknowledged } = this.#client;
    const found = await this.#client.retry(process.clock.now() + PATIENCE_MS, () =>
      this.#client.request(() => {
        const { start, lastStableOffset } = cluster.log(topic, partition);
        return { start, end: lastStableOffset };
      }),
    );
    return { start: found.start, end: acknowledged.endOf(topic, partition, found.end) };
  }

  /** Defect 5. */
  #wakeUp(): void {
    this.#client.process.after(IDLE_WAKE_UP_MS, () => this.#wakeUp());
  }
}
