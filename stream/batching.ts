/**
 * What one transaction will hold, while the processor fills it, and how it becomes records.
 *
 * I1: changelog writes, outputs and the position are one list; `\0offset` is the last of it. Outputs are checked against
 * the topics' metadata before the transaction opens, so that a bad one costs no transaction.
 */
import {
  CHANGELOG_VERSION,
  type ChangelogEntry,
  type ChangelogIdentity,
  encodeEnvelopes,
  encodeReserved,
  HEADER_ORIGIN,
  ID_KEY,
  isStateKey,
  OFFSET_KEY,
  partitionOf,
} from "#protocol";
import type { OutgoingRecord, StateStore, StoredRecord, TopicDescription, Topics } from "./broker.ts";
import type { Clock } from "./clock.ts";
import type { Batch, BatchRecord } from "./processor.ts";
import type { RecentValues } from "./recent-values.ts";
import type { RunnerLimits } from "./runner-limits.ts";

/** What a record costs beside its key, value and headers, at most, and what a batch of records costs around it. */
const RECORD_OVERHEAD_BYTES = 160;
/** The share of a topic's `max.message.bytes` that one piece of a value takes. */
const PIECE_SHARE = 0.9;

/** Chosen before the first attempt at a batch, and used again by every re-run of its records (I2). */
export interface Draw {
  readonly nowMs: number;
  readonly seed: Uint8Array;
}

/** An output that the broker would refuse for good. */
export class OutputRefused extends Error {
  readonly topic: string;

  constructor(topic: string, message: string) {
    super(message);
    this.name = "OutputRefused";
    this.topic = topic;
  }
}

export interface SealOptions {
  readonly topics: Topics;
  readonly changelogTopic: string;
  readonly inputTopic: string;
  readonly partition: number;
  /** The next input offset, once this is committed. */
  readonly next: number;
  /** The first transaction of a changelog writes its identity. */
  readonly identity: ChangelogIdentity | undefined;
}

export interface SealedBatch {
  readonly records: readonly OutgoingRecord[];
  readonly outputs: number;
  /** The changelog's part of `records`, which is its end. */
  readonly changes: readonly ChangelogEntry[];
}

export interface BatchOptions {
  readonly draw: Draw;
  readonly store: StateStore;
  readonly recent: RecentValues;
  readonly clock: Clock;
  readonly limits: RunnerLimits;
  /** The batch whose transaction is under way: this one sees its writes, and is void if it aborts (I1). */
  readonly below: BatchBuffer | undefined;
}

export class BatchBuffer implements Batch {
  readonly nowMs: number;
  readonly seed: Uint8Array;
  readonly #options: BatchOptions;
  readonly #startedMs: number;
  readonly #overlay = new Map<string, Uint8Array | null>();
  readonly #outputs: BatchRecord[] = [];
  #below: BatchBuffer | undefined;
  #bytes = 0;

  constructor(options: BatchOptions) {
    this.nowMs = options.draw.nowMs;
    this.seed = options.draw.seed;
    this.#options = options;
    this.#below = options.below;
    this.#startedMs = options.clock.now();
  }

  get(key: string): Uint8Array | undefined {
    let written = this.#overlay.get(key);
    if (written === undefined) written = this.#below?.written(key);
    if (written === undefined) written = this.#options.recent.get(key)?.value;
    return written === undefined ? this.#options.store.get(key) : (written ?? undefined);
  }

  /** What this batch writes at `key`: undefined when nothing. */
  written(key: string): Uint8Array | null | undefined {
    return this.#overlay.get(key);
  }

  /** The store has it all, and that of the batch below. */
  settle(changes: readonly ChangelogEntry[]): void {
    this.#below = undefined;
    const { recent } = this.#options;
    const pieces = new Map<string, number>();
    for (const { key, value } of changes) {
      const name = key.indexOf("\0") <= 0 ? key : key.slice(0, key.indexOf("\0"));
      if (value !== null) pieces.set(name, (pieces.get(name) ?? 0) + 1);
    }
    for (const [key, value] of this.#overlay) recent.set(key, { value, pieces: pieces.get(key) ?? 0 });
  }

  put(key: string, value: Uint8Array | null): void {
    if (!isStateKey(key))
      throw new RangeError(`changelog key ${JSON.stringify(key)} is reserved: it is empty or holds \\0`);
    this.#bytes += key.length + (value?.length ?? 0);
    this.#overlay.set(key, value);
  }

  send(record: BatchRecord): void {
    this.#bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    this.#outputs.push(record);
  }

  /** To the partition it belongs to, with its timestamp, and a header that says where it was found. */
  forward(record: StoredRecord, partition: number): void {
    const origin = `${record.topic}/${record.partition}/${record.offset}`;
    const { topic, key, value, timestampMs } = record;
    this.send({ topic, partition, key, value, timestampMs, headers: { [HEADER_ORIGIN]: origin, ...record.headers } });
  }

  get full(): boolean {
    const { clock, limits } = this.#options;
    return this.#bytes >= limits.batchBytes || clock.now() - this.#startedMs >= limits.batchMs;
  }

  get empty(): boolean {
    return this.#overlay.size === 0 && this.#outputs.length === 0;
  }

  /** @throws OutputRefused */
  async seal(options: SealOptions): Promise<SealedBatch> {
    const described = await this.#describe(options);
    const address = new Addressing(described);
    const outputs = this.#outputs.map((record) => address.of(record));
    const changes = this.#changes(options, described.get(options.changelogTopic)!);
    const { changelogTopic: topic, partition } = options;
    const written = changes.map(({ key, value }) => ({ topic, partition, key: Buffer.from(key, "utf8"), value }));
    for (const record of written) checkSize(record, described.get(topic)!);
    return { records: [...outputs, ...written], outputs: outputs.length, changes };
  }

  async #describe({ topics, changelogTopic }: SealOptions): Promise<ReadonlyMap<string, TopicDescription>> {
    const unique = new Set([changelogTopic]);
    for (const record of this.#outputs) unique.add(record.topic);
    const names = [...unique];
    const cached = await topics.describe(names);
    return names.every((name) => cached.has(name)) ? cached : await topics.describe(names, { fresh: true });
  }

  #changes(options: SealOptions, changelog: TopicDescription): ChangelogEntry[] {
    const { store, recent } = this.#options;
    const changes: ChangelogEntry[] = [];
    const put = (key: string, payload: Uint8Array | null): void => {
      const partBytes = Math.floor(changelog.maxMessageBytes * PIECE_SHARE) - RECORD_OVERHEAD_BYTES - key.length * 3;
      const before = recent.get(key)?.pieces ?? store.pieces(key);
      changes.push(...encodeEnvelopes(key, payload, Math.max(partBytes, 1), before));
    };
    for (const [key, value] of this.#overlay) put(key, value);
    if (options.identity !== undefined) put(ID_KEY, encodeReserved(options.identity));
    put(OFFSET_KEY, encodeReserved({ version: CHANGELOG_VERSION, next: { [options.inputTopic]: options.next } }));
    return changes;
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Gives records their partition. Several of one key come one after another: its hash is taken once. */
class Addressing {
  readonly #topics: ReadonlyMap<string, TopicDescription>;
  #routing: Uint8Array | null = null;
  #partitions = 0;
  #partition = 0;

  constructor(topics: ReadonlyMap<string, TopicDescription>) {
    this.#topics = topics;
  }

  /** @throws OutputRefused */
  of(record: BatchRecord): OutgoingRecord {
    const { key, value, headers, timestampMs } = record;
    const topic = this.#topics.get(record.topic);
    if (topic === undefined) throw new OutputRefused(record.topic, `topic ${record.topic} does not exist; create it`);
    const partition = record.partition ?? this.#partitionOf(record.routingKey ?? key, topic.partitions);
    if (partition >= topic.partitions) {
      const message = `topic ${record.topic} has ${topic.partitions} partitions, no ${partition}`;
      throw new OutputRefused(record.topic, message);
    }
    if (key === null && topic.cleanup === "compact") {
      throw new OutputRefused(record.topic, `topic ${record.topic} is compacted: a record needs a key`);
    }
    const outgoing: Mutable<OutgoingRecord> = { topic: record.topic, partition, key, value };
    if (headers !== undefined) outgoing.headers = headers;
    if (timestampMs !== undefined) outgoing.timestampMs = timestampMs;
    checkSize(outgoing, topic);
    return outgoing;
  }

  #partitionOf(routing: Uint8Array | null, partitions: number): number {
    if (routing === null) return 0;
    if (routing !== this.#routing || partitions !== this.#partitions) {
      this.#routing = routing;
      this.#partitions = partitions;
      this.#partition = partitionOf(routing, partitions);
    }
    return this.#partition;
  }
}

function checkSize(record: OutgoingRecord, topic: TopicDescription): void {
  let bytes = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const name in record.headers) bytes += (name.length + record.headers[name]!.length) * 3;
  if (bytes <= topic.maxMessageBytes) return;
  throw new OutputRefused(
    topic.name,
    `a record for topic ${topic.name} has about ${bytes} bytes, its max.message.bytes is ${topic.maxMessageBytes}`,
  );
}
