/** Errors of the engine have the words that Node has for the same source: private members, what is called or iterated around an `await`, texts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import { Guest, ThreadByHand } from "./harness.ts";
import { advanced } from "./script.ts";

const CLASSES = `
class Trip {
  #seats = 1; #book() {} get #price() { return 1; } set #note(v) {}
  static #legs = 1; static #reset() {} static get #kind() { return 1; }
  static readField(o) { return o.#seats; } static writeField(o) { o.#seats = 2; } static call(o) { o.#book(); } static read(o) { return o.#book; }
  static write(o) { o.#book = 1; } static get(o) { return o.#price; } static set(o) { o.#price = 1; } static getNote(o) { return o.#note; }
  static setNote(o) { o.#note = 1; } static both(o) { o.#price += 1; } static callStatic(o) { o.#reset(); } static readStatic(o) { return o.#legs; }
  static getStatic(o) { return o.#kind; } static hasField(o) { return #seats in o; } static has(o) { return #book in o; } static writeStatic(o) { o.#reset = 1; }
  static pattern(o) { [o.#book] = [1]; } static patternGet(o) { [o.#price] = [1]; } static optional(o) { return o?.#book(); }
}
const make = () => class Inner { #m() {} get #a() { return 1; } #f = 1; static call(o) { o.#m(); } static get(o) { return o.#a; } static field(o) { return o.#f; } };
const Unnamed = class { #m() {} static call(o) { o.#m(); } };
class Base { constructor(o) { return o; } }
class Sub extends Base { #m() {} static call(o) { o.#m(); } }
class SubField extends Base { #f = 1; }
`;

const PRIVATE = [
  ...["readField", "writeField", "call", "read", "write", "get", "set", "getNote", "setNote", "both", "callStatic"],
  ...["readStatic", "getStatic", "writeStatic", "pattern", "patternGet", "optional"],
].map((name) => `Trip.${name}({})`);

const CASES = [
  ...PRIVATE,
  ...["has", "hasField", "call", "readField"].map((name) => `Trip.${name}(5)`),
  ...["call", "readField", "get", "setNote", "set", "writeField"].map((name) => `Trip.${name}(null)`),
  ...["set", "getNote", "write", "both", "pattern"].map((name) => `Trip.${name}(new Trip())`),
  ...["Trip.writeStatic(Trip)", "Inner.call({})", "Inner.get({})", "Inner.field({})", "Inner.call(null)"],
  ...["Unnamed.call({})", "Sub.call({})", "const o = {}; new Sub(o); new Sub(o)"],
  "const o = {}; new SubField(o); new SubField(o)",
  "for (const x of obj.list) await 1",
  ...["5", "none", "obj", "nul", "'ab'"].map((value) => `await Promise.all(${value})`),
  ...["await Promise.race(true)", "await Promise.any(fn)", "await Promise.allSettled()"],
  ...["none", "num", "obj", "fn()", "await none", "await obj"].flatMap((value) => [
    `for (const x of ${value}) await 1`,
    `const [a = await 1] = ${value}`,
  ]),
  ...["obj", "obj.y", "5", "await obj", "none"].map((value) => `for await (const x of ${value});`),
  ...["const { a = await 1 } = none", "const { a = await 1 } = nul", "let q; ({ a: q = await 1 } = none)"],
  ...["const { a } = await none", "const { a: { b } } = await obj", "const { ...r } = await none"],
  ...["[...await none]", "[await 1, ...num]", "fn(...await none)", "fn(await 1, ...obj)"],
  ...["none(await 1)", "num(await 1)", "obj.x(await 1)", "obj.x.y(await 1)", "obj?.x(await 1)", "obj[await 'x']()"],
  ...[
    "obj[str](await 1)",
    "list[0](await 1)",
    "obj['a b'](await 1)",
    "(await none)()",
    "(await obj).x()",
    "str.nope(await 1)",
  ],
  ...[
    "new none(await 1)",
    "new obj.x(await 1)",
    "new (await 5)()",
    ...["none", "obj.x"].map((tag) => `${tag}\`\${await 1}\``),
  ],
  ...[
    "atModule(await 1)",
    "new atModule(await 1)",
    "atModule.deep.x(await 1)",
    "captured(await 1)",
    "new captured.x(await 1)",
  ],
  ...["function* g() { yield* num; } g().next()", "function* g() { yield* none; } [...g()]"],
  ...["using x = await 5", "await using x = await obj", "class D extends (await obj) {}", "const c = 1; c = await 2"],
];

const TEXTS = [
  ...["1 +", "new Foo(", "new Foo(); )", "super.x", "this.#x", "new.target +", "return 1", "new Date; <b/>"],
  ...[
    "let n = 1; let n = 2; new Date",
    "class A { constructor() { super(); } }",
    "class A { #a; #a }",
    "x = {a = 2}; new Date",
  ],
  ...[
    "5 = 1; new Date",
    "let x: number = new Date",
    "'use strict'; with (a) {} ; new Date",
    "for (;;) { continue other; } new Date",
  ],
].flatMap((text) => [
  `eval(${JSON.stringify(text)})`,
  `(0, eval)(${JSON.stringify(text)})`,
  `new Function(${JSON.stringify(text)})`,
]);

test("errors have Node's words", async () => {
  const tries = (cases: readonly string[]): string =>
    cases
      .map((code) => `try { ${code}; said.push("nothing") } catch (error) { said.push(String(error)); }`)
      .join("\n  ");
  const source = `${CLASSES}
let atModule = {}; export const change = () => { atModule = 1; };
export async function main() {
  const said = [], Inner = make();
  let none, nul = null, num = 5, obj = {}, list = [1, 2], str = "s", fn = () => 1, captured = {};
  const assign = () => { captured = {}; none = undefined; };
  ${tries(CASES)}
  return texts(said);
}
function texts(said) {
  ${tries(TEXTS)}
  return said;
}`;
  const native = (await import(`data:text/javascript,${encodeURIComponent(source)}`)) as { main(): Promise<string[]> };
  const { program } = await compileSource(source, { filename: "main.mjs", needsMain: true });
  const guest = new Guest();
  guest.load(program.code, program.tables, true);
  const { result } = advanced(new ThreadByHand(guest).start());
  guest.release();
  const ours = JSON.parse(result!) as string[];
  const byCase = (said: readonly string[]): Record<string, string> =>
    Object.fromEntries([...CASES, ...TEXTS].map((code, index) => [code, said[index]!]));
  assert.deepEqual(byCase(ours), byCase(await native.main()));
});
