/**
 * What a user of the stream writes: the pure middle of "poll → process → commit".
 * The engine and the scheduler are the two of them. The runner (`runner.ts`) does all I/O around it and holds I1.
 */
import type { OutgoingRecord, StateStore, StoredRecord } from "./broker.ts";

export type BatchRecord = Omit<OutgoingRecord, "partition"> & {
  readonly partition?: number;
  readonly routingKey?: Uint8Array;
};

/**
 * Thrown by a processor (or by the runner) where going on could do harm: this partition stops, health turns red, and
 * the message says what an operator has to do. Any other error is retried with growing delay.
 */
export class PartitionHalt extends Error {
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "PartitionHalt";
    this.code = code;
  }
}

/** What one transaction will hold. Reads see the writes of the same batch. */
export interface Batch {
  /**
   * The engine's clock when the batch was first begun, in milliseconds since the epoch. Every re-run of the same records
   * (after an abort, or one by one) sees the same.
   */
  readonly nowMs: number;
  /**
   * 32 random bytes, drawn when the batch was first begun and the same in every re-run of the same records: derive a
   * step's seed from these and the record's offset.
   */
  readonly seed: Uint8Array;
  get(key: string): Uint8Array | undefined;
  /** A changelog write; `null` deletes. A key that holds `\0` is reserved and throws (`isStateKey` of `#protocol` tells). */
  put(key: string, value: Uint8Array | null): void;
  /**
   * `partition` may be left out: then it is that of `routingKey`, or else of `key`, by `partitionOf` over the topic's
   * partition count (a null key: partition 0). `routingKey` is for the scheduler's topic, which is partitioned by thread id.
   */
  send(record: BatchRecord): void;
  /** True when the batch should close (records, bytes or time): stop after the record at hand. */
  readonly full: boolean;
}

export interface PartitionProcessor {
  /**
   * Processes a prefix of `records` (at least one) and gives its length. Pure but for `batch`: after an abort the same
   * records come again. `alone`: the batch is run record by record, to find a culprit.
   */
  process(records: readonly StoredRecord[], batch: Batch, options: { readonly alone: boolean }): Promise<number>;
  /** A single record's outputs were refused by the broker for good: record that instead of its effects. */
  reject(
    record: StoredRecord,
    reason: { readonly topic: string; readonly message: string },
    batch: Batch,
  ): Promise<void>;
  /** When `tick` wants to be called next (milliseconds since the epoch), or undefined. */
  nextTickMs(): number | undefined;
  /** Work that the clock asks for: fires timers, drops what is past retention. A transaction with `\0offset` unchanged. */
  tick(batch: Batch): Promise<void>;
  /** The transaction at hand did not commit: everything decoded or remembered since the last commit is void (I1). */
  discard(): void;
  /** `batch`'s transaction was committed and the store has it; the one behind it may be under way already. */
  committed(batch: Batch): void;
  close(): Promise<void>;
}

export interface ProcessorContext {
  readonly partition: number;
  /** Committed state; within a batch use `batch.get`. */
  readonly store: StateStore;
}

export interface ProcessorDefinition {
  /** Part of the transactional id and the group id: `engine`, `scheduler`. */
  readonly name: string;
  /** Full name: the installation's prefix is already in it. */
  readonly inputTopic: string;
  /** Full name; as many partitions as the input topic. */
  readonly changelogTopic: string;
  /**
   * What of an input record's key decides its partition; the whole key when absent. The scheduler: the thread id before
   * the first `|`. A record found in another partition is forwarded to its own, and never seen by `process`.
   */
  readonly routingKeyOf?: (key: Uint8Array) => Uint8Array;
  /** True: read the input to its end as of assignment before the first `tick` (a waiting cancel wins over its timer). */
  readonly catchUpBeforeTicks: boolean;
  readonly indexOf?: (key: string, value: Uint8Array) => readonly Uint8Array[];
  readonly indexVersion?: number;
  /** About how much memory the values that were written last may take in each partition, so that they are not read; default 16 MB. */
  readonly recentBytes?: number;
  /**
   * Called after each assignment and after every transaction whose outcome is in doubt, with a store that is up to date.
   * @throws PartitionHalt to stop this partition only, until an operator acts.
   */
  open(context: ProcessorContext): Promise<PartitionProcessor>;
}
