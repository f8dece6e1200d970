/**
 * Hostile scripts, each as a real compiled program in a real sandbox process: each ends in a named error or goes on
 * harmlessly, honest threads of the same call get their results, and this process lives.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorCode, StepResult } from "#protocol";
import { advanced, deploy, poolFor, startOf } from "./harness/steps.ts";

const HONEST = `export function main(n) { let sum = 0; for (let i = 0; i <= n; i++) sum += i; return sum; }`;

interface Hostile {
  readonly name: string;
  /** Statements of `main`. */
  readonly body: string;
  /** Codes of a fault, or what an advanced step must look like. */
  readonly ends: readonly ErrorCode[] | ((result: StepResult) => void);
  readonly isAsync?: boolean;
}

const completesWith = (value: unknown) => (result: StepResult) => {
  assert.deepEqual(JSON.parse(advanced(result).result ?? "null"), value);
};

const HOSTILE: readonly Hostile[] = [
  { name: "an endless loop", body: "while (true);", ends: ["StepTimeLimit"] },
  {
    name: "an endless loop with a catch",
    body: "for (;;) { try { for (;;); } catch {} finally { continue; } }",
    ends: ["StepTimeLimit"],
  },
  {
    name: "a catastrophic regular expression",
    body: `return /^(a+)+$/.test("a".repeat(60) + "!");`,
    ends: ["StepTimeLimit"],
  },
  {
    name: "a comparator that never agrees and never ends",
    body: "[3, 2, 1].sort(() => { for (;;); });",
    ends: ["StepTimeLimit"],
  },
  {
    name: "a BigInt power",
    body: "let n = BigInt(3); for (;;) n *= n;",
    ends: ["StepTimeLimit", "StepMemoryLimit", "SandboxCrashed"],
  },
  {
    name: "a native loop without interrupts",
    body: "return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 5);",
    ends: ["StepTimeLimit"],
  },
  {
    name: "arrays for ever",
    body: "const all = []; for (;;) all.push(new Array(1000).fill(1));",
    ends: ["StepMemoryLimit", "StepTimeLimit"],
  },
  {
    name: "a giant sort",
    body: "return new Array(1e8).fill(1).sort().length;",
    ends: ["StepMemoryLimit", "StepTimeLimit"],
  },
  {
    name: "maps for ever",
    body: "const all = new Map(); for (let i = 0; ; i++) all.set(i, { i });",
    ends: ["StepMemoryLimit", "StepTimeLimit"],
  },
  { name: "deep recursion", body: "const down = (n) => down(n + 1) + 1; return down(0);", ends: ["StackOverflow"] },
];

for (const { name, body, ends, isAsync } of HOSTILE) {
  test(`hostile: ${name}`, { timeout: 60_000 }, async (t) => {
    const pool = poolFor(t);
    const honest = await deploy(pool, HONEST);
    const hostile = await deploy(pool, `export ${isAsync ? "async " : ""}function main() { ${body} }`);
    const startedMs = performance.now();
    const [before, culprit, after, otherAfter] = await pool.runSteps([
      startOf("honest 1", honest, 10),
      startOf("hostile", hostile),
      startOf("honest 2", honest, 100),
      startOf("honest 3", honest, 1_000),
    ]);
    t.diagnostic(`${Math.round(performance.now() - startedMs)} ms, ${JSON.stringify(culprit).slice(0, 300)}`);
    completesWith(55)(before as StepResult);
    completesWith(5050)(after as StepResult);
    completesWith(500500)(otherAfter as StepResult);
    if (typeof ends === "function") ends(culprit as StepResult);
    else {
      assert.equal(culprit?.kind, "faulted");
      assert.ok(
        ends.includes((culprit as { code: ErrorCode }).code),
        `ended in ${(culprit as { code: ErrorCode }).code}`,
      );
    }
  });
}
