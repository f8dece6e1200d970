/** Stacks of errors: the author's lines and the frames that awaited, the same live and restored before every job. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import type { Program } from "#protocol";
import { Guest, ThreadByHand } from "./harness.ts";
import { advanced } from "./script.ts";

const call = (guest: Guest, name: string, ...args: unknown[]): unknown =>
  guest.method(name).applySync(undefined, args, { arguments: { copy: true }, result: { copy: true } });

function loaded(program: Program): Guest {
  const guest = new Guest();
  guest.useDebug(program.debug);
  guest.load(program.code, program.tables, true);
  return guest;
}

/** What `main` returns, undisturbed, and when it is saved and restored before every job. */
async function bothWays(source: string): Promise<unknown> {
  const { program } = await compileSource(source, { filename: "workflows/trip.ts", needsMain: true });
  let guest = loaded(program);
  call(guest, "begin", "");
  while ((call(guest, "pump") as number) > 0);
  const undisturbed = call(guest, "outcome") as string;
  guest.release();
  guest = loaded(program);
  call(guest, "begin", "");
  for (let jobs = 0; ; jobs++) {
    const bytes = call(guest, "snapshot") as ArrayBuffer;
    assert.deepEqual(call(guest, "snapshot"), bytes, `a second snapshot before job ${jobs} has other bytes`);
    guest.release();
    guest = loaded(program);
    call(guest, "restore", bytes);
    assert.deepEqual(call(guest, "snapshot"), bytes, `the restored state before job ${jobs} has other bytes`);
    if ((call(guest, "pump") as number) === 0 && jobs > 0) break;
  }
  assert.equal(call(guest, "outcome"), undisturbed);
  guest.release();
  const { status, result } = JSON.parse(undisturbed) as { status: string; result: string };
  assert.equal(status, "completed", result);
  return JSON.parse(result) as unknown;
}

test("a throw shows its line, and every frame that awaits", async () => {
  const stack = await bothWays(`interface Trip { id: string }
class TripError extends Error {
  constructor(message: string) { super(message); this.name = "TripError"; }
}
async function reserve(trip: Trip): Promise<string> {
  await null;
  throw new TripError("no seats left on " + trip.id);
}
const agent = { async book(trip: Trip) { await null; return await Promise.all([reserve(trip)]); } };
async function* legs() {
  await null;
  yield await agent.book({ id: "t1" });
}
export async function main() {
  try {
    for await (const leg of legs()) void leg;
  } catch (error) {
    await null;
    return (error as Error).stack!.split("\\n");
  }
}`);
  assert.deepEqual(stack, [
    "TripError: no seats left on t1",
    "    at reserve (workflows/trip.ts:7:9)",
    "    at async book (workflows/trip.ts:9:61)",
    "    at async legs (workflows/trip.ts:12:9)",
    "    at async main (workflows/trip.ts:16:5)",
  ]);
});

test("functions that have not suspended yet are told once, and natives' errors too", async () => {
  const stack = await bothWays(`
const inner = async (value: any) => value.missing.field;
async function outer() {
  return await inner({});
}
function sync() { return [1].map(() => outer())[0]; }
export async function main() {
  await null;
  try { await sync(); } catch (error) { return (error as Error).stack!.split("\\n"); }
}`);
  assert.deepEqual(stack, [
    "TypeError: Cannot read properties of undefined (reading 'field')",
    "    at inner (workflows/trip.ts:2:51)",
    "    at outer (workflows/trip.ts:4:16)",
    "    at workflows/trip.ts:6:40",
    "    at sync (workflows/trip.ts:6:30)",
    "    at main (workflows/trip.ts:9:15)",
  ]);
});

test("stack is settable, can be captured for any object, and read in parts", async () => {
  const result = await bothWays(`
function here() { const holder: any = {}; Error.captureStackTrace(holder); return holder; }
export async function main() {
  const own = new Error("own"); own.stack = "mine";
  const read = new Error("read"); const before = read.stack; read.message = "later";
  const unread = new Error("first"); unread.message = "later";
  const frozen = Object.freeze(new Error("frozen"));
  const short = Error.stackTraceLimit; Error.stackTraceLimit = 1;
  const limited = new Error("limited"); Error.stackTraceLimit = short;
  const holder = here();
  await null;
  const lines = (error: any) => error.stack.split("\\n").length;
  return [own.stack, before === read.stack, unread.stack!.split("\\n")[0], frozen.stack!.split("\\n").slice(0, 2),
    lines(limited), Object.keys(holder), holder.stack.split("\\n")[1], Object.getOwnPropertyDescriptor(unread, "stack")!.enumerable,
    String((Error as any).prepareStackTrace)];
}`);
  assert.deepEqual(result, [
    "mine",
    true,
    "Error: later",
    ["Error: frozen", "    at main (workflows/trip.ts:7:32)"],
    2,
    [],
    "    at here (workflows/trip.ts:2:49)",
    false,
    "function prepareStackTrace() { [native code] }",
  ]);
});

test("code made at run time has places in its own text", async () => {
  const stack = await bothWays(`
export async function main() {
  const run = (async () => {}).constructor("f", "await null;\\n  return f(() => {\\n    throw new Error('inside');\\n  });");
  try { await run((action: () => void) => action()); } catch (error) { return (error as Error).stack!.split("\\n"); }
}`);
  assert.deepEqual(stack, [
    "Error: inside",
    "    at Function:5:11",
    "    at workflows/trip.ts:4:43",
    "    at anonymous (Function:4:10)",
    "    at async main (workflows/trip.ts:4:9)",
  ]);
});

test("an error of the program tells no thread of another's frames", async () => {
  const source = `const shared = new Error("shared");
const fail = async () => { await null; throw shared; };
async function first() { await fail(); }
async function second() { await fail(); }
export async function main(which: number) {
  try { await (which === 1 ? first() : second()); } catch (error) { return (error as Error).stack; }
}`;
  const { program } = await compileSource(source, { filename: "shared.ts", needsMain: true });
  const guest = new Guest();
  guest.useDebug(program.debug);
  guest.load(program.code, program.tables);
  const stacks = [1, 2].map((which) => {
    const result = new ThreadByHand(guest, `t${which}`);
    result.isPrivate = false;
    return JSON.parse(advanced(result.start(which)).result!) as string;
  });
  guest.release();
  assert.deepEqual(stacks, Array(2).fill("Error: shared\n    at shared.ts:1:16"));
});

test("lines of a text made at run time are the text's own, under the name that it gives itself", async () => {
  const stacks = await bothWays(`
const stackOf = async (f: () => unknown) => {
  try { await f(); } catch (error) { await null; return (error as Error).stack!.split("\\n").slice(1); }
};
export async function main() {
  return [
    await stackOf(() => Function("trip", "let n = 1;\\n  return trip.legs.length + n")({})),
    await stackOf(() => (0, eval)("(async (x) => {\\n  await x;\\n  throw new Error('late');\\n})")(1)),
    await stackOf(() => eval("1;\\n(function inner() {\\n throw new Error('direct') })()\\n//# sourceURL=templates/mail.js")),
  ];
}`);
  assert.deepEqual(stacks, [
    [
      "    at anonymous (Function:4:20)",
      "    at workflows/trip.ts:7:86",
      "    at stackOf (workflows/trip.ts:3:15)",
      "    at main (workflows/trip.ts:7:11)",
    ],
    ["    at eval:3:9", "    at async stackOf (workflows/trip.ts:3:9)", "    at async main (workflows/trip.ts:8:5)"],
    [
      "    at inner (templates/mail.js:3:8)",
      "    at templates/mail.js:3:29",
      "    at workflows/trip.ts:9:25",
      "    at stackOf (workflows/trip.ts:3:15)",
      "    at main (workflows/trip.ts:9:11)",
    ],
  ]);
});
