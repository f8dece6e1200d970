/**
 * Every sample in test/samples/compile runs natively, and compiled in the guest runtime, undisturbed and with the
 * thread dropped and restored in a fresh context again and again: results and their order of events are the same.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { compile } from "#compiler";
import { runMain } from "./project.ts";

const SAMPLES = join(import.meta.dirname, "../../samples/compile");

/** A prime, so that loops of a sample are met at different places. */
const RESTORE_EVERY_JOBS = 7;

for (const name of readdirSync(SAMPLES).sort()) {
  test(`sample ${name}: compiled, and saved and restored, as native`, async () => {
    const folder = join(SAMPLES, name);
    // Node strips types, but does not know all of the syntax that is beside them.
    const entry = existsSync(join(folder, "main.ts")) ? "main.ts" : "main.mjs";
    const native = await import(pathToFileURL(join(folder, entry)).href);
    const expected = { status: "completed", result: JSON.parse(JSON.stringify(await native.main())) };
    const { program } = await compile({ entry, folder });
    assert.deepEqual(await runMain(program), expected);
    assert.deepEqual(await runMain(program, RESTORE_EVERY_JOBS), expected);
    const suspending = program.tables.functions.find(({ id }) => id === `${entry}#main`);
    assert.equal(suspending?.kind, "async");
    assert.ok(suspending.sites!.length > 1, "main can be saved at its awaits");
  });
}
