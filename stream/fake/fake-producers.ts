/** Both producers on the model: what `stream/kafka/produce` does on a real cluster, request by request. */
import { BrokerError, type OutgoingRecord, type Producer, type TransactionalProducer } from "../broker.ts";
import type { FakeClient } from "./fake-client.ts";
import { Refused, toBrokerError } from "./refused.ts";
import type { Identity } from "./transactions.ts";

const OPEN_PATIENCE_MS = 30_000;
const SEND_PATIENCE_MS = 30_000;
const WRITE_PART = 0.6;
const ABORT_PATIENCE_MS = 1_000;
/** Between two attempts to write what was not answered. */
const REPEAT_FIRST_MS = 5;
const REPEAT_LAST_MS = 250;
const CONCURRENT_DELAY_MS = 1;
const CONCURRENT_DELAY_MOST_MS = 10;
/** Part of `max.message.bytes` at which a batch is closed. */
const FILL = 0.9;
const RECORD_OVERHEAD = 20;
const BATCH_OVERHEAD = 61;

interface PlannedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutgoingRecord[];
  readonly indexes: number[];
  bytes: number;
}

/** A batch with the numbers under which it is sent, also when it is sent again. */
interface SequencedBatch {
  readonly batch: PlannedBatch;
  readonly sequence: number;
}

/** What a leader says of one batch. */
type Written = { readonly base: number } | { readonly refused: Refused };

/** Splits at the limit of each topic. */
async function planned(
  client: FakeClient,
  records: readonly OutgoingRecord[],
  deadlineMs: number,
): Promise<PlannedBatch[]> {
  const names = records.map(({ topic }) => topic);
  const known = await client.metadata(names, false, deadlineMs);
  const open = new Map<string, PlannedBatch>();
  const batches: PlannedBatch[] = [];
  for (const [index, record] of records.entries()) {
    const { topic, partition } = record;
    const description = known.get(topic) ?? (await client.metadata([topic], true, deadlineMs)).get(topic);
    if (description === undefined || partition >= description.partitions) {
      if (client.defects.missingTopicUntyped) throw new Refused("disconnected");
      throw new BrokerError("RecordRejected", `there is no partition ${topic}/${partition}`, { topic });
    }
    const bytes = RECORD_OVERHEAD + (record.key?.length ?? 0) + (record.value?.length ?? 0);
    const place = `${topic}/${partition}`;
    let batch = open.get(place);
    const isFull = batch !== undefined && batch.bytes + bytes > description.maxMessageBytes * FILL;
    if (batch === undefined || (isFull && !client.defects.oneBatch)) {
      batch = { topic, partition, records: [], indexes: [], bytes: BATCH_OVERHEAD };
      open.set(place, batch);
      batches.push(batch);
    }
    batch.records.push(record);
    batch.indexes.push(index);
    batch.bytes += bytes;
  }
  return batches;
}

/** Three of them; a thread's changelog, outputs and inputs are led by different ones. */
function leaderOf({ topic, partition }: PlannedBatch): number {
  return (topic.charCodeAt(topic.length - 1) + partition) % 3;
}

/** In order within a partition, one batch of a partition in each round. */
function rounds(batches: readonly PlannedBatch[]): PlannedBatch[][] {
  const found: PlannedBatch[][] = [];
  const nextRound = new Map<string, number>();
  for (const batch of batches) {
    const place = `${batch.topic}/${batch.partition}`;
    const round = nextRound.get(place) ?? 0;
    nextRound.set(place, round + 1);
    const members = found[round];
    if (members === undefined) found[round] = [batch];
    else members.push(batch);
  }
  return found;
}

type State = "ready" | "committing" | "dead" | "closed";

export class FakeTransactionalProducer implements TransactionalProducer {
  readonly #client: FakeClient;
  readonly #transactionalId: string;
  readonly #timeoutMs: number;
  readonly #sequences = new Map<string, number>();
  #identity: Identity = { producerId: -1n, epoch: -1 };
  #state: State = "ready";
  /** A request to the coordinator was not answered: it may be carried out yet. */
  #isInDoubt = false;
  #giveUp: (error: BrokerError) => void = () => {};

  constructor(client: FakeClient, transactionalId: string, timeoutMs: number) {
    this.#client = client;
    this.#transactionalId = transactionalId;
    this.#timeoutMs = timeoutMs;
  }

  async initialise(): Promise<void> {
    const { client, id } = { client: this.#client, id: this.#transactionalId };
    try {
      this.#identity = await this.#atCoordinator(client.process.clock.now() + OPEN_PATIENCE_MS, () =>
        client.cluster.transactions.init(id, this.#timeoutMs),
      );
      this.#isInDoubt = false;
    } catch (error) {
      throw toBrokerError(error, `opening transactional id ${id}`);
    }
  }

  /** A new epoch, which refuses what is still on its way. */
  async #renew(deadlineMs: number): Promise<void> {
    const { transactions } = this.#client.cluster;
    const held = this.#identity;
    this.#identity = await this.#atCoordinator(deadlineMs, () =>
      transactions.init(this.#transactionalId, this.#timeoutMs, held),
    );
    this.#sequences.clear();
    this.#isInDoubt = false;
  }

  async commit(records: readonly OutgoingRecord[]): Promise<readonly number[]> {
    const { defects, process } = this.#client;
    if (this.#state === "committing" && defects.stuckCommitting) return await new Promise(() => {});
    const mayGoOn = this.#state === "ready" || (this.#state !== "committing" && defects.sequencesRolledBack);
    if (!mayGoOn) throw new BrokerError("Closed", `the producer of ${this.#transactionalId} is ${this.#state}`);
    if (records.length === 0) return [];
    this.#state = "committing";
    const cancelOverdue = process.after(this.#timeoutMs, () => {
      if (this.#state !== "committing") return;
      this.#state = "dead";
      this.#giveUp(new BrokerError("Unavailable", "the transaction's timeout is over"));
    });
    const before = new Map(this.#sequences);
    try {
      const offsets = await new Promise<readonly number[]>((resolve, reject) => {
        this.#giveUp = reject;
        this.#transaction(records).then(resolve, reject);
      });
      if (this.#state === "committing") this.#state = "ready";
      return offsets;
    } catch (error) {
      if (defects.sequencesRolledBack) {
        this.#sequences.clear();
        for (const [place, sequence] of before) this.#sequences.set(place, sequence);
      }
      if (this.#state === "committing" && !defects.stuckCommitting) this.#state = "dead";
      throw toBrokerError(error, `committing ${records.length} records under ${this.#transactionalId}`);
    } finally {
      cancelOverdue();
    }
  }

  async close(): Promise<void> {
    if (this.#client.defects.stuckCommitting && this.#state === "committing") return;
    this.#state = "closed";
    this.#giveUp(new BrokerError("Closed", "the producer was closed"));
  }

  async #transaction(records: readonly OutgoingRecord[]): Promise<readonly number[]> {
    const { clock } = this.#client.process;
    const { cluster, acknowledged } = this.#client;
    const startedMs = clock.now();
    const writeBy = startedMs + this.#timeoutMs * WRITE_PART;
    if (this.#client.defects.fencedLate && this.#identity.epoch < 0) await this.initialise();
    const batches = await planned(this.#client, records, writeBy);
    if (this.#isInDoubt && !this.#client.defects.epochKeptInDoubt) await this.#renew(writeBy);
    const identity = this.#identity;
    await this.#atCoordinator(writeBy, () => {
      const logs = batches.map(({ topic, partition }) => cluster.writable(topic, partition));
      cluster.transactions.addPartitions(this.#transactionalId, identity, logs, this.#client.process);
    });
    const offsets = new Array<number>(records.length).fill(-1);
    await this.#write(batches, writeBy, offsets);
    await this.#end(true, startedMs + this.#timeoutMs);
    for (const { topic, partition, indexes } of batches) acknowledged.note(topic, partition, offsets[indexes.at(-1)!]!);
    return offsets;
  }

  /** In rounds of one batch a partition. */
  async #write(batches: readonly PlannedBatch[], writeBy: number, offsets: number[]): Promise<void> {
    const { process } = this.#client;
    const doubts = { anyRequestUnanswered: false };
    try {
      for (const round of rounds(batches)) {
        let open: readonly SequencedBatch[] = round.map((batch) => this.#sequenced(batch));
        for (let delayMs = REPEAT_FIRST_MS; ; delayMs = Math.min(delayMs * 2, REPEAT_LAST_MS)) {
          const { failed, reason } = await this.#writeOnce(open, offsets, doubts);
          if (failed.length === 0) break;
          const mayMend = reason instanceof Refused && reason.code === "disconnected" && this.#state === "committing";
          if (!mayMend || process.clock.now() + delayMs > writeBy) throw reason;
          // Under the same sequence numbers: what a leader has already, it does not take again.
          open = this.#client.defects.repeatedAnew ? failed.map(({ batch }) => this.#sequenced(batch)) : failed;
          await process.pause(delayMs);
        }
        if (process.clock.now() > writeBy) throw new BrokerError("Unavailable", "the time to write is over");
      }
    } catch (error) {
      const isFenced = error instanceof Refused && error.code === "invalidEpoch";
      if (!doubts.anyRequestUnanswered && !isFenced)
        await this.#end(false, process.clock.now() + ABORT_PATIENCE_MS).catch(() => {});
      throw error;
    }
  }

  #sequenced(batch: PlannedBatch): SequencedBatch {
    const place = `${batch.topic}/${batch.partition}`;
    const sequence = this.#sequences.get(place) ?? 0;
    this.#sequences.set(place, sequence + batch.records.length);
    return { batch, sequence };
  }

  /**
   * By leader, one request each: what one of them has written may be long there before the next one's.
   * @returns what was not written, and why; of several reasons one that cannot pass
   */
  async #writeOnce(
    open: readonly SequencedBatch[],
    offsets: number[],
    doubts: { anyRequestUnanswered: boolean },
  ): Promise<{ readonly failed: readonly SequencedBatch[]; readonly reason: unknown }> {
    const failed: SequencedBatch[] = [];
    let reason: unknown;
    const note = (members: readonly SequencedBatch[], error: unknown): void => {
      if (reason === undefined || !(error instanceof Refused) || error.code !== "disconnected") reason = error;
      failed.push(...members);
    };
    const byLeader = Map.groupBy(open, ({ batch }) => leaderOf(batch));
    const sends = [...byLeader.values()].map(async (members) => {
      let answer: readonly Written[];
      try {
        answer = await this.#produce(members);
      } catch (error) {
        doubts.anyRequestUnanswered = true;
        note(members, error);
        return;
      }
      for (const [order, member] of members.entries()) {
        const written = answer[order]!;
        if ("refused" in written) note([member], written.refused);
        else for (const [at, index] of member.batch.indexes.entries()) offsets[index] = written.base + at;
      }
    });
    await Promise.all(sends);
    return { failed, reason };
  }

  #produce(open: readonly SequencedBatch[]): Promise<readonly Written[]> {
    const { cluster } = this.#client;
    const identity = this.#identity;
    return this.#client.request(() =>
      open.map(({ batch, sequence }): Written => {
        const { topic, partition, records } = batch;
        try {
          const log = cluster.writable(topic, partition);
          const transaction = cluster.transactions.transactionOf(this.#transactionalId, identity, log);
          return { base: log.append({ ...identity, sequence, transaction, records }, cluster.time.nowMs) };
        } catch (error) {
          if (error instanceof Refused) return { refused: error };
          throw error;
        }
      }),
    );
  }

  async #end(commit: boolean, deadlineMs: number): Promise<void> {
    const { transactions } = this.#client.cluster;
    const identity = this.#identity;
    await this.#atCoordinator(deadlineMs, () => transactions.end(this.#transactionalId, identity, commit));
  }

  async #atCoordinator<T>(deadlineMs: number, action: () => T): Promise<T> {
    const { process, defects } = this.#client;
    for (let count = 0; ; count++) {
      try {
        if (this.#state === "closed" || this.#state === "dead")
          throw new BrokerError("Closed", `the producer is ${this.#state}`);
        return await this.#client.request(action);
      } catch (error) {
        if (error instanceof Refused && error.code === "disconnected") this.#isInDoubt = true;
        const isConcurrent = error instanceof Refused && error.code === "concurrentTransactions";
        if (isConcurrent && defects.concurrentIsError) throw error;
        const mayRetry = error instanceof Refused && (error.isPassing || defects.endlessRetries);
        if (!mayRetry) throw error;
        const delayMs = isConcurrent
          ? Math.min(CONCURRENT_DELAY_MS + count / 4, CONCURRENT_DELAY_MOST_MS)
          : Math.min(20 * 2 ** Math.min(count, 6), 1_000);
        if (!defects.endlessRetries && process.clock.now() + delayMs > deadlineMs) throw error;
        await process.pause(delayMs);
      }
    }
  }
}

/** Of clients: idempotent, one send after another. */
export class FakeProducer implements Producer {
  readonly #client: FakeClient;
  readonly #sequences = new Map<string, number>();
  #identity: Identity | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: FakeClient) {
    this.#client = client;
  }

  send(records: readonly OutgoingRecord[]): Promise<readonly number[]> {
    const sent = this.#last.then(() => this.#send(records));
    this.#last = sent.catch(() => {});
    return sent;
  }

  async close(): Promise<void> {
    await this.#last;
  }

  async #send(records: readonly OutgoingRecord[]): Promise<readonly number[]> {
    const { cluster, process, defects } = this.#client;
    const deadlineMs = process.clock.now() + SEND_PATIENCE_MS;
    const offsets = new Array<number>(records.length).fill(-1);
    try {
      this.#identity ??= await this.#client.retry(deadlineMs, () =>
        this.#client.request(() => cluster.transactions.initPlain()),
      );
      const identity = this.#identity;
      for (const batch of await planned(this.#client, records, deadlineMs)) {
        const { topic } = batch;
        let { partition } = batch;
        await this.#client.retry(deadlineMs, async () => {
          const place = `${topic}/${partition}`;
          const sequence = this.#sequences.get(place) ?? 0;
          const chosen = partition;
          if (defects.partitionOnRetry) partition = (partition + 1) % cluster.topics.get(topic)!.logs.length;
          const base = await this.#client.request(() =>
            cluster
              .writable(topic, chosen)
              .append({ ...identity, sequence, transaction: undefined, records: batch.records }, cluster.time.nowMs),
          );
          this.#sequences.set(place, sequence + batch.records.length);
          for (const [at, index] of batch.indexes.entries()) offsets[index] = base + at;
        });
      }
      return offsets;
    } catch (error) {
      // The sequence numbers have a gap now: from here on with a new identity.
      this.#identity = undefined;
      this.#sequences.clear();
      throw toBrokerError(error, "sending");
    }
  }
}
