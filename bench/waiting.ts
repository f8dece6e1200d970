/**
 * `waiting`: a million suspended threads. What they take on disk and in memory, how soon a process that starts on them
 * makes its first step, and on Kafka how long an empty store takes to be read from the changelog.
 *
 * `KAWAIT_BENCH_THREADS` asks for fewer, for a quick look.
 */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kafkaAvailable, startKafka } from "../test/kafka/harness/index.ts";
import { withFolder } from "./line/pair.ts";
import { Worker } from "./process/child.ts";
import { scatteredId, type WorkerOptions } from "./process/protocol.ts";
import type { Row, Table } from "./table.ts";

const WORKFLOW = fileURLToPath(new URL("workflows/waiting.ts", import.meta.url));
const THREADS = Number(process.env.KAWAIT_BENCH_THREADS ?? 1_000_000);
const RESTARTS = 5;
const PARTITIONS = 4;
const OUTPUT_TOPIC = "waiting-out";
const MB = 1_000_000;

export async function benchWaiting(): Promise<readonly Table[]> {
  const tables = await withFolder((folder) =>
    measure("embedded", folder, { kind: "embedded", folder: join(folder, "broker") }, folder),
  );
  if (!kafkaAvailable()) return tables;
  const kafka = await startKafka({ name: "bench-waiting", heapMb: 512 });
  try {
    const broker = { kind: "kafka", addresses: kafka.brokers } as const;
    return [...tables, ...(await withFolder((folder) => measure("Kafka", folder, broker, folder)))];
  } finally {
    await kafka.stop();
  }
}

async function measure(
  name: string,
  dataFolder: string,
  broker: WorkerOptions["broker"],
  measured: string,
): Promise<readonly Table[]> {
  const options: WorkerOptions = {
    broker,
    installation: "bench",
    dataFolder,
    partitions: PARTITIONS,
    part: "engine",
    outputTopics: [OUTPUT_TOPIC],
  };
  const filler = await Worker.start({ ...options, workflow: WORKFLOW });
  const { ms } = await filler.ask("fill", { prefix: "trip", count: THREADS });
  await filler.stop();
  const resident: number[] = [];
  const anonymous: number[] = [];
  const ready: number[] = [];
  const first: number[] = [];
  const restored: number[] = [];
  for (let round = 0; round < RESTARTS; round++) {
    const { memory, readyMs, firstMs } = await restart(options, scatteredId("trip", round));
    resident.push(memory.residentBytes / MB);
    anonymous.push(memory.anonymousBytes / MB);
    ready.push(readyMs);
    first.push(firstMs);
  }
  const disk = folderBytes(measured) / MB;
  if (broker.kind === "kafka") {
    rmSync(join(dataFolder, "engine"), { recursive: true });
    restored.push((await restart(options, scatteredId("trip", RESTARTS))).firstMs);
  }
  const title = `${name}, ${THREADS.toLocaleString("en")} suspended threads`;
  const sizes = { "on disk": [disk], "resident, all processes": resident, "of it anonymous": anonymous };
  const restoring = restored.length > 0 ? { "with an empty store": restored } : {};
  return [
    {
      title,
      unit: "MB",
      reference: "on disk",
      rows: rowsOf(sizes),
      doesNotMeasure:
        "a busy engine: memory is read behind the first step of a process that has just started. On disk is " +
        (broker.kind === "kafka"
          ? "the engine's local store; what the topics take at the broker is not in it."
          : "the whole data folder: states, status, history, and free pages that the file keeps. What is resident and not anonymous are pages of that file."),
    },
    {
      title: `${name}, start of a process until its first answer is visible`,
      unit: "ms",
      reference: "its first step",
      rows: rowsOf({ "engine ready": ready, "its first step": first, ...restoring }),
      doesNotMeasure: `other machines: the file is in the page cache. The threads were started at ${Math.round((THREADS * 1000) / ms).toLocaleString("en")} a second.`,
    },
  ];
}

async function restart(options: WorkerOptions, threadId: string) {
  const start = performance.now();
  const worker = await Worker.start(options);
  const readyMs = performance.now() - start;
  await worker.ask("step", { threadId, value: '{"ref":"car"}', outputTopic: OUTPUT_TOPIC });
  const firstMs = performance.now() - start;
  const memory = await worker.ask("memory", null);
  await worker.stop();
  return { memory, readyMs, firstMs };
}

function rowsOf(values: Readonly<Record<string, readonly number[]>>): readonly Row[] {
  return Object.entries(values).map(([name, rounds]) => ({ name, rounds }));
}

/** What the files of a folder take on disk. */
function folderBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).blocks * 512;
  return bytes;
}
