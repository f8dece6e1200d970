/**
 * The cluster as the adapter sees it: who leads a partition, who coordinates a group or a transactional id, and
 * connections to them. Metadata is cached until somebody is refused by a node and calls `forget`.
 */
import { setTimeout as pause } from "node:timers/promises";
import { BrokerError } from "../broker.ts";
import { Acknowledged } from "./acknowledged.ts";
import { NodeConnection } from "./connection.ts";
import type { Address, ConnectionSettings } from "./connection-settings.ts";
import { Code, Refusal, Refused, refuse, Unmendable } from "./refusal.ts";

const REQUEST_TIMEOUT_MS = 10_000;
const METADATA_MAX_AGE_MS = 60_000;
const RETRY_FIRST_MS = 20;
const RETRY_LAST_MS = 1000;

export type CoordinatorKind = "group" | "transaction";

export interface TopicMetadata {
  /** Leader node by partition; -1 while there is none. */
  readonly leaders: readonly number[];
}

interface MetadataAnswer {
  readonly brokers: readonly { nodeId: number; host: string; port: number }[];
  readonly topicMetadata: readonly {
    topicErrorCode: number;
    topic: string;
    partitionMetadata: readonly { partitionId: number; leader: number }[];
  }[];
  readonly controllerId: number;
}

export interface ClusterSettings extends ConnectionSettings {
  readonly brokers: readonly string[];
}

export class Cluster {
  readonly settings: ClusterSettings;
  readonly acknowledged = new Acknowledged();
  /** Topics that Kafka does not let this client see. */
  readonly #hidden = new Set<string>();
  readonly #bootstrap: readonly Address[];
  #nodes = new Map<number, Address>();
  #topics = new Map<string, TopicMetadata & { readonly at: number }>();
  /** Connections for requests that the broker answers at once, by address. */
  #shared = new Map<string, Promise<NodeConnection>>();
  #closed = false;

  constructor(settings: ClusterSettings) {
    this.settings = settings;
    this.#bootstrap = settings.brokers.map(parseAddress);
    if (this.#bootstrap.length === 0) throw new BrokerError("Unavailable", "no Kafka broker was named: set `brokers`");
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** A connection of the caller's own, who closes it. */
  async connect(address: Address, requestTimeoutMs = REQUEST_TIMEOUT_MS): Promise<NodeConnection> {
    if (this.#closed) throw new BrokerError("Closed", "the Kafka broker object is closed");
    return await NodeConnection.open(this.settings, address, { requestTimeoutMs });
  }

  /** The connection that short requests to this address share. */
  async shared(address: Address): Promise<NodeConnection> {
    const name = `${address.host}:${address.port}`;
    const present = this.#shared.get(name);
    if (present !== undefined) {
      const connection = await present.catch(() => undefined);
      if (connection?.usable) return connection;
      if (this.#shared.get(name) === present) this.#shared.delete(name);
      return await this.shared(address);
    }
    const opening = this.connect(address);
    this.#shared.set(name, opening);
    try {
      return await opening;
    } catch (error) {
      if (this.#shared.get(name) === opening) this.#shared.delete(name);
      throw error;
    }
  }

  /** Runs `ask` on any node that answers. */
  async #anywhere<T>(ask: (connection: NodeConnection) => Promise<T>): Promise<T> {
    let failure: unknown;
    for (const address of [...this.#nodes.values(), ...this.#bootstrap]) {
      try {
        return await ask(await this.shared(address));
      } catch (error) {
        if (error instanceof Refusal || error instanceof Unmendable || error instanceof Refused || this.#closed)
          throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /** Fresh metadata of these topics; a topic that does not exist is absent. */
  async metadata(topics: readonly string[]): Promise<ReadonlyMap<string, TopicMetadata>> {
    const found = new Map<string, TopicMetadata>();
    if (topics.length === 0) return found;
    const answer = await this.#anywhere((connection) =>
      connection.send<MetadataAnswer>("Metadata", { topics, allowAutoTopicCreation: false }),
    );
    this.#nodes = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
    for (const { topicErrorCode, topic, partitionMetadata } of answer.topicMetadata) {
      if (topicErrorCode === Code.unknownTopicOrPartition || topicErrorCode === Code.invalidTopic) {
        this.#topics.delete(topic);
        this.#hidden.delete(topic);
        continue;
      }
      if (topicErrorCode === Code.topicNotAuthorized) {
        // As absent: whoever needs it hears by `assertVisible` that it may be there all the same.
        this.#topics.delete(topic);
        this.#hidden.add(topic);
        continue;
      }
      if (topicErrorCode !== Code.leaderNotAvailable) refuse("Metadata", topicErrorCode, topic);
      const leaders = new Array<number>(partitionMetadata.length).fill(-1);
      for (const { partitionId, leader } of partitionMetadata) leaders[partitionId] = leader;
      found.set(topic, { leaders });
      this.#topics.set(topic, { leaders, at: Date.now() });
    }
    return found;
  }

  /** Cached metadata, asked for where absent or old. */
  async topic(name: string): Promise<TopicMetadata | undefined> {
    const cached = this.#topics.get(name);
    if (cached !== undefined && Date.now() - cached.at < METADATA_MAX_AGE_MS) return cached;
    return (await this.metadata([name])).get(name);
  }

  /** The cached metadata, without asking anybody: for the path of every transaction. */
  cachedTopic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name);
  }

  /** @throws Refusal for a topic that the last metadata refused to tell of. */
  assertVisible(topic: string): void {
    if (this.#hidden.has(topic)) throw new Refusal("Metadata", Code.topicNotAuthorized, topic);
  }

  /** To be called when a node said that it is not, or no longer, the leader, or did not answer. */
  forget(topic: string): void {
    this.#topics.delete(topic);
  }

  /**
   * The address of the leader of a partition.
   * @throws BrokerError `UnknownTopic`; Refusal (stale leader) while there is none.
   */
  async leader(topic: string, partition: number): Promise<Address> {
    const leaders = (await this.topic(topic))?.leaders;
    const leader = leaders?.[partition];
    if (leaders === undefined) this.assertVisible(topic);
    if (leader === undefined)
      throw new BrokerError("UnknownTopic", `there is no partition ${topic}/${partition}`, { topic });
    return this.node(leader, topic);
  }

  /** The address of a node that metadata named. */
  node(nodeId: number, topic: string): Address {
    const address = this.#nodes.get(nodeId);
    if (address !== undefined) return address;
    this.forget(topic);
    throw new Refusal("Metadata", Code.leaderNotAvailable, topic);
  }

  /** The address of any node, for requests that every node answers. */
  async anyNode(): Promise<Address> {
    return await this.#anywhere(async (connection) => connection.address);
  }

  async coordinator(kind: CoordinatorKind, key: string): Promise<Address> {
    const coordinatorType = kind === "group" ? 0 : 1;
    const answer = await this.#anywhere((connection) =>
      connection.send<{ errorCode: number; coordinator: Address }>("GroupCoordinator", {
        groupId: key,
        coordinatorType,
      }),
    );
    refuse("FindCoordinator", answer.errorCode);
    return { host: answer.coordinator.host, port: answer.coordinator.port };
  }

  /**
   * Repeats `attempt` while its failure is of the passing kind (a stale leader or coordinator, a lost connection) and
   * the deadline (milliseconds since the epoch) lies ahead.
   */
  async retry<T>(deadlineMs: number, attempt: () => Promise<T>): Promise<T> {
    for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_LAST_MS)) {
      try {
        return await attempt();
      } catch (error) {
        if (this.#closed || !isPassing(error) || Date.now() + delayMs > deadlineMs) throw error;
        await pause(delayMs);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connections = [...this.#shared.values()];
    this.#shared.clear();
    for (const opening of connections) (await opening.catch(() => undefined))?.close();
  }
}

/** Whether trying again may help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof Refusal) {
    return (
      error.staleLeader ||
      error.staleCoordinator ||
      error.code === Code.requestTimedOut ||
      error.code === Code.notEnoughReplicas ||
      error.code === Code.notEnoughReplicasAfterAppend ||
      error.code === Code.concurrentTransactions
    );
  }
  if (error instanceof BrokerError) return error.code === "Unavailable" && !(error instanceof Unmendable);
  return error instanceof Error && error.name.startsWith("KafkaJS");
}

function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  if (colon < 1 || !Number.isInteger(port)) {
    throw new BrokerError("Unavailable", `"${text}" is no Kafka address: host:port is needed`);
  }
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ""), port };
}
