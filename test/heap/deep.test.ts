/** Threads of large or deep states through all of the pipeline: they go on, or end in a named error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import { Guest } from "../guest/harness.ts";

const call = (guest: Guest, name: string, ...args: unknown[]): unknown =>
  guest.method(name).applySync(undefined, args, { arguments: { copy: true }, result: { copy: true } });

/** Runs until the thread waits, saves it, restores it elsewhere, fires its timers; gives the outcome. */
async function savedWhileWaiting(source: string): Promise<{ status: string; result: unknown }> {
  const { program } = await compileSource(source, { filename: "main.js", needsMain: true });
  const load = () => {
    const guest = new Guest();
    guest.load(program.code, program.tables);
    return guest;
  };
  const first = load();
  call(first, "begin", "");
  const bytes = call(first, "snapshot") as ArrayBuffer;
  first.release();
  const second = load();
  call(second, "restore", bytes);
  assert.deepEqual(Buffer.from(call(second, "snapshot") as ArrayBuffer), Buffer.from(bytes));
  while ((call(second, "pump") as number) > 0);
  const outcome = JSON.parse(call(second, "outcome") as string) as { status: string; result: string };
  second.release();
  return { status: outcome.status, result: JSON.parse(outcome.result) as unknown };
}

const STORIES: Readonly<Record<string, readonly [source: string, result: unknown]>> = {
  "10,000 pending promises": [
    `export async function main() { const waits = []; for (let i = 0; i < 10_000; i++) waits.push((async () => { await null; return i; })());
      const all = await Promise.all(waits); return all.reduce((a, b) => a + b, 0); }`,
    49_995_000,
  ],
  "a list of 200,000 nodes": [
    `export async function main() { let list = null; for (let i = 0; i < 200_000; i++) list = { i, next: list };
      await null; let n = 0; for (let at = list; at !== null; at = at.next) n += at.i; return n; }`,
    19_999_900_000,
  ],
  "async recursion 1,000 deep": [
    `async function down(n) { if (n === 0) { await null; return 0; } return 1 + (await down(n - 1)); }
      export async function main() { return await down(1_000); }`,
    1_000,
  ],
  "generators that delegate 300 deep": [
    `function* down(n) { if (n > 0) yield* down(n - 1); yield n; }
      export async function main() { const out = []; for (const x of down(300)) { out.push(x); await null; } return out.length; }`,
    301,
  ],
};

for (const [name, [source, result]] of Object.entries(STORIES)) {
  test(name, async () => {
    assert.deepEqual(await savedWhileWaiting(source), { status: "completed", result });
  });
}

test("async recursion 3,000 deep works, or ends in the language's own error", async () => {
  const { status, result } = await savedWhileWaiting(
    `async function down(n) { if (n === 0) { await null; return 0; } return 1 + (await down(n - 1)); }
     export async function main() { return await down(3_000); }`,
  );
  if (status === "completed") assert.equal(result, 3_000);
  else assert.match(String(result), /^RangeError: Maximum call stack size exceeded/);
});
