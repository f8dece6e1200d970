/** A second start of one thread id: ignored, or in place of the first, as the header says. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openWorld } from "./world.ts";

const greeting = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "workflows", "greeting.ts");

test("ignore, terminate, restart", async (context) => {
  const world = await openWorld(context, { workflows: [greeting], topics: ["greetings"] });
  const finish = async (): Promise<string | null> => {
    await world.resume("t", '{"ref":"answer","value":"yes"}');
    return (await world.take("workflow-result")).value;
  };
  await world.resume("t", 'new:"first"');
  await world.resume("t", 'new:"second"');
  assert.equal((await world.take("workflow-dead-letter")).headers["kawait-reason"], "ThreadExists");
  await world.resume("t", 'new:"third"', { "kawait-on-conflict": "terminate" });
  assert.match((await world.take("workflow-error")).value ?? "", /^"Terminated: replaced/);
  assert.equal(await finish(), '"third said: yes"');
  await world.resume("t", 'new:"fourth"', { "kawait-on-conflict": "terminate" });
  assert.equal((await world.take("workflow-dead-letter")).headers["kawait-reason"], "ThreadExists", "it has ended");
  await world.resume("t", 'new:"fifth"', { "kawait-on-conflict": "restart" });
  assert.equal(await finish(), '"fifth said: yes"');
  assert.deepEqual(
    (await world.rest("greetings")).map((record) => record.value),
    ["first", "third", "fifth"].map((name) => `Hello, ${name}! Answer me.`),
  );
});
