/** `npm run fuzz -- --seed N --runs M`: M malformed inputs from one seed; the same seed gives the same inputs. */
import { parseArgs } from "node:util";
import { fuzz } from "../test/fuzz/fuzz.ts";

const { values } = parseArgs({ options: { seed: { type: "string" }, runs: { type: "string" } } });
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const runs = Number(values.runs ?? 1_000_000);
const { inputs, served, deadLetters, problems } = await fuzz(seed, runs);
for (const problem of problems) console.log(problem);
console.log(
  `${inputs} inputs from seed ${seed}: ${served} steps, ${deadLetters} dead letters, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
