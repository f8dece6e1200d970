/** Random programs, other ones at every run: native, compiled, and compiled with restores are the same (I3). */
import assert from "node:assert/strict";
import { test } from "node:test";
import { campaign, type Finding } from "./campaign.ts";

const PROGRAMS = 60;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

test(`random programs behind the whole pipeline behave as natively (SEED=${seed})`, async () => {
  const found: Finding[] = [];
  const lines = await campaign(seed, PROGRAMS, (finding) => found.push(finding));
  const [first] = found;
  if (first) assert.fail(`SEED=${first.seed}\n${first.message}\n${first.body}`);
  assert.ok(lines > PROGRAMS * 5, `the programs hardly print anything: ${lines} lines`);
});
