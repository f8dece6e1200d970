/** Kafka's own console producer and consumer (read_committed) talk to a thread: verbatim records in, results out. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import { openWorld } from "./world.ts";

const workflows = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "workflows");

test("a thread started and resumed by the console producer", { skip: kafkaMissing() }, async (context) => {
  const kafka = await sharedKafka();
  const world = await openWorld(context, {
    kafka,
    workflows: [join(workflows, "greeting.ts")],
    topics: ["greetings"],
    partitions: 4,
  });
  const threads = ["ada", "grace", "barbara", "margaret", "radia"];
  await kafka.consoleProduce(
    world.topic("workflow-resume"),
    threads.map((key) => ({ key, value: `new:"${key}"` })),
  );
  await kafka.consoleProduce(
    world.topic("workflow-resume"),
    threads.map((key) => ({ key, value: '{"ref":"answer","value":"Hi!"}' })),
  );
  for (const key of threads) await world.take("workflow-result", (record) => record.key === key);
  const results = await kafka.consoleConsume(world.topic("workflow-result"), { count: threads.length });
  assert.deepEqual(
    results.map(({ key, value }) => `${key} ${value}`).sort(),
    threads.map((key) => `${key} "${key} said: Hi!"`).sort(),
  );
});
