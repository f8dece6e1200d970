/** Sloppy code whose names are known only at run time, in a module of the program: compiled without a warning, and saved. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import type { StepResult } from "#protocol";
import { Guest, ThreadByHand } from "./harness.ts";
import { advanced } from "./script.ts";

/** Each gives a function; it is called with a pause on either side of the second call. */
const CASES: Readonly<Record<string, string>> = {
  "a function whose scope a direct eval sees":
    "function f(a) { var b = 2; var g = () => a + b; return (text) => [eval(text), g()]; } return f(1);",
  "a direct eval that declares": "eval('var declared = 1'); return (text) => [++declared, typeof eval('declared')];",
  "a class whose private names a direct eval sees":
    "class C { #x = 1; m() { return [eval('this.#x++'), (() => this.#x)()]; } } var c = new C(); return () => c.m();",
  "a direct eval in a block with names of its own":
    "{ let x = 1; var g = () => ++x; var h = function () { return eval('x'); }; } return () => [g(), h()];",
  "a direct eval around a function that suspends":
    "var n = 1; var later = async () => { n++; await 0; n++; }; return () => { later(); return eval('n'); };",
  with: "var o = { x: 3 }; with (o) { var f = () => x++; } return () => [f(), o.x];",
  "a mapped arguments object that shares an assigned, captured parameter":
    "function f(a, b) { var g = () => a; a = 5; return () => [arguments[0]++, g(), arguments.length]; } return f(1, 2);",
  "a mapped arguments object that is handed out":
    "function change(list) { list[0]++; } function f(a) { var g = () => a; return () => { change(arguments); return g(); }; } return f(1);",
  "a mapped arguments object that a function hands out which suspends":
    "function change(list) { list[0]++; } function* f(a) { for (;;) { change(arguments); yield a; } } var it = f(1); return () => it.next().value;",
};

const SOURCE = `const cases = { ${Object.entries(CASES).map(([name, body]) => `${JSON.stringify(name)}() { ${body} }`)} };
  async function run(pause) {
    const made = Object.entries(cases).map(([name, make]) => [name, make()]);
    const all = () => made.map(([name, f]) => [name, f("a + b")]);
    const first = all();
    await pause();
    const second = all();
    await pause();
    return [first, second, all()];
  }`;

test("sloppy code with names that are known only at run time is saved, without a warning", async () => {
  const native = await new Function(`${SOURCE} return run(async () => undefined);`)();
  const { program, warnings } = await compileSource(
    `const { suspend } = require("kawait"); ${SOURCE} module.exports.main = () => run(() => suspend("x"));`,
    { filename: "main.cjs", needsMain: true },
  );
  assert.deepEqual(warnings, []);
  for (const decodes of [false, true]) {
    const guest = new Guest();
    guest.load(program.code, program.tables, true);
    const thread = new ThreadByHand(guest);
    thread.decodes = decodes;
    const steps: StepResult[] = [thread.start(), thread.resume("x", 0), thread.resume("x", 0)];
    assert.deepEqual(JSON.parse(advanced(steps.at(-1)!).result!), native);
    guest.release();
  }
});
