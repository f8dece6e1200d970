/**
 * Apache Kafka behind the broker seam.
 *
 * kafkajs gives the connection and the codecs of the rare requests. Cluster metadata, reading, transactions and group
 * membership are the adapter's own (`cluster.ts`, `partition-reader.ts`, `produce/`, `group/`), because it is there that
 * kafkajs breaks I1; each of its defects is handled in one place, under the number it is cited by. Nothing is shared
 * between producers and consumers (defect 6): there is no offset map at all.
 *
 * Needs Kafka 2.5 or newer.
 */
import type { ConnectionOptions } from "node:tls";
import type {
  Broker,
  GroupMembership,
  GroupOptions,
  PartitionReader,
  Producer,
  StateStore,
  StoreOptions,
  Topics,
  TransactionalProducer,
} from "../broker.ts";
import { BrokerError } from "../broker.ts";
import { openLocalStore } from "../store/local-store.ts";
import { type KafkaLog, SILENT } from "./client-log.ts";
import { Cluster } from "./cluster.ts";
import { type ClusterDescription, describeCluster } from "./cluster-settings.ts";
import type { QuotaWaits } from "./connection-settings.ts";
import { KafkaGroupMembership } from "./group/membership.ts";
import type { KafkaLogin } from "./login.ts";
import { KafkaPartitionReader } from "./partition-reader.ts";
import { type MissingPermission, missingPermissions, type PermissionNeed } from "./permissions.ts";
import { KafkaProducer } from "./produce/plain-producer.ts";
import { KafkaTransactionalProducer } from "./produce/transactional-producer.ts";
import { toBrokerError } from "./refusal.ts";
import { KafkaTopics } from "./topics.ts";

export interface KafkaBrokerOptions {
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: readonly string[];
  /** Told to the cluster with each request; default `kawait`. */
  readonly clientId?: string;
  /** Shown in the client id, so that one cluster's logs tell installations apart. Names come from the caller whole. */
  readonly installation?: string;
  /** TLS: `true`, or the options of `tls.connect` (`ca`, and `cert` and `key` for mutual TLS). */
  readonly ssl?: boolean | ConnectionOptions;
  readonly login?: KafkaLogin;
  readonly logger?: KafkaLog;
}

/** What only a cluster has, beside the seam. */
export interface KafkaBroker extends Broker {
  /** @returns what of `needs` this client is not granted. @throws BrokerError `Unavailable`, `Refused`. */
  missingPermissions(needs: readonly PermissionNeed[]): Promise<readonly MissingPermission[]>;
  /** How the cluster and these topics are set up. @throws BrokerError `Unavailable`, `Refused`. */
  describeCluster(topics: readonly string[]): Promise<ClusterDescription>;
  /** For how long the brokers' quotas held requests back, in milliseconds, summed over connections. */
  readonly quotaWaitMs: number;
}

class ConnectedBroker implements KafkaBroker {
  readonly kind = "kafka";
  readonly topics: Topics;
  readonly #topics: KafkaTopics;
  readonly #cluster: Cluster;
  readonly #quota: QuotaWaits = { waitedMs: 0 };
  readonly #open = new Set<{ close(): Promise<void> }>();
  #closed = false;

  constructor(options: KafkaBrokerOptions) {
    const clientId = [options.clientId ?? "kawait", options.installation].filter(Boolean).join("-");
    this.#cluster = new Cluster({
      brokers: options.brokers,
      clientId,
      ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
      ...(options.login === undefined ? {} : { login: options.login }),
      log: options.logger ?? SILENT,
      quota: this.#quota,
    });
    this.#topics = new KafkaTopics(this.#cluster);
    this.topics = this.#topics;
  }

  get quotaWaitMs(): number {
    return this.#quota.waitedMs;
  }

  async openReader(options: { topic: string; partition: number; fromOffset: number }): Promise<PartitionReader> {
    this.#assertOpen();
    const { topic, partition, fromOffset } = options;
    try {
      return this.#track(await KafkaPartitionReader.open(this.#cluster, { topic, partition }, fromOffset));
    } catch (error) {
      throw toBrokerError(error, `opening a reader of ${topic}/${partition}`);
    }
  }

  async openTransactionalProducer(options: {
    transactionalId: string;
    transactionTimeoutMs: number;
  }): Promise<TransactionalProducer> {
    this.#assertOpen();
    return this.#track(await KafkaTransactionalProducer.open(this.#cluster, this.#topics, options));
  }

  async openProducer(): Promise<Producer> {
    this.#assertOpen();
    return this.#track(new KafkaProducer(this.#cluster, this.#topics));
  }

  async joinGroup(options: GroupOptions): Promise<GroupMembership> {
    this.#assertOpen();
    const membership = KafkaGroupMembership.start(this.#cluster, options);
    const member = { close: () => membership.leave() };
    this.#open.add(member);
    return {
      heartbeat: () => membership.heartbeat(),
      commitAdvisory: (offsets) => membership.commitAdvisory(offsets),
      readAdvisory: (partitions) => membership.readAdvisory(partitions),
      leave: async () => {
        this.#open.delete(member);
        await membership.leave();
      },
    };
  }

  async missingPermissions(needs: readonly PermissionNeed[]): Promise<readonly MissingPermission[]> {
    this.#assertOpen();
    return await missingPermissions(this.#cluster, needs);
  }

  async describeCluster(topics: readonly string[]): Promise<ClusterDescription> {
    this.#assertOpen();
    return await describeCluster(this.#cluster, topics);
  }

  async openStore(options: StoreOptions): Promise<StateStore> {
    this.#assertOpen();
    return await openLocalStore({
      options,
      openReader: (reader) => this.openReader(reader),
      bounds: (topic, partition) => this.#topics.bounds(topic, partition),
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#open].map((each) => each.close()));
    await this.#cluster.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new BrokerError("Closed", "the Kafka broker object is closed");
  }

  /** What is still open when the broker is closed goes with it. */
  #track<T extends { close(): Promise<void> }>(opened: T): T {
    const close = opened.close.bind(opened);
    this.#open.add(opened);
    opened.close = async () => {
      this.#open.delete(opened);
      await close();
    };
    return opened;
  }
}

/**
 * Apache Kafka as the log. Connects on first use.
 *
 *     const broker = createKafkaBroker({ brokers: ["localhost:9092"] });
 *
 * @throws BrokerError `Unavailable` when an address is no `host:port`; the methods as the seam says.
 */
export function createKafkaBroker(options: KafkaBrokerOptions): KafkaBroker {
  return new ConnectedBroker(options);
}
