/** The import rules of docs/ARCHITECTURE.md: what a folder may import, and that no cycle exists. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folder → top-level folders of ours that it may import. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  compiler: ["protocol"],
  runtime: ["protocol"],
  stream: ["protocol"],
  engine: ["runtime", "stream", "protocol"],
  scheduler: ["stream", "protocol"],
  gateway: ["protocol", "compiler", "runtime", "stream", "engine", "scheduler"],
  cli: ["protocol", "compiler", "runtime", "stream", "engine", "scheduler", "gateway"],
};

/** What runs inside the sandbox has no Node: it may import neither builtins nor packages. */
const GUEST = "runtime/guest/";

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g;

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** The file within the repository that a specifier names, or undefined for packages and builtins. */
function resolve(file: string, specifier: string): string | undefined {
  if (specifier.startsWith("#")) return `${specifier.slice(1).split("/")[0]}/index.ts`;
  if (specifier.startsWith(".")) return normalize(join(dirname(file), specifier));
  return undefined;
}

const files = Object.keys(ALLOWED).flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root }));

test("a folder imports only what its row allows", () => {
  assert.ok(files.length > 50, `only ${files.length} source files found`);
  const wrong: string[] = [];
  for (const file of files) {
    const folder = file.split("/")[0] ?? "";
    for (const specifier of importsOf(file)) {
      const target = resolve(file, specifier);
      if (target === undefined) {
        if (file.startsWith(GUEST)) wrong.push(`${file}: the guest has no "${specifier}"`);
        continue;
      }
      const other = target.split("/")[0] ?? "";
      if (other !== folder && !ALLOWED[folder]?.includes(other)) wrong.push(`${file} imports ${specifier}`);
      if (other !== folder && !specifier.startsWith("#")) wrong.push(`${file} imports ${specifier}: use #${other}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("no import cycle", () => {
  const edges = new Map(files.map((file) => [file, importsOf(file).map((specifier) => resolve(file, specifier))]));
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (done.has(file)) return;
    assert.ok(!path.includes(file), `cycle: ${[...path.slice(path.indexOf(file)), file].join(" → ")}`);
    for (const target of edges.get(file) ?? []) if (target !== undefined) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});
