/** docs/OPERATIONS.md against the code: every permission and every metric stands in its tables, and nothing else does. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { EngineMetrics, type EnginePart, enginePermissions } from "#gateway";

const document = readFileSync(new URL("../../docs/OPERATIONS.md", import.meta.url), "utf8");

test("the table of permissions is what is checked at the start", () => {
  const rows = [...document.matchAll(/^\| topic `([^`]+)` \| ([^|]*)\| ([^|]*)\|$/gm)];
  for (const [column, part] of (["engine", "scheduler"] as readonly EnginePart[]).entries()) {
    const told = new Map(
      rows
        .map((row): [string, string] => [row[1] ?? "", (row[column + 2] ?? "").trim()])
        .filter(([, operations]) => operations !== ""),
    );
    const needed = enginePermissions("", [part]).filter(({ kind }) => kind === "topic");
    assert.deepEqual(
      [...told].sort(),
      needed.map(({ name, operations }): [string, string] => [name, operations.join(", ")]).sort(),
      part,
    );
  }
});

test("the table of metrics has those of the engine's own code, each once", () => {
  const source = readFileSync(new URL("../../gateway/metrics.ts", import.meta.url), "utf8");
  const named = [...new Set(source.match(/"kawait_[a-z_]+"/g) ?? [])].map((name) => name.slice(1, -1)).sort();
  const told = [...document.matchAll(/^\| `(kawait_[a-z_]+)` \|/gm)].map((row) => row[1]).sort();
  assert.deepEqual(told, named);
  const registered = new EngineMetrics().registry.getMetricsAsArray().map(({ name }) => name);
  for (const name of registered.filter((each) => each.startsWith("kawait_"))) assert.ok(named.includes(name), name);
});
