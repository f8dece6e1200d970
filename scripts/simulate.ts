/**
 * `npm run simulate -- --seed N --runs M`: seeds N … N + M - 1 of the deterministic simulation. A seed that fails is run
 * once more with its history printed; `--seed N` alone replays one. It ends at 5 failures; `--failures F`: at F.
 */
import { simulateMany } from "../test/simulation/many.ts";
import { simulate } from "../test/simulation/run.ts";
import { commandLine } from "./command-line.ts";

const values = commandLine("npm run simulate", "The deterministic simulation: exactly once under faults, from seeds.", {
  seed: { kind: "count", means: "the first run's; each has the next one" },
  runs: { kind: "count", default: 1, means: "how many" },
  failures: { kind: "count", least: 1, means: "ends after so many that failed; otherwise after 5" },
  history: { kind: "flag", means: "prints the history of a single run, failed or not" },
});
const { seed = Date.now() % 2 ** 31, runs } = values;
const startedMs = Date.now();
const TELL_EVERY = 1_000;

let done = 0;
const failed = await simulateMany({
  seed,
  runs,
  ...(values.failures === undefined ? {} : { failuresMax: values.failures }),
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
