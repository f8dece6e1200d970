import assert from "node:assert/strict";
import { test } from "node:test";
import { compileFiles, loadProgram, run } from "./project.ts";

const PACKAGE = (name: string, more: object = {}) =>
  JSON.stringify({ name, version: "1.2.3", main: "index.js", ...more });

test("a CommonJS package: exports, require, this, sloppy mode, early return, caching", async (t) => {
  const out = await run(t, {
    "main.ts": `import whole, { add, later } from "calc"; import * as C from "calc"; import "calc/again.js";
      globalThis.out = [add(1, 2), whole.add === add, C.default === whole, C.add(2, 2), later(), whole.sloppy(), whole.same, whole.once, globalThis.count];`,
    "node_modules/calc/package.json": PACKAGE("calc"),
    "node_modules/calc/index.js": `
      var inner = require("./lib/inner"), again = require('./lib/inner.js');
      globalThis.count = (globalThis.count || 0) + 1;
      this.add = inner.add;
      exports.later = function () { return typeof this === "object" || this === undefined; };
      exports.sloppy = function () { return (function () { return this === globalThis; })(); };
      exports.same = inner === again && this === exports && module.exports === exports;
      exports.once = typeof require + typeof module + (require.main === module);
      if (exports.add) return;
      exports.add = null;`,
    "node_modules/calc/lib/inner.js": `module.exports = { add: function (a, b) { return a + b; } };`,
    "node_modules/calc/again.js": `require(".");`,
  });
  assert.deepEqual(out, [3, true, true, 4, true, true, true, "functionobjectfalse", 1]);
});

test("default imports of transpiled CommonJS follow __esModule, from modules of Node's kind they do not", async (t) => {
  const files = {
    "node_modules/lib/package.json": PACKAGE("lib"),
    "node_modules/lib/index.js": `Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "inner"; exports.named = 1;`,
    "main.ts": `import d, { named } from "lib"; import * as L from "lib"; globalThis.out = [typeof d === "string" ? d : "whole", named, Object.keys(L)];`,
  };
  assert.deepEqual(await run(t, files), ["inner", 1, ["default", "named"]]);
  const node = { ...files, "package.json": JSON.stringify({ name: "app", type: "module" }) };
  assert.deepEqual(await run(t, node), ["whole", 1, ["default", "named"]]);
});

test("CommonJS requires ES modules, JSON, and itself in a cycle", async (t) => {
  const out = await run(t, {
    "main.ts": `import a from "a"; globalThis.out = a;`,
    "node_modules/a/package.json": PACKAGE("a"),
    "node_modules/a/index.js": `exports.early = 1; const b = require("./b.js"); const es = require("./es.mjs"); exports.seen = b.seen; exports.late = 2;
      exports.es = [es.value, es.default, es.__esModule]; exports.json = require("./data.json").x; exports.type = require("./package.json").version;`,
    "node_modules/a/b.js": `const a = require("./index.js"); exports.seen = [a.early, a.late === undefined];`,
    "node_modules/a/es.mjs": `export const value = 1; export default "d";`,
    "node_modules/a/data.json": `{"x": [1]}`,
  });
  assert.deepEqual(out, { early: 1, late: 2, seen: [1, true], es: [1, "d", true], json: [1], type: "1.2.3" });
});

test("export * from CommonJS, and optional requires that are not there", async (t) => {
  const out = await run(t, {
    "main.ts": `import { value, own } from "./all.ts"; import * as A from "./all.ts"; globalThis.out = [value, own, Object.keys(A).sort(), A.optional];`,
    "all.ts": `export * from "lib"; export const own = 1;`,
    "node_modules/lib/package.json": PACKAGE("lib"),
    "node_modules/lib/index.js": `exports.value = 7; try { require("not-installed"); } catch (error) { exports.optional = error.code; }`,
  });
  assert.deepEqual(out, [7, 1, ["optional", "own", "value"], "MODULE_NOT_FOUND"]);
});

test("process.env.NODE_ENV picks the production branch, the other is not part of the program", async (t) => {
  const { program } = await compileFiles(t, {
    "main.ts": `import which from "lib"; globalThis.out = which;`,
    "node_modules/lib/package.json": PACKAGE("lib"),
    "node_modules/lib/index.js": `if (process.env.NODE_ENV === "production") module.exports = require("./prod.js"); else module.exports = require("./dev.js");`,
    "node_modules/lib/prod.js": `module.exports = "production";`,
    "node_modules/lib/dev.js": `module.exports = "development";`,
  });
  assert.equal(await loadProgram(program), "production");
  assert.deepEqual(program.tables.modules.map(({ id }) => id).sort(), ["lib/index.js", "lib/prod.js", "main.ts"]);
});

test("Node's own modules: a warning where imported, the named error where used", async (t) => {
  const { program, warnings } = await compileFiles(t, {
    "main.ts": `import { readFileSync } from "node:fs"; import os, { type CpuInfo } from "os";
      const attempt = (f: () => unknown) => { try { return f(); } catch (error) { return (error as Error).message.split(" ")[0] + (error as any).code; } };
      globalThis.out = [attempt(() => readFileSync("x")), attempt(() => os.cpus()), typeof readFileSync];`,
  });
  assert.deepEqual(
    warnings.map(({ code, file }) => [code, file]),
    [
      ["NodeBuiltin", "main.ts"],
      ["NodeBuiltin", "main.ts"],
    ],
  );
  const [read, cpus, type] = (await loadProgram(program)) as string[];
  assert.match(read!, /node:fs.readFileSync\(\).*UnsupportedAtRunTime/);
  assert.match(cpus!, /node:os.cpus\(\).*UnsupportedAtRunTime/);
  assert.equal(type, "function");
});

test("modules of Node that stand in a workflow: no warning, what they lack is refused by name, others stay out", async (t) => {
  const { program, warnings } = await compileFiles(t, {
    "main.ts": `import { createHash, randomBytes } from "node:crypto"; import path from "node:path"; import * as posix from "path/posix"; import types from "node:util/types";
      import lib from "lib";
      const attempt = (f: () => unknown) => { try { return f(); } catch (error) { return (error as Error).message.split(" ")[0] + (error as any).code; } };
      globalThis.out = [attempt(() => createHash("md5")), typeof randomBytes, path.join("a", ".."), path.posix === path, posix.sep, attempt(() => path.win32.sep), types.isMap(new Map()), ...lib];`,
    "node_modules/lib/package.json": PACKAGE("lib"),
    "node_modules/lib/index.js": `const Emitter = require("events"); class Own extends Emitter {} module.exports = [typeof Emitter, require("node:events") === Emitter, new Own().emit("x"), Emitter.EventEmitter === Emitter];`,
  });
  assert.deepEqual(warnings, []);
  const [hash, random, joined, isPosix, sep, windows, isMap, ...emitter] = (await loadProgram(program)) as unknown[];
  assert.equal(hash, "node:crypto.createHash()UnsupportedAtRunTime");
  assert.deepEqual([random, joined, isPosix, sep, isMap], ["function", ".", true, "/", true]);
  assert.equal(windows, "node:path.win32.sepUnsupportedAtRunTime");
  assert.deepEqual(emitter, ["function", true, false, true]);
  const ids = program.tables.modules.map(({ id }) => id);
  assert.ok(ids.includes("kawait:node/events.ts") && !ids.includes("kawait:node/timers.ts"), ids.join(" "));
});

test("globals of Node's: a warning in code of one's own, none where `typeof` asks, none in packages", async (t) => {
  const { warnings } = await compileFiles(t, {
    "main.ts": `import which from "lib"; const env = process.env.NODE_ENV; function f(process: { x: number }) { return process.x; }
      globalThis.out = [typeof Buffer, env, f({ x: 1 }), which];
      export const home = () => process.env.HOME;`,
    "node_modules/lib/package.json": PACKAGE("lib"),
    "node_modules/lib/index.js": `module.exports = typeof process === "undefined" ? "none" : process.version;`,
  });
  assert.deepEqual(
    warnings.map(({ code, file, line, column }) => [code, file, line, column]),
    [["NodeGlobal", "main.ts", 3, 32]],
  );
});

test("an installed package wins over Node's module of the same name", async (t) => {
  const out = await run(t, {
    "main.ts": `import { EventEmitter } from "events"; globalThis.out = new EventEmitter().own;`,
    "node_modules/events/package.json": PACKAGE("events"),
    "node_modules/events/index.js": `exports.EventEmitter = class { own = true; };`,
  });
  assert.equal(out, true);
});

test("ids: package and path, with the version only where two are in the program", async (t) => {
  const { program } = await compileFiles(t, {
    "main.ts": `import a from "a"; import { inner } from "b"; import s from "@scope/s/deep.js"; globalThis.out = [a, inner, s];`,
    "node_modules/a/package.json": PACKAGE("a"),
    "node_modules/a/index.js": `module.exports = "a1";`,
    "node_modules/@scope/s/package.json": PACKAGE("@scope/s", { type: "module" }),
    "node_modules/@scope/s/deep.js": `export default "s";`,
    "node_modules/b/package.json": PACKAGE("b"),
    "node_modules/b/index.js": `exports.inner = require("a");`,
    "node_modules/b/node_modules/a/package.json": PACKAGE("a", { version: "2.0.0" }),
    "node_modules/b/node_modules/a/index.js": `module.exports = "a2";`,
  });
  assert.deepEqual(
    program.tables.modules.map(({ id, kind }) => `${id} ${kind}`),
    [
      "a@1.2.3/index.js commonjs",
      "a@2.0.0/index.js commonjs",
      "b/index.js commonjs",
      "@scope/s/deep.js esm",
      "main.ts esm",
    ],
  );
  assert.deepEqual(await loadProgram(program), ["a1", "a2", "s"]);
});
