/** A request that is still being encoded when its connection is closed: kafkajs leaves it pending for ever. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { useKafka } from "../harness/fixture.ts";

const kafka = useKafka();
const LAST_MICROTASK = 60;
const PATIENCE_MS = 10_000;

test("closing a reader ends its poll, however far the request has come", { skip: kafka.skip }, async () => {
  const topic = await kafka.topic("late");
  for (let microtasks = 0; microtasks < LAST_MICROTASK; microtasks++) {
    const reader = await kafka.broker.openReader({ topic, partition: 0, fromOffset: 0 });
    const poll = reader.poll(60_000);
    for (let passed = 0; passed < microtasks; passed++) await undefined;
    const closing = reader.close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), PATIENCE_MS);
    });
    const ended = await Promise.race([Promise.all([poll, closing]), late]);
    clearTimeout(timer);
    assert.notEqual(ended, "late", `closed ${microtasks} microtasks behind the poll: it never ended`);
    if (ended !== "late") assert.deepEqual(ended[0].records, []);
  }
});
