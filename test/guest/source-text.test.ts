/** `Function.prototype.toString`: the text that the author wrote, character by character, whatever became of the function. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { runInThisContext } from "node:vm";
import { compileSource } from "#compiler";
import { Guest } from "./harness.ts";

/** A list of functions and classes; the same text runs natively and compiled. */
const LIST = `[
  function  named ( a , b ) { /* kept */ return a ; },
  function () {}, (a)=>a, a => ({ a }), async  x  =>  { await x }, async function  af() { await 1 }, function * g () { yield 1 },
  async function*ag(){ for await (const x of []) ; },
  { m ( ) { return super.x } }.m, { async  am() { await 0 } }.am, { * gm(){ yield } }.gm, { async*agm(){ yield await 1 } }.agm,
  Object.getOwnPropertyDescriptor({ get  x ( ) { return 1 } }, "x").get, Object.getOwnPropertyDescriptor({ set x(v){} }, "x").set,
  { [ "comp" + "uted" ] ( a = () => 1 ) { } }.computed, { [(() => "fn")()] () { return 1 } }.fn, { "quo ted"(){} }["quo ted"], { 1(){} }[1],
  class   Named { #p = 1; constructor ( ) { } m() { return this.#p } static  s ( ) {} static async /* c */ as() {} get a() { return 1 } },
  class extends Object { static x = () => 1 }, class { }, class { static { } },
  (class { static  sm ( ) { } }).sm, (class { static/**/async  sa ( ) { await 1 } }).sa, new (class { f = ( ) => this })().f,
  (class { static get [ "g" ] () { return 1 } static d = Object.getOwnPropertyDescriptor(this, "g").get }).d,
  (() => { let n = 0; return function captured() { return n++ } })(), (() => { let n = 0; return class Captured { m() { return n++ } } })(),
  ((n) => (class { m ( ) { return n } }).prototype.m)(1), ((n) => ({ get  g ( ) { return n } }))(1).constructor,
  function strict() { "use strict"; return this }, function defaults(a = 1, { b, c = 2 } = {}, ...rest) { return arguments },
]`;

test("source texts are those of the author", async () => {
  const source = `const list = ${LIST};\nexport async function main() { await null; return list.map(String); }`;
  const nested = `export async function main() { const at = 1; await null; const list = ${LIST};\n await at; return list.map(String); }`;
  const expected = (runInThisContext(`"use strict"; ${LIST}`) as object[]).map(String);
  for (const text of [source, nested]) {
    const { program } = await compileSource(text, { filename: "main.js", needsMain: true });
    const guest = new Guest();
    guest.useDebug(program.debug);
    guest.load(program.code, program.tables);
    guest.method("begin").applySync(undefined, [""]);
    guest.pumpAll();
    const outcome = JSON.parse(guest.method("outcome").applySync(undefined, []) as string) as { result: string };
    guest.release();
    assert.deepEqual(JSON.parse(outcome.result), expected);
  }
});

test("without the debug part a function shows its compiled text", async () => {
  const { program } = await compileSource("export function main() { return String(main); }", {
    filename: "main.js",
    needsMain: true,
  });
  const guest = new Guest();
  guest.load(program.code, program.tables);
  guest.method("begin").applySync(undefined, [""]);
  guest.pumpAll();
  assert.match(guest.method("outcome").applySync(undefined, []) as string, /function main\(\)/);
  guest.release();
});
