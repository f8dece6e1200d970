import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { compile, compileSource } from "#compiler";
import { ABI_VERSION, programHashInput } from "#protocol";
import { compileFiles, project } from "./project.ts";

const FILES = {
  "src/main.ts": `import { rate } from "./rates.ts"; import pad from "pad";
export async function main(order: { items: number[] }) {
  const total = order.items.reduce((sum, item) => sum + item * rate, 0);
  return { total, label: pad(String(total)), note: "first-party text" };
}`,
  "src/rates.ts": `export let rate = 2; export function setRate(to: number) { rate = to; }`,
  "node_modules/pad/package.json": JSON.stringify({ name: "pad", version: "1.0.0" }),
  "node_modules/pad/index.js": `module.exports = function pad(text) { return { padded: "  " + text, note: "a long text of a package" }; };`,
};

test("the hash is that of abi, code and tables, and says nothing of the machine", async (t) => {
  const first = project(t, FILES);
  const second = project(t, FILES);
  const one = (await compile({ entry: "src/main.ts", folder: first, cacheFolder: join(first, ".cache") })).program;
  const two = (
    await compile({ entry: join(second, "src/main.ts"), folder: second, cacheFolder: join(second, ".cache") })
  ).program;
  assert.equal(one.hash, two.hash);
  assert.deepEqual(one, two);
  assert.equal(
    one.hash,
    createHash("sha256")
      .update(programHashInput(ABI_VERSION, one.code, one.tables))
      .digest("hex"),
  );
  assert.ok(!JSON.stringify(one).includes(first));
  assert.equal(one.name, "main");
});

test("tables: functions by id, strings and shapes with those of first-party code in front, globals", async (t) => {
  const { program } = await compileFiles(t, FILES, "src/main.ts");
  const { strings, shapes, globals, modules, entry } = program.tables;
  assert.deepEqual(globals, ["src/rates.ts#rate"]);
  assert.equal(modules[entry]!.id, "src/main.ts");
  assert.ok(strings.indexOf("first-party text") < strings.indexOf("padded") && strings.includes("padded"));
  assert.ok(!strings.includes("a long text of a package"));
  assert.deepEqual(shapes, [
    ["total", "label", "note"],
    ["padded", "note"],
  ]);
});

test("one list hands over every module-level constant that may hold an object, and what phases made of others", async () => {
  const { program } = await compileSource(
    `const cache = new Map(), limit = 5, pattern = /x/, text = "t"; let late; late = {};
     function get() { return [cache, limit, pattern, text, late]; } let counter = 0; export const bump = () => ++counter;
     class Base { static #all = []; who() { return 1; } } class Derived extends Base { async who() { await null; return super.who(); } }
     export default { get };`,
    { filename: "a.ts" },
  );
  const lists = [...program.code.matchAll(/\$k\.bindings\(0, \[(.*?)\]\)/gs)];
  assert.equal(lists.length, 1);
  const names = lists[0]![1]!.split(", ");
  for (const name of ["cache", "pattern", "late", "get", "bump", "Base", "Derived", "$default"]) {
    assert.ok(names.includes(name), `${name} is in ${names}`);
  }
  for (const name of ["limit", "text", "counter"]) assert.ok(!names.includes(name), `${name} is not in ${names}`);
});

test("the source map leads from the script to the original lines", async (t) => {
  const { program } = await compileFiles(t, FILES, "src/main.ts");
  const lines = program.code.split("\n");
  const find = (text: string, source: string) => {
    const line = lines.findIndex((one) => one.includes(text));
    assert.ok(line >= 0, `${text} is in the code`);
    const at = originalPositionFor(new TraceMap(program.debug.map), {
      line: line + 1,
      column: lines[line]!.indexOf(text),
    });
    assert.equal(at.source, source);
    return at.line;
  };
  assert.equal(find("function pad(", "pad/index.js"), 1);
  assert.equal(find('"first-party text"', "src/main.ts"), 4);
  assert.deepEqual(
    program.debug.sources,
    program.tables.modules.map(({ id }) => id),
  );
  assert.equal(program.debug.sourcesContent[program.tables.entry], FILES["src/main.ts"]);
});

test("a cached module gives the same program; an edit of one compiles that one again", async (t) => {
  const folder = project(t, FILES);
  const cacheFolder = join(folder, ".cache");
  const options = { entry: "src/main.ts", folder, cacheFolder };
  const before = await compile(options);
  const files = readdirSync(cacheFolder).length;
  assert.deepEqual((await compile(options)).program, before.program);
  assert.equal(readdirSync(cacheFolder).length, files);
  writeFileSync(join(folder, "src/main.ts"), FILES["src/main.ts"].replace("first-party text", "edited text"));
  const edited = await compile(options);
  assert.notEqual(edited.program.hash, before.program.hash);
  // What the edited module says of itself, and its unit.
  assert.equal(readdirSync(cacheFolder).length, files + 2);
  // Another name of the folder has no memory: it reads what the first has written, then what was damaged since.
  assert.deepEqual((await compile({ ...options, cacheFolder: `${cacheFolder}/.` })).program, edited.program);
  for (const file of readdirSync(cacheFolder)) writeFileSync(join(cacheFolder, file), "{ damaged");
  assert.deepEqual((await compile({ ...options, cacheFolder: `${cacheFolder}/./.` })).program, edited.program);
  rmSync(cacheFolder, { recursive: true });
});

test("an edit of one function leaves ids and hashes of the others alone", async () => {
  const text = (
    edit: string,
  ) => `export async function main() { const legs = [() => 1, () => 2]; return legs.map((leg) => leg()); }
    class Trip { #id = 1; book() { return () => this.#id; } static of() { return new Trip(); } get id() { return this.#id; } }
    function edited() { return ${edit}; }`;
  const hashes = async (edit: string) => {
    const { program } = await compileSource(text(edit), { filename: "a.ts" });
    return new Map(program.tables.functions.map(({ id, body, shape }) => [id, `${body} ${shape}`]));
  };
  const [before, after] = [await hashes("1"), await hashes("2")];
  assert.deepEqual([...before.keys()], [...after.keys()]);
  const changed = [...before].filter(([id, value]) => after.get(id) !== value).map(([id]) => id);
  assert.ok(changed.every((id) => id === "a.ts#edited"));
});
