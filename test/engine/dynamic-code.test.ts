/** Code made at run time behind the whole path: in sandbox processes, live and restored, shared and private. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { CODE_COMPILER, compileSource } from "#compiler";
import type { StepAdvanced, StepFaulted, StepInput, StepRequest, StepResult } from "#protocol";
import { createSandboxPool, readHeap, type SandboxPool } from "#runtime";
import { startOf } from "../sandbox/harness/steps.ts";

const pools: Readonly<Record<string, SandboxPool>> = {
  live: createSandboxPool({ processes: 1, compiler: CODE_COMPILER }),
  drop: createSandboxPool({ processes: 1, compiler: CODE_COMPILER, mode: "drop" }),
  none: createSandboxPool({ processes: 1 }),
};
after(async () => {
  await Promise.all(Object.values(pools).map((pool) => pool.close()));
});

async function run(pool: SandboxPool, source: string, records: readonly unknown[]): Promise<readonly StepResult[]> {
  const { program } = await compileSource(source, { filename: "main.js", needsMain: true });
  pool.addProgram(program);
  let request: StepRequest = { ...startOf(`t-${program.hash.slice(0, 8)}`, program.hash), limits: LIMITS };
  const results: StepResult[] = [];
  for (let stepId = 1; ; stepId++) {
    const [result] = await pool.runSteps([request]);
    results.push(result!);
    const text = records[stepId - 1];
    if (result!.kind !== "advanced" || result!.status !== "running" || text === undefined) return results;
    const input: StepInput = { kind: "resume", ref: "r", text: JSON.stringify({ ref: "r", value: text }) };
    const { heap, isPrivate } = result as StepAdvanced;
    request = { ...request, base: request.stepId, stepId: request.stepId + 1, heap, isPrivate, input };
  }
}

const LIMITS = {
  stepMs: 60_000,
  memoryMb: 64,
  snapshotBytes: 1024 * 1024,
  outputRecords: 100,
  outputBytes: 1024 * 1024,
};

function last(results: readonly StepResult[]): StepAdvanced {
  const result = results.at(-1)!;
  assert.equal(result.kind, "advanced", JSON.stringify(result));
  return result as StepAdvanced;
}

const W = `import * as W from "kawait";`;

test("functions made at run time live across steps, the same live and restored", async () => {
  const source = `${W} export async function main() {
    const counter = Function("n", "return { up: (by) => (n += by) }")(1);
    const run = (async () => {}).constructor("W", "let sum = 0; for (let i = 0; i < 2; i++) sum += await W.suspend('r'); return sum");
    const sum = await run(W); counter.up(sum); counter.up(await W.suspend("r")); return counter.up(0); }`;
  const [live, drop] = await Promise.all([run(pools.live!, source, [1, 2, 3]), run(pools.drop!, source, [1, 2, 3])]);
  assert.equal(last(live).result, "7");
  assert.deepEqual(drop, live);
  assert.ok(
    live.every((result) => result.kind === "advanced" && !result.isPrivate),
    "it stays in shared mode",
  );
});

test("a state with code made at run time can be read without a compiler", async () => {
  const source = `${W} export async function main() { const f = Function("a", "let n = a; return () => n++")(5); await W.suspend("r"); return f(); }`;
  const [first] = await run(pools.live!, source, []);
  const { program } = await compileSource(source, { filename: "main.js", needsMain: true });
  const view = readHeap((first as StepAdvanced).heap, program.tables);
  const code = view.objects.find((object) => object.kind === "code made at run time");
  assert.match(code?.name ?? "", /^function anonymous\(a/);
  assert.ok(
    view.objects.some((object) => object.kind === "scope" && object.entries.some(({ label }) => label === "n")),
  );
});

test("eval that declares globals, and sloppy code that writes, move a thread to private mode", async () => {
  for (const text of [`(0, eval)("var mine = 1")`, `Function("o", "o.x = 1")({})`]) {
    const source = `${W} export async function main() { ${text}; await W.suspend("r"); return typeof mine; }`;
    const results = await run(pools.live!, source, [0]);
    assert.equal(last(results).isPrivate, true, text);
  }
});

test("limits of code made at run time are named errors of the script", async () => {
  const source = `${W} const of = (f) => { try { f(); return ""; } catch (e) { return e.code; } };
    export async function main() { return [of(() => Function("/*" + "x".repeat(300000) + "*/")), of(() => { for (let i = 0; i < 2000; i++) Function("return " + i % 3); })]; }`;
  assert.equal(last(await run(pools.live!, source, [])).result, `["CodeLimit","CodeLimit"]`);
  const text = `${W} export async function main() { return Function("return 1")(); }`;
  assert.match(last(await run(pools.none!, text, [])).result ?? "", /no compiler/);
});

test("where the compiler's stack ends is no answer: the step ends", async () => {
  for (const text of [`"return 1" + "+1".repeat(100000)`, `"return " + "(".repeat(60000) + "1" + ")".repeat(60000)`]) {
    const source = `${W} export async function main() { try { return Function(${text})(); } catch { return "caught"; } }`;
    const [result] = await run(pools.live!, source, []);
    const { code, message } = result as StepFaulted;
    assert.equal(code, "StackOverflow", message);
  }
});

test("code made while modules load is part of the program", async () => {
  const source = `${W} const global = Function("return this")(); const make = Function("'use strict'; return (n) => ({ get: () => n })")();
    export async function main() { const kept = make(3); await W.suspend("r"); return [global === globalThis, kept.get(), make(4).get()]; }`;
  const [live, drop] = await Promise.all([run(pools.live!, source, [0]), run(pools.drop!, source, [0])]);
  assert.equal(last(live).result, "[true,3,4]");
  assert.deepEqual(drop, live);
  assert.equal(last(live).isPrivate, false);
});
