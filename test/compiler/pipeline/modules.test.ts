import assert from "node:assert/strict";
import { test } from "node:test";
import { compileFiles, run, runMain } from "./project.ts";

test("imports are live: an importer sees what the exporter's function assigned", async (t) => {
  const out = await run(t, {
    "main.ts": `import { n, bump, log as l } from "./b.ts"; import * as B from "./b.ts";
      const before = n; bump(); bump();
      globalThis.out = [before, n, B.n, l, typeof B.bump, "n" in B, Object.keys(B), B.missing];`,
    "b.ts": `export let n = 1; export const log: string[] = []; export function bump() { n += 1; log.push("x" + n); }`,
  });
  assert.deepEqual(out, [1, 3, 3, ["x2", "x3"], "function", true, ["bump", "log", "n"], null]);
});

test("a call of an import has no receiver, one through a namespace reaches the function", async (t) => {
  const out = await run(t, {
    "main.ts": `import { self, count } from "./b.ts"; import tag, * as B from "./b.ts";
      globalThis.out = [self() === undefined, typeof B.self, tag\`a\${1}b\`, count()];`,
    "b.ts": `export function self(this: unknown) { return this; }
      export default function (strings: TemplateStringsArray, ...values: unknown[]) { return strings.join("|") + values; }
      export let count = function (this: unknown) { return this === undefined ? 1 : 2; };
      export function change() { count = () => 3; }`,
  });
  assert.deepEqual(out, [true, "function", "a|b1", 1]);
});

test("modules are evaluated depth first in the order of imports, each once", async (t) => {
  const out = await run(t, {
    "main.ts": `import "./log.ts"; import "./b.ts"; import "./c.ts"; export { d } from "./d.ts"; order.push("main"); globalThis.out = order;`,
    "log.ts": `globalThis.order = [];`,
    "b.ts": `import "./c.ts"; order.push("b");`,
    "c.ts": `import "./d.ts"; order.push("c");`,
    "d.ts": `order.push("d"); export const d = 1;`,
  });
  assert.deepEqual(out, ["d", "c", "b", "main"]);
});

test("in a cycle functions are hoisted, and const, let and class have their dead zone", async (t) => {
  const out = await run(t, {
    "main.ts": `import { attempts } from "./b.ts";
      export function early() { return "hoisted"; }
      export default function () { return "default"; }
      export const constant = 1;
      export let counter = 1;
      export class Klass {}
      export function bump() { counter++; }
      globalThis.out = attempts.concat([constant, counter]);`,
    "b.ts": `import anonymous, { early, constant, counter, Klass } from "./main.ts";
      const attempt = (read: () => unknown) => { try { return read(); } catch (error) { return (error as Error).name + ": " + (error as Error).message; } };
      export const attempts = [attempt(early), attempt(anonymous), anonymous.name, attempt(() => constant), attempt(() => counter), attempt(() => Klass)];`,
  });
  const dead = (name: string) => `ReferenceError: Cannot access '${name}' before initialization`;
  assert.deepEqual(out, ["hoisted", "default", "default", dead("constant"), dead("counter"), dead("Klass"), 1, 1]);
});

test("a mutable binding has its dead zone for writes too, where code can run before its declaration", async (t) => {
  const out = await run(t, {
    "main.ts": `const seen: unknown[] = [];
      const attempt = (f: () => unknown) => { try { seen.push(f()); } catch (error) { seen.push((error as Error).message); } };
      attempt(() => count); attempt(() => (count = 1)); attempt(() => count++); attempt(() => (count += 2)); attempt(() => typeof count);
      attempt(() => hoisted); attempt(() => declared());
      let count = 5, other;
      var hoisted = 1, { left, right = 2 } = { left: 1 } as any;
      function declared() { return "function"; }
      attempt(() => count++); attempt(() => count); attempt(() => (hoisted = 3)); attempt(() => (right = left)); attempt(() => other);
      attempt(() => ((declared as any) = 1)); attempt(() => (other = 1));
      globalThis.out = seen;`,
  });
  const dead = "Cannot access 'count' before initialization";
  assert.deepEqual(out, [dead, dead, dead, dead, dead, null, "function", 5, 6, 3, 1, null, 1, 1]);
});

test("re-exports lead to the declaring module, ambiguous stars export nothing", async (t) => {
  const out = await run(t, {
    "main.ts": `import * as A from "./a.ts"; import { renamed, ns, n, "a string" as s } from "./a.ts"; import { bump } from "./b.ts";
      bump();
      globalThis.out = [Object.keys(A), renamed, ns.own, n, s, A.default];`,
    "a.ts": `export * from "./b.ts"; export * from "./c.ts"; export { own as renamed, default } from "./c.ts"; export * as ns from "./c.ts";
      const text = "s"; export { text as "a string" };`,
    "b.ts": `export let n = 0; export function bump() { n++; } export const twice = 1; export default 1;`,
    "c.ts": `export const own = "c"; export const twice = 2; export default "from c";`,
  });
  const keys = ["a string", "bump", "default", "n", "ns", "own", "renamed"];
  assert.deepEqual(out, [keys, "c", "c", 1, "s", "from c"]);
});

test("default exports have their names and values", async (t) => {
  const out = await run(t, {
    "main.ts": `import f from "./f.ts"; import arrow from "./arrow.ts"; import K from "./k.ts"; import value from "./value.ts"; import named, { again } from "./named.ts";
      globalThis.out = [f.name, f(), arrow.name, K.name, value, named.name, named === again];`,
    "f.ts": `export default function () { return 1; }`,
    "arrow.ts": `export default () => 2;`,
    "k.ts": `export default class {}`,
    "value.ts": `export default 6 * 7;`,
    "named.ts": `export default function named() {} export { named as again };`,
  });
  assert.deepEqual(out, ["default", 1, "default", "default", 42, "named", true]);
});

test("module-level bindings that functions assign live in the module scope object", async (t) => {
  const out = await run(t, {
    "main.ts": `
      let a = 1, handler = () => 1;
      let { b, c: [d = 5] } = { b: 2, c: [] as number[] };
      var v; for (var i = 0; i < 3; i++) v = i;
      for (var key in { x: 1, y: 2 });
      function replaced() { return "old"; }
      class K { static made = 1; }
      const shadow = (a: number) => { a = a + 1; return a; };
      function change() { a++; ({ b, x: [d] } = { b: 20, x: [50] }); i = -1; key = "z"; handler = () => 2; (replaced as any) = () => "new"; (K as any) = null; v ||= 7; v &&= function () {}; }
      const before = [a, b, d, i, key, handler.name, handler(), replaced(), K.made, v];
      change();
      globalThis.out = [before, [a, b, d, i, key, handler.name, handler(), replaced(), K, v.name], shadow(1), { a, b }];`,
  });
  const before = [1, 2, 5, 3, "y", "handler", 1, "old", 1, 2];
  const after = [2, 20, 50, -1, "z", "handler", 2, "new", null, "v"];
  assert.deepEqual(out, [before, after, 2, { a: 2, b: 20 }]);
});

test("a name of the script's own does not clash with a module's", async (t) => {
  const out = await run(t, {
    "main.ts": `import { $T } from "./b.ts"; const $k = 1, $x1 = 2; function f($x0: number) { return $x0 + $k + $x1 + $T; } globalThis.out = f(10);`,
    "b.ts": `export const $T = 100;`,
  });
  assert.equal(out, 113);
});

test("a module has no arguments, its functions have theirs", async (t) => {
  const files = (first: string) => ({
    "main.mjs": `${first} const seen = () => { try { return arguments; } catch (error) { return error.message; } };
      const top = [typeof arguments, (() => typeof arguments)(), seen(), class { static [typeof arguments]() {} }.undefined.length];
      const later = async () => { await null; return typeof arguments; };
      export async function main() { return [top, await later(), arguments.length]; }`,
  });
  for (const first of ["", "await null;"]) {
    const { program } = await compileFiles(t, files(first), "main.mjs");
    const result = [["undefined", "undefined", "arguments is not defined", 0], "undefined", 0];
    assert.deepEqual(await runMain(program, 1), { status: "completed", result });
  }
});

test("import(), import.meta and JSON", async (t) => {
  const out = await run(t, {
    "main.ts": `import data, { list } from "./data.json"; import * as D from "./data.json";
      const promise = import("./b.ts");
      globalThis.out = [import.meta.url, data.text, list, D.default.list, typeof promise.then, this === undefined];`,
    "b.ts": `export const b = 1;`,
    "data.json": `{"text": "\\u2028 \\"quoted\\"", "list": [1], "__proto__": {"x": 1}}`,
  });
  assert.deepEqual(out, ["kawait:///main.ts", '\u2028 "quoted"', [1], [1], "function", true]);
});
