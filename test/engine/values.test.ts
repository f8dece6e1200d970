/**
 * Every kind of value, alive across suspensions, on a whole Kawait that restores each step in a new context: the results are
 * those of the same function run natively (I3). What cannot be saved ends in a named error that says where (I4).
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { TailRecord } from "#gateway";
import { decodeState, type ThreadSummary } from "#protocol";
import { readChangelogValue } from "#stream";
import { openWorld, type World } from "./world.ts";

const fixtures = join(dirname(dirname(fileURLToPath(import.meta.url))), "fixtures");
const folder = join(fixtures, "values");
const files = readdirSync(folder).sort();

interface Group {
  run(pause: () => Promise<unknown>): Promise<unknown>;
}

/** The result of a group in plain Node, and how often it paused. */
async function native(file: string): Promise<{ result: unknown; pauses: number }> {
  const group: Group = await import(pathToFileURL(join(folder, file)).href);
  let pauses = 0;
  const result = await group.run(async () => {
    pauses++;
    return null;
  });
  return { result: JSON.parse(JSON.stringify(result)), pauses };
}

/** The summary of a thread that runs no more. */
async function ended(world: World, threadId: string): Promise<ThreadSummary> {
  const summaryOf = ({ value }: TailRecord): ThreadSummary => JSON.parse(value ?? "null");
  const fits = (record: TailRecord): boolean => record.key === threadId && summaryOf(record).status !== "running";
  return summaryOf(await world.take("workflow-status", fits));
}

test("values of every kind come through suspensions as they were", async (context) => {
  const world = await openWorld(context, {
    workflows: files.map((file) => join(folder, file)),
    engine: { checkpoint: "drop", limits: { stepMs: 2_000 } },
  });
  for (const file of files) {
    await context.test(basename(file, ".ts"), async () => {
      const { result, pauses } = await native(file);
      assert.ok(pauses > 2, "it is saved more than once");
      const name = basename(file, ".ts");
      await world.resume(name, "new:", { "kawait-workflow": name });
      for (let n = 0; n < pauses; n++) await world.resume(name, '{"ref":"go","value":null}');
      const summary = await ended(world, name);
      assert.equal(summary.status, "completed", summary.fault?.message);
      const end = await world.take("workflow-result", ({ key }) => key === name);
      assert.deepEqual(JSON.parse(end.value ?? "null"), result);
    });
  }
});

test("what cannot be saved faults its thread and says where it hangs", async (context) => {
  const world = await openWorld(context, { workflows: [join(fixtures, "unsavable", "main.ts")] });
  const paths: readonly (readonly [string, RegExp])[] = [
    ["local", /: main › frame main › local socket: a native iterator/],
    ["nested", /: main › frame main › frame inner › local list › property 0 › property deep › entry k: /],
    ["closure", /: main › frame main › local read › closure › bad: /],
    ["private", /: main › frame main › local holder › private name: /],
    ["collection", /: main › frame main › local seen › entry 0 › entry k › property bad: /],
  ];
  for (const [how, path] of paths) {
    await world.resume(how, `new:"${how}"`);
    const error = await world.take("workflow-error", ({ key }) => key === how);
    assert.match(error.value ?? "", /^"UnserializableValue: /);
    assert.match(error.value ?? "", path);
    const bytes = await readChangelogValue(world.broker, "workflow-changelog", 0, how);
    const state = bytes && decodeState(bytes);
    assert.equal(state?.status, "faulted");
    assert.equal(state?.fault?.code, "UnserializableValue");
  }
  await world.resume("good", 'new:"none"');
  await world.resume("good", '{"ref":"go"}');
  assert.equal((await world.take("workflow-result")).value, '"fine"', "other threads go on");
});
