/**
 * `language`: what compiled code costs beside the same text run natively, both in warm contexts of one isolate. One run of
 * a case is one step of a thread, so it is long (10 ms and more): a step's own cost vanishes in it.
 */
import ivm from "isolated-vm";
import { compileSource } from "#compiler";
import { decodeStepResult, encodeStepRequest, guestTables, type Program } from "#protocol";
import { guestPrelude } from "#runtime";
import type { Row, Table } from "./table.ts";

const ROUNDS = 7;
const WARM_UP = 3;
const MEMORY_MB = 512;
const NANOSECONDS = 1e6;

/** Each repeats something so often, in a function of its own: `[name, repetitions, body, what stands at the top of the module]`. */
const CASES: readonly (readonly [name: string, count: number, body: string, top?: string])[] = [
  [
    "a body without suspension (sieve)",
    3_000_000,
    "const flags = new Uint8Array(n + 1); let found = 0; for (let i = 2; i <= n; i++) { if (flags[i]) continue; found++; for (let j = i * 2; j <= n; j += i) flags[j] = 1; } return found;",
  ],
  [
    "elements of lists written",
    1_000_000,
    "const list = []; for (let i = 0; i < n; i++) list[i & 1023] = i; const square = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]; for (let i = 0; i < n; i++) square[i % 3][i & 1] += list[i & 1023]; return square[1][1];",
  ],
  [
    "a loop over a captured variable",
    1_000_000,
    "let sum = 0; const add = (x) => { sum += x; }; for (let i = 0; i < n; i++) add(i); return sum;",
  ],
  [
    "creating a closure",
    1_000_000,
    "let last; for (let i = 0; i < n; i++) { const v = i; last = () => v; } return last();",
  ],
  [
    "creating and calling a closure",
    1_000_000,
    "let sum = 0; for (let i = 0; i < n; i++) { const v = i; const f = (x) => v + x; sum += f(1); } return sum;",
  ],
  [
    "private names and methods of a class of the module",
    1_000_000,
    "const c = new Counter(); for (let i = 0; i < n; i++) c.bump(i); return c.n;",
    "class Counter { #n = 0; bump(by) { this.#n += by; return this; } get n() { return this.#n; } }",
  ],
  [
    "instances of such a class, kept",
    1_000_000,
    "const kept = []; for (let i = 0; i < n; i++) kept[i & 1023] = new Point(i); return kept[n & 1023].x;",
    "class Point { #x; constructor(x) { this.#x = x; } get x() { return this.#x; } }",
  ],
  [
    "private methods of such a class",
    1_000_000,
    "const scale = new Scale(); let sum = 0; for (let i = 0; i < n; i++) sum += scale.run(i); return sum;",
    "class Scale { #k = 2; #times(x) { return x * this.#k; } get #half() { return this.#k / 2; } run(x) { return this.#times(x) + this.#half; } }",
  ],
  [
    "private names of a class that is evaluated again and again",
    1_000_000,
    "class Counter { #n = 0; bump(by) { this.#n += by; return this; } get n() { return this.#n; } } const c = new Counter(); for (let i = 0; i < n; i++) c.bump(i); return c.n;",
  ],
  [
    "instances of such a class",
    1_000_000,
    "class Point { #x; constructor(x) { this.#x = x; } get x() { return this.#x; } } let sum = 0; for (let i = 0; i < n; i++) sum += new Point(i).x; return sum;",
  ],
  [
    "for … of over an array",
    1_000_000,
    "const list = Array.from({ length: 1000 }, (_, i) => i); let sum = 0; for (let k = 0; k < n / 1000; k++) for (const x of list) sum += x; return sum;",
  ],
  [
    "for … of over a generator",
    300_000,
    "function* up(to) { for (let i = 0; i < to; i++) yield i; } let sum = 0; for (const x of up(n)) sum += x; return sum;",
  ],
  [
    "await of a settled promise",
    300_000,
    "const p = Promise.resolve(1); let sum = 0; for (let i = 0; i < n; i++) sum += await p; return sum;",
  ],
  ["await of a value", 300_000, "let sum = 0; for (let i = 0; i < n; i++) sum += await i; return sum;"],
  [
    "call of an async function, awaited",
    200_000,
    "async function f(x) { return x + 1; } let sum = 0; for (let i = 0; i < n; i++) sum += await f(i); return sum;",
  ],
  [
    "then",
    300_000,
    "let p = Promise.resolve(0); const up = (x) => x + 1; for (let i = 0; i < n; i++) p = p.then(up); return await p;",
  ],
];

function programText(isNative: boolean): string {
  const cases = CASES.map(([, , body, top = ""], index) => `${top}\nasync function case${index}(n) { ${body} }`).join(
    "\n",
  );
  const main = `async function main({ index, n }) { return await [${CASES.map((_, index) => `case${index}`)}][index](n); }`;
  return `${cases}\n${isNative ? "" : "export "}${main}\n`;
}

interface Side {
  /** Runs a case once; gives its result. */
  run(index: number, count: number): Promise<number>;
}

async function nativeSide(isolate: ivm.Isolate): Promise<Side> {
  const context = await isolate.createContext();
  await context.eval(
    `"use strict"; ${programText(true)}\nglobalThis.run = (index, n) => { main({ index, n }).then((x) => { globalThis.result = x; }); };`,
  );
  const run = context.global.getSync("run", { reference: true }) as ivm.Reference<(i: number, n: number) => void>;
  return {
    async run(index, count) {
      await run.apply(undefined, [index, count]);
      return context.global.getSync("result") as number;
    },
  };
}

async function compiledSide(isolate: ivm.Isolate, program: Program): Promise<Side> {
  const context = await isolate.createContext();
  const asReference = { reference: true } as const;
  const prelude = await isolate.compileScript((await guestPrelude()).code, { filename: "kawait" });
  const kernel = prelude.runSync(context, asReference) as ivm.Reference;
  const script = await isolate.compileScript(program.code, { filename: "program" });
  const made = script.runSync(context, asReference) as unknown as ivm.Reference;
  const method = (name: string) => kernel.getSync(name as never, asReference) as unknown as ivm.Reference;
  method("load").applySync(undefined, [made.derefInto(), guestTables(program.code, program.tables), false]);
  const step = method("step");
  let threads = 0;
  return {
    async run(index, n) {
      const bytes = encodeStepRequest({
        threadId: `t${threads++}`,
        programHash: "",
        base: -1,
        stepId: 0,
        heap: null,
        isPrivate: false,
        input: { kind: "new", argument: JSON.stringify({ index, n }) },
        mailbox: [],
        timeMs: 0,
        seed: new Uint8Array(16),
        limits: {
          stepMs: 60_000,
          memoryMb: MEMORY_MB,
          snapshotBytes: 1 << 24,
          outputRecords: 10,
          outputBytes: 1 << 20,
        },
      });
      const into = new ivm.ExternalCopy(bytes.slice().buffer).copyInto();
      const answer = (await step.apply(undefined, [into], { result: { copy: true } })) as ArrayBuffer;
      const result = decodeStepResult(new Uint8Array(answer));
      if (result.kind !== "advanced" || result.status !== "completed")
        throw new Error(`case "${CASES[index]![0]}" did not complete: ${JSON.stringify(result)}`);
      return JSON.parse(result.result!) as number;
    },
  };
}

export async function benchLanguage(): Promise<readonly Table[]> {
  const { program } = await compileSource(programText(false), { filename: "main.js", needsMain: true });
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY_MB });
  try {
    const sides = { natively: await nativeSide(isolate), compiled: await compiledSide(isolate, program) };
    const tables: Table[] = [];
    for (const [index, [name, count]] of CASES.entries()) tables.push(await caseTable(sides, index, name, count));
    return tables;
  } finally {
    isolate.dispose();
  }
}

async function caseTable(
  sides: Readonly<Record<"natively" | "compiled", Side>>,
  index: number,
  name: string,
  count: number,
): Promise<Table> {
  const rounds = { natively: [] as number[], compiled: [] as number[] };
  const results = new Set<number>();
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const side of ["natively", "compiled"] as const) {
      const start = performance.now();
      results.add(await sides[side].run(index, count));
      const each = ((performance.now() - start) * NANOSECONDS) / count;
      if (round >= WARM_UP) rounds[side].push(each);
    }
  }
  if (results.size !== 1) throw new Error(`case "${name}" gave different results: ${[...results].join(", ")}`);
  return {
    title: name,
    unit: "ns",
    reference: "natively",
    rows: Object.entries(rounds).map(([side, values]): Row => ({ name: side, rounds: values })),
    doesNotMeasure: "cold code, and threads that are decoded before each step.",
  };
}
