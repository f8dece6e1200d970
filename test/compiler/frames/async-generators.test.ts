import { samples } from "./harness.ts";

const drive = `const n = (v) => ["next", v], t = (v) => ["throw", v], r = (v) => ["return", v];
const drive = async (g, ...steps) => { const out = []; for (const [how, v] of steps) { try { out.push(await g[how](v)); } catch (e) { out.push(["threw", e]); } log("step"); } return out; };
const burst = (g, ...steps) => Promise.all(steps.map(([how, v], i) => g[how](v).then((x) => { log("done", i); return x; }, (e) => { log("failed", i); return ["threw", e]; })));
const collect = async (g) => { const out = []; for await (const x of g) out.push(x); return out; };`;
const of = (generator: string, run: string): string =>
  `${drive} ${generator} async function main() { return ${run}; } return main;`;

samples("async generators", {
  yields: of(
    `async function* g(a) { const b = yield a; const c = yield later(b); return [b, c]; }`,
    `await drive(g(1), n(), n(2), n(3), n(4))`,
  ),
  "yield awaits": of(
    `async function* g() { yield later(1, 3); yield { then(f) { log("then"); f(2); } }; try { yield fail("x"); } catch (e) { yield e; } }`,
    `await collect(g())`,
  ),
  "return awaits": of(`async function* g() { yield 1; return later(2, 3); }`, `await drive(g(), n(), n(), n())`),
  "return of a rejection": of(
    `async function* g() { try { return fail("x"); } catch (e) { return e + "!"; } }`,
    `await drive(g(), n(), n())`,
  ),
  "a burst of requests": of(
    `async function* g() { log("a"); const x = yield 1; log("b", x); await null; yield 2; return 3; }`,
    `await burst(g(), n(), n("x"), n(), n(), n())`,
  ),
  "return before start": of(`async function* g() { log("never"); yield 1; }`, `await drive(g(), r(later(5)), n())`),
  "throw before start": of(`async function* g() { log("never"); yield 1; }`, `await drive(g(), t(5), n())`),
  "return at a yield": of(
    `async function* g() { try { yield 1; } finally { log("f"); await null; } }`,
    `await drive(g(), n(), r(5), n())`,
  ),
  "return of a promise at a yield": of(
    `async function* g() { try { yield 1; } finally { log("f"); } }`,
    `await drive(g(), n(), r(later(5, 3)), n())`,
  ),
  "return of a rejection at a yield": of(
    `async function* g() { try { yield 1; } catch (e) { log("caught", e); return "c"; } finally { log("f"); } }`,
    `await drive(g(), n(), r(fail("x")), n())`,
  ),
  "yield in finally during return": of(
    `async function* g() { try { yield 1; } finally { yield 2; } }`,
    `await drive(g(), n(), r(5), n(), n())`,
  ),
  "finally overrides return": of(
    `async function* g() { try { yield 1; } finally { return later(9); } }`,
    `await drive(g(), n(), r(5), n())`,
  ),
  "throw at a yield": of(
    `async function* g() { try { yield 1; } catch (e) { yield e; } }`,
    `await drive(g(), n(), t(5), n())`,
  ),
  "burst of return and throw": of(
    `async function* g() { try { yield 1; } finally { log("f"); } }`,
    `await burst(g(), n(), r(5), t(6), n(), r(later(7)))`,
  ),
  "burst on a completed one": of(`async function* g() {}`, `await burst(g(), n(), r(1), n(), t(2), r(fail(3)))`),
  "for await inside": of(
    `async function* g() { for await (const x of asyncIterable("it", [1, 2, 3])) { yield x * 2; } }`,
    `await drive(g(), n(), n(), r(4), n())`,
  ),
  "for of inside": of(
    `async function* g() { for (const x of iterable("it", [1, 2, 3])) { yield x; } }`,
    `await drive(g(), n(), r(4), n())`,
  ),
  "yield* an async generator": of(
    `async function* i() { const a = yield 1; log("a", a); try { yield 2; } catch (e) { yield e; } return "v"; } async function* g() { return [yield* i()]; }`,
    `await drive(g(), n(), n("x"), t("y"), n(), n())`,
  ),
  "yield* a sync iterable": of(
    `async function* g() { const v = yield* [later(1), 2]; return v; }`,
    `await drive(g(), n(), n(), n())`,
  ),
  "yield* a sync iterable with close": of(
    `async function* g() { yield* iterable("it", [1, 2]); }`,
    `await drive(g(), n(), r(5), n())`,
  ),
  "yield* return": of(
    `async function* i() { try { yield 1; } finally { log("inner"); await null; } } async function* g() { try { yield* i(); } finally { log("outer"); } }`,
    `await drive(g(), n(), r(later(5)), n())`,
  ),
  "yield* without return": of(
    `async function* g() { try { yield* { [Symbol.asyncIterator]() { return { async next() { return { value: 1, done: false }; } }; } }; } finally { log("outer"); } }`,
    `await drive(g(), n(), r(later(5)), n())`,
  ),
  "yield* without throw": of(
    `async function* g() { yield* { [Symbol.asyncIterator]() { return { async next() { return { value: 1, done: false }; }, async return() { log("closed"); return {}; } }; } }; }`,
    `await drive(g(), n(), t(5), n())`,
  ),
  "yield* does not await values": of(
    `async function* g() { yield* { [Symbol.asyncIterator]() { return { next() { return { value: later(1), done: false }; } }; } }; }`,
    `(await g().next()).value instanceof Promise`,
  ),
  "yield* result is no object": of(
    `async function* g() { yield* { [Symbol.asyncIterator]() { return { next: () => 1 }; } }; }`,
    `await drive(g(), n(), n())`,
  ),
  "yield* in a burst": of(
    `async function* i() { yield 1; yield 2; return 3; } async function* g() { const v = yield* i(); yield v; }`,
    `await burst(g(), n(), n(), n(), n(), n())`,
  ),
  "jobs of a yield": of(
    `async function* g() { yield 1; yield 2; }`,
    `await Promise.all([collect(g()), (async () => { for (let i = 0; i < 12; i++) { log("job", i); await null; } })()])`,
  ),
  "jobs of a return": of(
    `async function* g() { return 1; } async function* h() { return; } async function* k() {}`,
    `await Promise.all([g().next().then(() => log("g")), h().next().then(() => log("h")), k().next().then(() => log("k")), (async () => { for (let i = 0; i < 6; i++) { log("job", i); await null; } })()])`,
  ),
  "parameters throw at the call": of(
    `async function* g(a = (() => { throw new Error("d"); })()) {}`,
    `(() => { try { g(); } catch (e) { return e; } })()`,
  ),
  shape: of(
    `async function* g(a, b = 1) {} class C { async *m() {} } const o = { async *m(a) {} };`,
    `[g, C.prototype.m, o.m].map((f) => [f.name, f.length, Object.getPrototypeOf(f()) === f.prototype, Object.getPrototypeOf(f) === Object.getPrototypeOf(async function* () {})])`,
  ),
  "this and super": of(
    `class A { v() { return "A"; } } class B extends A { n = 2; async *m() { yield this.n; yield super.v(); } }`,
    `await collect(new B().m())`,
  ),
  "return without a value in a loop": of(
    `async function* g() { for (let i = 0; ; i++) { if (i === 2) return; yield i; } }`,
    `await drive(g(), n(), n(), n())`,
  ),
  "native return inside finally": of(
    `async function* g() { try { for (const x of [1, 2]) { if (x === 2) return; } await null; } finally { log("f"); yield 5; } }`,
    `await drive(g(), n(), n())`,
  ),
  "throws by itself": of(`async function* g() { yield 1; throw new Error("x"); }`, `await drive(g(), n(), n(), n())`),
});
