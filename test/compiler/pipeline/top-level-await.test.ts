/**
 * Modules with a top-level `await`: the same program as Node runs it, compiled, and compiled with its thread saved, dropped
 * and restored again and again.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";
import { compile, compileSource } from "#compiler";
import { CompileError } from "../../../compiler/index.ts";
import { type Files, project, runMain } from "./project.ts";

const LOG = `export const trace = []; export const log = (value) => { trace.push(value); return value; };
export const later = async (value, jobs = 1) => { for (let i = 0; i < jobs; i++) await null; return value; };`;

/** A prime, so that each module is met at different places. */
const RESTORE_EVERY_JOBS = 3;

/** `main.mjs` exports `main`, which gives what is compared. */
async function compare(context: TestContext, files: Files): Promise<unknown> {
  const folder = project(context, { "log.mjs": LOG, ...files });
  const native = (await import(pathToFileURL(join(folder, "main.mjs")).href)) as { main(): Promise<unknown> };
  const expected = { status: "completed", result: await native.main() };
  const { program } = await compile({ entry: "main.mjs", folder });
  assert.deepEqual(await runMain(program), expected);
  assert.deepEqual(await runMain(program, RESTORE_EVERY_JOBS), expected, "restored again and again");
  return expected.result;
}

function sample(name: string, files: Files): void {
  test(name, async (context) => {
    const result = await compare(context, files);
    assert.ok(Array.isArray(result) ? result.length > 0 : result !== undefined);
  });
}

sample("bindings of every kind, and functions that see them", {
  "main.mjs": `import { later, log, trace } from "./log.mjs";
    try { early(); } catch (error) { log(error.name); }
    function early() { return late + 1; }
    let late = await later(1);
    const { a, b: [c = await later("c")] } = { a: 2, b: [] };
    var sum = late + a;
    class Trip { static made = 0; #id; constructor(id) { this.#id = id; Trip.made++; } get id() { return this.#id; } static { log("static"); } }
    const bump = () => ++late;
    export const name = bump.name;
    { const late = 10; log(late); }
    for (let i = 0; i < 2; i++) { await later(i); var last = () => i; }
    for await (const x of [later(5), 6]) log(x);
    export default await later("default");
    export async function main() {
      await later(0);
      return [trace, late, bump(), late, a, c, sum, new Trip(7).id, Trip.made, Trip.name, name, last(), early()];
    }`,
});

sample("importers run behind, siblings in parallel", {
  "a.mjs": `import { later, log } from "./log.mjs"; log("a1"); export let a = await later("a", 3); log("a2"); export const set = (v) => { a = v; };`,
  "b.mjs": `import { later, log } from "./log.mjs"; log("b1"); await later(0, 1); log("b2"); export default class {}`,
  "c.mjs": `import { a, set } from "./a.mjs"; import { log } from "./log.mjs"; log("c " + a); set("changed"); export const c = () => a;`,
  "d.mjs": `import B from "./b.mjs"; import { log, later } from "./log.mjs"; log("d " + B.name); await later(1, 2); log("d2"); export * from "./a.mjs"; export { c as other } from "./c.mjs";`,
  "main.mjs": `import { c } from "./c.mjs"; import * as d from "./d.mjs"; import { trace, log } from "./log.mjs";
    log("main " + Object.keys(d));
    export async function main() {
      const again = await Promise.all([import("./a.mjs"), import("./d.mjs"), import("./c.mjs")]);
      return [...trace, c(), d.a, d.other(), again[0].a, again[1] === d, again[2].c()];
    }`,
});

sample("cycles", {
  "a.mjs": `import { log, later } from "./log.mjs"; import { b, readA } from "./b.mjs"; log("a"); export const a = await later("A"); log(readA() + b());`,
  "b.mjs": `import { log, later } from "./log.mjs"; import { a } from "./a.mjs"; import "./c.mjs"; log("b");
    export const readA = () => a; export function b() { return "b"; } try { readA(); } catch (error) { log(error.name); }`,
  "c.mjs": `import { log, later } from "./log.mjs"; import { b } from "./b.mjs"; log("c " + b()); await later(0); log("c2");`,
  "main.mjs": `import "./a.mjs"; import "./c.mjs"; import { trace, log } from "./log.mjs"; log("main"); export const main = () => trace;`,
});

sample("a failure reaches every importer", {
  "bad.mjs": `import { later } from "./log.mjs"; await later(0, 2); throw new RangeError("bad");`,
  "behind.mjs": `import "./bad.mjs"; import { log } from "./log.mjs"; log("never");`,
  "main.mjs": `import { trace, log } from "./log.mjs";
    const seen = [];
    for (const load of [() => import("./behind.mjs"), () => import("./bad.mjs"), () => import("./behind.mjs")]) {
      try { await load(); } catch (error) { seen.push(error.name + error.message, error); }
    }
    export const main = () => [trace, seen[0], seen[1] === seen[3], seen[3] === seen[5]];`,
});

sample("import() of a module that awaits", {
  "slow.mjs": `import { log, later } from "./log.mjs"; log("slow"); export let n = await later(1); export const inc = () => ++n;`,
  "main.mjs": `import { trace, log, later } from "./log.mjs";
    export async function main() {
      const [one, two] = await Promise.all([import("./slow.mjs"), import("./slow.mjs")]);
      one.inc(); await later(0);
      return [trace, one === two, two.n, (await import("./slow.mjs")) === one];
    }`,
});

sample("resources of the top level", {
  "sync.mjs": `import { log } from "./log.mjs"; using a = { n: 1, [Symbol.dispose]() { log("dispose " + this.n); } };
    export const read = () => a.n; log("sync " + read()); function later() { return a; } export default later().n;`,
  "main.mjs": `import { log, later, trace } from "./log.mjs"; import n, { read } from "./sync.mjs";
    await using b = { async [Symbol.asyncDispose]() { await later(0); log("closed"); } };
    using c = null;
    log(await later("body"));
    export const main = () => [trace, n, read(), typeof b, c];`,
});

test("a CommonJS module cannot require one", async (context) => {
  const folder = project(context, {
    "slow.mjs": "await 0; export const a = 1;",
    "old.cjs": `exports.a = () => require("./slow.mjs");`,
    "main.mjs": `import old from "./old.cjs"; export const main = () => old.a();`,
  });
  await assert.rejects(compile({ entry: "main.mjs", folder }), (error: unknown) => {
    return error instanceof CompileError && error.code === "RequireOfAsyncModule" && error.line === 1;
  });
});

test("a constant of the thread's stays one", async () => {
  const { program } = await compileSource(`const a = await 1; const seen = [];
    const fails = [() => { a = 3; }, () => { a++; }, () => { a += 1; }, () => { [a] = [4]; }, () => { for (a of [5]); }];
    for (const fail of fails) try { fail(); seen.push("no error"); } catch (error) { seen.push(error.name); }
    for (const early of [() => b, () => { b = 1; }, () => { [b] = [1]; }, () => { b ??= 1; }])
      try { early(); seen.push("no error"); } catch (error) { seen.push(error.name); }
    let b = 1;
    export const main = () => [a, b, ...seen];`);
  const expected = {
    status: "completed",
    result: [1, 1, ...Array(5).fill("TypeError"), ...Array(4).fill("ReferenceError")],
  };
  for (const every of [Number.POSITIVE_INFINITY, 1]) assert.deepEqual(await runMain(program, every), expected);
});

test("what a module of the thread fails with ends the thread", async (context) => {
  const folder = project(context, { "main.mjs": `await null; throw new Error("no"); export const main = () => 1;` });
  const { program } = await compile({ entry: "main.mjs", folder });
  for (const every of [Number.POSITIVE_INFINITY, 1])
    assert.deepEqual(await runMain(program, every), { status: "failed", result: "Error: no" });
});

for (const name of ["bindings", "classes", "modules"]) {
  test(`sample ${name} is the same when all of its modules run in the thread`, async (context) => {
    const source = join(import.meta.dirname, "../../samples/compile", name);
    const files = readdirSync(source).map((file) => [file, `await 0;\n${readFileSync(join(source, file), "utf8")}`]);
    const folder = project(context, Object.fromEntries(files));
    const native = (await import(pathToFileURL(join(source, "main.ts")).href)) as { main(): Promise<unknown> };
    const expected = { status: "completed", result: JSON.parse(JSON.stringify(await native.main())) };
    const { program } = await compile({ entry: "main.ts", folder });
    assert.deepEqual(await runMain(program), expected);
    assert.deepEqual(await runMain(program, 13), expected, "restored again and again");
  });
}
