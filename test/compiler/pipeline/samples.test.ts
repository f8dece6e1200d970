/**
 * Every sample in test/samples/compile runs natively, and compiled in the guest runtime: results and their order of
 * events must be the same.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { compile } from "#compiler";
import { runMain } from "./project.ts";

const SAMPLES = join(import.meta.dirname, "../../samples/compile");

for (const name of readdirSync(SAMPLES).sort()) {
  test(`sample ${name}: compiled as native`, async () => {
    const folder = join(SAMPLES, name);
    const native = await import(pathToFileURL(join(folder, "main.ts")).href);
    const expected = JSON.parse(JSON.stringify(await native.main()));
    const { program } = await compile({ entry: "main.ts", folder });
    assert.deepEqual(await runMain(program), expected);
    const suspending = program.tables.functions.find(({ id }) => id === "main.ts#main");
    assert.equal(suspending?.kind, "async");
    assert.ok(suspending.sites!.length > 1, "main can be saved at its awaits");
  });
}
