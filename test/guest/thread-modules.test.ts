/** Modules that run in the thread, step by step: suspended, shared between threads, cancelled, failed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadByHand } from "./harness.ts";
import { advanced, bothWays, load } from "./script.ts";

const SOURCE = `
  import * as W from "kawait";
  const rate = await W.suspend("rate");
  let n = 0;
  class Trip { static count = 0; }
  export async function main(argument) {
    n += rate;
    Trip.count++;
    const answer = await W.suspend("go");
    return [argument, n, Trip.count, answer];
  }`;

test("a module waits for a record, then main is called with its argument", async () => {
  const [first, second, third] = await bothWays(SOURCE, (t) => [
    t.start("a"),
    t.resume("rate", 2),
    t.resume("go", "b"),
  ]);
  assert.deepEqual([first!.status, first!.awaits.map(({ ref }) => ref)], ["running", ["rate"]]);
  assert.deepEqual([second!.status, second!.awaits.map(({ ref }) => ref)], ["running", ["go"]]);
  assert.deepEqual([third!.status, third!.result], ["completed", '["a",2,1,"b"]']);
});

test("threads that share the program have module variables of their own", async () => {
  const guest = await load(SOURCE);
  try {
    const threads = ["t1", "t2"].map((id) => new ThreadByHand(guest, id));
    for (const thread of threads) thread.isPrivate = false;
    for (const [index, thread] of threads.entries()) advanced(thread.start(index));
    for (const [index, thread] of threads.entries()) advanced(thread.resume("rate", index + 5));
    const ended = threads.map((thread) => advanced(thread.resume("go", 0)));
    assert.deepEqual(
      ended.map(({ status, isPrivate, result }) => [status, isPrivate, result]),
      [
        ["completed", false, "[0,5,1,0]"],
        ["completed", false, "[1,6,1,0]"],
      ],
    );
  } finally {
    guest.release();
  }
});

test("a cancelation reaches the await of a module", async () => {
  const source = `
    import * as W from "kawait";
    try { await W.suspend("never"); } finally { console.log("cleaned up"); }
    export const main = () => 1;`;
  const [, last] = await bothWays(source, (t) => [t.start(), t.cancel("enough")]);
  assert.equal(last!.status, "cancelled");
  assert.deepEqual(
    last!.logs.map(({ text }) => text),
    ["cleaned up"],
  );
});

test("an error of a module fails the thread", async () => {
  const source = `await null; throw new TypeError("no rates"); export const main = () => 1;`;
  const [only] = await bothWays(source, (t) => [t.start()]);
  assert.deepEqual([only!.status, only!.result], ["failed", '"TypeError: no rates"']);
});
