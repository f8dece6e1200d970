/**
 * Packages of npm within workflows, their objects alive across pauses: each workflow of `test/fixtures/packages` gives natively
 * what it gives compiled, saved and restored at every pause, in private and in shared mode.
 */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { allWays } from "./three-ways.ts";

const folder = join(import.meta.dirname, "../fixtures/packages");

for (const file of readdirSync(folder).sort()) {
  test(`${basename(file, ".ts")}: compiled, saved and restored, as native`, async (context) => {
    const { restored, isShared } = await allWays(join(folder, file));
    context.diagnostic(`${restored.bytes} bytes, ${isShared ? "shared" : "private"}`);
  });
}
