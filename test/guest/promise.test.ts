import assert from "node:assert/strict";
import { test } from "node:test";
import { Guest, guestTrace, nativeTrace } from "./harness.ts";
import { PROMISE_CASES } from "./promise-cases.ts";

for (const [name, code] of Object.entries(PROMISE_CASES)) {
  test(`promise: ${name}`, async () => {
    const expected = await nativeTrace(code);
    assert.ok(expected.length > 0, "the case logs nothing natively");
    assert.deepEqual(guestTrace(code), expected);
  });
}

test("the global object holds nothing of the runtime's", () => {
  const guest = new Guest();
  const names = guest.eval("Object.getOwnPropertyNames(globalThis).join()") as string;
  assert.doesNotMatch(names, /kernel|\$k|primordial|FunctionSlot/i);
  for (const removed of ["WebAssembly", "SharedArrayBuffer"])
    assert.equal(guest.eval(`typeof ${removed}`), "undefined");
  assert.equal(guest.eval("typeof Atomics.waitAsync"), "undefined");
  assert.equal(guest.eval(`/(b)/.exec("abc"); "$1" in RegExp || "lastMatch" in RegExp`), false);
  guest.release();
});
