/**
 * Damaged programs through the compiler, as texts and as folders with packages and settings: each gives a program whose code
 * is JavaScript, or a CompileError with a code and a place; never another error, and never a hang.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { Script } from "node:vm";
import { CompileError, type CompileResult, compile, compileSource } from "#compiler";
import { COMPILE_ERRORS } from "../../compiler/diagnostics/codes.ts";
import type { Random } from "../../stream/fake/index.ts";
import { damaged, randomBytes, randomText } from "./mutate.ts";
import { damagedSource, soundSource } from "./source-texts.ts";

/** Of the processor: what takes longer hangs. */
const CPU_MS_MAX = 20_000;
const NAMES = ["main.ts", "main.js", "main.mjs", "main.cjs", "main.mts", "main.cts"];
const SOURCE_SHARE = 0.85;

/** @returns what is wrong */
export async function trySource(random: Random): Promise<string | undefined> {
  if (!random.chance(SOURCE_SHARE)) return await tryFolder(random);
  const filename = random.pick(NAMES);
  const needsMain = random.chance(0.1);
  const text = random.chance(0.05) ? randomText(random) : damagedSource(random);
  return await compiles(`${filename}:\n${text}`, () => compileSource(text, { filename, needsMain }));
}

type Files = Record<string, string | Uint8Array>;

const soundFiles = (random: Random): Files => ({
  "main.ts": `import { later } from "./lib.ts";\nimport dep, { twice } from "dep";\nimport data from "./data.json";\nimport other from "./other.cjs";\nexport async function main(n: number) { await null; return [later(n), dep, twice(n), data, other, (await import("./lib.ts")).default]; }\n${random.chance(0.5) ? soundSource(random) : ""}`,
  "lib.ts": `import { main } from "./main.ts";\nimport type { Dep } from "dep/types.ts";\nexport const later = (n: number): Dep => [n, typeof main];\nexport default class Lib {}\nexport * from "~/more.ts";\n`,
  "src/more.ts": `export { later as again } from "../lib.ts";\nawait null;\nexport const more = 1;\n`,
  "other.cjs": `exports.a = require("dep").twice(1);\nmodule.exports.b = require("./data.json");\n`,
  "data.json": `{"a": [1, 2, {"__proto__": null}], "b": "\\u2028"}`,
  "tsconfig.json": `{ // comments\n  "extends": "./base.json", "compilerOptions": { "paths": { "~/*": ["./src/*"] }, "experimentalDecorators": true, }\n}`,
  "base.json": `{ "extends": ["./tsconfig.json"], "compilerOptions": { "useDefineForClassFields": false, "target": "es2020" } }`,
  "package.json": `{ "name": "shop", "version": "1.0.0", "type": "module", "imports": { "#lib": "./lib.ts" } }`,
  "node_modules/dep/package.json": `{ "name": "dep", "version": "2.0.0", "main": "index.js", "exports": { ".": { "import": "./index.mjs", "require": "./index.js" }, "./types.ts": "./types.ts" }, "sideEffects": false }`,
  "node_modules/dep/index.mjs": `export default "dep"; export const twice = (n) => n * 2;\n`,
  "node_modules/dep/index.js": `"use strict"; exports.twice = function (n) { return n * 2; };\n`,
  "node_modules/dep/types.ts": `export type Dep = unknown;\n`,
});
const VALUES = ["null", "[]", "1", '""', "{", "{}", '{"name": 5}', '{"exports": null}', '{"exports": {".": 3}}', ""];
const FIELDS = [
  '"type": "modul"',
  '"type": 5',
  '"name": null',
  '"version": {}',
  '"main": "../../main.ts"',
  '"main": ["a"]',
  '"exports": "./nope.js"',
  '"exports": {"./*": "./*"}',
  '"imports": 1',
  '"browser": {"./index.js": false}',
  '"extends": "./tsconfig.json"',
  '"extends": "nowhere"',
  '"extends": [[1]]',
  '"compilerOptions": null',
  '"compilerOptions": {"paths": {"~/*": []}}',
  '"compilerOptions": {"paths": 5, "baseUrl": 7, "target": []}',
  '"compilerOptions": {"jsx": "react", "verbatimModuleSyntax": true}',
];

let folders = 0;

async function tryFolder(random: Random): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), `kawait-fuzz-${++folders}-`));
  try {
    const files = soundFiles(random);
    const told = new Map<string, string>();
    for (let count = 1 + random.below(2); count > 0; count--) {
      const name = random.pick(Object.keys(files));
      const changed = damagedFile(random, name, files[name]!);
      told.set(name, changed === undefined ? "is not there" : Buffer.from(changed).toString("latin1"));
      if (changed === undefined) delete files[name];
      else files[name] = changed;
    }
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    if (random.chance(0.03)) symlinkSync("loop", join(folder, "loop"));
    const entry = random.chance(0.95)
      ? "main.ts"
      : random.pick([
          "nope.ts",
          "",
          ".",
          "src",
          "loop",
          "data.json",
          "../..",
          "main.ts\0",
          "node_modules/dep/types.ts",
        ]);
    const changes = [...told].map(([name, text]) => `${name}: ${text}`).join("\n");
    return await compiles(`${entry} with\n${changes}`, () => compile({ entry, folder }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined: the file is not there. */
function damagedFile(random: Random, name: string, content: string | Uint8Array): string | Uint8Array | undefined {
  const bytes = Buffer.from(content);
  const draw = random.below(6);
  if (draw === 0) return undefined;
  if (draw === 1) return damaged(random, bytes);
  if (draw === 2) return randomBytes(random);
  if (!name.endsWith("json")) return damagedSource(random, bytes.toString());
  if (draw === 3) return random.pick(VALUES);
  return bytes.toString().replace("{", `{ ${random.pick(FIELDS)}, `);
}

async function compiles(what: string, run: () => Promise<CompileResult>): Promise<string | undefined> {
  const before = process.cpuUsage();
  try {
    const { program } = await run();
    new Script(program.code, { filename: "program.js" });
  } catch (error) {
    if (!(error instanceof CompileError)) return `${error instanceof Error ? error.stack : error}\n${what}`;
    const problem = problemOf(error);
    if (problem !== undefined) return `${problem}: ${error.message}\n${what}`;
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1_000;
  return cpuMs > CPU_MS_MAX ? `${cpuMs.toFixed(0)} ms of CPU\n${what}` : undefined;
}

/** A refusal says by a known code what is wrong, and where. */
function problemOf(error: CompileError): string | undefined {
  if (!Object.hasOwn(COMPILE_ERRORS, error.code)) return `the code ${error.code} is not known`;
  if (error.file === "") return "no place";
  return undefined;
}
