/**
 * Reads one partition by position, read_committed (defects 1, 2, 9, 10, 13): one Fetch at a time to the partition's
 * leader, over a connection of its own, so that no reader waits for another. A changed leader or a lost connection is
 * mended here; a position outside of the log never is (defect 13: stock kafkajs resets it in silence).
 */
import { BrokerError, type PartitionReader, type ReadBatch, type StoredRecord } from "../broker.ts";
import { type Cluster, isPassing } from "./cluster.ts";
import type { NodeConnection } from "./connection.ts";
import { fetchRequest, readFetched } from "./fetch.ts";
import { Code, Refusal, toBrokerError } from "./refusal.ts";

const FETCH_BYTES_FIRST = 4 << 20;
const FETCH_BYTES_MAX = 1 << 30;
/** How long a poll goes on against a cluster that cannot serve it. */
const PATIENCE_MS = 10_000;
/** A topic that was made just now may be unknown to a node for a moment. */
const UNKNOWN_TOPIC_PATIENCE_MS = 2000;

interface Where {
  readonly topic: string;
  readonly partition: number;
}

export class KafkaPartitionReader implements PartitionReader {
  readonly #cluster: Cluster;
  readonly #where: Where;
  #position: number;
  #endOffset = 0;
  #maxBytes = FETCH_BYTES_FIRST;
  #connection: NodeConnection | undefined;
  #closed = false;

  private constructor(cluster: Cluster, where: Where, fromOffset: number) {
    this.#cluster = cluster;
    this.#where = where;
    this.#position = fromOffset;
  }

  /** @throws BrokerError `UnknownTopic` when there is no such partition. */
  static async open(cluster: Cluster, where: Where, fromOffset: number): Promise<KafkaPartitionReader> {
    const reader = new KafkaPartitionReader(cluster, where, fromOffset);
    await reader.#mended(Date.now() + PATIENCE_MS, async () => {
      await reader.#connect();
    });
    return reader;
  }

  async poll(maxWaitMs: number): Promise<ReadBatch> {
    if (this.#closed) throw new BrokerError("Closed", "the reader is closed");
    const waitUntil = Date.now() + maxWaitMs;
    const giveUp = waitUntil + PATIENCE_MS;
    let records: readonly StoredRecord[] = [];
    try {
      for (;;) {
        const before = this.#position;
        records = await this.#mended(giveUp, () => this.#fetch(Math.max(0, waitUntil - Date.now())));
        const caughtUp = this.#position >= this.#endOffset;
        // Markers and aborted records alone are no reason to come back before the end is reached or time is up.
        if (records.length > 0 || Date.now() >= waitUntil || (caughtUp && this.#position > before)) break;
      }
    } catch (error) {
      if (!this.#closed) throw toBrokerError(error, `reading ${this.#where.topic}/${this.#where.partition}`);
    }
    return { records, nextOffset: this.#position, endOffset: this.#endOffset };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connection?.close();
  }

  async #connect(): Promise<NodeConnection> {
    if (this.#closed) throw new BrokerError("Closed", "the reader is closed");
    if (this.#connection?.usable) return this.#connection;
    const connection = await this.#cluster.connect(
      await this.#cluster.leader(this.#where.topic, this.#where.partition),
    );
    this.#connection = connection;
    if (this.#closed) connection.close();
    return connection;
  }

  async #fetch(maxWaitMs: number): Promise<readonly StoredRecord[]> {
    const connection = await this.#connect();
    const request = { ...this.#where, fromOffset: this.#position, maxWaitMs, maxBytes: this.#maxBytes };
    const answer = await connection.request(fetchRequest(request));
    const read = readFetched(answer, this.#where, this.#position);
    this.#endOffset = this.#cluster.acknowledged.endOf(
      this.#where.topic,
      this.#where.partition,
      answer.lastStableOffset,
    );
    if (read.cutOff) {
      // The first batch is larger than what was asked for (brokers older than KIP-74 cut it off).
      if (this.#maxBytes >= FETCH_BYTES_MAX) throw new BrokerError("Unavailable", "a record batch exceeds 1 GiB");
      this.#maxBytes *= 2;
      return [];
    }
    this.#position = read.nextOffset;
    return read.records;
  }

  /** Runs `attempt` again, over a new connection to the partition's present leader, while that may help. */
  async #mended<T>(giveUpMs: number, attempt: () => Promise<T>): Promise<T> {
    const unknownUntil = Date.now() + UNKNOWN_TOPIC_PATIENCE_MS;
    return await this.#cluster.retry(giveUpMs, async () => {
      try {
        return await attempt();
      } catch (error) {
        if (this.#closed) throw new BrokerError("Closed", "the reader is closed", { cause: error });
        const { topic, partition } = this.#where;
        const unknown =
          (error instanceof Refusal && error.code === Code.unknownTopicOrPartition) ||
          (error instanceof BrokerError && error.code === "UnknownTopic");
        if (unknown && Date.now() > unknownUntil) {
          throw new BrokerError("UnknownTopic", `there is no partition ${topic}/${partition}`, { cause: error, topic });
        }
        if (!unknown && !isPassing(error)) throw error;
        this.#connection?.close();
        this.#cluster.forget(topic);
        throw unknown ? new Refusal("Fetch", Code.unknownTopicOrPartition, topic) : error;
      }
    });
  }
}
