/**
 * The broker seam: all that the stream processor asks of a log with transactions.
 *
 * Three implementations: `stream/kafka` (Apache Kafka by kafkajs), `stream/embedded` (one process, LMDB) and
 * `stream/fake` (simulation with injected faults). `test/stream/conformance` runs one suite against all of them.
 *
 * Offsets are plain numbers (2^53 records of one partition is out of anybody's reach). They only grow; nothing may
 * assume that they are dense: Kafka has transaction markers and compaction holes between records.
 */

/** Header values are UTF-8 text. Bytes that are no UTF-8 arrive with U+FFFD in their place. */
export type RecordHeaders = Readonly<Record<string, string>>;

export interface OutgoingRecord {
  readonly topic: string;
  /** Explicit always: the caller has applied `partitionOf` (a client's own partitioner may differ, or run twice). */
  readonly partition: number;
  readonly key: Uint8Array | null;
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null;
  readonly headers?: RecordHeaders;
  /** Milliseconds since the epoch; the broker's clock at append when absent. */
  readonly timestampMs?: number;
}

export interface StoredRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: RecordHeaders;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Replication factor; ignored by the embedded broker. -1: the broker's default. */
  readonly replication: number;
  readonly cleanup: "delete" | "compact";
  /** Milliseconds; -1 keeps for ever. Only for `delete`. */
  readonly retentionMs: number;
  /** `max.message.bytes` of the topic. */
  readonly maxMessageBytes: number;
}

export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  readonly cleanup: "delete" | "compact";
  readonly retentionMs: number;
  readonly maxMessageBytes: number;
}

export interface LogBounds {
  /** The first offset that is still there. */
  readonly start: number;
  /** The last stable offset: where a read_committed reader that has read all stands. */
  readonly end: number;
}

export interface Topics {
  /** A name that does not exist is absent from the result. Cached for a short while unless `fresh`. */
  describe(names: readonly string[], options?: { fresh?: boolean }): Promise<ReadonlyMap<string, TopicDescription>>;
  /** Creates those that are missing; existing ones are left as they are. */
  create(specs: readonly TopicSpec[]): Promise<void>;
  bounds(topic: string, partition: number): Promise<LogBounds>;
  /** Deletes the records of a partition that lie before `before` (Kafka: DeleteRecords). */
  deleteBefore(topic: string, partition: number, before: number): Promise<void>;
}

export interface ReadBatch {
  /** Committed records only, in order of offset, from the reader's position on. */
  readonly records: readonly StoredRecord[];
  /** The reader's position behind this batch: also past markers, aborted records and compaction holes. */
  readonly nextOffset: number;
  /** The last stable offset as the broker told with this answer. `nextOffset >= endOffset`: read to the end. */
  readonly endOffset: number;
}

/** Reads one partition by position, read_committed. One `poll` at a time. */
export interface PartitionReader {
  /**
   * Gives what is there, at once if there is something, else after `maxWaitMs` at most (then with no records).
   * @throws BrokerError `OffsetOutOfRange` when the position is outside of the log: never a silent reset.
   */
  poll(maxWaitMs: number): Promise<ReadBatch>;
  /** Ends a waiting poll too (it resolves with no records); one that begins behind it throws `Closed`. */
  close(): Promise<void>;
}

/**
 * Holds one transactional id. Making one fences every earlier holder of the id and aborts its open transaction (I1).
 * After *any* error of `commit` the object is dead: close it and make a new one.
 */
export interface TransactionalProducer {
  /**
   * One transaction: all of `records`, in order within each partition, or nothing.
   * Resolves when the transaction is committed, with the offset of each record in the order given; -1 where the broker
   * does not tell it. The store's checkpoint comes from these (`StateStore.applyCommitted`).
   * @throws BrokerError `Fenced`: another holder of the id, *or* the transaction ran past its timeout.
   * @throws BrokerError `RecordRejected`: a record can never be written (`topic` names its topic: missing, too large, no permission).
   * @throws BrokerError `Unavailable` for everything else; whether it was committed is then unknown.
   */
  commit(records: readonly OutgoingRecord[]): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** A plain idempotent producer, for clients (CLI, gateway). */
export interface Producer {
  /** Resolves with the offset of each record, in the order given, when they are durable. */
  send(records: readonly OutgoingRecord[]): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface GroupListener {
  /** This member now owns exactly `partitions`. Kept ones must only go on; lost ones are to be dropped. */
  onAssignment(partitions: readonly number[]): void;
  /** The member is out of the group (session lost); it rejoins by itself. Ownership is unknown until the next assignment. */
  onLost(): void;
  /** It may not join (`Refused`): an operator has to act. It goes on trying, and tells again when the reason changes. */
  onRefused?(error: BrokerError): void;
}

export interface GroupMembership {
  /** Asks the coordinator: am I (member, generation) still in the group? `false`: rejoin is under way. */
  heartbeat(): Promise<boolean>;
  /** Advisory position by partition for tools that show lag; never read back as the authority. */
  commitAdvisory(offsets: ReadonlyMap<number, number>): Promise<void>;
  /**
   * What `commitAdvisory` wrote last for these partitions of the first topic, by any member; absent where nobody did.
   * Only its presence counts: with an empty changelog it proves that the changelog was lost (`ChangelogLost`).
   */
  readAdvisory(partitions: readonly number[]): Promise<ReadonlyMap<number, number>>;
  leave(): Promise<void>;
}

export interface GroupOptions {
  readonly groupId: string;
  /** The input topics; co-partitioned: a member gets partition p of all of them. */
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Where the member id is kept under a lock, so that a restarted process can leave for its predecessor. */
  readonly dataFolder: string;
  readonly listener: GroupListener;
}

export interface StoreOptions {
  /** The compacted topic whose latest values this store holds. */
  readonly changelogTopic: string;
  readonly partition: number;
  /** Local folder (Kafka); ignored where the changelog itself is the store (embedded). */
  readonly dataFolder: string;
  /** Further sort keys of an entry, kept in the same atomic write; e.g. the due time of a timer. */
  readonly indexOf?: (key: string, value: Uint8Array) => readonly Uint8Array[];
  /** To be raised with every change of `indexOf`: a store that was indexed by another version is indexed anew. Default 1. */
  readonly indexVersion?: number;
  /** Told while restoring, at most about once a second. */
  readonly onProgress?: (progress: {
    /** Where reading began. */
    readonly start: number;
    readonly position: number;
    readonly end: number;
  }) => void;
}

/** One record of the changelog as it was committed: see `protocol/changelog.ts` for keys and envelopes. */
export interface StateChange {
  readonly key: string;
  /** The envelope, or one piece of a value in several; `null` is a tombstone. */
  readonly value: Uint8Array | null;
}

/** The latest value by key of one changelog partition, as of the last committed transaction (I1). */
export interface StateStore {
  /** The payload, taken out of its envelope and put together from its pieces; a copy of the caller's own. */
  get(key: string): Uint8Array | undefined;
  /** In how many changelog records the value of `key` lies; 0 when absent. The writer of a shorter one deletes the rest. */
  pieces(key: string): number;
  /** In order of key (UTF-8 bytes), reserved keys (first char `\0`) left out. */
  entries(options?: { readonly after?: string; readonly limit?: number }): Iterable<readonly [string, Uint8Array]>;
  /** In order of the sort keys that `indexOf` gave. */
  indexEntries(options?: {
    readonly from?: Uint8Array;
    readonly limit?: number;
  }): Iterable<{ readonly index: Uint8Array; readonly key: string }>;
  /** The number of live keys, reserved ones left out. */
  count(): number;
  /**
   * Atomically takes in what a committed transaction wrote to this changelog partition, and the checkpoint with it.
   * Called once behind each commit, in order. `nextOffset`: behind the last of these records; absent where the broker
   * does not tell offsets (the checkpoint stays, and a later restore reads more).
   */
  applyCommitted(changes: readonly StateChange[], nextOffset?: number): Promise<void>;
  close(): Promise<void>;
}

export interface Broker {
  readonly kind: "kafka" | "embedded" | "fake";
  readonly topics: Topics;
  /**
   * `ahead`: records may come before they are durable, where a broker can promise that what is committed behind their
   * reading is durable only with them (embedded). When they are lost instead, `poll` throws `Unavailable`, and so does the
   * commit of each transactional producer that was open then (I1).
   */
  openReader(options: {
    topic: string;
    partition: number;
    fromOffset: number;
    ahead?: boolean;
  }): Promise<PartitionReader>;
  openTransactionalProducer(options: {
    transactionalId: string;
    transactionTimeoutMs: number;
  }): Promise<TransactionalProducer>;
  openProducer(): Promise<Producer>;
  joinGroup(options: GroupOptions): Promise<GroupMembership>;
  /** Call only behind `openTransactionalProducer` of the partition: a killed writer's open transaction hides the end. */
  openStore(options: StoreOptions): Promise<StateStore>;
  close(): Promise<void>;
}

export type BrokerErrorCode =
  | "Fenced"
  | "RecordRejected"
  | "OffsetOutOfRange"
  | "UnknownTopic"
  | "ChangelogLost"
  | "Closed"
  /** The login, a certificate or a permission: waiting does not mend it, an operator does. */
  | "Refused"
  | "Unavailable";

export class BrokerError extends Error {
  readonly code: BrokerErrorCode;
  /** With `RecordRejected`: the topic of the record that was refused. */
  readonly topic: string | undefined;

  constructor(code: BrokerErrorCode, message: string, options: { cause?: unknown; topic?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BrokerError";
    this.code = code;
    this.topic = options.topic;
  }
}
