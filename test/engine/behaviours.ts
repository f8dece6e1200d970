/**
 * The behaviours that the two example workflows are there to show, record by record, on whatever broker `open` gives.
 */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openWorld, type World, type WorldOptions } from "./world.ts";

const workflows = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "workflows");
const KINDS = ["car", "hotel", "flight"] as const;
const SAGA_TOPICS = KINDS.flatMap((kind) => [`saga-reserve-${kind}`, `saga-cancel-${kind}`]);
const CART_TOPICS = ["ecommerce-reminder", "ecommerce-cart", "ecommerce-checkout-error"];

type Setting = (context: TestContext) => Promise<Omit<WorldOptions, "workflows" | "topics">>;

/** The topics get a prefix of their own where several tests share one broker: there, user topics are cleared by name. */
export function defineBehaviours(name: string, setting: Setting): void {
  /** Its timeout comes when the test says so, however long a slow machine takes for the rest. */
  const saga = async (context: TestContext): Promise<World> =>
    openWorld(context, {
      ...(await setting(context)),
      withoutScheduler: true,
      workflows: [join(workflows, "trip-booking-saga.ts")],
      topics: SAGA_TOPICS,
    });

  const reservation = async (world: World, kind: string, threadId: string): Promise<string> => {
    const record = await world.take(`saga-reserve-${kind}`, ({ key }) => key === threadId);
    return record.value ?? "";
  };

  const value = async (world: World, topic: string, threadId: string): Promise<string | null> =>
    (await world.take(topic, ({ key }) => key === threadId)).value;

  const noRest = async (world: World, topics: readonly string[], threadId: string): Promise<void> => {
    for (const topic of topics)
      assert.deepEqual(
        (await world.rest(topic)).filter(({ key }) => key === threadId),
        [],
        `nothing more in ${topic}`,
      );
  };

  const id = (): string => `thread-${process.pid}-${Math.random().toString(36).slice(2)}`;

  test(`${name}: saga, all resolved`, async (context) => {
    const world = await saga(context);
    const threadId = id();
    const offset = await world.resume(threadId, "new:{}");
    for (const kind of ["flight", "hotel", "car"])
      await world.resume(threadId, `{"ref":"${await reservation(world, kind, threadId)}"}`);
    const expected = { car: { id: `${offset}:1` }, hotel: { id: `${offset}:2` }, flight: { id: `${offset}:3` } };
    assert.equal(await value(world, "workflow-result", threadId), JSON.stringify(expected));
    const timer = `${threadId}|{"ref":"${offset}:4"}`;
    const timers = [
      await world.take("workflow-scheduler", ({ key }) => key === timer),
      await world.take("workflow-scheduler", ({ key }) => key === timer),
    ];
    assert.deepEqual(
      timers.map((record) => record.value),
      ["10000", "0"],
      "the timer is set, then cancelled",
    );
    await noRest(world, [...SAGA_TOPICS, "workflow-error", "workflow-result"], threadId);
  });

  test(`${name}: saga, error in code`, async (context) => {
    const world = await saga(context);
    const threadId = id();
    const offset = await world.resume(threadId, 'new:{"throwAfterHotel":true}');
    for (const kind of ["flight", "car", "hotel"])
      await world.resume(threadId, `{"ref":"${await reservation(world, kind, threadId)}"}`);
    assert.equal(await value(world, "saga-cancel-car", threadId), `${offset}:1`);
    assert.equal(await value(world, "saga-cancel-hotel", threadId), `${offset}:2`);
    assert.equal(await value(world, "saga-cancel-flight", threadId), `${offset}:3`);
    assert.equal(await value(world, "workflow-error", threadId), '"something is wrong"');
    await noRest(world, [...SAGA_TOPICS, "workflow-error", "workflow-result"], threadId);
  });

  test(`${name}: saga, hotel rejected`, async (context) => {
    const world = await saga(context);
    const threadId = id();
    const offset = await world.resume(threadId, "new:{}");
    for (const kind of ["flight", "car"])
      await world.resume(threadId, `{"ref":"${await reservation(world, kind, threadId)}"}`);
    const hotel = await reservation(world, "hotel", threadId);
    await world.resume(threadId, `{"error": "hotel is not available", "ref":"${hotel}"}`);
    assert.equal(await value(world, "workflow-error", threadId), '"hotel is not available"');
    assert.equal(await value(world, "saga-cancel-car", threadId), `${offset}:1`);
    assert.equal(await value(world, "saga-cancel-flight", threadId), `${offset}:3`);
    await noRest(world, [...SAGA_TOPICS, "workflow-error", "workflow-result"], threadId);
  });

  test(`${name}: saga, timeout`, async (context) => {
    const world = await saga(context);
    const threadId = id();
    const offset = await world.resume(threadId, "new:{}");
    for (const kind of ["flight", "car"])
      await world.resume(threadId, `{"ref":"${await reservation(world, kind, threadId)}"}`);
    await reservation(world, "hotel", threadId);
    const timer = await world.take("workflow-scheduler", ({ key }) => key?.startsWith(`${threadId}|`) ?? false);
    await world.resume(threadId, timer.key?.split("|")[1] ?? "");
    assert.equal(await value(world, "workflow-error", threadId), '"timeout"');
    for (const [index, kind] of KINDS.entries())
      assert.equal(await value(world, `saga-cancel-${kind}`, threadId), `${offset}:${index + 1}`);
    await noRest(world, [...SAGA_TOPICS, "workflow-error", "workflow-result"], threadId);
  });

  test(`${name}: shopping cart`, async (context) => {
    const world = await openWorld(context, {
      ...(await setting(context)),
      workflows: [join(workflows, "shopping-cart.ts")],
      topics: CART_TOPICS,
    });
    const threadId = id();
    const other = id();
    const send = (thread: string, message: unknown): Promise<number> =>
      world.resume(thread, JSON.stringify({ value: message, ref: "main" }));
    const item = (productId: string, quantity: number): unknown => ({ quantity, productId });
    await world.resume(threadId, 'new:{"abandonedCartTimeoutMS":200000}');
    await send(threadId, { type: "updateEmail", email: "someone@example.com" });
    await send(threadId, { type: "addToCart", item: item("teapot", 10) });
    await world.resume(other, 'new:{"abandonedCartTimeoutMS":100000}');
    await send(other, { type: "updateEmail", email: "other@example.com" });
    await send(threadId, { type: "addToCart", item: item("cigar", 11) });
    await send(threadId, { type: "addToCart", item: item("teapot", 20) });
    await send(threadId, { type: "updateEmail", email: "someone.else@example.com" });
    await send(threadId, { type: "removeFromCart", item: item("cigar", 11) });
    await send(threadId, { type: "addToCart", item: item("sugar", 2) });
    await send(threadId, { type: "checkout" });
    assert.equal(
      await value(world, "workflow-result", threadId),
      '{"items":[{"quantity":30,"productId":"teapot"},{"quantity":2,"productId":"sugar"}],"email":"someone.else@example.com"}',
    );
    await noRest(world, [...CART_TOPICS, "workflow-error", "workflow-result"], threadId);
  });

  test(`${name}: shopping cart, a reminder and then abandoned, by the scheduler's timers`, async (context) => {
    const world = await openWorld(context, {
      ...(await setting(context)),
      workflows: [join(workflows, "shopping-cart.ts")],
      topics: CART_TOPICS,
    });
    const threadId = id();
    await world.resume(threadId, 'new:{"abandonedCartTimeoutMS":1500}');
    await world.resume(threadId, '{"ref":"main","value":{"type":"updateEmail","email":"ada@example.com"}}');
    assert.equal(await value(world, "ecommerce-reminder", threadId), "ada@example.com");
    assert.equal(await value(world, "workflow-result", threadId), '"abandoned"');
    await noRest(world, [...CART_TOPICS, "workflow-error", "workflow-result"], threadId);
  });
}
