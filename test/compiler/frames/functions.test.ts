import { samples } from "./harness.ts";

const shape = `const shape = (f) => [f.name, f.length, Object.getPrototypeOf(f) === Object.getPrototypeOf(async () => {}), Object.hasOwn(f, "prototype"), (() => { try { new f(); return "new"; } catch (e) { return e instanceof TypeError; } })()];`;

samples("functions", {
  "shapes of async functions": `${shape} async function a(x, y) {} const b = async (x) => x; const c = async function () {}; const d = async function named(x, y = 1, z) {}; const e = { async m(x) {}, f: async () => {}, "s t": async function () {}, 1: async () => {} };
    function main() { return [a, b, c, d, e.m, e.f, e["s t"], e[1], async () => {}].map(shape); } return main;`,
  "shapes with computed keys":
    `${shape} const s = Symbol("sy"); let n = 0; const k = () => "k" + n++; const e = { async [k()]() {}, [k()]: async () => {}, async [s](a) {}, [s + "" ? k() : 0]: async function (a) {} }; function main() { return [Reflect.ownKeys(e).map(String), Reflect.ownKeys(e).map((key) => shape(e[key]))]; } return main;`.replace(
      '[s + "" ? k() : 0]',
      "[k()]",
    ),
  "attributes of methods": `class C { async m(a) {} static async s() {} async [Symbol.for("x")]() {} *g() {} async *h() {} } const o = { async m() {}, get x() { return 1; } }; const d = (t, k) => { const p = Object.getOwnPropertyDescriptor(t, k); return [p.writable, p.enumerable, p.configurable, p.value.name, p.value.length]; };
    function main() { return [d(C.prototype, "m"), d(C, "s"), d(C.prototype, Symbol.for("x")), d(C.prototype, "g"), d(C.prototype, "h"), d(o, "m"), Object.keys(o), Reflect.ownKeys(C), Reflect.ownKeys(C.prototype).map(String)]; } return main;`,
  "methods work": `class C { #v = 1; constructor(n) { this.n = n; } async m(a) { return this.n + (await later(a)); } static async s() { return (await later(this.name)); } } async function main() { return [await new C(4).m(5), await C.s()]; } return main;`,
  "computed method keys are evaluated once": `let n = 0; class C { async [(log("key"), "m" + n++)]() { return await later(1); } static async [(log("key2"), "s")]() {} } async function main() { return [await new C().m0(), n, C.s.name]; } return main;`,
  "a later method wins": `class C { async m() { return 1; } m() { return 2; } } function main() { return [new C().m(), Object.getPrototypeOf(C.prototype.m) === Function.prototype]; } return main;`,
  "a later function wins": `async function f() { return 1; } function f() { return 2; } function main() { return f(); } return main;`,
  "hoisted before its declaration": `const early = f(1); async function f(a) { return await later(a); } async function main() { return await early; } return main;`,
  "static fields see the right kind": `class C { static kind = Object.getPrototypeOf(C.m) === Object.getPrototypeOf(async () => {}); static async m() {} } function main() { return C.kind; } return main;`,
  super: `class A { async m(x) { return "A" + x; } get v() { return this.w; } } class B extends A { w = 5; async m(x) { return "B" + (await super.m(await later(x))) + super.v; } async k() { return super[await later("v")]; } static async s() { return super.name; } } async function main() { return [await new B().m(1), await new B().k(), await B.s()]; } return main;`,
  "super in an object": `const p = { m(x) { return [this.n, x]; }, q: 1 }; const o = { __proto__: p, n: 3, async m(x) { await null; super.z = x; return super.m(await later(x)); } }; async function main() { return [await o.m(7), o.z, Object.keys(o)]; } return main;`,
  "super assignment": `class A { set v(x) { log("set", x); this.x = x; } get v() { return this.x; } } class B extends A { async m() { super.v = await later(2); super.v += await later(3); super.v++; const old = super.v++; super.u ??= 4; return [this.x, old, super.v]; } } async function main() { return await new B().m(); } return main;`,
  "own name": `const f = async function g(n) { return n === 0 ? typeof g : await g(n - 1); }; async function main() { return [await f(3), f.name]; } return main;`,
  "own name is constant": `const f = async function g() { try { g = await later(1); } catch (e) { log(e); } return typeof g; }; async function main() { return f(); } return main;`,
  "own name is shadowed": `const f = async function g(g) { return await later(g); }; const h = async function k() { var k = await later(2); return k; }; async function main() { return [await f(1), await h()]; } return main;`,
  arguments: `async function f(a, b) { await null; return [arguments.length, ...arguments]; } async function main() { return await f(1, 2, 3); } return main;`,
  "arguments of the outer function": `function f() { return (async () => { await null; return arguments[0]; })(); } async function main() { return await f(9); } return main;`,
  "this of the outer function": `const o = { v: 2, f() { return (async (x) => { await null; return this.v + x; })(1); } }; async function main() { return await o.f(); } return main;`,
  "new.target": `async function f() { await null; return new.target; } async function main() { return await f(); } return main;`,
  "default parameters": `async function f(a, b = a + 1, { c, d = b } = {}, [e] = [d], ...r) { await null; return [a, b, c, d, e, r]; } async function main() { return [await f(1), await f(1, 2, { c: 3 }, [4], 5, 6), f.length]; } return main;`,
  "a throwing default rejects": `async function f(a = (() => { throw new Error("d"); })()) { log("never"); } async function main() { let p; try { p = f(); log("no throw"); } catch (e) { log("sync", e); } try { await p; } catch (e) { return e; } } return main;`,
  "a throwing pattern rejects": `async function f({ a }) {} async function main() { const p = f(null); try { await p; } catch (e) { return e instanceof TypeError; } } return main;`,
  "tdz between parameters": `async function f(a = b, b) { await null; } async function main() { try { await f(); } catch (e) { return e; } } return main;`,
  "a parameter is its own tdz": `async function f(a = a) { await null; } async function main() { try { await f(); } catch (e) { return e; } } return main;`,
  "names of default functions": `async function f(a = () => 1, { b = function () {} } = {}, c = class {}) { await null; return [a.name, b.name, c.name]; } async function main() { return await f(); } return main;`,
  "parameters can be assigned": `async function f(a, b) { a += await later(b); b = a; await null; return [a, b]; } async function main() { return await f(1, 2); } return main;`,
  "var of a parameter's name": `async function f(a) { var a; await null; log(a); var a = 5; return a; } async function main() { return await f(1); } return main;`,
  "duplicate names across blocks": `async function f() { const r = []; { const x = await later(1); r.push(x); } { const x = await later(2); r.push(x); } for (const x of [3]) { await null; r.push(x); } return r; } async function main() { return await f(); } return main;`,
  "renamed locals keep the names of their functions": `async function f() { const r = []; { const g = () => 1; await null; r.push(g.name); } { let g = class {}; await null; r.push(g.name); g = function () {}; r.push(g.name); } { const { g = () => 2 } = {}; await null; r.push(g.name); } { const [g = await later(null), h = () => 1] = [() => 1]; r.push(g.name, h.name); } { const g = async () => {}; await null; r.push(g.name); } return r; } async function main() { return await f(); } return main;`,
  "arrow with an expression": `const f = async (x) => await later(x + 1); const g = async () => ({ a: await later(1) }); async function main() { return [await f(1), await g()]; } return main;`,
  recursion: `async function fib(n) { return n < 2 ? n : (await fib(n - 1)) + (await fib(n - 2)); } async function main() { return await fib(8); } return main;`,
  "no await at all": `async function f(a) { let r = 0; for (const x of a) { if (x > 2) return r; r += x; } return -1; } async function main() { return [await f([1, 2, 3]), await f([])]; } return main;`,
  "names that the machine uses": `async function f($1, $2) { const $3 = await later($1); const $pc = await later(4), $f = 5, $mode = 6; await null; const $value = 7; return [$1 + $2 + $3, $pc, $f, $mode, $value]; } async function main() { return await f(1, 2); } return main;`,
  "an inner block reaches the enclosing one": `let f; { const k = 5; f = async () => (await later(1)) + k; } async function main() { return await f(); } return main;`,
});

samples(
  "sloppy functions",
  {
    "this is boxed": `async function f() { await null; return [typeof this, this === globalThis]; } async function main() { return [await f.call(1), await f.call(undefined)]; } return main;`,
    "strict inside": `async function f() { "use strict"; await null; return this; } async function main() { return [await f.call(1), await f()]; } return main;`,
    "classes are strict": `class C { async m() { await null; try { undeclared = 1; } catch (e) { return e; } } } async function main() { return await new C().m(); } return main;`,
    "own name is silently constant": `const f = async function g() { g = await later(1); g += 1; g++; return typeof g; }; async function main() { return await f(); } return main;`,
    "undeclared assignment": `async function f() { leaked = await later(3); const r = leaked; delete globalThis.leaked; return r; } async function main() { return await f(); } return main;`,
  },
  false,
);
