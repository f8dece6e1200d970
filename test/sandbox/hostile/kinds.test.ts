/**
 * All kinds of hostile scripts: each ends with a value, an error or a named fault; the honest threads beside it get their
 * results; and the pool goes on.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ERROR_CODES, type StepLimits, type StepRequest, type StepResult } from "#protocol";
import { advanced, deploy, LOW_LIMITS, poolFor, startOf } from "../harness/steps.ts";
import { GROUPS, REACH } from "./kinds.ts";

const HONEST = `export function main(n) { let sum = 0; for (let i = 0; i <= n; i++) sum += i; return sum; }`;
const LIMITS: StepLimits = { ...LOW_LIMITS, stepMs: 60, memoryMb: 48, outputRecords: 50 };
/** Tried in one call, with honest threads before and after. */
const TOGETHER = 12;
const KINDS_LEAST = 150;

function programOf(bodies: readonly string[]): string {
  const cases = bodies.map((body) => `async function () { ${body} }`);
  return `import { config, output, outputJSON } from "kawait"; config.outputTopics.add("topic");
    const kinds = [${cases.join(",\n")}];
    export function main(kind) { return (0, kinds[kind])(); }`;
}

test("there are as many kinds as promised", () => {
  const kinds = GROUPS.reduce((sum, group) => sum + group.kinds.length, REACH.length);
  assert.ok(kinds >= KINDS_LEAST, `${kinds} kinds`);
});

for (const { name, kinds } of [
  ...GROUPS,
  {
    name: "reach",
    kinds: REACH.map(
      (reach) =>
        `let got; try { got = ${reach}; } catch {} return got === undefined || got === null ? "nothing" : typeof got`,
    ),
  },
])
  test(`hostile: ${name}, ${kinds.length} kinds`, { timeout: 200_000 }, async (t) => {
    const pool = poolFor(t, { limits: { processMemoryMb: 160 } });
    const honest = await deploy(pool, HONEST);
    const hostile = await deploy(pool, programOf(kinds));
    const endings = new Map<string, number>();
    for (let from = 0; from < kinds.length; from += TOGETHER) {
      const indexes = kinds.slice(from, from + TOGETHER).map((_, index) => from + index);
      const requests: StepRequest[] = [
        startOf(`before ${from}`, honest, 10),
        ...indexes.map((kind) => ({ ...startOf(`kind ${kind}`, hostile, kind), limits: LIMITS })),
        startOf(`after ${from}`, honest, 100),
      ];
      const results = (await pool.runSteps(requests)) as StepResult[];
      assert.equal(advanced(results[0]).result, "55");
      assert.equal(advanced(results.at(-1)).result, "5050");
      for (const [at, kind] of indexes.entries()) {
        const result = results[at + 1]!;
        const ending = result.kind === "advanced" ? result.status : result.code;
        endings.set(ending, (endings.get(ending) ?? 0) + 1);
        if (result.kind === "faulted")
          assert.ok(Object.hasOwn(ERROR_CODES, result.code), `${kinds[kind]}: ${result.code}`);
        if (name === "reach")
          assert.equal(result.kind === "advanced" ? result.result : "none", '"nothing"', REACH[kind]);
        const isOutputFlood = name === "floods" && kinds[kind]!.includes("output(");
        if (isOutputFlood) assert.equal(ending, "OutputLimit", kinds[kind]);
      }
    }
    t.diagnostic([...endings].map(([ending, count]) => `${count} ${ending}`).join(", "));
  });
