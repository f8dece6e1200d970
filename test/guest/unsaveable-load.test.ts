/** What the load of a program makes and no state can hold: the program does not start, in either mode, and says what and where. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ThreadByHand } from "./harness.ts";
import { advanced, load } from "./script.ts";

const KEY = "const key = [Symbol.iterator][0];";

/** Programs that hold a native iterator when they are loaded → what the error has to say. */
const REFUSED: Readonly<Record<string, readonly [source: string, says: RegExp]>> = {
  "an array's, in a constant that only functions use": [
    `${KEY} const it = [1, 2, 3][key](); export async function main() { return it.next().value; }`,
    /main\.ts, a top-level constant: a native iterator/,
  ],
  "a Map's, deep in an object": [
    `${KEY} const held = { deep: [new Map([[1, 2]])[key]()] }; export async function main() { return held.deep.length; }`,
    /main\.ts, a top-level constant › property deep › property 0: a native iterator/,
  ],
  "a Set's, in a variable that changes": [
    `${KEY} let it = new Set([1])[key](); export async function main() { const one = it.next(); it = null; return one.value; }`,
    /module state › property main\.ts#it: a native iterator/,
  ],
  "a string's, in a closure": [
    `${KEY} function over(it) { return () => { it = it; return it.next().value; }; } const next = over("ab"[key]()); export async function main() { return next(); }`,
    /: a native iterator/,
  ],
  "one that lost its prototype": [
    `${KEY} const it = [1][key](); const { next } = it; Object.setPrototypeOf(it, null); export async function main() { return next.call(it).value; }`,
    /: a native iterator/,
  ],
  "one inside an iterator helper": [
    `${KEY} const it = Iterator.from([1, 2][key]()).map((n) => n + 1); export async function main() { return it.next().value; }`,
    /: a native iterator/,
  ],
};

for (const [name, [source, says]] of Object.entries(REFUSED)) {
  for (const isPrivate of [false, true]) {
    test(`refused at load, ${isPrivate ? "private" : "shared"}: ${name}`, async () => {
      await assert.rejects(load(source, isPrivate), (error: Error & { code?: string }) => {
        assert.match(error.message, says);
        assert.match(error.message, /Make it where it is used/);
        return true;
      });
    });
  }
}

/** Programs that come near it, and what two threads of one context give. */
const SERVED: Readonly<Record<string, readonly [source: string, result: string]>> = {
  "a native iterator that is dropped again": [
    `${KEY} const Native = Object.getPrototypeOf([][key]()); const first = [7][key]().next().value; export async function main() { return [first, typeof Native.next]; }`,
    '[7,"function"]',
  ],
  "one made by each thread": [
    `${KEY} const list = [5, 6]; export async function main() { const it = list[key](); return it.next().value; }`,
    "5",
  ],
  "prototypes of generator functions": [
    "function* count() { yield 1; yield 2; } count.prototype.extra = 8; export async function main() { const it = count(); return [it.next().value, it.extra]; }",
    "[1,8]",
  ],
};

for (const [name, [source, result]] of Object.entries(SERVED)) {
  for (const isPrivate of [false, true]) {
    test(`served, ${isPrivate ? "private" : "shared"}: ${name}`, async () => {
      const guest = await load(source, isPrivate);
      try {
        const runs = [new ThreadByHand(guest), new ThreadByHand(guest)].slice(0, isPrivate ? 1 : 2);
        for (const thread of runs) {
          thread.isPrivate = isPrivate;
          const step = advanced(thread.start());
          assert.deepEqual([step.status, step.result], ["completed", result]);
        }
      } finally {
        guest.release();
      }
    });
  }
}

test("an iterator that a state can hold is the thread's own: one that moves it lives alone", async () => {
  const source = `const it = [1, 2][Symbol.iterator](), places = new Map([[3, 4]]).keys();
    export async function main() { return [it.next().value, places.next().value, it.next().value]; }`;
  const shared = await load(source);
  // Asked for in a context that others share: the step counts for nothing and runs again in one of its own.
  const thread = new ThreadByHand(shared);
  thread.isPrivate = false;
  assert.deepEqual([advanced(thread.start()).isPrivate, thread.isPrivate], [true, false]);
  shared.release();
  const alone = await load(source, true);
  assert.equal(advanced(new ThreadByHand(alone).start()).result, "[1,3,2]");
  alone.release();
});
