/** A stratified sample of test262: saved before every job, restored in a new context, each state encoded twice. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findTests, idOf, type Scenario, type Tier } from "./runner/corpus.ts";
import { expectedFailures } from "./runner/expected.ts";
import { nativeVerdicts, runScenarios } from "./runner/run.ts";
import { sampled } from "./runner/sample.ts";

/** Tests by tier: half a minute on two cores that have nothing else to do. */
const COUNTS: readonly (readonly [Tier, number])[] = [
  ["A", 30],
  ["B", 20],
  ["C", 35],
];

const root = dirname(fileURLToPath(import.meta.resolve("@gerhobbelt/test262/package.json")));
const seed = Number(process.env.CONFORMANCE_SEED ?? Math.floor(Math.random() * 2 ** 31));
const corpus = findTests(root);
const expected = expectedFailures();

for (const [tier, count] of COUNTS) {
  test(`tier ${tier}: what passes natively passes saved before every job (seed ${seed})`, {
    timeout: 600_000,
  }, async (context) => {
    context.diagnostic(`CONFORMANCE_SEED=${seed}`);
    const tests = sampled(
      corpus.filter((one) => one.tier === tier),
      count,
      seed,
    );
    const scenarios: Scenario[] = tests.map((one) => ({ test: one, strictness: one.strictness.at(-1)! }));
    const native = await nativeVerdicts(scenarios, { root, processes: 2 });
    const countable = scenarios.filter((scenario) => native.get(idOf(scenario)) === null);
    assert.ok(countable.length > count / 2, `only ${countable.length} of ${scenarios.length} pass natively`);
    const { verdicts } = await runScenarios(countable, { root, processes: 2, mode: "stable" });
    const wrong = [...verdicts].filter(([id, verdict]) => (verdict === null) === expected.has(id));
    assert.deepEqual(wrong, [], `run again with CONFORMANCE_SEED=${seed}`);
    assert.equal(verdicts.size, countable.length);
  });
}
