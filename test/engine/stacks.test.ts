/** What an uncaught error tells at the end of the whole path: the author's lines, through saved frames, and its causes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import { openWorld } from "./world.ts";

const SOURCE = `import { suspend } from "kawait";

async function reserve(seat: string): Promise<void> {
  await suspend("go");
  try {
    JSON.parse("no JSON: " + seat);
  } catch (cause) {
    throw new RangeError("no seat " + seat, { cause });
  }
}

async function bookTrip(): Promise<void> {
  await reserve("12A");
}

export async function main(): Promise<void> {
  await Promise.all([bookTrip()]);
}
`;

test("an uncaught error has its stack on the error topic", async (context) => {
  const { program } = await compileSource(SOURCE, { filename: "workflows/trip.ts", needsMain: true });
  const world = await openWorld(context, { workflows: [program], engine: { checkpoint: "drop" } });
  await world.resume("t", "new:");
  await world.resume("t", '{"ref":"go","value":null}');
  const record = await world.take("workflow-error");
  assert.equal(record.value, '"RangeError: no seat 12A"');
  const lines = record.headers["kawait-error-stack"]?.split("\n") ?? [];
  assert.deepEqual(lines, [
    "RangeError: no seat 12A",
    "    at reserve (workflows/trip.ts:8:11)",
    "    at async bookTrip (workflows/trip.ts:13:3)",
    "    at async main (workflows/trip.ts:17:3)",
    `Caused by: SyntaxError: Unexpected token 'o', "no JSON: 12A" is not valid JSON`,
    "    at reserve (workflows/trip.ts:6:10)",
    "    at async bookTrip (workflows/trip.ts:13:3)",
    "    at async main (workflows/trip.ts:17:3)",
  ]);
  const view = await world.client.show("t");
  assert.deepEqual(view?.failure, { error: record.value, stack: lines.join("\n") });
  assert.equal(view?.status, "failed");
});

const MADE_AT_RUN_TIME = `import { suspend } from "kawait";

export async function main(): Promise<unknown> {
  const inner = new Function("wait", "n", "return (async function later(wait, n) { const twice = 2 * n;\\n  await wait; return twice; })(wait, n)");
  return await inner(suspend("go"), 21);
}
`;

test("frames of code made at run time are shown with their names and positions", async (context) => {
  const { program } = await compileSource(MADE_AT_RUN_TIME, { filename: "late.ts", needsMain: true });
  const world = await openWorld(context, { workflows: [program] });
  const start = await world.resume("t", "new:");
  await world.take("workflow-status", ({ key }) => key === "t");
  const view = await world.client.show("t");
  assert.equal(start, 0);
  const late = view?.frames.find(({ locals }) => "twice" in locals);
  assert.deepEqual(late?.locals, { twice: "42" });
  assert.match(late?.function ?? "", /later$/);
  assert.match(late?.position ?? "", /:\d+:\d+$/);
  assert.ok(view?.frames.some((frame) => frame.function === "late.ts#main"));
});
