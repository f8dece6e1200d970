import assert from "node:assert/strict";
import { test } from "node:test";
import { advanced, deploy, poolFor, startOf } from "./harness/steps.ts";

const ECHO = `export function main(argument) { return { echo: argument }; }`;

test("steps go through child processes and come back in order", async (t) => {
  const pool = poolFor(t, { processes: 2 });
  const hash = await deploy(pool, ECHO);
  const results = await pool.runSteps(
    Array.from({ length: 40 }, (_, index) => startOf(`thread ${index}`, hash, index)),
  );
  for (const [index, result] of results.entries()) {
    assert.equal(advanced(result).status, "completed");
    assert.deepEqual(JSON.parse(advanced(result).result ?? ""), { echo: index });
  }
  assert.equal(pool.processes().length, 2);
});
