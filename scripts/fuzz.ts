/** `npm run fuzz -- --seed N --runs M [--only part,…]`: M malformed inputs from one seed; the same seed gives the same inputs. */
import { parseArgs } from "node:util";
import { FUZZ_PARTS, type FuzzPart, fuzz } from "../test/fuzz/fuzz.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, runs: { type: "string" }, only: { type: "string" } },
});
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const runs = Number(values.runs ?? 1_000_000);
const parts = values.only === undefined ? FUZZ_PARTS : (values.only.split(",") as FuzzPart[]);
const unknown = parts.filter((part) => !FUZZ_PARTS.includes(part));
if (unknown.length > 0)
  throw new RangeError(`There is no ${unknown.join(", ")} to fuzz; there are ${FUZZ_PARTS.join(", ")}`);
const { inputs, served, deadLetters, problems } = await fuzz(seed, runs, parts);
for (const problem of problems) console.log(problem);
console.log(
  `${inputs} inputs of ${parts.join(", ")} from seed ${seed}: ${served} steps, ${deadLetters} dead letters, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
