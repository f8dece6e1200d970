/**
 * `npm run differential -- [--seed N] [--runs M]`: random programs, native against compiled against compiled with the
 * thread restored in new contexts. A program that differs is made small and printed; the exit code is then 1.
 */
import { campaign, restoreAtSeed } from "../test/differential/campaign.ts";
import { difference } from "../test/differential/harness.ts";
import { shrink } from "../test/differential/shrink.ts";
import { commandLine } from "./command-line.ts";

const values = commandLine("npm run differential", "Random programs: native, compiled, and restored in new contexts.", {
  seed: { kind: "count", means: "the first program's; each has the next one" },
  runs: { kind: "count", default: 600, means: "how many programs" },
});
const { seed = Math.floor(Math.random() * 1e9), runs } = values;
const SLICE = 480;

let differing = 0;
let lines = 0;
const started = performance.now();
console.log(`seeds ${seed} to ${seed + runs - 1}`);
for (let done = 0; done < runs; done += SLICE) {
  const findings: { seed: number; body: string; message: string }[] = [];
  const count = Math.min(SLICE, runs - done);
  lines += await campaign(seed + done, count, (finding) => findings.push(finding));
  for (const finding of findings) {
    differing++;
    console.log(`--- seed ${finding.seed}: ${finding.message}`);
    const restoreAt = restoreAtSeed(finding.seed);
    const small = await shrink(finding.body, async (body) => (await difference(body, restoreAt)) !== undefined);
    console.log(small);
    console.log((await difference(small, restoreAt))?.message ?? "(differs within its batch only)");
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`${done + count} programs, ${lines} lines of trace, ${differing} differ, ${seconds.toFixed(0)} s`);
}
process.exitCode = differing === 0 ? 0 : 1;
