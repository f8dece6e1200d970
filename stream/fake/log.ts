/**
 * One partition of the model: batches with markers between them, as a broker stores and hands them out.
 *
 * What the model knows beyond a broker is the outcome of each transaction: `truth` is what is really committed, whatever
 * a reader makes of a fetch.
 */
import type { StoredRecord } from "../broker.ts";
import type { AbortedTransaction } from "../kafka/fetch.ts";
import type { DecodedBatch } from "../kafka/wire/record-batch.ts";
import { Refused } from "./refused.ts";

/** A transaction as the model sees it from above. */
export interface Transaction {
  readonly transactionalId: string;
  /** When the producer that ran it was initialised (the world's time). */
  readonly epochSinceMs: number;
  /** The latest that the clock of its process had ever shown when partitions were added last. */
  processMs: number;
  outcome: "open" | "committed" | "aborted";
}

export interface LogBatch extends DecodedBatch {
  /** Emptied by compaction, one by one. */
  records: readonly StoredRecord[];
  readonly epoch: number;
  readonly transaction: Transaction | undefined;
  readonly appendedMs: number;
}

export interface Append {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly sequence: number;
  readonly transaction: Transaction | undefined;
  readonly records: readonly {
    readonly key: Uint8Array | null;
    readonly value: Uint8Array | null;
    readonly headers?: Readonly<Record<string, string>>;
    readonly timestampMs?: number;
  }[];
}

export interface Fetched {
  readonly batches: readonly LogBatch[];
  /** In order of completion, as a broker sends it. */
  readonly aborted: readonly AbortedTransaction[];
  readonly lastStableOffset: number;
}

interface ProducerState {
  epoch: number;
  /** The last batches: a broker knows a repeated one by its sequence numbers. */
  readonly recent: { readonly sequence: number; readonly count: number; readonly baseOffset: number }[];
  next: number;
}

const RECENT_MAX = 5;
const NO_HEADERS = {};

export class PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly isCompacted: boolean;
  readonly maxMessageBytes: number;
  /** A defect: a repeated batch is taken for another one. */
  readonly forgetsSequences: boolean;
  start = 0;
  end = 0;
  batches: LogBatch[] = [];
  /** What was deleted from the beginning; only the model remembers it. */
  readonly #deleted: LogBatch[] = [];
  readonly #open = new Map<bigint, number>();
  #aborted: (AbortedTransaction & { readonly markerOffset: number })[] = [];
  readonly #producers = new Map<bigint, ProducerState>();
  readonly #waiting = new Set<() => void>();

  constructor(
    topic: string,
    partition: number,
    isCompacted: boolean,
    maxMessageBytes: number,
    forgetsSequences = false,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.isCompacted = isCompacted;
    this.maxMessageBytes = maxMessageBytes;
    this.forgetsSequences = forgetsSequences;
  }

  /** Readers of committed records get what lies before this. */
  get lastStableOffset(): number {
    let least = this.end;
    for (const first of this.#open.values()) if (first < least) least = first;
    return least;
  }

  /** @returns the offset of the first record; of the earlier one when the batch is a repetition. */
  append(batch: Append, nowMs: number): number {
    const bytes = batch.records.reduce(
      (sum, { key, value }) => sum + 20 + (key?.length ?? 0) + (value?.length ?? 0),
      61,
    );
    if (bytes > this.maxMessageBytes) throw new Refused("messageTooLarge", this.topic);
    const known = this.#stateOf(batch.producerId, batch.epoch);
    if (!this.forgetsSequences) {
      const { sequence, records } = batch;
      const repeated = known.recent.find((each) => each.sequence === sequence && each.count === records.length);
      if (repeated !== undefined) return repeated.baseOffset;
      // One is missing before it, or it is a repetition of one that is not remembered any more.
      if (sequence !== known.next) throw new Refused("outOfOrderSequence", this.topic);
    }
    const baseOffset = this.end;
    const { topic, partition } = this;
    const records = batch.records.map(({ key, value, headers, timestampMs }, index) => ({
      topic,
      partition,
      offset: baseOffset + index,
      timestampMs: timestampMs ?? Math.floor(nowMs),
      key,
      value,
      headers: headers ?? NO_HEADERS,
    }));
    this.end += records.length;
    known.next += records.length;
    known.recent.push({ sequence: batch.sequence, count: records.length, baseOffset });
    if (known.recent.length > RECENT_MAX) known.recent.shift();
    const { producerId, epoch, transaction } = batch;
    this.batches.push({
      baseOffset,
      lastOffset: this.end - 1,
      producerId,
      epoch,
      transactional: transaction !== undefined,
      control: "none",
      records,
      transaction,
      appendedMs: nowMs,
    });
    if (transaction !== undefined && !this.#open.has(producerId)) this.#open.set(producerId, baseOffset);
    if (transaction === undefined) this.#wake();
    return baseOffset;
  }

  /** The marker that ends a transaction here. */
  mark(producerId: bigint, epoch: number, transaction: Transaction, nowMs: number): void {
    const baseOffset = this.end++;
    this.#stateOf(producerId, epoch);
    const control = transaction.outcome === "committed" ? "commit" : "abort";
    this.batches.push({
      baseOffset,
      lastOffset: baseOffset,
      producerId,
      epoch,
      transactional: true,
      control,
      records: [],
      transaction,
      appendedMs: nowMs,
    });
    const firstOffset = this.#open.get(producerId);
    this.#open.delete(producerId);
    if (control === "abort" && firstOffset !== undefined)
      this.#aborted.push({ producerId, firstOffset, markerOffset: baseOffset });
    this.#wake();
  }

  fetch(from: number, batchesMax: number): Fetched {
    if (from < this.start || from > this.end) throw new Refused("offsetOutOfRange", this.topic);
    const lastStableOffset = this.lastStableOffset;
    const batches: LogBatch[] = [];
    for (let at = this.#indexOf(from); at < this.batches.length && batches.length < batchesMax; at++) {
      const batch = this.batches[at]!;
      if (batch.lastOffset >= lastStableOffset) break;
      // A reader never sees a change that compaction makes behind its back.
      batches.push({ ...batch });
    }
    const upTo = batches.at(-1)?.lastOffset ?? from;
    const aborted = this.#aborted.filter(
      ({ firstOffset, markerOffset }) => markerOffset >= from && firstOffset <= upTo,
    );
    return { batches, aborted, lastStableOffset };
  }

  /** Calls `wake` once, when there is something behind `position`; the result takes that back. */
  whenBehind(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  deleteBefore(offset: number): void {
    this.start = Math.max(this.start, Math.min(offset, this.lastStableOffset));
    while (this.batches.length > 0 && this.batches[0]!.lastOffset < this.start)
      this.#deleted.push(this.batches.shift()!);
  }

  /** Records that nobody has read, deleted before anybody could: `retention.ms` of an input was not -1. */
  loseUnread(count: number): void {
    this.end += count;
    this.start = this.end;
    this.#deleted.push(...this.batches.splice(0));
    this.#wake();
  }

  /**
   * Keeps the last committed record of each key, drops aborted ones; batches stay as empty shells, or go.
   * Tombstones are kept for `tombstonesMs`.
   */
  compact(nowMs: number, tombstonesMs: number, keepShell: () => boolean): void {
    const end = this.lastStableOffset;
    const last = new Map<string, number>();
    for (const record of this.truth(end)) last.set(latin1(record.key), record.offset);
    const kept: LogBatch[] = [];
    for (const batch of this.batches) {
      const isLast = batch === this.batches.at(-1);
      if (batch.lastOffset >= end || isLast || (batch.control !== "none" && keepShell())) {
        kept.push(batch);
        continue;
      }
      if (batch.control !== "none") {
        // With a marker goes what readers are told of its transaction.
        this.#aborted = this.#aborted.filter(({ markerOffset }) => markerOffset !== batch.baseOffset);
        continue;
      }
      const isAborted = batch.transaction?.outcome === "aborted";
      const isOld = nowMs - batch.appendedMs > tombstonesMs;
      const records = batch.records.filter(
        ({ key, value, offset }) => !isAborted && last.get(latin1(key)) === offset && !(value === null && isOld),
      );
      if (records.length > 0 || keepShell()) kept.push({ ...batch, records });
    }
    this.batches = kept;
  }

  /** What is committed, by the model's own knowledge; what was deleted from the beginning is still in it. */
  truth(before = this.end): StoredRecord[] {
    const records: StoredRecord[] = [];
    for (const { record } of this.truthWithBatches(before)) records.push(record);
    return records;
  }

  truthWithBatches(before = this.end): { readonly record: StoredRecord; readonly batch: LogBatch }[] {
    const found: { record: StoredRecord; batch: LogBatch }[] = [];
    for (const batch of [...this.#deleted, ...this.batches]) {
      const outcome = batch.transaction?.outcome ?? "committed";
      if (batch.control !== "none" || outcome !== "committed") continue;
      for (const record of batch.records) if (record.offset < before) found.push({ record, batch });
    }
    return found;
  }

  /** When readers could see a transaction here: when its marker was written. */
  visibleMs(transaction: Transaction): number | undefined {
    const isMarker = (batch: LogBatch): boolean => batch.transaction === transaction && batch.control !== "none";
    return (this.batches.find(isMarker) ?? this.#deleted.find(isMarker))?.appendedMs;
  }

  #stateOf(producerId: bigint, epoch: number): ProducerState {
    const known = this.#producers.get(producerId);
    if (known !== undefined && epoch < known.epoch) throw new Refused("invalidEpoch", this.topic);
    if (known !== undefined && epoch === known.epoch) return known;
    const fresh: ProducerState = { epoch, recent: [], next: 0 };
    this.#producers.set(producerId, fresh);
    return fresh;
  }

  #indexOf(offset: number): number {
    let low = 0;
    let high = this.batches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.batches[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

function latin1(key: Uint8Array | null): string {
  return key === null ? "" : Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}
