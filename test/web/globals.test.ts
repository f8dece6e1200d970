/**
 * The globals that Node has and the language has not: each workflow of `test/fixtures/web` gives natively what it gives
 * compiled, saved and restored at every pause, in private and in shared mode.
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { allWays } from "../packages/three-ways.ts";

const folder = join(import.meta.dirname, "../fixtures/web");

for (const file of readdirSync(folder).sort()) {
  test(`${basename(file, ".ts")}: compiled, saved and restored, as native`, async () => {
    await allWays(join(folder, file));
  });
}
