/** Every kind of value into a fresh context: no difference that a script could see, and the same bytes again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type GuestContext, type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";
import { SAMPLES } from "./samples.ts";

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => isolate.dispose());

for (const [kind, expressions] of Object.entries(SAMPLES)) {
  test(kind, async (group) => {
    const contexts = { from: isolate.context(), to: isolate.context(), back: isolate.context() };
    contexts.back.run("heap.checkEveryObject()");
    for (const expression of expressions) {
      await group.test(expression, () => roundTrip(contexts, expression));
    }
    for (const context of Object.values(contexts)) context.release();
  });
}

type Trio = Record<"from" | "to" | "back", GuestContext>;

function roundTrip({ from, to, back }: Trio, expression: string): void {
  from.run(`heap.keep("root", ${expression})`);
  const root = `heap.kept("root")`;
  const bytes = from.encode(root);
  to.decode(bytes, "root");
  assert.deepEqual(to.encode(root), bytes, "the same bytes again");
  assert.equal(to.run(`describeGraph(${root})`), from.run(`describeGraph(${root})`));
  back.decode(bytes, "root");
  assert.deepEqual(back.encode(root), bytes, "the same bytes when every object is checked first");
}
