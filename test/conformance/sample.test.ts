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

test(`what passes natively passes saved before every job (seed ${seed})`, { timeout: 600_000 }, async (context) => {
  context.diagnostic(`CONFORMANCE_SEED=${seed}`);
  const scenariosOf = (tier: Tier, count: number): Scenario[] =>
    sampled(
      corpus.filter((one) => one.tier === tier),
      count,
      seed,
    ).map((one) => ({ test: one, strictness: one.strictness.at(-1)! }));
  const tiers = COUNTS.map(([tier, count]) => ({ tier, scenarios: scenariosOf(tier, count) }));
  // All tiers in one run: a process takes longer to start than most tests.
  const scenarios = tiers.flatMap((each) => each.scenarios);
  const native = await nativeVerdicts(scenarios, { root, processes: 2 });
  const passesNatively = (scenario: Scenario): boolean => native.get(idOf(scenario)) === null;
  for (const { tier, scenarios } of tiers) {
    const count = scenarios.filter(passesNatively).length;
    assert.ok(count > scenarios.length / 2, `only ${count} of ${scenarios.length} of tier ${tier} pass natively`);
  }
  const countable = scenarios.filter(passesNatively);
  const { verdicts } = await runScenarios(countable, { root, processes: 2, mode: "stable" });
  const wrong = [...verdicts].filter(([id, verdict]) => (verdict === null) === expected.has(id));
  assert.deepEqual(wrong, [], `run again with CONFORMANCE_SEED=${seed}`);
  assert.equal(verdicts.size, countable.length);
});
