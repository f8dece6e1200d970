/** A bundle is taken from disk when, and only when, its sources are byte for byte what it was made from (I2). */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { enableCompileCache, getCompileCacheDir } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keptBundle } from "../../runtime/kept-bundle.ts";

const LONG_AGO = new Date("2020-01-01");

test("a kept bundle is taken, unless a source or the kept file itself was changed", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kawait-bundle-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  enableCompileCache(join(folder, "cache"));
  const source = (name: string, text: string): void => {
    writeFileSync(join(folder, name), text);
    // Neither size nor time tell of a change.
    utimesSync(join(folder, name), LONG_AGO, LONG_AGO);
  };
  mkdirSync(join(folder, "src"));
  source("src/main.ts", 'import { part } from "./part.ts"; console.log(part);');
  source("src/part.ts", 'export const part = "one";');
  const bundle = () => keptBundle({ entryPoints: [join(folder, "src/main.ts")], bundle: true, write: false });
  const first = await bundle();
  assert.match(first, /"one"/);
  // The folder may be another one, given from outside, with bundles of others.
  const kept = join(getCompileCacheDir()!, "kawait");
  const file = readdirSync(kept)
    .map((name) => join(kept, name))
    .find((path) => path.endsWith(".json") && readFileSync(path, "utf8").includes(folder));
  t.after(() => rmSync(file!, { force: true }));
  const before = readFileSync(file!, "utf8");
  assert.equal(await bundle(), first);

  source("src/part.ts", 'export const part = "two";');
  const second = await bundle();
  assert.match(second, /"two"/);
  source("src/part.ts", 'export const part = "one";');
  writeFileSync(file!, before);
  // Were it made anew it would be written anew.
  utimesSync(file!, LONG_AGO, LONG_AGO);
  assert.equal(await bundle(), first);
  assert.equal(readFileSync(file!, "utf8"), before);

  writeFileSync(file!, before.replace(`\\"one\\"`, `\\"won\\"`));
  assert.equal(await bundle(), first, "damaged");
  writeFileSync(file!, before.slice(0, 100));
  assert.equal(await bundle(), first, "cut short");
});
