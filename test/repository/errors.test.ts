/** docs/ERRORS.md has every code that an error of Kawait can carry, with the advice of the tables, and no other. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ERROR_CODES } from "#protocol";
import { COMPILE_ERRORS } from "../../compiler/diagnostics/codes.ts";

const ROOT = join(import.meta.dirname, "../..");
const documented = new Map(
  [...readFileSync(join(ROOT, "docs/ERRORS.md"), "utf8").matchAll(/^\| `(\w+)` \| (.*) \|$/gm)].map(
    ([, code, meaning]) => [code!, meaning!.replaceAll("\\|", "|")],
  ),
);

test("the document has the codes of both tables, word for word", () => {
  const known = Object.entries({ ...ERROR_CODES, ...COMPILE_ERRORS });
  const tables = Object.fromEntries(known.sort());
  assert.deepEqual(Object.fromEntries([...documented].sort()), tables, "docs/ERRORS.md: add or mend its row");
});

test("every code in the source stands in a table", () => {
  const folders = ["cli", "compiler", "engine", "gateway", "runtime", "scheduler", "stream", "protocol"];
  const carriers =
    /\b(?:CompileError|KawaitError|HeapError|guestError|importError|leaveNative|context\.error|warn)\(\s*"([A-Z]\w+)"/g;
  const found = new Set<string>();
  for (const file of globSync(`{${folders.join(",")}}/**/*.ts`, { cwd: ROOT })) {
    for (const [, code] of readFileSync(join(ROOT, file), "utf8").matchAll(carriers)) found.add(code!);
  }
  assert.ok(found.size > 20, "the pattern finds codes");
  assert.deepEqual([...found].filter((code) => !documented.has(code)).sort(), []);
});
