import { samples } from "./harness.ts";

const drive = `const drive = (g, ...steps) => steps.map(([how, v]) => { try { return g[how](v); } catch (e) { return ["threw", e]; } }); const n = (v) => ["next", v], t = (v) => ["throw", v], r = (v) => ["return", v];`;
const of = (generator: string, run: string): string =>
  `${drive} ${generator} function main() { return ${run}; } return main;`;

samples("generators", {
  yields: of(
    `function* g(a) { const b = yield a; const c = yield a + b; return [a, b, c]; }`,
    `drive(g(1), n("lost"), n(2), n(3), n(4))`,
  ),
  "starts lazily": of(
    `function* g() { log("started"); yield 1; }`,
    `(() => { const i = g(); log("made"); return i.next(); })()`,
  ),
  "return before start": of(`function* g() { log("never"); yield 1; }`, `drive(g(), r(5), n())`),
  "throw before start": of(`function* g() { log("never"); yield 1; }`, `drive(g(), t(5), n())`),
  "return at a yield": of(`function* g() { try { yield 1; } finally { log("f"); } }`, `drive(g(), n(), r(5), n())`),
  "yield in finally during return": of(
    `function* g() { try { yield 1; } finally { yield 2; log("f"); } log("never"); }`,
    `drive(g(), n(), r(5), n(), n())`,
  ),
  "finally overrides return": of(
    `function* g() { try { yield 1; } finally { return 9; } }`,
    `drive(g(), n(), r(5), n())`,
  ),
  "finally continues in spite of return": of(
    `function* g() { for (let i = 0; i < 3; i++) { try { yield i; } finally { if (i < 1) continue; } } }`,
    `drive(g(), n(), r(5), r(6), n())`,
  ),
  "throw at a yield": of(
    `function* g() { try { yield 1; } catch (e) { yield e + 1; } return 3; }`,
    `drive(g(), n(), t(5), n(), t(1))`,
  ),
  "uncaught throw ends": of(`function* g() { yield 1; yield 2; }`, `drive(g(), n(), t(5), n())`),
  "throws by itself": of(`function* g() { yield 1; throw 2; }`, `drive(g(), n(), n(), n())`),
  "spread and destructuring": of(
    `function* g() { try { yield 1; yield 2; yield 3; } finally { log("f"); } }`,
    `[[...g()], (([a]) => a)(g()), Math.max(...g())]`,
  ),
  "for of a generator": of(
    `function* g() { try { for (let i = 0; ; i++) yield i; } finally { log("closed"); } }`,
    `(() => { const l = []; for (const x of g()) { if (x > 2) break; l.push(x); } return l; })()`,
  ),
  "for of inside closes on return": of(
    `function* g() { for (const x of iterable("it", [1, 2])) yield x; }`,
    `drive(g(), n(), r(5), n())`,
  ),
  "pattern inside closes on return": of(
    `function* g() { const [a = yield 1, b = yield 2] = iterable("it", [undefined, undefined, 3]); return [a, b]; }`,
    `[drive(g(), n(), n("a"), n("b")), drive(g(), n(), n("a"), r(5))]`,
  ),
  "running already": of(
    `let i; function* g() { try { i.next(); } catch (e) { yield e; } } i = g();`,
    `drive(i, n(), n())`,
  ),
  "yield in expressions": of(
    `function* g() { return [(yield 1) + (yield 2), { [yield 3]: yield 4 }, \`\${yield 5}\`, (yield 6) ? yield 7 : yield 8, f(yield 9, ...(yield 10))]; } const f = (...a) => a;`,
    `drive(g(), ...[0, 1, 2, "k", 4, "s", 0, 8, 9, [10, 11]].map(n), n())`,
  ),
  "yield without operand": of(`function* g() { const x = yield; return x; }`, `drive(g(), n(), n(3))`),
  "yield as an argument of yield": of(
    `function* g() { return yield yield yield 1; }`,
    `drive(g(), n(), n(2), n(3), n(4))`,
  ),
  "yield* an array": of(
    `function* g() { const v = yield* [1, 2]; return v; }`,
    `[...g()].concat(drive(g(), n(), n(), n()))`,
  ),
  "yield* a generator": of(
    `function* i() { const a = yield 1; log("a", a); try { yield 2; } catch (e) { log("e", e); yield 3; } return "v"; } function* g() { const v = yield* i(); return [v]; }`,
    `drive(g(), n(), n("x"), t("y"), n(), n())`,
  ),
  "yield* passes results on untouched": of(
    `const result = { value: 1, done: false, extra: 7 }; function* g() { yield* { [Symbol.iterator]() { return { next() { return result; } }; } }; }`,
    `g().next() === result`,
  ),
  "yield* does not read value": of(
    `function* g() { yield* { [Symbol.iterator]() { return { next() { return { done: false, get value() { log("value"); return 1; } }; } }; } }; }`,
    `typeof g().next()`,
  ),
  "yield* return": of(
    `function* i() { try { yield 1; } finally { log("inner"); yield 2; } } function* g() { try { yield* i(); } finally { log("outer"); } }`,
    `drive(g(), n(), r(5), n(), n())`,
  ),
  "yield* without return": of(
    `function* g() { try { yield* { [Symbol.iterator]() { return { next() { return { done: false }; } }; } }; } finally { log("outer"); } }`,
    `drive(g(), n(), r(5), n())`,
  ),
  "yield* without throw closes": of(`function* g() { yield* iterable("it", [1, 2]); }`, `drive(g(), n(), t(5), n())`),
  "yield* return that is not done": of(
    `function* g() { yield* { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), return: (v) => ({ value: v, done: v > 5 }) }; } }; }`,
    `drive(g(), n(), r(3), r(9), n())`,
  ),
  "yield* throw": of(
    `function* g() { const v = yield* { [Symbol.iterator]() { return { next: () => ({ value: 1, done: false }), throw: (v) => ({ value: v, done: v > 5 }) }; } }; return ["v", v]; }`,
    `drive(g(), n(), t(3), t(9), n())`,
  ),
  "yield* result is no object": of(
    `function* g() { yield* { [Symbol.iterator]() { return { next: () => 1 }; } }; }`,
    `drive(g(), n(), n())`,
  ),
  "yield* passes values in": of(
    `function* g() { yield* { [Symbol.iterator]() { return { next(...a) { log("next", ...a); return { done: false, value: 0 }; } }; } }; }`,
    `drive(g(), n("lost"), n("b"), n())`.replaceAll("drive", "drive"),
  ),
  "parameters are evaluated at the call": of(
    `function* g(a = log("default"), { b } = {}, ...c) { yield [a, b, c]; }`,
    `(() => { const i = g(undefined, { b: 2 }, 3, 4); log("made"); return [i.next(), g.length]; })()`,
  ),
  "a throwing default throws at the call": of(
    `function* g(a = (() => { throw new Error("d"); })()) {}`,
    `(() => { try { g(); } catch (e) { return e; } })()`,
  ),
  "a throwing pattern throws at the call": of(
    `function* g({ a }) {}`,
    `(() => { try { g(null); } catch (e) { return e instanceof TypeError; } })()`,
  ),
  "prototype of its objects": of(
    `function* g() {} const h = function* () {}; class C { *m() {} static *s() {} } const o = { *m() {}, *["k" + 1]() {} };`,
    `[g, h, C.prototype.m, C.s, o.m, o.k1].map((f) => [f.name, f.length, Object.getPrototypeOf(f.call(1)) === f.prototype, f.call(1) instanceof f, (() => { try { new f(); } catch (e) { return "no new"; } })(), JSON.stringify(Object.getOwnPropertyDescriptor(f, "prototype"))])`,
  ),
  "prototype can be replaced": of(`function* g() {} g.prototype = { hello: 1 };`, `g().hello`),
  "prototype that is no object": of(
    `const h = function* () {}; h.prototype = null;`,
    `Object.getPrototypeOf(h()) === Object.getPrototypeOf(function* () {}).prototype`,
  ),
  "methods with this and super": of(
    `class A { v() { return "A"; } } class B extends A { n = 2; *m() { yield this.n; yield super.v(); } *[Symbol.iterator]() { yield* this.m(); } }`,
    `[...new B()]`,
  ),
  "own name": of(`const f = function* g() { yield typeof g; };`, `[...f()]`),
  tree: of(
    `function* walk(t) { if (!t) return; yield* walk(t.l); yield t.v; yield* walk(t.r); }`,
    `[...walk({ v: 2, l: { v: 1 }, r: { v: 3 } })]`,
  ),
  "arguments and this": of(
    `function* g() { yield this.x; yield arguments.length; yield* arguments; }`,
    `[...g.call({ x: 1 }, 7, 8)]`,
  ),
  "switch, labels, try": of(
    `function* g(k) { a: for (let i = 0; i < 4; i++) { switch (i) { case yield "c": yield "one"; continue a; case 2: break a; default: try { yield "d" + i; } finally { yield "f"; } } } return "end"; }`,
    `drive(g(), ...[0, 1, 1, 2, 3, 4, 5, 6, 7, 8].map(n))`,
  ),
  "return in a nested finally": of(
    `function* g() { try { try { yield 1; } finally { yield 2; } } finally { yield 3; } }`,
    `drive(g(), n(), r(7), n(), n(), n())`,
  ),
  "throw replaces return": of(
    `function* g() { try { yield 1; } finally { yield 2; } }`,
    `drive(g(), n(), r(7), t(8), n())`,
  ),
  "catch does not see return": of(
    `function* g() { try { yield 1; } catch (e) { log("caught", e); } finally { log("f"); } }`,
    `drive(g(), n(), r(7))`,
  ),
});
