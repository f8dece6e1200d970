/**
 * `hostile`: how long the steps of good threads take while a hog of each kind runs in every sandbox, and beside none.
 *
 * Records come at a fixed rate whatever becomes of them (an open loop: what stands still is not left out), and each
 * is measured from the moment at which it was due to the moment at which its answer is committed.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startEngine } from "#engine";
import { compileWorkflow, createEngineTopics, openBrokerClient } from "#gateway";
import { HEADER_WORKFLOW, partitionOf } from "#protocol";
import { type Broker, openEmbeddedBroker, type Producer } from "#stream";
import { sandboxOf } from "../runtime/host/pool.ts";
import { quantile, type Table } from "./table.ts";

const KINDS = ["none", "loop", "native", "memory", "recursion", "outputs"] as const;
const PARTITIONS = 4;
/** Hogs go to these; the others share sandboxes with them, and no more. */
const HOG_PARTITIONS = 2;
const THREADS = 64;
const PERIOD_MS = 10;
const QUIET_MS = 1_000;
const MEASURED_MS = 6_000;
const TOPIC = "hostile-out";
const LOG = { info() {}, warn() {}, error() {} };
const utf8 = new TextEncoder();
const file = (name: string): string => fileURLToPath(new URL(`workflows/${name}.ts`, import.meta.url));

interface Sample {
  readonly isBesideHog: boolean;
  readonly latencyMs: number;
}

export async function benchHostile(): Promise<readonly Table[]> {
  const processes = availableParallelism();
  const samples = new Map<string, readonly Sample[]>();
  for (const kind of KINDS) samples.set(kind, await measure(kind, processes));
  const table = (title: string, isBesideHog: boolean, of: (latencies: readonly number[]) => number): Table => ({
    title,
    unit: "ms",
    reference: "none",
    rows: [...samples].map(([name, all]) => ({
      name,
      rounds: [of(all.filter((sample) => sample.isBesideHog === isBesideHog).map(({ latencyMs }) => latencyMs))],
    })),
    doesNotMeasure: `Kafka, and what hogs of many threads do; ${processes} sandboxes, one hog in each, limits by default.`,
  });
  return [false, true].flatMap((isBesideHog) =>
    [0.5, 0.99, 1].map((share) =>
      table(
        `${isBesideHog ? "the hog's partition" : "other partitions"}: ${share === 1 ? "max" : `p${share * 100}`}`,
        isBesideHog,
        (latencies) => quantile(latencies, share),
      ),
    ),
  );
}

async function measure(kind: string, processes: number): Promise<readonly Sample[]> {
  const folder = mkdtempSync(join(tmpdir(), "kawait-hostile-"));
  const broker = await openEmbeddedBroker({ folder: join(folder, "broker") });
  await createEngineTopics(broker, { installation: "", partitions: PARTITIONS, replication: 1 });
  const spec = { partitions: 1, replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1 << 20 } as const;
  await broker.topics.create([{ name: TOPIC, ...spec }]);
  const client = await openBrokerClient({ broker, installation: "" });
  for (const name of ["good", "hog"])
    await client.deploy((await compileWorkflow(file(name))).program, { isDefault: name === "good" });
  const engine = await startEngine({ broker, installation: "", dataFolder: folder, processes, logger: LOG });
  await engine.runner.ready();
  const producer = await broker.openProducer();
  try {
    const threads = Array.from({ length: THREADS }, (_, index) => `good-${index}`);
    await Promise.all(threads.map((threadId) => write(producer, threadId, "new:")));
    const hogs = kind === "none" ? [] : hogIds(processes);
    return await run(broker, producer, threads, () =>
      Promise.all(hogs.map((id) => write(producer, id, `new:"${kind}"`, { [HEADER_WORKFLOW]: "hog" }))),
    );
  } finally {
    await producer.close();
    await engine.stop();
    await client.close();
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(
  broker: Broker,
  producer: Producer,
  threads: readonly string[],
  letLoose: () => Promise<unknown>,
): Promise<readonly Sample[]> {
  const due: number[] = [];
  const samples = new Map<number, Sample>();
  const following = new AbortController();
  const follower = follow(broker, following.signal, (key, index) => {
    const dueMs = due[index];
    if (dueMs === undefined || dueMs < measuredFromMs) return;
    samples.set(index, { isBesideHog: partitionOfId(key) < HOG_PARTITIONS, latencyMs: performance.now() - dueMs });
  });
  const startMs = performance.now();
  const measuredFromMs = startMs + QUIET_MS;
  const endMs = measuredFromMs + MEASURED_MS;
  const writes: Promise<unknown>[] = [];
  let isLoose = false;
  for (let nextMs = startMs; nextMs < endMs; nextMs += PERIOD_MS) {
    if (!isLoose && nextMs >= measuredFromMs) {
      isLoose = true;
      writes.push(letLoose());
    }
    await sleep(Math.max(0, nextMs - performance.now()));
    const index = due.push(nextMs) - 1;
    writes.push(write(producer, threads[index % threads.length]!, JSON.stringify({ ref: "go", value: index })));
  }
  await Promise.all(writes);
  const expected = due.filter((dueMs) => dueMs >= measuredFromMs).length;
  while (samples.size < expected) await sleep(PERIOD_MS);
  following.abort();
  await follower;
  return [...samples.values()];
}

async function follow(broker: Broker, signal: AbortSignal, take: (key: string, index: number) => void): Promise<void> {
  const reader = await broker.openReader({ topic: TOPIC, partition: 0, fromOffset: 0 });
  while (!signal.aborted)
    for (const { key, value } of (await reader.poll(PERIOD_MS)).records)
      if (key !== null && value !== null) take(Buffer.from(key).toString(), Number(Buffer.from(value).toString()));
  await reader.close();
}

function write(producer: Producer, id: string, value: string, headers: Record<string, string> = {}): Promise<unknown> {
  const key = utf8.encode(id);
  const partition = partitionOf(key, PARTITIONS);
  return producer.send([{ topic: "workflow-resume", partition, key, value: utf8.encode(value), headers }]);
}

const partitionOfId = (id: string): number => partitionOf(utf8.encode(id), PARTITIONS);

/** One for each sandbox, in the first partitions. */
function hogIds(processes: number): readonly string[] {
  return Array.from({ length: processes }, (_, sandbox) => {
    for (let index = 0; ; index++) {
      const id = `hog-${index}`;
      if (sandboxOf(id, processes) === sandbox && partitionOfId(id) === sandbox % HOG_PARTITIONS) return id;
    }
  });
}
