/** Threads that the engine stops: a named error, told once, the last good state kept, and a way on (I4). */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeState, type ThreadState } from "#protocol";
import { readChangelogValue } from "#stream";
import { openWorld, type World } from "./world.ts";

const workflow = join(dirname(dirname(fileURLToPath(import.meta.url))), "fixtures", "workflows", "faults.ts");

const open = (context: TestContext): Promise<World> =>
  openWorld(context, { workflows: [workflow], topics: ["faults-out"], engine: { limits: { stepMs: 100 } } });

async function stateOf(world: World, threadId: string): Promise<ThreadState | undefined> {
  const bytes = await readChangelogValue(world.broker, "workflow-changelog", 0, threadId);
  return bytes === undefined ? undefined : decodeState(bytes);
}

const errorOf = async (world: World, threadId: string): Promise<string | null> =>
  (await world.take("workflow-error", ({ key }) => key === threadId)).value;

test("errors of the script end the thread as failed", async (context) => {
  const world = await open(context);
  await world.resume("throws", 'new:"throw"');
  assert.equal(await errorOf(world, "throws"), '"RangeError: thrown on purpose"');
  assert.equal((await stateOf(world, "throws"))?.status, "failed");
  await world.resume("undeclared", 'new:"undeclared"');
  assert.match((await errorOf(world, "undeclared")) ?? "", /UndeclaredTopic.*not-declared/);
  await world.resume("reserved", 'new:"reserved"');
  assert.match((await errorOf(world, "reserved")) ?? "", /UndeclaredTopic|ReservedTopic/);
});

test("an endless loop faults its thread; others go on", async (context) => {
  const world = await open(context);
  await world.resume("bad", 'new:"loop"');
  await world.resume("good", 'new:"fine"');
  assert.equal((await world.take("workflow-result")).value, '"ok"');
  assert.match((await errorOf(world, "bad")) ?? "", /^"StepTimeLimit: /);
  const letter = await world.take("workflow-dead-letter");
  assert.equal(letter.headers["kawait-reason"], "StepTimeLimit");
  const state = await stateOf(world, "bad");
  assert.equal(state?.status, "faulted");
  assert.deepEqual(state?.fault?.input, { kind: "new", argument: '"loop"' });
});

test("a fault in a later step keeps the last good state; records wait; terminate ends it", async (context) => {
  const world = await open(context);
  await world.resume("t", 'new:"loop-later"');
  await world.resume("t", '{"ref":"go","value":true}');
  assert.match((await errorOf(world, "t")) ?? "", /^"StepTimeLimit: /);
  const state = await stateOf(world, "t");
  assert.equal(state?.step, 1, "as before the step");
  assert.deepEqual(
    state?.awaits.map(({ ref }) => ref),
    ["go"],
  );
  await world.resume("t", '{"ref":"later","value":1}');
  await world.resume("t", "by the operator", { "kawait-command": "terminate" });
  assert.equal(await errorOf(world, "t"), '"Terminated: by the operator"');
  assert.equal((await stateOf(world, "t"))?.status, "terminated");
  assert.deepEqual(await world.rest("workflow-error"), [], "told once");
});

test("an output to a topic that is not there faults the thread; with the topic, retry goes on", async (context) => {
  const world = await open(context);
  await world.resume("t", 'new:"missing-topic"');
  await world.resume("t", '{"ref":"go","value":20}');
  assert.match((await errorOf(world, "t")) ?? "", /^"OutputRejected: .*faults-missing/);
  await world.resume("other", 'new:"fine"');
  assert.equal((await world.take("workflow-result")).key, "other", "nothing else stops");
  await world.resume("t", '{"ref":"next","value":22}');
  await world.broker.topics.create([
    {
      name: "faults-missing",
      partitions: 1,
      replication: 1,
      cleanup: "delete",
      retentionMs: -1,
      maxMessageBytes: 1_000_000,
    },
  ]);
  await world.broker.topics.describe(["faults-missing"], { fresh: true });
  await world.resume("t", null, { "kawait-command": "retry" });
  assert.equal((await world.take("faults-missing")).value, "20");
  assert.equal(
    (await world.take("workflow-result", ({ key }) => key === "t")).value,
    "42",
    "the waiting record came next",
  );
});

test("a thread that nothing can resume is told by name", async (context) => {
  const world = await open(context);
  await world.resume("t", 'new:"deadlock"');
  assert.match(
    (await errorOf(world, "t")) ?? "",
    /^"ThreadDeadlocked: .*awaits faults\.ts#main \(faults\.ts:\d+:\d+\)/,
  );
  assert.equal((await stateOf(world, "t"))?.fault?.code, "ThreadDeadlocked");
});
