/**
 * `long`: one thread at its tenth step and at its hundred thousandth, in turns; embedded, durable. Cost follows live state (I7).
 * `KAWAIT_BENCH_STEPS` asks for fewer, for a quick look.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { partitionOf } from "#protocol";
import { openEmbeddedBroker } from "#stream";
import { openBenchEngine } from "./line/engine-line.ts";
import { withFolder } from "./line/pair.ts";
import type { Table } from "./table.ts";

const WORKFLOW = fileURLToPath(new URL("workflows/loop.ts", import.meta.url));
const OUTPUT_TOPIC = "loop-out";
const EARLY_STEPS = 10;
const LATE_STEPS = Number(process.env.KAWAIT_BENCH_STEPS ?? 100_000);
const MEASURED_STEPS = 500;
const SENT_TOGETHER = 2_000;
const WARM_UP = 2;
const ROUNDS = 9;
const POLL_MS = 1_000;
const utf8 = new TextEncoder();

export async function benchLong(): Promise<readonly Table[]> {
  return withFolder(async (folder) => {
    const broker = await openEmbeddedBroker({ folder: join(folder, "broker") });
    const partitions = 1;
    const options = { broker, installation: "bench", dataFolder: join(folder, "engine"), partitions };
    const { engine, topics } = await openBenchEngine(options, WORKFLOW, OUTPUT_TOPIC);
    const producer = await broker.openProducer();
    const { end } = await broker.topics.bounds(OUTPUT_TOPIC, 0);
    const reader = await broker.openReader({ topic: OUTPUT_TOPIC, partition: 0, fromOffset: end });
    /** Milliseconds until all are answered. */
    const run = async (threadId: string, values: readonly string[]): Promise<number> => {
      const key = utf8.encode(threadId);
      const records = values.map((value) => {
        return { topic: topics.resume, partition: partitionOf(key, partitions), key, value: utf8.encode(value) };
      });
      const start = performance.now();
      await producer.send(records);
      for (let left = records.length; left > 0; ) left -= (await reader.poll(POLL_MS)).records.length;
      return performance.now() - start;
    };
    const steps = (count: number): readonly string[] => new Array<string>(count).fill('{"ref":"next"}');
    try {
      await run("late", ["new:"]);
      for (let done = 0; done < LATE_STEPS; done += SENT_TOGETHER) await run("late", steps(SENT_TOGETHER));
      const early: number[] = [];
      const late: number[] = [];
      for (let round = 0; round < WARM_UP + ROUNDS; round++) {
        await run(`early-${round}`, ["new:", ...steps(EARLY_STEPS)]);
        const earlyMs = await run(`early-${round}`, steps(MEASURED_STEPS));
        const lateMs = await run("late", steps(MEASURED_STEPS));
        if (round < WARM_UP) continue;
        early.push((earlyMs * 1000) / MEASURED_STEPS);
        late.push((lateMs * 1000) / MEASURED_STEPS);
      }
      return [
        {
          title: `one thread, ${MEASURED_STEPS} steps from its tenth and from its ${LATE_STEPS.toLocaleString("en")}th on`,
          unit: "µs a step",
          reference: "step 10",
          rows: [
            { name: "step 10", rounds: early },
            { name: `step ${LATE_STEPS.toLocaleString("en")}`, rounds: late },
          ],
          doesNotMeasure:
            "threads that keep more and more: this one's state stays as large as it was at its first step.",
        },
      ];
    } finally {
      await reader.close();
      await producer.close();
      await engine.stop();
      await broker.close();
    }
  });
}
