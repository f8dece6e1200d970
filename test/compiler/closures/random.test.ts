import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "./harness.ts";
import { randomProgram } from "./random-program.ts";

const seeds = Number(process.env.KAWAIT_CLOSURE_SEEDS ?? 60);
const start = Number(process.env.KAWAIT_CLOSURE_START ?? 1);

for (const sloppy of [false, true])
  test(`random programs, ${sloppy ? "sloppy" : "strict"} (seeds ${start} to ${start + seeds - 1})`, async () => {
    let printed = 0;
    for (let seed = start; seed < start + seeds; seed++) {
      const trace = await compare(randomProgram(seed), { sloppy }, `seed ${seed}`);
      printed += trace.length;
    }
    assert.ok(printed > seeds, "the programs hardly print anything");
  });
