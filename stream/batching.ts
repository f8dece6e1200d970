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
import type { RunnerLimits } from "./runner-limits.ts";

/** What a record costs beside its key, value and headers, at most, and what a batch of records costs around it. */
const RECORD_OVERHEAD_BYTES = 160;
/** The share of a topic's `max.message.bytes` that one piece of a value takes. */
const PIECE_SHARE = 0.9;

const utf8 = new TextEncoder();

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

export class BatchBuffer implements Batch {
  readonly nowMs: number;
  readonly seed: Uint8Array;
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #limits: RunnerLimits;
  readonly #startedMs: number;
  readonly #overlay = new Map<string, Uint8Array | null>();
  readonly #outputs: BatchRecord[] = [];
  #bytes = 0;

  constructor(draw: Draw, store: StateStore, clock: Clock, limits: RunnerLimits) {
    this.nowMs = draw.nowMs;
    this.seed = draw.seed;
    this.#store = store;
    this.#clock = clock;
    this.#limits = limits;
    this.#startedMs = clock.now();
  }

  get(key: string): Uint8Array | undefined {
    const written = this.#overlay.get(key);
    if (written !== undefined) return written ?? undefined;
    return this.#store.get(key);
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
    return this.#bytes >= this.#limits.batchBytes || this.#clock.now() - this.#startedMs >= this.#limits.batchMs;
  }

  get empty(): boolean {
    return this.#overlay.size === 0 && this.#outputs.length === 0;
  }

  /** @throws OutputRefused */
  async seal(options: SealOptions): Promise<SealedBatch> {
    const described = await this.#describe(options);
    const outputs = this.#outputs.map((record) => addressed(record, described));
    const changes = this.#changes(options, described.get(options.changelogTopic)!);
    const { changelogTopic: topic, partition } = options;
    const written = changes.map(({ key, value }) => ({ topic, partition, key: utf8.encode(key), value }));
    for (const record of written) checkSize(record, described.get(topic)!);
    return { records: [...outputs, ...written], outputs: outputs.length, changes };
  }

  async #describe({ topics, changelogTopic }: SealOptions): Promise<ReadonlyMap<string, TopicDescription>> {
    const names = [...new Set([changelogTopic, ...this.#outputs.map((record) => record.topic)])];
    const cached = await topics.describe(names);
    return names.every((name) => cached.has(name)) ? cached : await topics.describe(names, { fresh: true });
  }

  #changes(options: SealOptions, changelog: TopicDescription): ChangelogEntry[] {
    const changes: ChangelogEntry[] = [];
    const put = (key: string, payload: Uint8Array | null): void => {
      const partBytes = Math.floor(changelog.maxMessageBytes * PIECE_SHARE) - RECORD_OVERHEAD_BYTES - key.length * 3;
      changes.push(...encodeEnvelopes(key, payload, Math.max(partBytes, 1), this.#store.pieces(key)));
    };
    for (const [key, value] of this.#overlay) put(key, value);
    if (options.identity !== undefined) put(ID_KEY, encodeReserved(options.identity));
    put(OFFSET_KEY, encodeReserved({ version: CHANGELOG_VERSION, next: { [options.inputTopic]: options.next } }));
    return changes;
  }
}

function addressed(record: BatchRecord, described: ReadonlyMap<string, TopicDescription>): OutgoingRecord {
  const { routingKey, partition: asked, ...rest } = record;
  const topic = described.get(record.topic);
  if (topic === undefined)
    throw new OutputRefused(record.topic, `topic ${record.topic} does not exist, or may not be seen; create it`);
  const routing = routingKey ?? record.key;
  const partition = asked ?? (routing === null ? 0 : partitionOf(routing, topic.partitions));
  if (partition >= topic.partitions) {
    throw new OutputRefused(record.topic, `topic ${record.topic} has ${topic.partitions} partitions, no ${partition}`);
  }
  if (record.key === null && topic.cleanup === "compact") {
    throw new OutputRefused(record.topic, `topic ${record.topic} is compacted: a record needs a key`);
  }
  const outgoing = { ...rest, partition };
  checkSize(outgoing, topic);
  return outgoing;
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
