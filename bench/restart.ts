/** `restart`: SIGKILL of the engine's process at full load, until a process in its place has committed and answered. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { kafkaAvailable, startKafka } from "../test/kafka/harness/index.ts";
import { withFolder } from "./line/pair.ts";
import { Worker } from "./process/child.ts";
import type { WorkerOptions } from "./process/protocol.ts";
import type { Row, Table } from "./table.ts";

const WORKFLOW = fileURLToPath(new URL("workflows/loop.ts", import.meta.url));
const OUTPUT_TOPIC = "loop-out";
const THREADS = 200;
const ROUNDS = 5;
const PARTITIONS = 4;
/** Answers seen before the process is killed. */
const WARM_ANSWERS = 2_000;

export async function benchRestart(): Promise<readonly Table[]> {
  const embedded = await withFolder(async (folder) => {
    const broker = { kind: "embedded", folder: join(folder, "broker") } as const;
    return [await row("embedded, same folder", broker, () => folder)];
  });
  const rows: Row[] = [...embedded];
  if (kafkaAvailable()) {
    const kafka = await startKafka({ name: "bench-restart", heapMb: 512 });
    try {
      const broker = { kind: "kafka", addresses: kafka.brokers } as const;
      await withFolder(async (folder) => {
        rows.push(await row("Kafka, same data folder", broker, () => join(folder, "same")));
        rows.push(await row("Kafka, another data folder", broker, (round) => join(folder, `other-${round}`)));
      });
    } finally {
      await kafka.stop();
    }
  }
  return [
    {
      title: "SIGKILL at full load until the first new commit is visible",
      unit: "ms",
      reference: "embedded, same folder",
      rows,
      doesNotMeasure:
        "a supervisor: the successor is started at once. Of the time, the start of Node and the loading of the sources " +
        "take a part. On another data folder the session timeout (6 s) has to pass, since nobody leaves for the dead member.",
    },
  ];
}

async function row(name: string, broker: WorkerOptions["broker"], folderOf: (round: number) => string): Promise<Row> {
  const rounds: number[] = [];
  const options = (round: number): WorkerOptions => {
    const dataFolder = folderOf(round);
    mkdirSync(dataFolder, { recursive: true });
    const installation = "bench";
    return { broker, installation, dataFolder, partitions: PARTITIONS, part: "engine", outputTopics: [OUTPUT_TOPIC] };
  };
  let worker = await Worker.start({ ...options(0), workflow: WORKFLOW });
  for (let round = 1; round <= ROUNDS; round++) {
    await underLoad(worker, WARM_ANSWERS);
    const start = performance.now();
    await worker.kill();
    worker = await Worker.start(options(round));
    await underLoad(worker, 1);
    rounds.push(performance.now() - start);
  }
  await worker.kill();
  return { name, rounds };
}

/** Puts the worker under load; resolves when it has seen so many answers. */
function underLoad(worker: Worker, answers: number): Promise<void> {
  return new Promise((resolve) => {
    worker.onProgress = (seen) => {
      if (seen >= answers) resolve();
    };
    worker.begin("load", { threads: THREADS, outputTopic: OUTPUT_TOPIC });
  });
}
