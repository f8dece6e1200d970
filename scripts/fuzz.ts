/** `npm run fuzz -- --seed N --runs M [--only part,…]`: M malformed inputs from one seed; the same seed gives the same inputs. */
import { FUZZ_PARTS, type FuzzPart, fuzz, QUICK_PARTS } from "../test/fuzz/fuzz.ts";
import { commandLine } from "./command-line.ts";

const values = commandLine("npm run fuzz", "Malformed input: each is served, or refused by name.", {
  seed: { kind: "count", means: "the same one gives the same inputs" },
  runs: { kind: "count", default: 1_000_000, means: "how many inputs" },
  only: {
    kind: "list",
    default: QUICK_PARTS,
    choices: FUZZ_PARTS,
    means: "parts; those that take milliseconds an input run only where they are named",
  },
});
const { seed = Date.now() % 2 ** 31, runs, only } = values;
const { inputs, served, deadLetters, problems } = await fuzz(seed, runs, only as readonly FuzzPart[]);
for (const problem of problems) console.log(problem);
console.log(
  `${inputs} inputs of ${only.join(", ")} from seed ${seed}: ${served} steps, ${deadLetters} dead letters, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
