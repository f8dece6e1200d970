/**
 * A step is a function (I2): the same request gives the same bytes in another process, on a live thread and on one that was
 * decoded; saving what was just restored gives what was restored (I3).
 */
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compileWorkflow } from "#gateway";
import { DEFAULT_LIMITS, type Program, type StepAdvanced, type StepInput, type StepRequest } from "#protocol";
import { createSandboxPool, type SandboxPool } from "#runtime";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const TIME_MS = 1_700_000_000_000;
const STEPS_MAX = 100;
const RESTORE_EVERY_STEPS = 3;

/** A process that keeps threads decoded, one that is made to forget them, one that decodes in a new context at each step. */
const pools: { readonly live: SandboxPool; readonly other: SandboxPool; readonly drop: SandboxPool } = {
  live: createSandboxPool({ processes: 1 }),
  other: createSandboxPool({ processes: 1 }),
  drop: createSandboxPool({ processes: 1, mode: "drop" }),
};
let folder = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kawait-determinism-"));
});

after(async () => {
  await Promise.all(Object.values(pools).map((pool) => pool.close()));
  await rm(folder, { recursive: true, force: true });
});

function seedOf(text: string): Uint8Array {
  return new Uint8Array(16).map((_, index) => (text.charCodeAt(index % text.length) * (index + 3)) % 256);
}

function requestOf(program: Program, input: StepInput, previous: Previous | null, seed = "seed"): StepRequest {
  const stepId = previous === null ? 100 : previous.stepId + 7;
  return {
    threadId: "thread",
    programHash: program.hash,
    base: previous?.stepId ?? -1,
    stepId,
    heap: previous?.result.heap ?? null,
    isPrivate: previous?.result.isPrivate ?? false,
    input,
    mailbox: [],
    timeMs: TIME_MS + stepId,
    seed: seedOf(`${seed} ${stepId}`),
    limits: { ...DEFAULT_LIMITS, stepMs: 2_000 },
  };
}

interface Previous {
  readonly stepId: number;
  readonly result: StepAdvanced;
}

async function stepIn(pool: SandboxPool, request: StepRequest): Promise<StepAdvanced> {
  const [result] = await pool.runSteps([request]);
  assert.equal(result?.kind, "advanced", JSON.stringify(result));
  return result as StepAdvanced;
}

/** Runs one step on a live thread and on one that is decoded, by turns in another process and in a new context. */
async function stepTwice(request: StepRequest, count: number): Promise<StepAdvanced> {
  pools.other.discard("all");
  const decoding = count % 2 === 0 ? pools.drop : pools.other;
  const [live, decoded] = await Promise.all([stepIn(pools.live, request), stepIn(decoding, request)]);
  assert.deepEqual(decoded, live, `step ${count}, live and decoded`);
  return live;
}

/**
 * A record that nothing waits for changes nothing but the numbers of the step: behind one, what is restored is what is
 * saved.
 */
async function checkRestored(program: Program, previous: Previous): Promise<void> {
  const input: StepInput = { kind: "resume", ref: "nobody", text: '{"ref":"nobody"}' };
  const request = requestOf(program, input, previous);
  const first = await stepIn(pools.drop, request);
  const second = await stepIn(pools.other, { ...request, heap: first.heap });
  assert.deepEqual(second, first, "saved again");
  assert.deepEqual([first.outputs, first.awaits], [[], previous.result.awaits]);
  assert.equal(first.heap.length, previous.result.heap.length);
}

/** From start to end, each time resuming the first suspension with the next answer. */
async function runToEnd(program: Program, argument: string, answers: readonly unknown[]): Promise<number> {
  for (const pool of Object.values(pools)) pool.addProgram(program);
  let stepId = 100;
  let result = await stepTwice(requestOf(program, { kind: "new", argument }, null), 0);
  for (let count = 1; count < STEPS_MAX; count++) {
    if (result.status !== "running") return count;
    if (count % RESTORE_EVERY_STEPS === 1) await checkRestored(program, { stepId, result });
    const ref = result.awaits[0]?.ref;
    assert.ok(ref !== undefined, "it waits for something");
    const text = JSON.stringify({ ref, value: answers[count - 1] ?? null });
    const request = requestOf(program, { kind: "resume", ref, text }, { stepId, result });
    stepId = request.stepId;
    result = await stepTwice(request, count);
  }
  throw new Error(`the thread did not end in ${STEPS_MAX} steps`);
}

const cart = [
  { type: "addToCart", item: { productId: "tea", quantity: 2 } },
  { type: "updateEmail", email: "a@b.c" },
  { type: "addToCart", item: { productId: "pot", quantity: 1 } },
  { type: "removeFromCart", item: { productId: "tea", quantity: 1 } },
  { type: "getCart" },
  { type: "checkout" },
];

const workflows: readonly (readonly [
  file: string,
  argument: unknown,
  answers: readonly unknown[],
  stepsMin: number,
])[] = [
  ["workflows/greeting.ts", "Ada", ["Hi"], 2],
  ["workflows/shopping-cart.ts", {}, cart, 7],
  ["workflows/trip-booking-saga.ts", {}, [{}, {}, {}], 4],
  ["workflows/trip-booking-saga.ts", { throwAfterHotel: true }, [{}, {}, {}], 3],
  ["test/fixtures/workflows/ledger.ts", { rounds: 7 }, [1, 2, 3, 4, 5, 6, 7], 8],
  ["test/fixtures/workflows/faults.ts", "missing-topic", [20, 22], 3],
  ["test/fixtures/workflows/faults.ts", "throw", [], 1],
];

for (const [file, argument, answers, stepsMin] of workflows) {
  test(`${file} ${JSON.stringify(argument)}: each step gives the same bytes everywhere`, async () => {
    const { program } = await compileWorkflow(join(root, file));
    assert.ok((await runToEnd(program, JSON.stringify(argument), answers)) >= stepsMin);
  });
}

for (const name of await readdir(join(root, "test/fixtures/values"))) {
  test(`values ${basename(name, ".ts")}: each step gives the same bytes everywhere`, async () => {
    const { program } = await compileWorkflow(join(root, "test/fixtures/values", name));
    assert.ok((await runToEnd(program, "", [])) > 3);
  });
}

for (const name of await readdir(join(root, "test/samples/compile"))) {
  test(`sample ${name}: what it leaves behind is saved alike everywhere`, async () => {
    const home = join(root, "test/samples/compile", name);
    const main = (await readdir(home)).find((file) => file.startsWith("main."))!;
    const sample = JSON.stringify(join(home, main));
    const entry = join(folder, `${name}.ts`);
    await writeFile(
      entry,
      `import { suspend } from "kawait";
       import { main as sample } from ${sample};
       export async function main() {
         await suspend("before");
         const first = await sample();
         await suspend("between");
         const second = await sample();
         await suspend("after");
         return [first, second];
       }`,
    );
    const { program } = await compileWorkflow(entry);
    assert.equal(await runToEnd(program, "", []), 4);
  });
}

test("chance and time come from the request alone", async () => {
  const entry = join(folder, "chance.ts");
  await writeFile(
    entry,
    `import { suspend } from "kawait";
     const atLoad = [Math.random(), Date.now()];
     const look = () => [Math.random(), Math.random(), Date.now(), new Date().toISOString(), Date().length > 0, performance.now()];
     export async function main() {
       const seen: unknown[] = [look()];
       for (let n = 0; n < 2; n++) {
         await suspend("go");
         seen.push(look());
       }
       return { atLoad, seen };
     }`,
  );
  const { program } = await compileWorkflow(entry);
  for (const pool of Object.values(pools)) pool.addProgram(program);

  const run = async (
    seed: string,
    laterMs: number,
  ): Promise<{ atLoad: unknown[]; seen: [number, number, number, string, boolean, number][] }> => {
    const shifted = (request: StepRequest): StepRequest => ({ ...request, timeMs: request.timeMs + laterMs });
    let stepId = 100;
    let result = await stepTwice(shifted(requestOf(program, { kind: "new", argument: "" }, null, seed)), 0);
    for (let n = 1; n < 3; n++) {
      const input: StepInput = { kind: "resume", ref: "go", text: '{"ref":"go"}' };
      const request = shifted(requestOf(program, input, { stepId, result }, seed));
      stepId = request.stepId;
      result = await stepTwice(request, n);
    }
    return JSON.parse(result.result ?? "null");
  };

  const first = await run("a seed", 0);
  const again = await run("a seed", 0);
  const later = await run("a seed", 5_000);
  const other = await run("another", 0);
  assert.deepEqual(again, first);
  assert.deepEqual(
    first.seen.map(([, , now, text]) => [now, text]),
    [100, 107, 114].map((stepId) => [TIME_MS + stepId, new Date(TIME_MS + stepId).toISOString()]),
  );
  const chances = first.seen.flatMap((look) => look.slice(0, 2) as number[]);
  assert.equal(new Set(chances).size, chances.length, "each look is another number");
  assert.deepEqual(
    later.seen.flatMap((look) => look.slice(0, 2) as number[]),
    chances,
    "time does not change chance",
  );
  assert.deepEqual(
    later.seen.map(([, , now]) => now),
    first.seen.map(([, , now]) => now + 5_000),
  );
  assert.equal(
    other.seen.flatMap((look) => look.slice(0, 2) as number[]).some((chance) => chances.includes(chance)),
    false,
  );
  assert.deepEqual([other.atLoad, later.atLoad], [first.atLoad, first.atLoad], "loading follows the program alone");
  assert.equal(first.atLoad[1], 0);
});
