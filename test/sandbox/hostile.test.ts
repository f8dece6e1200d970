/**
 * Hostile scripts, each as a real compiled program in a real sandbox process: each ends in a named error or goes on
 * harmlessly, honest threads of the same call get their results, and this process lives.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ErrorCode, StepLimits, StepResult } from "#protocol";
import { createSandboxPool, type SandboxPool } from "#runtime";
import { advanced, deploy, LOW_LIMITS, startOf } from "./harness/steps.ts";

const HONEST = `export function main(n) { let sum = 0; for (let i = 0; i <= n; i++) sum += i; return sum; }`;

interface Hostile {
  readonly name: string;
  /** Statements of an `async main`. */
  readonly body: string;
  /** Codes of a fault, or what an advanced step must look like. */
  readonly ends: readonly ErrorCode[] | ((result: StepResult) => void);
  readonly limits?: Partial<StepLimits>;
}

const completesWith = (value: unknown) => (result: StepResult) => {
  assert.deepEqual(JSON.parse(advanced(result).result ?? "null"), value);
  assert.equal(advanced(result).status, "completed");
};

/** So much time that memory is what ends the step. */
const LONG: Partial<StepLimits> = { stepMs: 8_000, memoryMb: 16 };
const ANY_MEMORY_END: readonly ErrorCode[] = ["StepMemoryLimit", "SandboxCrashed"];

const HOSTILE: readonly Hostile[] = [
  { name: "an endless loop", body: "while (true);", ends: ["StepTimeLimit"] },
  {
    name: "an endless loop that catches everything",
    body: "for (;;) { try { for (;;); } catch {} finally { continue; } }",
    ends: ["StepTimeLimit"],
  },
  { name: "an endless loop after an await", body: "await null; for (;;);", ends: ["StepTimeLimit"] },
  { name: "an endless loop of awaits", body: "for (;;) await null;", ends: ["StepTimeLimit"] },
  {
    name: "a flood of microtasks",
    body: "const again = () => queueMicrotask(again); again(); return 1;",
    ends: ["StepTimeLimit"],
  },
  {
    name: "a chain of promises without end",
    body: "const next = () => Promise.resolve().then(next); await next();",
    ends: ["StepTimeLimit", "StepMemoryLimit"],
  },
  {
    name: "a catastrophic regular expression",
    body: `return /^(a+)+$/.test("a".repeat(60) + "!");`,
    ends: ["StepTimeLimit"],
  },
  { name: "a comparator that never ends", body: "[3, 2, 1].sort(() => { for (;;); });", ends: ["StepTimeLimit"] },
  {
    name: "a BigInt power",
    body: "let n = BigInt(3); for (;;) n *= n;",
    ends: ["StepTimeLimit", "StepMemoryLimit", "SandboxCrashed"],
  },
  {
    name: "a native loop that cannot be interrupted",
    body: "return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 5);",
    ends: ["StepTimeLimit"],
  },
  {
    name: "an error that cannot be read",
    body: "throw new Proxy({}, { get() { for (;;); } });",
    ends: ["StepTimeLimit"],
  },
  {
    name: "arrays for ever",
    body: "const all = []; for (;;) all.push(new Array(1000).fill(1));",
    ends: ANY_MEMORY_END,
    limits: LONG,
  },
  {
    name: "a giant sort",
    body: "return new Array(1e8).fill(1).sort().length;",
    ends: ["StepTimeLimit", ...ANY_MEMORY_END],
    limits: { stepMs: 500 },
  },
  {
    name: "a map for ever",
    body: "const all = new Map(); for (let i = 0; ; i++) all.set(i, { i });",
    ends: ["StepMemoryLimit", "SandboxCrashed"],
    limits: LONG,
  },
  {
    name: "strings for ever",
    body: `const all = []; for (let i = 0; ; i++) all.push(JSON.stringify([String(i).repeat(10_000)]));`,
    ends: ANY_MEMORY_END,
    limits: LONG,
  },
  {
    name: "typed arrays for ever",
    body: "const all = []; for (;;) { try { all.push(new Uint8Array(1e6)); } catch {} }",
    ends: ["StepTimeLimit", "StepMemoryLimit"],
  },
  {
    name: "deep recursion",
    body: "const down = (n) => down(n + 1) + 1; return down(0);",
    ends: ["StackOverflow"],
  },
  {
    name: "deep recursion that is swallowed",
    body: "const down = (n) => { try { return down(n + 1); } catch { return n; } }; return down(0);",
    ends: ["StackOverflow"],
  },
  {
    name: "deep recursion in a promise's executor",
    body: "const down = (n) => down(n + 1) + 1; await new Promise(() => down(0)).catch(() => {}); return 1;",
    ends: ["StackOverflow"],
  },
  {
    name: "a flood of outputs",
    body: `for (let i = 0; i < 200; i++) output("value " + i, "topic", "key");`,
    ends: ["OutputLimit"],
  },
  {
    name: "a large output",
    body: `output("x".repeat(2_000_000), "topic", "key");`,
    ends: ["OutputLimit"],
  },
  {
    name: "an endless flood of outputs",
    body: `for (;;) output("x".repeat(1000), "topic", "key");`,
    ends: ["OutputLimit", "StepTimeLimit", "StepMemoryLimit"],
  },
  {
    name: "a flood of logs",
    body: `for (;;) console.log("x".repeat(10_000));`,
    ends: ["OutputLimit", "StepTimeLimit", "StepMemoryLimit", "SnapshotTooLarge"],
  },
  {
    name: "reaching for the host",
    body: `
      const reach = (attempt) => { try { return typeof attempt(); } catch (error) { return "threw"; } };
      return [
        reach(() => this.constructor.constructor("return process")()),
        reach(() => globalThis.process),
        reach(() => globalThis.require),
        reach(() => globalThis.WebAssembly),
        reach(() => globalThis.SharedArrayBuffer),
        reach(() => (() => {}).constructor("return typeof process === 'object' ? process : undefined")()),
        reach(() => output.constructor("return typeof process === 'object' ? process : undefined")()),
      ].filter((kind) => kind !== "undefined" && kind !== "threw");`,
    ends: completesWith([]),
  },
  {
    name: "reading the host's stack",
    body: `
      let seen = [];
      try {
        Error.prepareStackTrace = (error, sites) => { seen = sites; return String(error); };
        void new Error("probe").stack;
      } catch {}
      const receivers = seen.map((site) => { try { return site.getThis(); } catch { return undefined; } });
      const text = String(new Error("probe").stack) + seen.map((site) => String(site.getFileName?.())).join();
      return [receivers.some((value) => value?.process !== undefined), /node_modules|node:|file:|[.]ts/.test(text)];`,
    ends: completesWith([false, false]),
  },
  {
    name: "a polluted prototype",
    body: `
      try { Object.prototype.echo = "polluted"; Array.prototype.push = () => { throw new Error("polluted"); }; } catch {}
      try { Function.prototype.call = () => "polluted"; } catch {}
      try { Map.prototype.get = undefined; Uint8Array.prototype.set = undefined; } catch {}
      try { JSON.stringify = () => "polluted"; } catch {}
      return 1;`,
    ends: (result) => assert.equal(result.kind, "advanced"),
  },
];

/** One for all of them: who comes next finds what the others have left. */
let pool: SandboxPool;
let honest: string;
before(async () => {
  pool = createSandboxPool({ processes: 1, limits: { hangGraceMs: 300, processMemoryMb: 192 } });
  honest = await deploy(pool, HONEST);
});
after(() => pool.close());

for (const { name, body, ends, limits } of HOSTILE) {
  test(`hostile: ${name}`, { timeout: 60_000 }, async (t) => {
    const source = `import { config, output } from "kawait"; config.outputTopics.add("topic"); export async function main() { ${body} }`;
    const hostile = startOf("hostile", await deploy(pool, source));
    const startedMs = performance.now();
    const [before, culprit, after, otherAfter] = (await pool.runSteps([
      startOf("honest 1", honest, 10),
      { ...hostile, limits: { ...LOW_LIMITS, ...limits } },
      startOf("honest 2", honest, 100),
      startOf("honest 3", honest, 1_000),
    ])) as [StepResult, StepResult, StepResult, StepResult];
    t.diagnostic(`${Math.round(performance.now() - startedMs)} ms`);
    completesWith(55)(before);
    completesWith(5050)(after);
    completesWith(500500)(otherAfter);
    if (typeof ends === "function") ends(culprit);
    else assert.ok(culprit.kind === "faulted" && ends.includes(culprit.code), JSON.stringify(culprit).slice(0, 500));
    // The pool goes on after it.
    const [later] = (await pool.runSteps([startOf("honest 4", honest, 4)])) as [StepResult];
    completesWith(10)(later);
  });
}
