/**
 * What of test262 is run: files, their front matter, tiers, and the scenarios of each.
 *
 * Tiers: A async tests of the language and of the asynchronous built-ins; A2 modules with top-level await; B generators;
 * C the rest of the synchronous language. Left out are tests of early errors (the parser's matter) and modules that import:
 * the adapter's contract knows no other modules, so of `import()` only what passes without any is counted.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

export type Tier = "A" | "A2" | "B" | "C";
export const TIERS: readonly Tier[] = ["A", "A2", "B", "C"];

export interface TestFile {
  /** Relative to the `test` folder, with `/`. */
  readonly path: string;
  readonly tier: Tier;
  readonly includes: readonly string[];
  readonly isAsync: boolean;
  readonly isModule: boolean;
  readonly isRaw: boolean;
  /** Holds a direct `eval` or a `with`, which docs/LANGUAGE.md refuses around a suspension. */
  readonly isRefusable: boolean;
  /** The name of the error that the test must end with. */
  readonly negative: string | null;
  readonly strictness: readonly Strictness[];
}

export type Strictness = "sloppy" | "strict" | "module";

/** One run of one test. */
export interface Scenario {
  readonly test: TestFile;
  readonly strictness: Strictness;
}

const ASYNC_BUILT_INS = /^built-ins\/(Promise|Async[^/]*|Array\/fromAsync)\//;
const GENERATORS = /(^|[/-])(generators?|gen|yield)([/.-]|$)/;
const GENERATOR_BUILT_INS = /^built-ins\/Generator/;

export function findTests(root: string): TestFile[] {
  const folder = join(root, "test");
  const tests: TestFile[] = [];
  for (const area of ["language", "built-ins"]) {
    const paths = readdirSync(join(folder, area), { recursive: true }) as string[];
    for (const name of paths) {
      if (!name.endsWith(".js") || name.includes("_FIXTURE")) continue;
      const path = `${area}/${name.split(sep).join("/")}`;
      if (area === "built-ins" && !ASYNC_BUILT_INS.test(path) && !GENERATOR_BUILT_INS.test(path)) continue;
      const test = describe(path, readFileSync(join(folder, path), "utf8"));
      if (test !== null) tests.push(test);
    }
  }
  return tests.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Null for a test that is in no tier. */
export function describe(path: string, source: string): TestFile | null {
  const head = /\/\*---([\s\S]*?)---\*\//.exec(source)?.[1] ?? "";
  const list = (key: string): string[] => {
    const inline = new RegExp(`^${key}:\\s*\\[([^\\]]*)\\]`, "m").exec(head)?.[1];
    const block = new RegExp(`^${key}:\\s*\\n((?:\\s+-.*\\n?)+)`, "m").exec(head)?.[1];
    const items = inline?.split(",") ?? block?.split("\n").map((line) => line.replace(/^\s*-/, "")) ?? [];
    return items.map((item) => item.trim()).filter((item) => item !== "");
  };
  const flags = new Set(list("flags"));
  const features = new Set(list("features"));
  const negative = /^negative:\s*\n((?:[ \t]+.*\n?)+)/m.exec(head)?.[1];
  const isModule = flags.has("module");
  const isAsync = flags.has("async");
  if (negative !== undefined && !/phase:\s*runtime/.test(negative)) return null;
  if (path.includes("_FIXTURE")) return null;
  const tier = tierOf(path, source, features, isModule, isAsync);
  if (tier === null) return null;
  return {
    path,
    tier,
    includes: list("includes"),
    isAsync,
    isModule,
    isRaw: flags.has("raw"),
    isRefusable: /(?<![.\w$])eval\s*\(|\bwith\s*\(/.test(source.replace(/\/\*---[\s\S]*?---\*\//, "")),
    negative: negative === undefined ? null : (/type:\s*(\w+)/.exec(negative)?.[1] ?? ""),
    strictness: strictnessOf(flags),
  };
}

function tierOf(
  path: string,
  source: string,
  features: ReadonlySet<string>,
  isModule: boolean,
  isAsync: boolean,
): Tier | null {
  const isLanguage = path.startsWith("language/");
  if (isModule) {
    const imports = /^\s*(import\b|export\b.*\bfrom\b)/m.test(source.replace(/\/\*---[\s\S]*?---\*\//, ""));
    return features.has("top-level-await") && !imports ? "A2" : null;
  }
  if (isAsync) return isLanguage || ASYNC_BUILT_INS.test(path) ? "A" : null;
  if (GENERATOR_BUILT_INS.test(path) || (isLanguage && (features.has("generators") || GENERATORS.test(path))))
    return "B";
  return isLanguage ? "C" : null;
}

function strictnessOf(flags: ReadonlySet<string>): readonly Strictness[] {
  if (flags.has("module")) return ["module"];
  if (flags.has("raw") || flags.has("noStrict")) return ["sloppy"];
  return flags.has("onlyStrict") ? ["strict"] : ["sloppy", "strict"];
}

/** The source as it is run. */
export function sourceOf(root: string, { test, strictness }: Scenario): string {
  const source = readFileSync(join(root, "test", test.path), "utf8");
  return strictness === "strict" ? `"use strict";\n${source}` : source;
}

/** The harness files before the test. */
export function harnessOf(test: TestFile): readonly string[] {
  if (test.isRaw) return [];
  const always = ["assert.js", "sta.js"];
  return [...always, ...(test.isAsync ? ["doneprintHandle.js"] : []), ...test.includes];
}

export const idOf = ({ test, strictness }: Scenario): string => `${test.path} ${strictness}`;
