/** Some thousand malformed inputs, new ones at each run. `npm run fuzz` makes a million. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzz } from "./fuzz.ts";
import { fuzzHttp } from "./http.ts";

const RUNS = 20_000;
const REQUESTS = 500;

test("malformed input is served or refused by name", async (t) => {
  const seed = Number(process.env.KAWAIT_TEST_SEED ?? Date.now() % 2 ** 31);
  t.diagnostic(`npm run fuzz -- --seed ${seed} --runs ${RUNS}`);
  const { inputs, served, deadLetters, problems } = await fuzz(seed, RUNS);
  assert.deepEqual(problems, []);
  assert.equal(inputs, RUNS);
  assert.ok(served > 100 && deadLetters > 100, `${served} steps, ${deadLetters} dead letters`);
});

test("malformed requests get an answer that blames the request", async (t) => {
  const seed = Number(process.env.KAWAIT_TEST_SEED ?? Date.now() % 2 ** 31);
  t.diagnostic(`seed ${seed}`);
  assert.deepEqual(await fuzzHttp(seed, REQUESTS), []);
});
