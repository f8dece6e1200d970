/** The compiler's cache on disk: whatever is in the folder, a program is the same. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Cache } from "../../../compiler/cache.ts";

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "kawait-cache-"));
  context.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const value = (n: number) => ({ n, text: "x".repeat(n * 100) });

test("what one process has written another reads; a torn or changed file is a miss", async (context) => {
  const path = folder(context);
  const writer = new Cache(path);
  writer.set("a", value(1));
  await writer.flush();
  assert.deepEqual(await new Cache(path).get("a"), value(1));
  const file = join(path, "a.json");
  const text = readFileSync(file, "utf8");
  const damaged = [
    "",
    text.slice(0, -1),
    text.slice(0, 40),
    text.replace('"n":1', '"n":2'),
    JSON.stringify(value(1)),
    `${text}\n`,
    "\0".repeat(text.length),
  ];
  for (const wrong of damaged) {
    writeFileSync(file, wrong);
    assert.equal(await new Cache(path).get("a"), undefined, wrong.slice(0, 80));
  }
});

test("many writers of one folder leave whole entries and nothing else", async (context) => {
  const path = folder(context);
  const writers = Array.from({ length: 8 }, () => new Cache(path));
  for (let n = 0; n < 40; n++) for (const writer of writers) writer.set(`key${n % 5}`, value(n % 5));
  await Promise.all(writers.map((writer) => writer.flush()));
  assert.deepEqual(readdirSync(path).sort(), ["key0.json", "key1.json", "key2.json", "key3.json", "key4.json"]);
  for (let n = 0; n < 5; n++) assert.deepEqual(await new Cache(path).get(`key${n}`), value(n));
});

test("a folder that cannot be written only costs time", async (context) => {
  const path = join(folder(context), "file");
  writeFileSync(path, "no folder");
  const cache = new Cache(path);
  cache.set("a", value(1));
  await cache.flush();
  assert.deepEqual(await cache.get("a"), value(1));
  assert.equal(await new Cache(path).get("a"), undefined);
});

test("entries that nobody has asked for in a month are removed, those that are in use stay", async (context) => {
  const path = folder(context);
  const cache = new Cache(path);
  mkdirSync(path, { recursive: true });
  cache.set("old", value(1));
  cache.set("used", value(2));
  await cache.flush();
  const longAgo = Date.now() / 1_000 - 40 * 86_400;
  for (const name of ["old", "used"]) utimesSync(join(path, `${name}.json`), longAgo, longAgo);
  const next = new Cache(path);
  assert.deepEqual(await next.get("used"), value(2));
  await next.flush();
  assert.deepEqual(readdirSync(path), ["used.json"]);
});
