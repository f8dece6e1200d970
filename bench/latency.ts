/**
 * `latency`: on an idle Kafka, from the write of one record until its answer is visible to a read_committed reader;
 * beside it one bare transaction of as many records, from its begin until a reader sees it.
 */
import type { OutgoingRecord, TopicSpec } from "#stream";
import { kafkaAvailable } from "../test/kafka/harness/index.ts";
import type { Line } from "./line/line.ts";
import { closedLoop } from "./line/load.ts";
import { type Pair, takeTurns, withKafkaPair } from "./line/pair.ts";
import { quantile, type Table } from "./table.ts";

const ROUNDS = 5;
const LENGTH = 200;
const POLL_MS = 1_000;
const TRANSACTION_TIMEOUT_MS = 10_000;

export async function benchLatency(): Promise<readonly Table[]> {
  if (!kafkaAvailable()) return [];
  return withKafkaPair(async (pair) => {
    const transactions: (readonly number[])[] = [];
    for (let round = 0; round <= ROUNDS; round++) transactions.push(await bareTransactions(pair));
    const lines = await takeTurns(pair, ROUNDS, (line: Line) => closedLoop(line, { threads: 1, length: LENGTH }));
    const rounds = {
      "one bare transaction": transactions.slice(1),
      passthrough: lines.passthrough.map(({ latenciesMs }) => latenciesMs),
      engine: lines.engine.map(({ latenciesMs }) => latenciesMs),
    };
    return [latencyTable(rounds, 0.5), latencyTable(rounds, 0.99)];
  });
}

function latencyTable(rounds: Readonly<Record<string, readonly (readonly number[])[]>>, share: number): Table {
  return {
    title: `Kafka, one record at a time: p${share * 100}`,
    unit: "ms",
    reference: "one bare transaction",
    rows: Object.entries(rounds).map(([name, values]) => ({
      name,
      rounds: values.map((latencies) => quantile(latencies, share)),
    })),
    doesNotMeasure:
      `a network or replicas; a round has ${LENGTH + 1} records, so its p99 is nearly its worst. The lines write the input ` +
      "record and read it before their transaction; the bare transaction does neither.",
  };
}

/** As many records of the same sizes as a step of the chain writes, to as many topics; the reader waits for the answer's. */
async function bareTransactions({ broker, bytes }: Pair): Promise<readonly number[]> {
  const sizes = { answer: 1, status: bytes.status, history: bytes.history, changelog: bytes.state };
  await broker.topics.create(Object.keys(sizes).map(topicSpec));
  const key = new TextEncoder().encode("bench-transaction");
  const records = Object.entries(sizes).map(
    ([name, size]): OutgoingRecord => ({
      topic: topicSpec(name).name,
      partition: 0,
      key,
      value: new Uint8Array(size).fill(1),
    }),
  );
  const producer = await broker.openTransactionalProducer({
    transactionalId: "bench-transactions",
    transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
  });
  const topic = topicSpec("answer").name;
  const { end } = await broker.topics.bounds(topic, 0);
  const reader = await broker.openReader({ topic, partition: 0, fromOffset: end });
  const latenciesMs: number[] = [];
  for (let count = 0; count <= LENGTH; count++) {
    const start = performance.now();
    const committed = producer.commit(records);
    while ((await reader.poll(POLL_MS)).records.length === 0);
    latenciesMs.push(performance.now() - start);
    await committed;
  }
  await reader.close();
  await producer.close();
  return latenciesMs;
}

function topicSpec(name: string): TopicSpec {
  return {
    name: `bench-transaction-${name}`,
    partitions: 1,
    replication: 1,
    cleanup: "delete",
    retentionMs: -1,
    maxMessageBytes: 1024 * 1024,
  };
}
