/** What the load of a program does when a module misbehaves, and what belongs to the image. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadByHand } from "./harness.ts";
import { advanced, bothWays, load } from "./script.ts";

test("an error while modules load is the load's", async () => {
  await assert.rejects(load(`throw new RangeError("at load"); export function main() {}`), /at load/);
});

test("a promise that load rejects and nobody handles is an error, a handled one is not", async () => {
  await assert.rejects(load(`Promise.reject(new Error("lost at load")); export function main() {}`), /lost at load/);
  const guest = await load(
    `let n = 0; const p = Promise.reject(1); p.catch(() => { n = 7; }); export async function main() { return n; }`,
  );
  assert.equal(advanced(new ThreadByHand(guest).start()).result, "7");
  guest.release();
});

test("promises made at load are the image's: threads may await them", async () => {
  const source = `import * as W from "kawait"; const ready = Promise.resolve("ready"); const never = new Promise(() => {});
    export async function main() { const before = await ready; await W.suspend("x"); return [before, await ready, await Promise.race([never, ready])]; }`;
  const [, second] = await bothWays(source, (thread) => [thread.start(), thread.resume("x", 0)]);
  assert.equal(second!.result, '["ready","ready","ready"]');
});

test("import.meta has a url without a path of this machine", async () => {
  const [only] = await bothWays(`export async function main() { return import.meta.url; }`, (t) => [t.start()]);
  assert.equal(only!.result, '"kawait:///main.ts"');
});
