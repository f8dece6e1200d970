/**
 * `timers`: a million timers, of which ten thousand are due each second; how late their records are visible. Embedded.
 * `KAWAIT_BENCH_TIMERS` asks for fewer in all and per second, for a quick look.
 */
import { join } from "node:path";
import { withFolder } from "./line/pair.ts";
import { Worker } from "./process/child.ts";
import { quantile, type Table } from "./table.ts";

const TIMERS = Number(process.env.KAWAIT_BENCH_TIMERS ?? 1_000_000);
const PER_SECOND = TIMERS / 100;
const SECONDS = 30;
const FAR = TIMERS - PER_SECOND * SECONDS;
/** Time to set those that are due. */
const LEAD_MS = Math.max(10_000, TIMERS * 0.09);
/** Rounds of the table: so many seconds each. */
const ROUND_SECONDS = 5;
const PARTITIONS = 4;
const MB = 1_000_000;

export async function benchTimers(): Promise<readonly Table[]> {
  return withFolder(async (folder) => {
    const worker = await Worker.start({
      broker: { kind: "embedded", folder: join(folder, "broker") },
      installation: "bench",
      dataFolder: folder,
      partitions: PARTITIONS,
      part: "scheduler",
      outputTopics: [],
    });
    const load = { far: FAR, perSecond: PER_SECOND, seconds: SECONDS, leadMs: LEAD_MS };
    const { latenessMs, before, full, behind, liveBytes } = await worker.ask("timers", load);
    await worker.stop();
    const rounds: number[][] = [];
    for (let second = 0; second < SECONDS; second += ROUND_SECONDS)
      rounds.push(latenessMs.slice(second, second + ROUND_SECONDS).flat());
    const row = (share: number) => ({ name: `p${share * 100}`, rounds: rounds.map((round) => quantile(round, share)) });
    return [
      {
        title: `${TIMERS.toLocaleString("en")} timers, ${PER_SECOND.toLocaleString("en")} due per second: lateness`,
        unit: "ms",
        reference: "p50",
        rows: [row(0.5), row(0.99), row(1)],
        doesNotMeasure:
          "threads that go on: the resume record is read by the benchmark, in the same process. A round is " +
          `${ROUND_SECONDS} seconds of timers.`,
      },
      {
        title: "timers: anonymous memory of the process",
        unit: "MB",
        reference: "before",
        rows: [
          { name: "before", rounds: [before.anonymousBytes / MB] },
          { name: "with all set", rounds: [full.anonymousBytes / MB] },
          { name: "behind the last one due", rounds: [behind.anonymousBytes / MB] },
          { name: "of that in use, garbage collected", rounds: [liveBytes / MB] },
        ],
        doesNotMeasure:
          "the pages of the data file that are in memory; the benchmark's own lists of latenesses are in it. V8 leaves " +
          "garbage of a burst where it is as long as there is memory: what is in use says what must be there.",
      },
    ];
  });
}
