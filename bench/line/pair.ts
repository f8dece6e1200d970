/** The engine's line and the passthrough on one broker; rounds take turns, so that noise of the machine meets both. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Broker, createKafkaBroker, openEmbeddedBroker } from "#stream";
import { startKafka } from "../../test/kafka/harness/index.ts";
import { openEngineLine } from "./engine-line.ts";
import type { Line } from "./line.ts";
import type { RoundResult } from "./load.ts";
import { openPassthroughLine, type StepBytes } from "./passthrough-line.ts";
import { stepBytes } from "./step-bytes.ts";

const PARTITIONS = 4;
const INSTALLATION = "bench";

export interface Pair {
  readonly broker: Broker;
  readonly installation: string;
  readonly engine: Line;
  readonly passthrough: Line;
  readonly bytes: StepBytes;
}

export async function withEmbeddedPair<Result>(run: (pair: Pair) => Promise<Result>): Promise<Result> {
  return withFolder(async (folder) =>
    withPair(await openEmbeddedBroker({ folder: join(folder, "broker") }), folder, run),
  );
}

/** A broker of its own, with its defaults. */
export async function withKafkaPair<Result>(run: (pair: Pair) => Promise<Result>): Promise<Result> {
  const kafka = await startKafka({ name: "bench", heapMb: 512 });
  try {
    return await withFolder((folder) =>
      withPair(createKafkaBroker({ brokers: kafka.brokers, clientId: "kawait-bench" }), folder, run),
    );
  } finally {
    await kafka.stop();
  }
}

export async function withFolder<Result>(run: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "kawait-bench-"));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function withPair<Result>(broker: Broker, folder: string, run: (pair: Pair) => Promise<Result>): Promise<Result> {
  const options = { broker, installation: INSTALLATION, partitions: PARTITIONS };
  const lines: Line[] = [];
  try {
    const engine = await openEngineLine({ ...options, dataFolder: join(folder, "engine") });
    lines.push(engine);
    const bytes = await stepBytes(engine, INSTALLATION);
    const passthrough = await openPassthroughLine({ ...options, dataFolder: join(folder, "passthrough"), bytes });
    lines.push(passthrough);
    return await run({ broker, installation: INSTALLATION, engine, passthrough, bytes });
  } finally {
    await Promise.all(lines.map((line) => line.stop()));
    await broker.close();
  }
}

/** One warm-up round of each, then `count` rounds in turns. */
export async function takeTurns(
  pair: Pair,
  count: number,
  round: (line: Line) => Promise<RoundResult>,
): Promise<{ readonly engine: readonly RoundResult[]; readonly passthrough: readonly RoundResult[] }> {
  await round(pair.engine);
  await round(pair.passthrough);
  const engine: RoundResult[] = [];
  const passthrough: RoundResult[] = [];
  for (let turn = 0; turn < count; turn++) {
    engine.push(await round(pair.engine));
    passthrough.push(await round(pair.passthrough));
  }
  return { engine, passthrough };
}

export function perSecond({ steps, ms }: Pick<RoundResult, "steps" | "ms">): number {
  return (steps * 1_000) / ms;
}
