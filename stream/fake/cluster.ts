/** The brokers of the model, as one: topics, logs, both coordinators, and the network before them. */
import type { TopicDescription, TopicSpec } from "../broker.ts";
import { GroupCoordinator } from "./groups.ts";
import { PartitionLog } from "./log.ts";
import { Network } from "./network.ts";
import { Refused } from "./refused.ts";
import type { SimulatedTime } from "./simulated-time.ts";
import { TransactionCoordinator } from "./transactions.ts";

export interface FakeTopic {
  readonly description: TopicDescription;
  readonly logs: readonly PartitionLog[];
  /** Nobody may write it, though its metadata can be had. */
  isForbidden: boolean;
}

export class FakeCluster {
  readonly time: SimulatedTime;
  readonly network: Network;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  readonly topics = new Map<string, FakeTopic>();
  /** How much one fetch brings. The same each time: who asks again gets the same again, as from a real broker. */
  fetchBatchesMax = 40;

  /** Whether the brokers have this defect. */
  readonly #forgetsSequences: boolean;

  constructor(time: SimulatedTime, latencyMs: number, forgetsSequences = false) {
    this.#forgetsSequences = forgetsSequences;
    this.time = time;
    this.network = new Network(time, latencyMs);
    this.groups = new GroupCoordinator(time);
    this.transactions = new TransactionCoordinator(time);
  }

  create(spec: TopicSpec): void {
    if (this.topics.has(spec.name)) return;
    const { name, partitions, cleanup, retentionMs, maxMessageBytes } = spec;
    const logs = Array.from(
      { length: partitions },
      (_, partition) =>
        new PartitionLog(name, partition, cleanup === "compact", maxMessageBytes, this.#forgetsSequences),
    );
    const description = { name, partitions, cleanup, retentionMs, maxMessageBytes };
    this.topics.set(name, { description, logs, isForbidden: false });
  }

  /** @throws Refused `unknownTopic` */
  log(topic: string, partition: number): PartitionLog {
    const log = this.topics.get(topic)?.logs[partition];
    if (log === undefined) throw new Refused("unknownTopic", topic);
    return log;
  }

  writable(topic: string, partition: number): PartitionLog {
    const log = this.log(topic, partition);
    if (this.topics.get(topic)?.isForbidden) throw new Refused("notAuthorized", topic);
    return log;
  }
}
