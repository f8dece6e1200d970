/**
 * `npm run conformance`: test262 through the adapter, against what this Node passes natively.
 *
 *   --tier A,A2,B,C   --mode plain,durable,stable   --filter <text in the path>   --sample <tests a tier>  --seed <n>
 *   --quick (asks Node only about what fails: tests that it does not pass natively may count as passed)
 *   --from <n> (leaves out the first n scenarios of each tier: goes on with a run that was ended)
 *   --failures (lists them)   --sandbox (contexts as `vm.createContext({})` gives them)
 *   --root <folder of another test262>   --processes 2   --out <folder for lists of failures: as they come, and by cause>
 *
 * Prints per tier and mode: passed / natively passed. Exits with 1 when a test fails that `expected-failures.txt` does not
 * name, or one passes that it names.
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { findTests, idOf, type Scenario, TIERS, type Tier } from "../test/conformance/runner/corpus.ts";
import { expectedFailures } from "../test/conformance/runner/expected.ts";
import { causesOf, failuresText } from "../test/conformance/runner/report.ts";
import { nativeVerdicts, runScenarios } from "../test/conformance/runner/run.ts";
import { sampled } from "../test/conformance/runner/sample.ts";
import type { WorkerMode } from "../test/conformance/runner/worker.ts";
import { commandLine } from "./command-line.ts";

const values = commandLine(
  "npm run conformance",
  "test262 through the adapter, against what this Node passes natively.",
  {
    tier: { kind: "list", default: TIERS, choices: TIERS, means: "which tests" },
    mode: { kind: "list", default: ["plain", "durable"], choices: ["plain", "durable", "stable"], means: "how" },
    filter: { kind: "text", default: "", means: "only tests with this text in their path" },
    sample: { kind: "count", least: 1, means: "so many tests a tier, drawn by folder" },
    seed: { kind: "count", means: "of the sample" },
    from: { kind: "count", default: 0, means: "leaves out the first scenarios of each tier" },
    root: { kind: "text", default: "node_modules/@gerhobbelt/test262", means: "folder of another test262" },
    processes: { kind: "count", least: 1, default: 2, means: "worker processes" },
    out: { kind: "text", means: "folder for lists of failures, as they come and by cause" },
    failures: { kind: "flag", means: "lists what fails" },
    sandbox: { kind: "flag", means: "contexts as `vm.createContext({})` gives them" },
    quick: { kind: "flag", means: "asks Node only about what fails" },
  },
);
const { processes, root, tier: tiers, seed = Math.floor(Math.random() * 2 ** 31) } = values;
const expected = expectedFailures();
const everything = findTests(root);
let isFine = true;

if (values.sample !== undefined) console.log(`seed ${seed}`);
for (const tier of tiers as readonly Tier[]) {
  const all = everything.filter((test) => test.tier === tier && test.path.includes(values.filter));
  const tests = values.sample === undefined ? all : sampled(all, values.sample, seed);
  const every: Scenario[] = tests.flatMap((test) => test.strictness.map((strictness) => ({ test, strictness })));
  const scenarios = every.slice(values.from);
  if (scenarios.length === 0) {
    console.log(`${tier}: no tests`);
    continue;
  }
  const native = (some: readonly Scenario[]) =>
    nativeVerdicts(some, { root, processes, onProgress: progress(`${tier} native`) });
  const passing = async (some: readonly Scenario[]): Promise<Scenario[]> => {
    const known = await native(some);
    return some.filter((scenario) => known.get(idOf(scenario)) === null);
  };
  const candidates = values.quick ? scenarios : await passing(scenarios);
  for (const mode of values.mode as readonly WorkerMode[]) {
    const journal = join(values.out ?? "", `${tier}-${mode}.log`);
    if (values.out !== undefined) {
      mkdirSync(values.out, { recursive: true });
      writeFileSync(journal, "");
    }
    const { verdicts, spent } = await runScenarios(candidates, {
      root,
      processes,
      mode,
      sandbox: values.sandbox,
      onProgress: progress(`${tier} ${mode}`),
      onVerdict: (id, verdict) => {
        if (verdict !== null && values.out !== undefined) appendFileSync(journal, `${id}\t${verdict}\n`);
      },
    });
    const failing = candidates.filter((scenario) => verdicts.get(idOf(scenario)) !== null);
    const lost = new Set((values.quick ? await passing(failing) : failing).map(idOf));
    const countable = candidates.filter(
      (scenario) => verdicts.get(idOf(scenario)) === null || lost.has(idOf(scenario)),
    );
    const failures = [...verdicts].flatMap(([id, verdict]) =>
      verdict !== null && lost.has(id) ? [{ id, verdict }] : [],
    );
    const unexpected = failures.filter(({ id }) => !isExpected(id, mode));
    const healed = countable.filter(
      (scenario) => isExpected(idOf(scenario), mode) && verdicts.get(idOf(scenario)) === null,
    );
    const passed = countable.length - failures.length;
    const share = ((100 * passed) / countable.length).toFixed(2);
    console.log(`${tier} ${mode}: ${passed} / ${countable.length} (${share} %), of ${scenarios.length} scenarios`);
    const plain = countable.filter(({ test }) => !test.isRefusable);
    const lostOfPlain = plain.filter((scenario) => lost.has(idOf(scenario))).length;
    console.log(`  without direct eval and with: ${plain.length - lostOfPlain} / ${plain.length}`);
    if (spent.jobs)
      console.log(
        `  ${Object.entries(spent)
          .map(([key, value]) => `${key} ${Math.round(value)}`)
          .join(", ")}`,
      );
    for (const { cause, count, examples } of causesOf(failures).slice(0, 25))
      console.log(`  ${count} × ${cause} (${examples[0]})`);
    if (values.failures) for (const { id, verdict } of failures) console.log(`  ${id}: ${verdict}`);
    for (const scenario of healed) console.log(`  passes unexpectedly: ${idOf(scenario)}`);
    if (values.out !== undefined) {
      writeFileSync(join(values.out, `${tier}-${mode}.txt`), failuresText(failures));
    }
    if (unexpected.length > 0 || healed.length > 0) isFine = false;
  }
}
process.exitCode = isFine ? 0 : 1;

/** What fails only where the thread is saved has a reason that says so. */
function isExpected(id: string, mode: WorkerMode): boolean {
  const reason = expected.get(id);
  if (reason === undefined || mode === "native") return false;
  return mode !== "plain" || !reason.startsWith("saved only:");
}

function progress(label: string): (done: number, all: number) => void {
  return (done, all) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${label}: ${done} / ${all}   ${done === all ? "\n" : ""}`);
  };
}
