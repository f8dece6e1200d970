/**
 * What the engine's line is compared with: the same runner, client and transactions, and for each record the same number
 * of records of the same sizes, but no engine: no state is read, no step is run.
 */
import type { Batch, PartitionProcessor, ProcessorDefinition, RunnerMetrics, StoredRecord, TopicSpec } from "#stream";
import { startRunner } from "#stream";
import type { Line, LineOptions } from "./line.ts";

/** What the engine writes for one step of the chain, beside its answer, in bytes. */
export interface StepBytes {
  readonly state: number;
  readonly status: number;
  readonly history: number;
}

const text = new TextDecoder();

export async function openPassthroughLine(options: LineOptions & { readonly bytes: StepBytes }): Promise<Line> {
  const { broker, installation, dataFolder, partitions } = options;
  const name = (topic: string): string => `${installation}${installation === "" ? "" : "-"}passthrough-${topic}`;
  const spec = (topic: string, cleanup: "delete" | "compact"): TopicSpec => ({
    name: name(topic),
    partitions,
    replication: 1,
    cleanup,
    retentionMs: -1,
    maxMessageBytes: 1024 * 1024,
  });
  await broker.topics.create([
    spec("in", "delete"),
    spec("out", "delete"),
    spec("status", "compact"),
    spec("history", "delete"),
    spec("changelog", "compact"),
  ]);
  const definition: ProcessorDefinition = {
    name: "passthrough",
    inputTopic: name("in"),
    changelogTopic: name("changelog"),
    catchUpBeforeTicks: false,
    open: async () => new Passthrough(name("out"), name("status"), name("history"), options.bytes),
  };
  const runner = startRunner({ broker, definition, installation, dataFolder });
  await runner.ready();
  return {
    broker,
    inputTopic: definition.inputTopic,
    outputTopic: name("out"),
    partitions,
    inputOf: (link) => `${link}`,
    checkedCount: () => checked(runner.metrics()),
    stop: () => runner.stop(),
  };
}

function checked(metrics: RunnerMetrics): number {
  const { records, rejected, forwarded, commitFailures } = metrics;
  if (rejected + forwarded + commitFailures > 0)
    throw new Error(`not every record went straight through: ${JSON.stringify(metrics)}`);
  return records;
}

class Passthrough implements PartitionProcessor {
  readonly #out: string;
  readonly #status: string;
  readonly #history: string;
  readonly #values: { readonly state: Uint8Array; readonly status: Uint8Array; readonly history: Uint8Array };

  constructor(out: string, status: string, history: string, bytes: StepBytes) {
    this.#out = out;
    this.#status = status;
    this.#history = history;
    this.#values = {
      state: new Uint8Array(bytes.state).fill(1),
      status: new Uint8Array(bytes.status).fill(2),
      history: new Uint8Array(bytes.history).fill(3),
    };
  }

  async process(records: readonly StoredRecord[], batch: Batch): Promise<number> {
    let count = 0;
    for (const { key, value, timestampMs } of records) {
      batch.send({ topic: this.#out, key, value, timestampMs });
      batch.send({ topic: this.#status, key, value: this.#values.status, timestampMs });
      batch.send({ topic: this.#history, key, value: this.#values.history, timestampMs });
      batch.put(text.decode(key ?? new Uint8Array(0)), this.#values.state);
      count++;
      if (batch.full) break;
    }
    return count;
  }

  async reject(record: StoredRecord, reason: { readonly topic: string; readonly message: string }): Promise<void> {
    throw new Error(`record ${record.offset} was refused by ${reason.topic}: ${reason.message}`);
  }

  nextTickMs(): undefined {
    return undefined;
  }

  async tick(): Promise<void> {}

  discard(): void {}

  committed(): void {}

  async close(): Promise<void> {}
}
