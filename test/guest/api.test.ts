/** The module `kawait` under plain Node: with mocks, and without. */

import assert from "node:assert/strict";
import { test } from "node:test";

process.env.KAWAIT_MOCK = "1";
const W = await import("../../runtime/api/index.ts");
delete process.env.KAWAIT_MOCK;
const mock = W.mock!;

test("a script runs on the mocks: suspensions by hand, outputs recorded", async () => {
  W.config.outputTopics.add("orders");
  async function main(order: string) {
    const paid = W.suspend<number>();
    W.outputJSON({ order, ref: paid.id, thread: W.threadId, step: W.stepId }, "orders");
    const amount = await paid;
    W.output(null, "orders", "key");
    return { order, amount, confirmed: await W.suspend("confirm"), step: W.stepId };
  }
  mock.start("t7");
  const done = main("o1");
  assert.deepEqual(mock.pending, ["0:1"]);
  mock.resume("0:1", 12);
  while (mock.pending.length === 0) await null;
  assert.throws(() => mock.resume("other"), /"confirm"/);
  mock.resume("confirm", true);
  assert.deepEqual(await done, { order: "o1", amount: 12, confirmed: true, step: 2 });
  assert.deepEqual(mock.outputs, [
    { topic: "orders", key: "t7", value: '{"order":"o1","ref":"0:1","thread":"t7","step":0}' },
    { topic: "orders", key: "key", value: null },
  ]);
  assert.throws(() => W.output("", "undeclared"), /not declared/);
});

test("cancelation of suspensions and combinations", async () => {
  mock.start();
  const first = W.suspend("a");
  assert.equal(W.cancel(first), true);
  await assert.rejects(first, W.CancelToken);
  assert.equal(W.cancel(first), false);
  const both = W.all([W.suspend("a"), W.suspend("b")]);
  assert.equal(W.cancel(both), true);
  await assert.rejects(both, W.CancelToken);
  const left = W.suspend("left");
  const settled = left.catch((error: unknown) => error);
  assert.equal(await W.anyWithCancel([left, Promise.resolve(5)]), 5);
  assert.ok((await settled) instanceof W.CancelToken);
  await assert.rejects(W.allWithCancel([Promise.reject(new Error("no")), W.suspend("c").catch(() => 0)]), /no/);
  mock.reject(mock.pending[0]!, new Error("late"));
});

test("without the mocks every use says what to do", async () => {
  const bare = await import(`../../runtime/api/index.ts?${"bare"}`);
  assert.equal(bare.mock, undefined);
  for (const use of [() => bare.suspend(), () => bare.output("", "t"), () => bare.cancel(1), () => bare.all([])]) {
    assert.throws(use, /KAWAIT_MOCK/);
  }
});
