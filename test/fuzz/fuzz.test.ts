/** Some thousand malformed inputs, new ones at each run. `npm run fuzz` makes a million. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { compileSource } from "#compiler";
import { Random } from "../../stream/fake/index.ts";
import { type FuzzOutcome, type FuzzPart, fuzz, QUICK_PARTS } from "./fuzz.ts";
import { soundSource } from "./source-texts.ts";

async function campaign(t: TestContext, runs: number, parts: readonly FuzzPart[]): Promise<FuzzOutcome> {
  const seed = Number(process.env.KAWAIT_TEST_SEED ?? Date.now() % 2 ** 31);
  t.diagnostic(`npm run fuzz -- --seed ${seed} --runs ${runs} --only ${parts.join(",")}`);
  const outcome = await fuzz(seed, runs, parts);
  assert.deepEqual(outcome.problems, []);
  assert.ok(outcome.inputs >= runs);
  return outcome;
}

test("malformed input is served or refused by name", async (t) => {
  const { served, deadLetters } = await campaign(t, 15_000, QUICK_PARTS);
  assert.ok(served > 100 && deadLetters > 100, `${served} steps, ${deadLetters} dead letters`);
});

test("malformed requests get an answer that blames the request", async (t) => {
  await campaign(t, 600, ["http"]);
});

test("damaged programs compile, or are refused by a code and a place", async (t) => {
  await campaign(t, 150, ["sources"]);
});

test("damaged texts made to code at run time do what they do natively", async (t) => {
  await campaign(t, 250, ["texts"]);
});

test("what is damaged was sound", async () => {
  let sound = 0;
  for (let seed = 0; seed < 12; seed++)
    sound += await compileSource(soundSource(new Random(seed)), { filename: "main.ts" }).then(
      () => 1,
      () => 0,
    );
  assert.ok(sound >= 8, `${sound} of 12 compile`);
});
