/** The two example workflows, by the behaviour that the original's tests fix. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { compile } from "#compiler";
import type { StepResult } from "#protocol";
import { Guest, ThreadByHand } from "./harness.ts";
import { advanced, sent } from "./script.ts";

const folder = join(import.meta.dirname, "../../workflows");

/** On a live thread, and on one that is decoded before every step. */
async function both(entry: string, scenario: (thread: ThreadByHand) => readonly StepResult[]) {
  const { program } = await compile({ entry, folder });
  const [live, decoded] = [false, true].map((decodes) => {
    const guest = new Guest();
    guest.load(program.code, program.tables);
    const thread = new ThreadByHand(guest);
    thread.decodes = decodes;
    const steps = scenario(thread).map(advanced);
    guest.release();
    return steps;
  });
  assert.deepEqual(decoded, live);
  return live!;
}

const undone = (steps: readonly StepResult[]) =>
  ["car", "hotel", "flight"].filter((kind) => steps.some((step) => sent(step, `saga-cancel-${kind}`).length > 0));

test("saga: all reserved", async () => {
  const steps = await both("trip-booking-saga.ts", (t) => [
    t.start({}),
    t.resume("0:3", {}),
    t.resume("0:1", {}),
    t.resume("0:2", {}),
  ]);
  assert.deepEqual(sent(steps[0]!, "saga-reserve-hotel"), ["0:2"]);
  const { status, result, heap } = steps[3]!;
  assert.deepEqual([status, result], ["completed", '{"car":{"id":"0:1"},"hotel":{"id":"0:2"},"flight":{"id":"0:3"}}']);
  assert.equal(heap.length, 0);
  assert.ok(steps[0]!.heap.length < 700, `a suspended saga takes ${steps[0]!.heap.length} bytes`);
});

test("saga: an error in the script", async () => {
  const steps = await both("trip-booking-saga.ts", (t) => [
    t.start({ throwAfterHotel: true }),
    t.resume("0:1", {}),
    t.resume("0:3", {}),
    t.resume("0:2", {}),
  ]);
  assert.deepEqual(undone(steps), ["car", "hotel", "flight"]);
  const { status, result, resultTopic } = steps[3]!;
  assert.deepEqual([status, result, resultTopic], ["failed", '"something is wrong"', "workflow-error"]);
});

test("saga: the hotel is rejected", async () => {
  const steps = await both("trip-booking-saga.ts", (t) => [
    t.start({}),
    t.resume("0:1", {}),
    t.resume("0:3", {}),
    t.reject("0:2", "hotel is not available"),
  ]);
  assert.deepEqual(undone(steps), ["car", "flight"]);
  assert.equal(steps[3]!.result, '"hotel is not available"');
});

test("saga: the timeout comes first", async () => {
  const steps = await both("trip-booking-saga.ts", (t) => [
    t.start({}),
    t.resume("0:1", {}),
    t.resume("0:2", {}),
    t.resume("0:4", null),
  ]);
  assert.deepEqual(undone(steps), ["car", "hotel", "flight"]);
  assert.equal(steps[3]!.result, '"timeout"');
});

test("cart: adds and removals, then checkout", async () => {
  const item = (productId: string, quantity: number) => ({ productId, quantity });
  const messages = [
    { type: "addToCart", item: item("teapot", 10) },
    { type: "addToCart", item: item("teapot", 20) },
    { type: "addToCart", item: item("cigar", 11) },
    { type: "removeFromCart", item: item("cigar", 11) },
    { type: "addToCart", item: item("sugar", 2) },
    { type: "updateEmail", email: "a@b.c" },
    { type: "checkout" },
  ];
  const steps = await both("shopping-cart.ts", (t) => [t.start(), ...messages.map((m) => t.resume("main", m))]);
  const sizes = steps.slice(0, -1).map((step) => step.heap.length);
  assert.equal(
    steps.at(-1)!.result,
    '{"items":[{"quantity":30,"productId":"teapot"},{"quantity":2,"productId":"sugar"}],"email":"a@b.c"}',
  );
  // Cost follows live state (I7): what the loop left behind is gone.
  assert.ok(Math.max(...sizes) - sizes[0]! < 120, `sizes: ${sizes.join()}`);
});

test("cart: a reminder, then abandoned", async () => {
  const steps = await both("shopping-cart.ts", (t) => {
    const first = t.start({ abandonedCartTimeoutMS: 50 });
    const email = t.resume("main", { type: "updateEmail", email: "x@y.z" });
    const silence = t.resume("1:1", 0);
    return [first, email, silence, t.resume("2:1", 0)];
  });
  assert.deepEqual(sent(steps[2]!, "ecommerce-reminder"), ["x@y.z"]);
  assert.equal(steps[3]!.result, '"abandoned"');
});
