/**
 * `npm run simulate -- --seed N --runs M`: seeds N … N + M - 1 of the deterministic simulation. A seed that fails is run
 * once more with its history printed; `--seed N` alone replays one. It ends at 5 failures; `--failures F`: at F.
 */
import { parseArgs } from "node:util";
import { simulateMany } from "../test/simulation/many.ts";
import { simulate } from "../test/simulation/run.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    failures: { type: "string" },
    history: { type: "boolean" },
  },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const runs = Number(values.runs ?? 1);
const startedMs = Date.now();
const TELL_EVERY = 1_000;

let done = 0;
const failed = await simulateMany({
  seed,
  runs,
  ...(values.failures === undefined ? {} : { failuresMax: Number(values.failures) }),
  onRun: (count) => {
    done = count;
    if (count % TELL_EVERY === 0) console.log(`${count} of ${runs}, ${rate(count)} a second`);
  },
  onFailure: async (outcome) => {
    const again = await simulate({ seed: outcome.seed, history: true });
    console.log(again.history.join("\n"));
    console.log(`seed ${outcome.seed} fails:\n  ${outcome.problems.join("\n  ")}`);
    if (again.problems.join() !== outcome.problems.join()) console.log(`but replays as: ${again.problems.join("\n")}`);
  },
});
if (values.history && runs === 1 && failed === 0) {
  const { history } = await simulate({ seed, history: true });
  console.log(history.join("\n"));
}
console.log(`${done} runs from seed ${seed} on: ${failed} failed; ${rate(done)} runs a second`);
process.exitCode = failed === 0 ? 0 : 1;

function rate(count: number): number {
  return Math.round((count * 1000) / Math.max(1, Date.now() - startedMs));
}
