/**
 * What a user of the stream writes: the pure middle of "poll → process → commit".
 * The engine and the scheduler are the two of them. The runner (`runner.ts`) does all I/O around it and holds I1.
 */
import type { OutgoingRecord, StateStore, StoredRecord } from "./broker.ts";

/** What one transaction will hold. Reads see the writes of the same batch. */
export interface Batch {
  /** The engine's clock when the batch began, in milliseconds since the epoch. */
  readonly nowMs: number;
  get(key: string): Uint8Array | undefined;
  /** A changelog write; `null` deletes. Keys with a leading `\0` are reserved. */
  put(key: string, value: Uint8Array | null): void;
  /** `partition` may be left out: then it is that of `key`, by `partitionOf` over the topic's partition count. */
  send(record: Omit<OutgoingRecord, "partition"> & { readonly partition?: number }): void;
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
  reject(record: StoredRecord, reason: { readonly topic: string; readonly message: string }, batch: Batch): Promise<void>;
  /** When `tick` wants to be called next (milliseconds since the epoch), or undefined. */
  nextTickMs(): number | undefined;
  /** Work that the clock asks for: fires timers, drops what is past retention. A transaction with `\0offset` unchanged. */
  tick(batch: Batch): Promise<void>;
  /** The transaction at hand did not commit: everything decoded or remembered since the last commit is void (I1). */
  discard(): void;
  /** The batch's transaction was committed and the store has it. */
  committed(): void;
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
  readonly inputTopic: string;
  readonly changelogTopic: string;
  /** True: read the input to its end as of assignment before the first `tick` (a waiting cancel wins over its timer). */
  readonly catchUpBeforeTicks: boolean;
  readonly indexOf?: (key: string, value: Uint8Array) => readonly Uint8Array[];
  open(context: ProcessorContext): Promise<PartitionProcessor>;
}
