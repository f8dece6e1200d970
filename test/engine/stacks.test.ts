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
});
