/** Computed keys are inputs of what they name: the same after a restore. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bothWays } from "./script.ts";

test("methods and accessors with computed keys, made in a function, survive a restore", async () => {
  const [, second] = await bothWays(
    `import * as W from "kawait";
     export async function main(k: string) {
       let n = 1;
       const o: any = { [k]() { return 1; }, [k + "2"]: () => n++, get [k + "3"]() { return n; }, async *[k + "4"]() { yield n; } };
       class C { [k]() { return o; } static get [k + "s"]() { return n; } }
       await W.suspend("x");
       return [o[k](), o[k].name, o[k + "2"](), o[k + "3"], (await o[k + "4"]().next()).value, new C()[k]() === o, C[k + "s"]];
     }`,
    (thread) => [thread.start("key"), thread.resume("x", 0)],
  );
  assert.equal(second!.result, '[1,"key",1,2,2,true,2]');
});
