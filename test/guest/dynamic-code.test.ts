/** Code made at run time: what it does, natively and here, and what is left of it after a restore at every job. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSource } from "#compiler";
import { Guest } from "./harness.ts";

const call = (guest: Guest, name: string, ...args: unknown[]): unknown =>
  guest.method(name).applySync(undefined, args, { arguments: { copy: true }, result: { copy: true } });

/** The body of `main`, saved and restored in a new context before every job. */
async function restored(body: string): Promise<{ result: unknown; jobs: number }> {
  const source = `export async function main() { ${body} }`;
  const { program } = await compileSource(source, { filename: "main.js", needsMain: true });
  const loaded = (): Guest => {
    const guest = new Guest();
    guest.load(program.code, program.tables, true);
    return guest;
  };
  let guest = loaded();
  call(guest, "begin", "");
  for (let jobs = 0; ; jobs++) {
    const bytes = call(guest, "snapshot") as ArrayBuffer;
    guest.release();
    guest = loaded();
    call(guest, "restore", bytes);
    assert.deepEqual(call(guest, "snapshot"), bytes, `the restored state before job ${jobs} has other bytes`);
    if ((call(guest, "pump") as number) > 0 || jobs === 0) continue;
    const { status, result } = JSON.parse(call(guest, "outcome") as string) as { status: string; result: string };
    guest.release();
    assert.equal(status, "completed", result);
    return { result: JSON.parse(result) as unknown, jobs };
  }
}

async function native(body: string): Promise<unknown> {
  const { context } = new Guest();
  const AsyncFunction = (async () => {}).constructor as new (body: string) => () => Promise<unknown>;
  context.release();
  return JSON.parse(JSON.stringify(await new AsyncFunction(`"use strict"; ${body}`)()));
}

/** Each body is a strict async function's; what it returns must be the same three ways. */
const BODIES: Readonly<Record<string, string>> = {
  "a function": `const add = Function("a", "b", "return a + b"); await null; return [add(1, 2), add.name, add.length, String(add), typeof add.prototype];`,
  "a closure made inside": `const counter = new Function("n", "return { up: () => ++n, get n() { return n; } }")(5); await null; counter.up(); await null; return [counter.up(), counter.n];`,
  "sharing of one closure's scope": `const [get, set] = Function("let v = 1; return [() => v, (x) => { v = x; }]")(); await null; set(7); await null; return get();`,
  "an async function": `const f = (async () => {}).constructor("x", "for (let i = 0; i < 3; i++) { await null; x += i; } return x"); const p = f(10); await null; return [await p, f.constructor.name];`,
  "a generator": `const g = (function* () {}).constructor("n", "for (let i = 0; i < n; i++) { const got = yield i; if (got) yield got; }")(3); const out = [g.next().value]; await null; out.push(g.next("x").value); await null; out.push([...g]); return out;`,
  "an async generator": `const g = (async function* () {}).constructor("yield 1; await null; yield 2; return 3")(); const out = []; for await (const v of g) { out.push(v); await null; } return out;`,
  "a class": `const C = (0, eval)("(class Point { #x = 1; static made = 0; constructor(y) { this.y = y; Point.made++; } get x() { return this.#x; } move() { this.#x++; return this; } static { this.tag = 't'; } })"); const p = new C(2); await null; p.move(); await null; return [p.x, p.y, C.made, C.tag, p instanceof C, p.constructor === C, C.name];`,
  "indirect eval: values of statements": `const e = eval; const run = (s) => { try { return String((0, e)(s)); } catch (x) { return x.name; } }; await null; return ["1;2", "1; if (false) 2", "1; {}", "var q = 3", "1; do { 2; break; } while (0)", "try { 1 } finally { 2 }", "do { try { 39 } catch {} finally { 42; break; } } while (0)", "'use strict'", "switch (1) { case 1: 5 }", "x: { 7; break x; }", "3; function ff() {}", "({ a: 1 }).a", "5; class K {}", "8; let z = 1", "1 +* 2", "return 1", "new.target", "throw new RangeError", "typeof this", "this === globalThis", "for (var i = 0; i < 3; i++) i", "await = 4"].map(run);`,
  "functions that are the value of a text have no name": `const texts = ["() => 1", "(function () {})", "(class {})", "if (1) (async function* () {})", "try { (() => 2) } finally { () => 3 }", "var named = () => 4; named"];
    const made = texts.map((text) => (0, eval)(text)).concat(texts.map((text) => eval(text))); await null; const names = made.map((f) => f.name); delete globalThis.named; return [names, made.map(String)];`,
  "indirect eval: declarations": `const e = eval; e("var gv = 1; function gf() { return gv; } let gl = 2; const gc = 3; class GC {}"); await null; const d = Object.getOwnPropertyDescriptor(globalThis, "gv"); gv++; await null; const out = [gf(), typeof gl, typeof gc, typeof GC, d.configurable, d.enumerable, d.writable, delete globalThis.gv, typeof gv]; delete globalThis.gf; return out;`,
  "arguments of no function": `const of = (f) => { try { return f(); } catch (e) { return e.name; } }; const e = eval; await null; const out = [of(() => e("arguments")), of(() => e("arguments()")), e("typeof arguments"), of(() => e("[arguments]")), e("var arguments = 5; arguments"), of(() => e("arguments"))]; delete globalThis.arguments; return out;`,
  "strict eval keeps its variables": `(0, eval)("'use strict'; var inner = 1; function innerF() {}"); return [typeof inner, typeof innerF];`,
  "early errors": `const of = (f) => { try { f(); return "none"; } catch (x) { return [x.name, x instanceof SyntaxError]; } }; await null; return [of(() => Function("/*", "*/){")), of(() => Function("a b", "")), of(() => Function("'use strict'; with (a) {}")), of(() => Function("return 1")), of(() => Function("a = super()", "")), of(() => (0, eval)("let a; let a"))];`,
  "names and kinds": `const F = Function; class G extends Function { constructor(...a) { super(...a); this.extra = 1; } twice() { return this() * 2; } } const g = new G("return 21"); await null; return [g.twice(), g.extra, g instanceof G, g instanceof Function, F.name, F.length, F.prototype === Object.getPrototypeOf(F), (() => {}).constructor === F, String(F), String(eval), typeof Function("a", "").prototype, Object.getPrototypeOf((async () => {}).constructor) === F];`,
  "a shorthand called __proto__ is a property": `var __proto__ = 2; let f = () => __proto__; const obj = { __proto__, __proto__ }; __proto__ = 3; await null;
    const two = { __proto__: { a: 1 }, __proto__, __pr\\u006fto__ }; const { __proto__: own } = two; const g = (__proto__ = 7) => [{ __proto__ }, () => __proto__]; await null;
    return [Object.keys(obj), obj.__proto__, Object.getPrototypeOf(obj) === Object.prototype, Object.keys(two), two.a, two.__proto__, own, f(), Object.keys(g()[0]), eval("Object.keys({ __proto__ })"), Function("__proto__", "return Object.entries({ __proto__ })")(5)];`,
  "a name in parentheses names nothing": `const make = (p) => { let a, b, c, d, e, f; (a) = () => p; (b) ??= function () {}; (c) = class { static n = p; }; ((d)) = (() => {}); (e = function () {}); (f)/* */
      = () => {}; return [() => a, b, c, d, e, f]; }; const [a, ...others] = make(1); const made = Function("let x; (x) = () => 1; return x"); await null; return [a(), ...others, made()].map((one) => one.name);`,
  "this and global names": `globalThis.outer = 5; const f = Function("return [this === globalThis, outer, typeof anonymous, typeof arguments, new.target === undefined]"); await null; const out = f(); delete globalThis.outer; return out;`,
  "functions as arguments, in collections, bound": `const make = (n) => Function("x", "return x * " + n); const fs = new Map([[1, make(2)], [2, make(3)]]); await null; const bound = fs.get(2).bind(null, 10); await null; return [fs.get(1)(4), bound(), [3, 1, 2].sort(Function("a", "b", "return a - b"))];`,
  "template objects": `const t = Function("tag", "return () => tag\`a\${1}b\`")((s) => s); const first = t(); await null; const second = t(); await null; return [first === second, t() === first, first.raw.length, Object.isFrozen(first), (0, eval)("((s) => s)\`x\`") === (0, eval)("((s) => s)\`x\`")];`,
  "code that makes code": `const f = Function("n", "return Function('m', 'return n => n + m + ' + n)"); const g = f(3); await null; const h = g(10); await null; return h(100);`,
  "a text is no callback": `const of = (f) => { try { f(); } catch (e) { return [e.name, e.code, e.message, e instanceof TypeError]; } }; return [of(() => setTimeout("x = 1")), of(() => setInterval("1", 5)), of(() => setImmediate("1")), of(() => queueMicrotask("1"))];`,
  "one text many times": `const fs = []; for (let i = 0; i < 20; i++) fs.push(Function("return this")); await null; return [fs[0] === fs[1], fs.every((f) => f() === globalThis)];`,
};

/** Direct evals of strict code, natively in an async function's body as well. */
const DIRECT: Readonly<Record<string, string>> = {
  "reads and writes variables": `let n = 1; const step = 2; const run = (text) => eval(text); const out = [run("n += step; n * 10"), n]; await null; out.push(run("n++"), n, run("typeof missing"), run("var n = 7; n"), n, run("5; if (false) 1"), run(42)); return out;`,
  "functions that it makes": `let n = 0; const { up, get } = eval("({ up: (by) => { n += by; return n; }, get() { return n; } })"); await null; up(2); await null; n += 10; return [up(3), get(), n];`,
  "constants, dead zones, errors": `const c = 1; const of = (f) => { try { return f(); } catch (e) { return [e.name, e.message]; } }; const r = [of(() => eval("c = 2")), of(() => { const early = eval("late"); let late = 1; return early; }), of(() => eval("1 +* 2")), of(() => eval("throw new RangeError('r')")), of(() => eval("undeclared = 1")), of(() => eval("with (c) {}"))[0]]; await null; return r;`,
  "this, arguments, parameters": `function f(a, b = 2) { return eval("[this.k, arguments.length, a + b, typeof f, (() => this.k)()]"); } await null; return [f.call({ k: 5 }, 1), f.call({ k: 6 }, 1, 1), (function () { return eval("this"); })() === undefined];`,
  "classes and generators made inside": `const base = 10; const C = eval("class C { #p = base; get p() { return this.#p; } } C"); const c = new C(); await null; const g = eval("(function* () { yield base; yield base + 1; })")(); const out = [c.p, g.next().value]; await null; out.push(g.next().value, new C().p); return out;`,
  "per iteration, in loops": `const fs = []; for (let i = 0; i < 3; i++) fs.push(eval("() => i++")); await null; return [fs.map((f) => f()), fs.map((f) => f())];`,
  "what is around it beside names": `class A { hi() { return "A"; } } class B extends A { #p = 3; static #q() { return 4; } constructor() { const made = (() => { super(); return eval("[this instanceof B, new.target === B, this.#p, #p in this]"); })(); this.made = made; } hi() { return eval("super.hi() + this.#p++ + B.q()") + this.#p; } static q() { return eval("B.#q()"); } } await null; const b = new B(); await null; return [b.made, b.hi(), (() => { try { return eval("new.target"); } catch (e) { return e.name; } })()];`,
  "sloppy variables": `const f = Function("text", "var own = 1; eval(text); { let barred; try { eval('var barred') } catch (e) { own = e.name } } return [own, typeof added, delete added, typeof added, typeof made]"); return [f("var own = 2, added = 3"), f("var added; function made() {}"), f("'use strict'; var added"), typeof added];`,
  "sloppy variables of the parameters of an asynchronous arrow function with a rest": `const order = []; const turn = (n) => (async () => { for (let i = 0; i < n; i++) { await null; order.push(i); } })();
    const make = Function("order", "return [async (a, b = eval('var x = a + 1; () => x++'), ...rest) => { await null; const first = b(); await null; return [a, first, typeof x === 'number' && x, rest, typeof arguments, this === globalThis]; }, { f: async (a = eval('var y = 3'), ...[{ c = y }, d = eval('y')]) => (order.push('in'), [c, d, typeof y]) }, async (a, b = eval('throw 7'), ...c) => 1]");
    const [f, { f: g }, failing] = make(order); const p = f(1, undefined, 2, 3); await null; const late = g(undefined, {}); const ticks = turn(4); late.then((v) => order.push(v));
    await null; await ticks; return [await p, order, f.length, f.name, g.name, String(g), Object.getPrototypeOf(f) === Object.getPrototypeOf(async () => {}), "prototype" in f, await failing(1).catch((e) => e), await f(4, () => 5)];`,
  "sloppy variables around a suspension": `const f = (async () => {}).constructor("text", "n = eval('var x = 1; () => x++')", "eval(text); await null; n(); eval('added += x'); await null; return [added, x, n(), arguments.length]"); const p = f("var added = 40"); await null; return await p;`,
  "generators among them": `const g = (function* () {}).constructor("t", "for (var i = 0; i < 3; i++) yield eval(t)")("var k = (typeof k === 'undefined' ? 10 : k + 1); () => k + i"); const out = [g.next().value]; await null; out.push(g.next().value, ...g); await null; return out.map((f) => f());`,
  "with around a suspension": `const f = (async () => {}).constructor("o", "with (o) { a += await 1; b = () => a; await null; var c = a * 2; return [a, b(), m(), typeof zz, delete d, typeof d, c] }"); const o = { a: 1, b: 2, c: 0, d: 4, m() { return this === o; }, get e() { return 1; } }; const p = f(o); await null; o.a++; return [await p, o.c, o.b(), Object.keys(o)];`,
  "with and what it hides": `const f = Function("o", "var x = 'outer'; with (o) { x = 'set'; var y = x; } return [x, y, o.x]"); return [f({}), f({ x: 1 }), f({ x: 1, [Symbol.unscopables]: { x: true } }), (() => { try { f(null); } catch (e) { return e.name; } })()];`,
  "mapped arguments around a suspension": `const f = (async () => {}).constructor("a", "b", "c", "const see = () => [...arguments].join() + arguments.length; a = 2; arguments[1] = 3; await null; const out = [see(), a, b, String(arguments)]; delete arguments[0]; a = 9; Object.defineProperty(arguments, '1', { writable: false }); b = 8; await null; eval('c = 7'); return [...out, see(), Object.keys(arguments), 'callee' in arguments, c, arguments[2], Object.getOwnPropertyDescriptor(arguments, '1').value]"); return [await f(1, 1), await f(1, 2, 3)];`,
  "variables of parameters": `const run = Function(\`
    var x = "outside"; const see = (f) => f();
    const arrow = (a, b = eval("var x = a + '!'; () => x"), ...[c, d = () => x]) => { const body = () => x; eval("var y = 1"); return [a, b(), c, d(), body(), y]; };
    const plain = (a, { [eval("var x = a; 'k'")]: k }, ...rest) => [k, x, rest];
    function pattern(a, { k = eval("var x = a * 2; 1") }, z = x, ...rest) { return [k, x, z, rest, arguments.length]; }
    const o = { set one({ v = eval("var x = 'in'; 5") }) { this.got = [v, x, arguments.length]; }, set two(v = eval("var x = 'two'")) { this.got = [v, x]; } };
    function* g({ v = eval("var x = 7; 1") }) { yield v; yield x; }
    const names = ["one", "two"].map((key) => Object.getOwnPropertyDescriptor(o, key).set.length);
    const out = [arrow(1, undefined, 3), arrow("q", () => 0, 3, () => 4), plain(5, { k: 6 }, 7, 8), pattern(2, {}), pattern(2, { k: 3 }, 4, 5, 6)];
    o.one = {}; out.push(o.got); o.two = undefined; out.push(o.got); o.two = 9; out.push(o.got);
    try { plain(1); } catch (e) { out.push(e.name); }
    return { out, x, names, lengths: [arrow.length, plain.length, pattern.length, g.length, arrow.name], g: g({}), late: (p = eval("var x = 1; () => x++"), ...q) => [p, q, () => x] };
  \`); const { out, x, names, lengths, g, late } = run(); const made = late(undefined, 1, 2); made[0](); await null; made[0](); out.push(g.next().value); await null; out.push(g.next().value, made[1], made[2](), String(late)); return { out, x, names, lengths };`,
  "private names and super": `const log = []; class B { get p() { log.push("p"); return 5; } set p(v) { log.push(["set", v]); } m() { return [...arguments, this.tag]; } }
    class C extends B { tag = "t"; #x = 1; #f() { return [this.tag, ...arguments]; } get #g() { log.push("g"); return this.#f; } set #g(v) { log.push(["#g", v]); }
      run(text, o = this) { return eval(text); } }
    const c = new C(); const out = [];
    const texts = ["o.#f(log.push('arg'))", "o.#g(log.push('arg'))", "o?.#x", "o?.#f(1)", "o.#f?.(2)", "o?.#g?.(3)", "o?.#f(4).length", "o.#g\`x\`.length", "o.#x++", "[o.#x, o.#g] = [7, 8]", "o.#g &&= 1", "delete o?.#f().none", "super.m(1)", "super.m?.(2)", "super.p += 1", "super['m']\`y\`.length", "(() => o?.#x)()", "(async () => o?.#f(await 1))()", "((a = o?.#x) => a)()", "class D { static { this.v = o?.#f(9); } w = o?.#x; } [D.v, new D().w]", "o?.p.#x", "(o?.#f)(1)", "[o]?.[0].#f?.(7)?.[1].none?.x", "#x in o"];
    for (const text of texts) for (const o of [c, null, {}]) { log.length = 0; let value; try { value = c.run(text, o); if (value instanceof Promise) value = await value; } catch (e) { value = e.name; } out.push([text, value, [...log]]); }
    log.length = 0; const later = c.run("(async () => { o.#x += await 1; [o.#g, super.p] = [await 2, await 3]; super.p = await 4; o.#f(await 5); return o.#g(await 6); })()"); await null; out.push(await later, log); return out;`,
  "a tag in a with": `const f = (async () => {}).constructor("o", "with (o) return [tag\`a\${await 1}b\${await 2}c\`, await new Promise((r) => r(3))]"); const made = f({ k: 9, tag(s, ...v) { return [this.k, ...s, ...v]; } }); await null; return made;`,
  "indirect ones see none of it": `const local = 1; const e = eval; return [e("typeof local"), (0, eval)("typeof local"), eval?.("typeof local"), eval("typeof local"), [1].map(eval)];`,
};

for (const [name, body] of Object.entries(DIRECT)) {
  test(`direct eval: ${name}`, async () => {
    const { result } = await restored(body);
    assert.deepEqual(result, await native(body));
  });
}

for (const [name, body] of Object.entries(BODIES)) {
  test(`code made at run time: ${name}`, async () => {
    const { result } = await restored(body);
    assert.deepEqual(result, await native(body));
  });
}
