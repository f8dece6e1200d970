/** Objects that the load made are called by what the author calls them, in the views of threads that hold them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Program } from "#protocol";
import { readHeap } from "#runtime";
import { compileFiles } from "../compiler/pipeline/project.ts";
import { advanced, poolFor, startOf } from "./harness/steps.ts";

const FILES = {
  "main.ts": `import { suspend } from "kawait";
    import { queue, Trip, later } from "./trip.ts";
    import shared from "./shared.cjs";
    import settings from "./settings.json";
    let counter = { n: 0 }; export const reset = () => { counter = { n: 0 }; };
    const hidden = { deep: { list: [{ at: "bottom" }] } };
    const tag = Symbol("tag");
    export class Local {}
    function helper() { return hidden; }
    export async function main() {
      const held = {
        queue, entry: queue.get("first"), trip: new Trip(), counter, deep: hidden.deep.list[0], helper, Local, tag, max: Math.max,
      };
      const more = { shared, settings: settings.limits, made: { own: 1 } };
      await suspend("go");
      return [held, more];
    }`,
  "trip.ts": `export const queue = new Map([["first", { seats: 1 }]]); export class Trip { legs = 1; } export { later }; const later = () => 1;`,
  "shared.cjs": `module.exports = { cache: {} };`,
  "settings.json": `{ "limits": { "perDay": 3 } }`,
};

const INDEX = /#program(\d+)/g;

test("objects of the program's image have names", async (t) => {
  const { program }: { program: Program } = await compileFiles(t, FILES);
  const pool = poolFor(t);
  pool.addProgram(program);
  const { heap } = advanced((await pool.runSteps([startOf("t", program.hash)]))[0]);
  const localsOf = (names?: ReadonlyMap<number, string>): Record<string, string> =>
    Object.fromEntries(readHeap(heap, program.tables, undefined, names).frames[0]?.locals ?? []);
  const indexes = [...new Set([...Object.values(localsOf()).join().matchAll(INDEX)].map(([, index]) => Number(index)))];
  assert.ok(indexes.length >= 8, `only ${indexes.length} numbers`);
  const { imageNames } = await pool.programSummary(program.hash, undefined, [...indexes, 1e6]);
  assert.equal(imageNames.at(-1), "", "there is no such object");
  const { held, more } = localsOf(new Map(indexes.map((index, at) => [index, imageNames[at]!])));
  assert.deepEqual(
    [held, more],
    [
      "{ queue: trip.ts › exports.queue, entry: trip.ts › exports.queue › entry first, trip: { prototype: trip.ts › exports.Trip › property prototype, legs: 1 }, counter: main.ts › counter, deep: main.ts › a top-level constant › property deep › property list › property 0, helper: main.ts › helper, Local: main.ts › exports.Local, tag: Symbol(tag), … }",
      "{ shared: shared.cjs › module.exports, settings: settings.json › module.exports › property limits, made: { own: 1 } }",
    ],
  );
});
