/**
 * A processor whose mistakes show: per key it keeps the count and the list of the values it has seen, and writes one
 * output record for each. A lost record leaves a hole, a doubled one a repetition, a torn one a count without output.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { partitionOf } from "#protocol";
import type {
  Batch,
  Broker,
  PartitionProcessor,
  ProcessorContext,
  ProcessorDefinition,
  RunnerLogger,
  StoredRecord,
} from "#stream";

export const INPUT = "count-in";
export const OUTPUT = "count-out";
export const REJECTED = "count-rejected";
export const CHANGELOG = "count-changelog";

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export interface Counted {
  readonly count: number;
  readonly seen: readonly string[];
}

export function bytes(text: string): Uint8Array {
  return utf8.encode(text);
}

export function text(value: Uint8Array | null | undefined): string {
  return fromUtf8.decode(value ?? new Uint8Array(0));
}

export const silent: RunnerLogger = { info() {}, warn() {}, error() {} };

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "kawait-stream-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export async function createTopics(broker: Broker, partitions: number, prefix = "", replication = 1): Promise<void> {
  const topic = (name: string, cleanup: "delete" | "compact") => ({
    name: prefix + name,
    partitions,
    replication,
    cleanup,
    retentionMs: -1,
    maxMessageBytes: 1_048_588,
  });
  await broker.topics.create([
    topic(INPUT, "delete"),
    topic(OUTPUT, "delete"),
    topic(REJECTED, "delete"),
    topic(CHANGELOG, "compact"),
  ]);
}

export interface CountingOptions {
  readonly prefix?: string;
  readonly name?: string;
  readonly definition?: Partial<ProcessorDefinition>;
  readonly onRecord?: (record: StoredRecord, batch: Batch, alone: boolean) => void | Promise<void>;
  readonly nextTickMs?: () => number | undefined;
  readonly onTick?: (batch: Batch) => void;
  readonly onOpen?: (context: ProcessorContext) => void;
}

export function countingDefinition(options: CountingOptions = {}): ProcessorDefinition {
  const prefix = options.prefix ?? "";
  return {
    name: options.name ?? "counter",
    inputTopic: prefix + INPUT,
    changelogTopic: prefix + CHANGELOG,
    catchUpBeforeTicks: false,
    ...options.definition,
    open: async (context) => {
      options.onOpen?.(context);
      return new Counter(options);
    },
  };
}

class Counter implements PartitionProcessor {
  readonly #options: CountingOptions;

  constructor(options: CountingOptions) {
    this.#options = options;
  }

  async process(records: readonly StoredRecord[], batch: Batch, { alone }: { alone: boolean }): Promise<number> {
    let count = 0;
    for (const record of records) {
      await this.#options.onRecord?.(record, batch, alone);
      this.#count(record, batch);
      count++;
      if (batch.full) break;
    }
    return count;
  }

  #count(record: StoredRecord, batch: Batch): void {
    const key = text(record.key);
    const before = batch.get(key);
    const state: Counted = before === undefined ? { count: 0, seen: [] } : JSON.parse(text(before));
    const value = text(record.value);
    batch.put(key, bytes(JSON.stringify({ count: state.count + 1, seen: [...state.seen, value] })));
    batch.send({ topic: (this.#options.prefix ?? "") + OUTPUT, key: record.key, value: record.value });
  }

  async reject(record: StoredRecord, reason: { topic: string; message: string }, batch: Batch): Promise<void> {
    const value = bytes(JSON.stringify({ value: text(record.value), topic: reason.topic }));
    batch.send({ topic: (this.#options.prefix ?? "") + REJECTED, key: record.key, value });
  }

  nextTickMs(): number | undefined {
    return this.#options.nextTickMs?.();
  }

  async tick(batch: Batch): Promise<void> {
    this.#options.onTick?.(batch);
  }

  discard(): void {}
  committed(): void {}
  async close(): Promise<void> {}
}

/** Sends `values`, each with its key, as one call of a plain producer. */
export async function sendAll(
  broker: Broker,
  topic: string,
  partitions: number,
  records: readonly { readonly key: string; readonly value: string }[],
): Promise<readonly number[]> {
  const producer = await broker.openProducer();
  try {
    return await producer.send(
      records.map(({ key, value }) => ({
        topic,
        partition: partitionOf(bytes(key), partitions),
        key: bytes(key),
        value: bytes(value),
      })),
    );
  } finally {
    await producer.close();
  }
}

/** All committed records of a topic as of now, by partition and offset. */
export async function readAll(broker: Broker, topic: string, partitions: number): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const { start, end } = await broker.topics.bounds(topic, partition);
    const reader = await broker.openReader({ topic, partition, fromOffset: start });
    for (let position = start; position < end; ) {
      const batch = await reader.poll(1000);
      all.push(...batch.records);
      position = batch.nextOffset;
    }
    await reader.close();
  }
  return all;
}

/** Waits for a condition by looking again; the bound is generous because machines are slow, not because it is needed. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  boundMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + boundMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`still waiting for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
