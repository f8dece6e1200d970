/**
 * The producer of clients: idempotent, acks=all, no transaction. What callers hand in while a request is on the way
 * goes out together with the next one, so that many small sends cost few requests.
 *
 * A batch that failed for good leaves a gap in the sequence numbers: from there on a new identity is used.
 */
import { BrokerError, type OutgoingRecord, type Producer, type TopicDescription } from "../../broker.ts";
import { type Cluster, isPassing } from "../cluster.ts";
import { Code, Refusal, toBrokerError } from "../refusal.ts";
import type { KafkaTopics } from "../topics.ts";
import { encodeBatch, type ProducerIdentity } from "../wire/record-batch.ts";
import { type PlannedBatch, planBatches, planRounds } from "./batches.ts";
import { initProducerRequest, produceRequest } from "./requests.ts";
import { Sequences } from "./sequences.ts";

/** How long a record is tried; then its sender hears `Unavailable`. */
const PATIENCE_MS = 30_000;
const PRODUCE_TIMEOUT_MS = 8000;
/** Records that wait to go out; beyond it `send` fails at once, so that whoever floods hears of it. */
const WAITING_MAX = 100_000;
/** What goes out together at most, in records. */
const TOGETHER_MAX = 5000;

interface Sending {
  readonly records: readonly OutgoingRecord[];
  readonly resolve: (offsets: readonly number[]) => void;
  readonly reject: (error: BrokerError) => void;
}

export class KafkaProducer implements Producer {
  readonly #cluster: Cluster;
  readonly #topics: KafkaTopics;
  readonly #sequences = new Sequences();
  #identity: Promise<ProducerIdentity> | undefined;
  #waiting: Sending[] = [];
  #waitingRecords = 0;
  #pumping: Promise<void> | undefined;
  #closed = false;

  constructor(cluster: Cluster, topics: KafkaTopics) {
    this.#cluster = cluster;
    this.#topics = topics;
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly number[]> {
    if (this.#closed) throw new BrokerError("Closed", "the producer is closed");
    if (records.length === 0) return [];
    if (this.#waitingRecords > 0 && this.#waitingRecords + records.length > WAITING_MAX) {
      const message = `${this.#waitingRecords} records wait to be sent already: send slower`;
      throw new BrokerError("Unavailable", message);
    }
    this.#waitingRecords += records.length;
    return await new Promise<readonly number[]>((resolve, reject) => {
      this.#waiting.push({ records, resolve, reject });
      this.#pumping ??= this.#pump();
    });
  }

  /** Waits for what was handed in before. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pumping;
  }

  async #pump(): Promise<void> {
    while (this.#waiting.length > 0) {
      const together: Sending[] = [];
      const topics = new Map<string, TopicDescription>();
      for (let count = 0; this.#waiting.length > 0 && count < TOGETHER_MAX; ) {
        const sending = this.#waiting.shift()!;
        this.#waitingRecords -= sending.records.length;
        count += sending.records.length;
        if (await this.#isAcceptable(sending, topics)) together.push(sending);
      }
      if (together.length > 0) await this.#sendTogether(together, topics);
    }
    // In the same turn as the last look at the queue: whoever comes later starts a new pump.
    this.#pumping = undefined;
  }

  /** Checks a sender's records by themselves, so that nobody fails for another's; learns their topics. */
  async #isAcceptable(sending: Sending, topics: Map<string, TopicDescription>): Promise<boolean> {
    try {
      const known = await this.#topics.known(sending.records);
      planBatches(sending.records, known);
      for (const [name, description] of known) topics.set(name, description);
      return true;
    } catch (error) {
      sending.reject(toBrokerError(error, "sending"));
      return false;
    }
  }

  async #sendTogether(together: readonly Sending[], topics: ReadonlyMap<string, TopicDescription>): Promise<void> {
    const records = together.flatMap((sending) => sending.records);
    const offsets = new Array<number>(records.length).fill(-1);
    const errors = new Array<unknown>(records.length).fill(undefined);
    const broken = new Map<string, unknown>();
    const deadlineMs = Date.now() + PATIENCE_MS;
    for (const round of planRounds(planBatches(records, topics))) {
      const deliveries = round.map(async (batch) => {
        const place = `${batch.topic}/${batch.partition}`;
        try {
          // Behind a batch that failed, the partition's sequence has a gap: what follows fails with it.
          if (broken.has(place)) throw broken.get(place);
          const baseOffset = await this.#deliver(batch, deadlineMs);
          for (const [order, index] of batch.indexes.entries())
            offsets[index] = baseOffset < 0 ? -1 : baseOffset + order;
        } catch (error) {
          broken.set(place, error);
          for (const index of batch.indexes) errors[index] = error;
        }
      });
      await Promise.all(deliveries);
    }
    if (broken.size > 0) this.#identity = undefined;
    let at = 0;
    for (const { records: own, resolve, reject } of together) {
      const error = errors.slice(at, at + own.length).find((reason) => reason !== undefined);
      if (error === undefined) resolve(offsets.slice(at, at + own.length));
      else reject(toBrokerError(error, "sending"));
      at += own.length;
    }
  }

  /** Sends one batch until it is durable; the same bytes again when in doubt, so that the broker drops a second copy. */
  async #deliver(batch: PlannedBatch, deadlineMs: number): Promise<number> {
    const { topic, partition } = batch;
    const identity = await this.#identified(deadlineMs);
    const baseSequence = this.#sequences.take(topic, partition, batch.records.length);
    const options = { ...identity, baseSequence, transactional: false, nowMs: Date.now(), sizeHint: batch.sizeMax };
    const bytes = encodeBatch(batch.records, options);
    const request = produceRequest({
      transactionalId: null,
      timeoutMs: PRODUCE_TIMEOUT_MS,
      batches: [{ topic, partition, bytes }],
    });
    return await this.#cluster.retry(deadlineMs, async () => {
      try {
        const connection = await this.#cluster.shared(await this.#cluster.leader(topic, partition));
        const [result] = await connection.request(request);
        if (result === undefined) throw new BrokerError("Unavailable", `no answer for ${topic}/${partition}`);
        if (result.code === Code.duplicateSequence) return -1;
        if (result.code !== Code.none) throw new Refusal("Produce", result.code, topic);
        return result.baseOffset;
      } catch (error) {
        if (isPassing(error)) this.#topics.forget(topic);
        if (error instanceof BrokerError && error.code === "UnknownTopic") {
          throw new BrokerError("RecordRejected", error.message, { topic, cause: error });
        }
        throw error;
      }
    });
  }

  #identified(deadlineMs: number): Promise<ProducerIdentity> {
    this.#identity ??= this.#cluster
      .retry(deadlineMs, async () => {
        const connection = await this.#cluster.shared(await this.#cluster.anyNode());
        return await connection.request(initProducerRequest(null, 0));
      })
      .then((identity) => {
        this.#sequences.clear();
        return identity;
      });
    return this.#identity;
  }
}
