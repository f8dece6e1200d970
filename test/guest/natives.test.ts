/** What replaces natives behaves as they do; nothing is left that makes a native promise. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createBareContext, evaluatePrelude, guestTrace, nativeTrace } from "./harness.ts";

const CASES: Readonly<Record<string, string>> = {
  "fromAsync of values, promises and a mapper": `const done = (n) => (v) => log(n, v); const fail = (n) => (e) => log(n, e);
    Array.fromAsync([1, Promise.resolve(2)]).then(done("a"), fail("a")); Array.fromAsync({ length: 2, 0: Promise.resolve(1), 1: 2 }, (v, i) => Promise.resolve(v * 10 + i)).then(done("b"));
    Array.fromAsync(new Set([1, 2]), function (v) { return this.k + v; }, { k: 5 }).then(done("c")); Array.fromAsync([Promise.reject(4)]).catch(fail("d"));
    Array.fromAsync(null).catch(fail("e")); Array.fromAsync([], 5).catch(fail("f")); Array.fromAsync({ length: 1, 0: 1 }, () => { throw 7; }).catch(fail("g"));`,
  "fromAsync over async iterators, and their closing": `const source = (n, log2) => ({ [Symbol.asyncIterator]() { let i = 0; return { next() { log("next", i); return { value: i, done: i++ >= n }; }, return() { log("return", log2); return Promise.resolve({}); } }; } });
    Array.fromAsync(source(2, "a")).then((v) => log("a", v)); Array.fromAsync(source(2, "b"), () => { throw 1; }).catch((e) => log("b", e));
    Array.fromAsync(source(2, "c"), () => Promise.reject(2)).catch((e) => log("c", e)); Array.fromAsync({ [Symbol.asyncIterator]() { return { next() { return 5; } }; } }).catch((e) => log("d", e));`,
  "fromAsync takes as many turns": `let t = Promise.resolve(); for (let i = 1; i < 12; i++) t = t.then(() => log("t" + i)); Array.fromAsync([1, 2]).then((v) => log("x", v)); Array.fromAsync({ length: 1, 0: 3 }).then((v) => log("y", v));`,
  "fromAsync of other constructors": `class C { constructor(...a) { log("new", a.length, a[0]); } } Array.fromAsync.call(C, [1]).then((v) => log(v instanceof C, v[0], v.length)); Array.fromAsync.call(C, { length: 1, 0: 2 }).then((v) => log(v instanceof C, v[0], v.length)); log(Array.fromAsync.name, Array.fromAsync.length);`,
  proxies: `const p = new Proxy({ a: 1 }, { get: (t, k) => k in t ? t[k] : "none" }); log(p.a, p.b); try { Proxy({}, {}); } catch (e) { log(e); } try { new Proxy(1, {}); } catch (e) { log(e); }
    const r = Proxy.revocable(function () { return 3; }, {}); log(r.proxy(), Object.keys(r), r.revoke()); try { r.proxy(); } catch (e) { log(e); } log(r.revoke());
    log(Proxy.length, Proxy.name, Object.hasOwn(Proxy, "prototype"), Array.isArray(new Proxy([], {})), typeof new Proxy(class {}, {}));`,
  "sources of natives": `const source = (f) => log(Function.prototype.toString.call(f).replace(/\\s+/g, " ")); for (const f of [Promise, Promise.all, Promise.prototype.then, Date, Date.now, Math.random, Proxy, Array.fromAsync, Function.prototype.bind, Function.prototype.toString, (function* () {}.prototype.__proto__).next, Array, Array.prototype.map]) source(f);
    new Promise((a) => source(a)); source(function x(a) { return a; }); source(class Y {}); try { Function.prototype.toString.call({}); } catch (e) { log(e); }`,
  "async disposal of an iterator": `const it = { __proto__: Object.getPrototypeOf(Object.getPrototypeOf(async function* () {}.prototype)), return() { log("return"); return 5; } }; it[Symbol.asyncDispose]().then((v) => log("v", v)); log(it[Symbol.asyncDispose].name);`,
  bind: `function f(a, b) { return [this.x, a, b]; } const g = f.bind({ x: 1 }, 2); log(g(3), g.name, g.length, Object.hasOwn(g, "prototype"), new (class { constructor(a) { this.a = a; } }.bind(null, 4))().a, f.bind.length, f.bind.name); try { f.bind.call(1); } catch (e) { log(e); }`,
  dates: `log(new Date(2020, 1).getMonth(), Date.UTC(2000, 0), new Date("2020-01-01").toISOString(), Date.parse("1970"), new Date(0) instanceof Date, Object.prototype.toString.call(new Date()), Date.prototype.constructor === Date, typeof Date(), Date.length, Date.name); class D extends Date {} log(new D(5).getTime(), new D(5) instanceof D);`,
};

for (const [name, code] of Object.entries(CASES)) {
  test(`natives: ${name}`, async () => {
    const expected = await nativeTrace(code);
    assert.ok(expected.length > 0);
    assert.deepEqual(guestTrace(code), expected);
  });
}

test("the native Promise cannot be reached, and nothing that is called makes one", () => {
  const context = createBareContext();
  context.evalSync("const nativePrototype = Promise.prototype; const nativeThen = nativePrototype.then;");
  evaluatePrelude(context);
  const found = context.evalSync(`(() => {
    const seen = new Set(); const queue = [[globalThis, "globalThis"]]; const hits = [];
    for (const f of [function* () {}, async () => {}, async function* () {}]) queue.push([Object.getPrototypeOf(f), "kind"]);
    const made = (value, path) => {
      if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
      try { nativeThen.call(value, () => {}, () => {}); hits.push(path); } catch {}
    };
    for (let i = 0; i < queue.length; i++) {
      const [object, path] = queue[i];
      if (seen.has(object)) continue;
      seen.add(object);
      if (object === nativePrototype || object === nativePrototype.constructor) { if (!path.includes("nativePrototype")) hits.push(path); continue; }
      const next = (value, key) => { if (value !== null && (typeof value === "object" || typeof value === "function")) queue.push([value, path + "." + key]); };
      next(Object.getPrototypeOf(object), "<prototype>");
      for (const key of Reflect.ownKeys(object)) {
        const { value, get, set } = Object.getOwnPropertyDescriptor(object, key);
        next(value, String(key)); next(get, "get " + String(key)); next(set, "set " + String(key));
        if (typeof value !== "function" || /^(setTimeout|setInterval|setImmediate)$/.test(String(key))) continue;
        for (const args of [[], [[1]], [{ next() { return { done: true }; } }], [() => {}]]) {
          try { made(value.apply(object, args), path + "." + String(key) + "()"); } catch {}
          try { made(Reflect.construct(value, args), "new " + path + "." + String(key)); } catch {}
        }
      }
    }
    return JSON.stringify({ hits, size: seen.size });
  })()`) as string;
  const { hits, size } = JSON.parse(found) as { hits: string[]; size: number };
  assert.ok(size > 600, `the walk saw ${size} objects`);
  assert.deepEqual(hits, []);
  context.release();
});
