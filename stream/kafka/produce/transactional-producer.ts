/**
 * One transaction per `commit`, under one transactional id (I1). Drives the protocol itself, for the fewest requests
 * and a known state after every one of them.
 *
 * Defect 3: after any error the object is dead: sequence numbers and state of a half-done transaction are in doubt.
 * Defect 4: EndTxn is answered before the markers are written, and what comes next is refused with
 *           CONCURRENT_TRANSACTIONS until they are: a routine wait of a millisecond or two, not an error.
 * Defect 7: everything has a deadline below the transaction's timeout.
 * Defect 8: partitions are the caller's.
 * Defect 14: batches are split at the topic's limit; a missing topic or a record above the limit is a typed error.
 * Defect 18: a request that was not answered may be carried out yet, by a broker that read it before its connection
 *           broke, and an EndTxn that comes late would commit the first half of the next transaction. The next
 *           transaction has a new epoch then, which refuses it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { BrokerError, type OutgoingRecord, type TransactionalProducer } from "../../broker.ts";
import { type Cluster, isPassing } from "../cluster.ts";
import type { NodeConnection } from "../connection.ts";
import type { Address } from "../connection-settings.ts";
import { Code, Refusal, toBrokerError } from "../refusal.ts";
import type { KafkaTopics } from "../topics.ts";
import { encodeBatch, type ProducerIdentity } from "../wire/record-batch.ts";
import { type PlannedBatch, planBatches, planRounds } from "./batches.ts";
import {
  addPartitionsRequest,
  type EncodedBatch,
  endTransactionRequest,
  initProducerRequest,
  type ProducedBatch,
  produceRequest,
  renewProducerRequest,
} from "./requests.ts";
import { Sequences } from "./sequences.ts";

const OPEN_PATIENCE_MS = 30_000;
/** Parts of the transaction's timeout: for adding and writing, and for one request. */
const WRITE_PART = 0.6;
const REQUEST_PART = 0.4;
const REQUEST_MIN_MS = 500;
const ABORT_PATIENCE_MS = 1000;
/** Between two looks at a partition whose leader is not known, or does not yet know that it is. */
const STALE_FIRST_MS = 5;
const STALE_LAST_MS = 250;

/** What tests turn off, to show what it is for. */
export interface TransactionTuning {
  /** Waits between refusals with CONCURRENT_TRANSACTIONS, in milliseconds: the first ones, and the last for ever. */
  readonly concurrentDelaysMs: readonly number[];
  /** How often such a refusal is tried again. */
  readonly concurrentRetriesMax: number;
  /** Whether a refusal by a node that is behind (of a topic made just now, of a leader that moved) is tried again. */
  readonly retryStale: boolean;
  /** Whether the epoch is left behind a request to the coordinator that was not answered. */
  readonly renewInDoubt: boolean;
  /** Part of `max.message.bytes` at which a batch is closed. */
  readonly fill?: number;
}

interface OpenBatch {
  readonly batch: PlannedBatch;
  readonly encoded: EncodedBatch;
}

export const TUNING: TransactionTuning = {
  concurrentDelaysMs: [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 5, 5, 5, 5, 10],
  concurrentRetriesMax: Number.POSITIVE_INFINITY,
  retryStale: true,
  renewInDoubt: true,
};

export interface TransactionalOptions {
  readonly transactionalId: string;
  readonly transactionTimeoutMs: number;
}

type State = "ready" | "committing" | "dead" | "closed";

export class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #cluster: Cluster;
  readonly #topics: KafkaTopics;
  readonly #options: TransactionalOptions;
  readonly #tuning: TransactionTuning;
  readonly #connections = new Map<string, NodeConnection>();
  readonly #sequences = new Sequences();
  #coordinator: NodeConnection | undefined;
  #identity: ProducerIdentity = { producerId: -1n, producerEpoch: -1 };
  #state: State = "ready";
  /** A request to the coordinator was not answered: it may be carried out yet. */
  #inDoubt = false;
  /** Ends the commit at hand from outside of it. */
  #giveUp: (error: BrokerError) => void = () => {};

  private constructor(cluster: Cluster, topics: KafkaTopics, options: TransactionalOptions, tuning: TransactionTuning) {
    this.#cluster = cluster;
    this.#topics = topics;
    this.#options = options;
    this.#tuning = tuning;
  }

  /**
   * Fences every earlier holder of the id and aborts its open transaction, at once.
   * @throws BrokerError `Unavailable` when the coordinator cannot be had within 30 s.
   */
  static async open(
    cluster: Cluster,
    topics: KafkaTopics,
    options: TransactionalOptions,
    tuning = TUNING,
  ): Promise<KafkaTransactionalProducer> {
    const producer = new KafkaTransactionalProducer(cluster, topics, options, tuning);
    try {
      await producer.#initialise(Date.now() + OPEN_PATIENCE_MS);
      return producer;
    } catch (error) {
      await producer.close();
      throw toBrokerError(error, `opening transactional id ${options.transactionalId}`);
    }
  }

  async commit(records: readonly OutgoingRecord[]): Promise<readonly number[]> {
    const { transactionalId } = this.#options;
    if (this.#state !== "ready") {
      throw new BrokerError("Closed", `the producer of ${transactionalId} is ${this.#state}: open a new one`);
    }
    if (records.length === 0) return [];
    this.#state = "committing";
    const { transactionTimeoutMs } = this.#options;
    // Whatever hangs, and wherever: at the transaction's timeout its fate is the coordinator's.
    const overdue = setTimeout(() => this.#abandon(), transactionTimeoutMs);
    try {
      const offsets = await new Promise<readonly number[]>((resolve, reject) => {
        this.#giveUp = reject;
        this.#transaction(records).then(resolve, reject);
      });
      if (this.#state === "committing") this.#state = "ready";
      return offsets;
    } catch (error) {
      if (this.#state === "committing") this.#state = "dead";
      throw toBrokerError(error, `committing ${records.length} records under ${transactionalId}`);
    } finally {
      clearTimeout(overdue);
    }
  }

  #abandon(): void {
    if (this.#state !== "committing") return;
    this.#state = "dead";
    this.#closeConnections();
    this.#giveUp(new BrokerError("Unavailable", "the transaction's timeout is over"));
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#closeConnections();
    this.#giveUp(new BrokerError("Closed", "the producer was closed"));
  }

  #closeConnections(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  async #initialise(deadlineMs: number): Promise<void> {
    const { transactionalId, transactionTimeoutMs } = this.#options;
    const request = initProducerRequest(transactionalId, transactionTimeoutMs);
    this.#identity = await this.#atCoordinator(deadlineMs, (connection) => connection.request(request));
    // One that comes late takes the id from us, which the next transaction hears.
    this.#inDoubt = false;
  }

  /** A new epoch, if something of the present one may still be on its way. */
  async #leaveDoubt(deadlineMs: number): Promise<void> {
    if (!this.#inDoubt || !this.#tuning.renewInDoubt) return;
    const { transactionalId, transactionTimeoutMs } = this.#options;
    const request = renewProducerRequest(transactionalId, transactionTimeoutMs, this.#identity);
    this.#identity = await this.#atCoordinator(deadlineMs, (connection) => connection.request(request));
    this.#sequences.clear();
    this.#inDoubt = false;
  }

  async #transaction(records: readonly OutgoingRecord[]): Promise<readonly number[]> {
    const started = Date.now();
    const writeBy = started + this.#options.transactionTimeoutMs * WRITE_PART;
    // Checked before anything is begun: each topic and partition is there, each record within its topic's limit.
    const batches = planBatches(records, await this.#topics.known(records), this.#tuning.fill);
    await this.#leaveDoubt(writeBy);
    await this.#addPartitions(batches, writeBy);
    const offsets = new Array<number>(records.length).fill(-1);
    await this.#write(batches, started, writeBy, offsets);
    await this.#end(true, started + this.#options.transactionTimeoutMs);
    for (const { topic, partition, indexes } of batches) {
      this.#cluster.acknowledged.note(topic, partition, offsets[indexes.at(-1)!]!);
    }
    return offsets;
  }

  async #addPartitions(batches: readonly PlannedBatch[], deadlineMs: number): Promise<void> {
    const partitions = new Map<string, number[]>();
    for (const { topic, partition } of batches) {
      const members = partitions.get(topic);
      if (members === undefined) partitions.set(topic, [partition]);
      else if (!members.includes(partition)) members.push(partition);
    }
    const request = addPartitionsRequest(this.#options.transactionalId, this.#identity, partitions);
    await this.#whileStale(deadlineMs, () =>
      this.#atCoordinator(deadlineMs, (connection) => connection.request(request)),
    );
  }

  /** Runs `attempt` again while a node's view of a topic is behind (it was made just now, or its leader moved). */
  async #whileStale<T>(deadlineMs: number, attempt: () => Promise<T>): Promise<T> {
    for (let delayMs = STALE_FIRST_MS; ; delayMs = Math.min(delayMs * 2, STALE_LAST_MS)) {
      try {
        return await attempt();
      } catch (error) {
        const reason = await this.#explain(error);
        const isStale = this.#tuning.retryStale && reason instanceof Refusal && reason.staleLeader;
        if (!isStale || this.#isOver || Date.now() + delayMs > deadlineMs) throw reason;
        await pause(delayMs);
      }
    }
  }

  async #write(batches: readonly PlannedBatch[], nowMs: number, deadlineMs: number, offsets: number[]): Promise<void> {
    const doubts = { anyRequestUnanswered: false };
    try {
      for (const round of planRounds(batches)) {
        let open: readonly OpenBatch[] = round.map((batch) => ({ batch, encoded: this.#encode(batch, nowMs) }));
        for (let delayMs = STALE_FIRST_MS; ; delayMs = Math.min(delayMs * 2, STALE_LAST_MS)) {
          const { failed, reason } = await this.#writeOnce(open, offsets, doubts);
          if (failed.length === 0) break;
          const mayMend = this.#tuning.retryStale && isPassing(reason) && !this.#isOver;
          if (!mayMend || Date.now() + delayMs > deadlineMs) throw reason;
          // The same bytes under the same sequence numbers: what the broker has already, it does not take again.
          open = failed;
          await pause(delayMs);
        }
        if (Date.now() > deadlineMs) throw new BrokerError("Unavailable", "the transaction's time to write is over");
      }
    } catch (error) {
      // The next producer of this id asks anew who leads.
      for (const { topic } of batches) this.#cluster.forget(topic);
      // Nothing can arrive late: ended here, the transaction does not hold up the readers until its timeout.
      if (!doubts.anyRequestUnanswered && toBrokerError(error, "").code !== "Fenced") {
        await this.#end(false, Date.now() + ABORT_PATIENCE_MS).catch(() => {});
      }
      throw error;
    }
  }

  /** One request to each leader. @returns what was not written, and why; of several reasons one that cannot pass. */
  async #writeOnce(
    open: readonly OpenBatch[],
    offsets: number[],
    doubts: { anyRequestUnanswered: boolean },
  ): Promise<{ readonly failed: readonly OpenBatch[]; readonly reason: unknown }> {
    const failed: OpenBatch[] = [];
    let reason: unknown;
    const note = async (members: readonly OpenBatch[], error: unknown): Promise<void> => {
      const [first] = members;
      this.#cluster.forget(first!.batch.topic);
      const explained = await this.#explain(error);
      if (reason === undefined || !isPassing(explained)) reason = explained;
      failed.push(...members);
    };
    const byLeader = new Map<string, { readonly leader: Address; readonly members: OpenBatch[] }>();
    for (const each of open) {
      try {
        const leader = await this.#leader(each.batch);
        const name = `${leader.host}:${leader.port}`;
        const group = byLeader.get(name);
        if (group === undefined) byLeader.set(name, { leader, members: [each] });
        else group.members.push(each);
      } catch (error) {
        await note([each], error);
      }
    }
    const sends = [...byLeader.values()].map(async ({ leader, members }) => {
      let answer: readonly ProducedBatch[];
      try {
        answer = await this.#produce(leader, members);
      } catch (error) {
        doubts.anyRequestUnanswered = true;
        await note(members, error);
        return;
      }
      for (const each of members) {
        const { topic, partition } = each.batch;
        const result = answer.find((one) => one.topic === topic && one.partition === partition);
        try {
          takeOffsets(each.batch, result, offsets);
        } catch (error) {
          await note([each], error);
        }
      }
    });
    await Promise.all(sends);
    return { failed, reason };
  }

  async #leader({ topic, partition }: PlannedBatch): Promise<Address> {
    const node = this.#cluster.cachedTopic(topic)?.leaders[partition];
    return node === undefined ? await this.#cluster.leader(topic, partition) : this.#cluster.node(node, topic);
  }

  #encode({ topic, partition, records, sizeMax }: PlannedBatch, nowMs: number): EncodedBatch {
    const baseSequence = this.#sequences.take(topic, partition, records.length);
    const options = { ...this.#identity, baseSequence, transactional: true, nowMs, sizeHint: sizeMax };
    return { topic, partition, bytes: encodeBatch(records, options) };
  }

  async #produce(leader: Address, open: readonly OpenBatch[]): Promise<readonly ProducedBatch[]> {
    const request = produceRequest({
      transactionalId: this.#options.transactionalId,
      timeoutMs: this.#requestTimeoutMs,
      batches: open.map(({ encoded }) => encoded),
    });
    return await (await this.#connectionTo(leader)).request(request);
  }

  async #end(commit: boolean, deadlineMs: number): Promise<void> {
    const request = endTransactionRequest(this.#options.transactionalId, this.#identity, commit);
    // Asked again after a lost connection, the coordinator tells how the transaction ended: the outcome gets known.
    await this.#atCoordinator(deadlineMs, (connection) => connection.request(request));
  }

  /** Runs `attempt` at the transaction coordinator, again while the refusal is of the passing kind. */
  async #atCoordinator<T>(deadlineMs: number, attempt: (connection: NodeConnection) => Promise<T>): Promise<T> {
    for (let count = 0; ; count += 1) {
      try {
        if (this.#isOver) throw new BrokerError("Closed", `the producer is ${this.#state}`);
        if (this.#coordinator?.usable !== true) {
          const address = await this.#cluster.coordinator("transaction", this.#options.transactionalId);
          this.#coordinator = await this.#connectionTo(address);
        }
        return await attempt(this.#coordinator);
      } catch (error) {
        if (!(error instanceof Refusal)) this.#inDoubt = true;
        const routine = error instanceof Refusal && error.code === Code.concurrentTransactions;
        if (routine && count >= this.#tuning.concurrentRetriesMax) throw error;
        // A topic that the coordinator does not know is looked at by `#explain`; waiting would not make it.
        if (!isPassing(error) || (error instanceof Refusal && error.staleLeader)) throw error;
        if (!routine) this.#coordinator = undefined;
        const delayMs = routine ? this.#delayMs(count) : Math.min(20 * 2 ** Math.min(count, 6), 1000);
        if (Date.now() + delayMs > deadlineMs) throw error;
        await pause(delayMs);
      }
    }
  }

  #delayMs(attempt: number): number {
    return this.#tuning.concurrentDelaysMs[attempt] ?? this.#tuning.concurrentDelaysMs.at(-1) ?? 1;
  }

  get #isOver(): boolean {
    return this.#state === "closed" || this.#state === "dead";
  }

  get #requestTimeoutMs(): number {
    return Math.max(REQUEST_MIN_MS, Math.floor(this.#options.transactionTimeoutMs * REQUEST_PART));
  }

  async #connectionTo(address: Address): Promise<NodeConnection> {
    const name = `${address.host}:${address.port}`;
    const present = this.#connections.get(name);
    if (present?.usable) return present;
    const opened = await this.#cluster.connect(address, this.#requestTimeoutMs);
    if (this.#isOver) opened.close();
    this.#connections.set(name, opened);
    return opened;
  }

  /** Looks again at a topic that a node did not know: gone for good, or only moved? */
  async #explain(error: unknown): Promise<unknown> {
    if (error instanceof BrokerError && error.code === "UnknownTopic" && error.topic !== undefined) {
      return new BrokerError("RecordRejected", error.message, { topic: error.topic, cause: error });
    }
    if (!(error instanceof Refusal) || error.topic === undefined || !error.staleLeader) {
      if (error instanceof Refusal && error.topic !== undefined) this.#topics.forget(error.topic);
      return error;
    }
    const { topic } = error;
    this.#topics.forget(topic);
    if (error.code !== Code.unknownTopicOrPartition) return error;
    const found = await this.#cluster.metadata([topic]).catch(() => undefined);
    if (found === undefined || found.has(topic)) return error;
    return new BrokerError("RecordRejected", `topic ${topic} does not exist`, { topic, cause: error });
  }
}

function takeOffsets(batch: PlannedBatch, result: ProducedBatch | undefined, offsets: number[]): void {
  if (result === undefined) throw new BrokerError("Unavailable", `no answer for ${batch.topic}/${batch.partition}`);
  if (result.code !== Code.none) throw new Refusal("Produce", result.code, batch.topic);
  for (let index = 0; index < batch.indexes.length; index += 1) {
    offsets[batch.indexes[index]!] = result.baseOffset < 0 ? -1 : result.baseOffset + index;
  }
}
