/** Limits that a workflow declares, from its text to the fault: each within the ceilings of the engine. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { compileWorkflow } from "#gateway";
import { decodeState, type Limits } from "#protocol";
import { readChangelogValue } from "#stream";
import { openWorld, type World } from "./world.ts";

const fixtures = join(import.meta.dirname, "..", "fixtures", "workflows");
const workflow = join(fixtures, "own-limits.ts");

const open = (context: TestContext, engine: Partial<Record<"limits" | "limitCeilings", Partial<Limits>>> = {}) =>
  openWorld(context, {
    workflows: [workflow, join(fixtures, "faults.ts")],
    topics: ["limits-out", "faults-out"],
    engine: { limits: { stepMs: 60 }, ...engine },
  });

const start = (world: World, threadId: string, kind: string, size = 0): Promise<number> =>
  world.resume(threadId, `new:${JSON.stringify({ kind, size })}`);

const errorOf = async (world: World, threadId: string): Promise<string> =>
  (await world.take("workflow-error", ({ key }) => key === threadId)).value ?? "";

const letterOf = async (world: World, threadId: string): Promise<string> => {
  const { headers } = await world.take("workflow-dead-letter", ({ key }) => key === threadId);
  return `${headers["kawait-reason"]}: ${headers["kawait-message"]}`;
};

/** How many million turns of the workflow's loop this machine makes in so much CPU time. */
function millionsIn(ms: number): number {
  const before = process.cpuUsage();
  let millions = 0;
  let sum = 0;
  let spentMs = 0;
  for (; spentMs < ms / 5; millions++) {
    for (let turn = 0; turn < 1_000_000; turn++) sum = (sum * 31 + turn) % 65_521;
    const { user, system } = process.cpuUsage(before);
    spentMs = (user + system) / 1_000;
  }
  assert.ok(sum >= 0);
  return Math.round((millions * ms) / spentMs);
}

test("each limit of the workflow counts for its threads, and for no others", async (context) => {
  const world = await open(context);
  await start(world, "long", "busy", millionsIn(500));
  await world.resume("other", 'new:"loop"', { "kawait-workflow": "faults" });
  assert.match(await errorOf(world, "other"), /StepTimeLimit: One step used more than 60 ms/);
  await start(world, "few", "outputs", 3);
  await start(world, "many", "outputs", 4);
  assert.match(await errorOf(world, "many"), /OutputLimit: One step may write 3 records/);
  await start(world, "large", "state", 40);
  assert.match(await errorOf(world, "large"), /SnapshotTooLarge: The state has \d+ bytes; 16384 are allowed/);
  await start(world, "mail", "wait");
  for (const ref of ["a", "b", "c"]) await world.resume("mail", `{"ref":"${ref}"}`);
  assert.match(await letterOf(world, "mail"), /MailboxFull/);
  await world.resume("mail", JSON.stringify({ ref: "go", value: "x".repeat(2_000) }));
  assert.match(await letterOf(world, "mail"), /RecordTooLarge: .* the workflow's limits.recordBytes is 2000/);
  await world.resume("big", `new:${JSON.stringify({ kind: "wait", size: 0, more: "x".repeat(2_000) })}`);
  assert.match(await letterOf(world, "big"), /RecordTooLarge/);
  // What "long" does takes longer than the 60 ms of the others, and less than its own 3 s.
  for (const threadId of ["long", "few"])
    assert.ok(await world.take("workflow-result", ({ key }) => key === threadId), "no limit was hit");
  const bytes = await readChangelogValue(world.broker, "workflow-changelog", 0, "few");
  const state = decodeState(bytes!);
  assert.equal(state.expiresMs, state.timeMs + 60_000);
});

test("the engine's ceilings stand above what a workflow declares", async (context) => {
  const world = await open(context, {
    limitCeilings: { outputRecords: 2, stepMs: 60 },
    limits: { stepMs: 60, outputRecords: 1 },
  });
  await start(world, "three", "outputs", 3);
  assert.match(await errorOf(world, "three"), /OutputLimit: One step may write 2 records/);
});

test("the same program deployed with other limits: a thread that faulted goes on by retry", async (context) => {
  const world = await open(context);
  await start(world, "t", "state", 40);
  assert.match(await errorOf(world, "t"), /SnapshotTooLarge/);
  const { program } = await compileWorkflow(workflow);
  await assert.rejects(
    world.client.deploy(program, { isDefault: false, limits: { stepMs: 0 } }),
    /limit stepMs must be/,
  );
  await world.client.deploy(program, { isDefault: false, limits: { snapshotBytes: 1_000_000 } });
  const { limits } = (await world.client.programs()).find((each) => each.workflow === "own-limits")!;
  assert.deepEqual([limits.snapshotBytes, limits.stepMs], [1_000_000, 3_000]);
  await world.engine.programs.refresh();
  await world.resume("t", null, { "kawait-command": "retry" });
  await world.resume("t", '{"ref":"go"}');
  assert.equal((await world.take("workflow-result", ({ key }) => key === "t")).value, "40");
});
