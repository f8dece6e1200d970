/** House rules that a command can check: nothing left for later, nothing of this machine, long files say why. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const self = "test/repository/text.test.ts";
const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((file) => /\.(ts|mts|mjs|js)$/.test(file) && file !== self);

const LINES_MAX = 500;

test("nothing is left for later, and no test is switched off", () => {
  const found = tracked.filter((file) =>
    /\b(TODO|FIXME|XXX|HACK)\b|\b(it|test|describe)\.(skip|only|todo)\b/.test(read(file)),
  );
  assert.deepEqual(found, []);
});

test("a file above 500 lines says in its header why", () => {
  const found = tracked.filter((file) => {
    const text = read(file);
    return text.split("\n").length > LINES_MAX && !/\b(length|long|lines)\b/i.test(text.slice(0, 3000));
  });
  assert.deepEqual(found, []);
});

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}
