import assert from "node:assert/strict";
import { test } from "node:test";
import { traces } from "./harness.ts";
import { randomProgram } from "./random-program.ts";

const PROGRAMS = 300;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

test(`random programs behave as natively (SEED=${seed})`, async () => {
  let suspended = 0;
  for (let i = 0; i < PROGRAMS; i++) {
    const { source } = randomProgram(seed + i);
    const result = await traces(source);
    const message = `SEED=${seed + i}\n${source}\n${result.code}`;
    assert.equal(result.compiled, result.native, message);
    assert.equal(result.durable, result.native, message);
    if (result.code.includes("$k.await(") || result.code.includes("$k.yield(")) suspended++;
  }
  assert.ok(suspended > PROGRAMS / 2, "most programs suspend");
});
