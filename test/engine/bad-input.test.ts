/** Records that cannot be served: each in the dead-letter topic with its reason and coordinates, and nothing stops (I4). */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openWorld } from "./world.ts";

const workflows = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "workflows");

test("every bad record is a dead letter with its reason, and the good ones go on", async (context) => {
  const world = await openWorld(context, { workflows: [join(workflows, "greeting.ts")], topics: ["greetings"] });
  await world.resume("good", 'new:"Ada"');
  const bad: readonly [string, string | Uint8Array | null, string | Uint8Array | null, Record<string, string>?][] = [
    ["MissingKey", null, "new:"],
    ["MissingKey", "", "new:"],
    ["InvalidThreadId", "a|b", "new:"],
    ["InvalidThreadId", new Uint8Array([0xff, 0xfe]), "new:"],
    ["InvalidThreadId", "x".repeat(2000), "new:"],
    ["MalformedRecord", "good", "{"],
    ["MalformedRecord", "good", "new:{"],
    ["MalformedRecord", "good", '{"value":1}'],
    ["MalformedRecord", "good", null],
    ["MalformedRecord", "good", new Uint8Array([0, 159, 146, 150, 255])],
    ["MalformedRecord", "good", "", { "kawait-command": "explode" }],
    ["UnknownThread", "nobody", '{"ref":"0:1"}'],
    ["UnknownSuspension", "good", '{"ref":"999999:1"}'],
    ["UnknownWorkflow", "other", "new:", { "kawait-workflow": "no-such-workflow" }],
    ["UnknownWorkflow", "other", "new:", { "kawait-program": "0".repeat(64) }],
    ["ThreadExists", "good", "new:"],
  ];
  for (const [reason, key, value, headers] of bad) {
    const offset = await world.resume(key, value, headers);
    const letter = await world.take(
      "workflow-dead-letter",
      (record) => record.headers["kawait-offset"] === String(offset),
    );
    assert.equal(letter.headers["kawait-reason"], reason, `${reason}: ${letter.headers["kawait-message"]}`);
    assert.equal(letter.headers["kawait-topic"], world.topic("workflow-resume"));
    assert.equal(letter.headers["kawait-partition"], "0");
    assert.ok((letter.headers["kawait-message"] ?? "").length > 5, "it says why");
  }
  await world.resume("good", '{"ref":"answer","value":"Hi!"}');
  const result = await world.take("workflow-result", (record) => record.key === "good");
  assert.equal(result.value, '"Ada said: Hi!"');
  assert.equal(world.engine.runner.health().kind, "running");
});

test("a value of 1 MB goes through where it fits, and is refused where it does not", async (context) => {
  const world = await openWorld(context, {
    workflows: [join(workflows, "greeting.ts")],
    topics: ["greetings"],
    engine: { limits: { recordBytes: 100_000 } },
  });
  await world.resume("large", 'new:"Ada"');
  const offset = await world.resume("large", JSON.stringify({ ref: "answer", value: "x".repeat(900_000) }));
  const letter = await world.take("workflow-dead-letter");
  assert.equal(letter.headers["kawait-offset"], String(offset));
  assert.equal(letter.headers["kawait-reason"], "RecordTooLarge");
  await world.resume("large", JSON.stringify({ ref: "answer", value: "y".repeat(90_000) }));
  const result = await world.take("workflow-result");
  assert.equal(result.value?.length, 90_000 + '"Ada said: "'.length);
});

test("a resume that comes early waits for its suspension, duplicates are dropped and counted", async (context) => {
  const world = await openWorld(context, {
    workflows: [join(workflows, "trip-booking-saga.ts"), join(workflows, "greeting.ts")],
    topics: [
      "greetings",
      ...["car", "hotel", "flight"].flatMap((kind) => [`saga-reserve-${kind}`, `saga-cancel-${kind}`]),
    ],
  });
  const offset = await world.resume("trip", "new:{}", { "kawait-workflow": "trip-booking-saga" });
  await world.resume("trip", `{"ref":"${offset}:1"}`);
  await world.resume("trip", `{"ref":"${offset}:1"}`);
  await world.resume("trip", '{"ref":"never-awaited"}');
  await world.resume("trip", `{"ref":"${offset}:2"}`);
  await world.resume("trip", `{"ref":"${offset}:3"}`);
  const result = await world.take("workflow-result");
  assert.match(result.value ?? "", /"flight"/);
  assert.equal(world.engine.counters.duplicateResume, 1);
  await world.resume("trip", `{"ref":"${offset}:3"}`);
  const ambiguous = await world.resume("which", "new:");
  const letter = await world.take(
    "workflow-dead-letter",
    (record) => record.headers["kawait-offset"] === String(ambiguous),
  );
  assert.equal(letter.headers["kawait-reason"], "WorkflowAmbiguous");
  assert.equal(world.engine.counters.resumeOfEnded, 1);
});
