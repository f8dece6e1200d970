/** Every kind of value into a fresh context: no difference that a script could see, and the same bytes again. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type GuestContext, type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => isolate.dispose());

/** Kind → expressions, or bodies of functions that return the root. */
const samples: Record<string, readonly string[]> = {
  primitives: [
    "undefined",
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "31",
    "32",
    "-1",
    "2 ** 31",
    "-(2 ** 31)",
    "2 ** 52",
    "2 ** 53",
    "-(2 ** 52)",
    "0.1",
    "1e300",
    "NaN",
    "Infinity",
    "-Infinity",
    "5e-324",
  ],
  strings: [
    "''",
    "'plain'",
    "'ÿ'",
    "'\\u0100'",
    "'\\ud800'",
    "'\\udc00x'",
    "'😀'",
    "'id'",
    "'x'.repeat(5000)",
    "'\\u2028'.repeat(5000)",
    "['a','a','id','id']",
  ],
  bigints: [
    "0n",
    "1n",
    "-1n",
    "255n",
    "256n",
    "2n ** 32n - 1n",
    "2n ** 32n",
    "2n ** 64n",
    "-(2n ** 200n) + 7n",
    "[1n, 1n]",
  ],
  symbols: [
    "Symbol('a')",
    "Symbol()",
    "Symbol('')",
    "Symbol.iterator",
    "Symbol.for('x')",
    "test.symbol",
    "(() => { const s = Symbol('s'); return [s, s, { [s]: s }]; })()",
    "Object.fromEntries(Object.getOwnPropertyNames(Symbol).filter((k) => typeof Symbol[k] === 'symbol').map((k) => [k, Symbol[k]]))",
  ],
  objects: [
    "({})",
    "({ id: 1, name: 'x' })",
    "({ name: 'x', id: 1 })",
    "({ a: { b: { c: {} } } })",
    "({ 2: 'b', 1: 'a', x: 0, 0: 'z' })",
    'JSON.parse(\'{"__proto__": 1, "constructor": 2, "toString": 3, "hasOwnProperty": 4}\')',
    "Object.fromEntries(Array.from({ length: 100 }, (_, i) => ['key' + i, i]))",
    "Object.assign(Object.create(null), Object.fromEntries(Array.from({ length: 100 }, (_, i) => ['key' + i, i])))",
    "Object.create(null)",
    "Object.assign(Object.create(null), { a: 1, __proto__x: 2 })",
    "[{ id: 1, name: 2 }, { id: 3, name: 4 }, { q: 1 }, { q: 2 }]",
    "(() => { const o = {}; o.self = o; o.list = [o, [o]]; return o; })()",
    "Object.create({ inherited: 1 })",
    "Object.create(Object.create({ a: 1 }, { b: { value: 2 } }))",
    "Object.create(test.shared)",
    "Object.create(Array.prototype)",
    "(() => { const p = { p: 1 }; return [Object.create(p), Object.create(p), p]; })()",
    "[test.shared, test.shared.nested, Object.prototype, globalThis, JSON, Math.max, Reflect]",
  ],
  attributes: [
    "Object.freeze({ a: 1, b: { c: 2 } })",
    "Object.seal({ a: 1 })",
    "Object.preventExtensions({ a: 1 })",
    "Object.freeze({})",
    "Object.freeze(Object.create(null))",
    "Object.defineProperty({ a: 1 }, 'hidden', { value: 2 })",
    "Object.defineProperty({ a: 1, b: 2 }, 'a', { writable: false })",
    "Object.defineProperty({}, 'x', { get: test.increment(new test.S0(1)), configurable: true })",
    "Object.defineProperty({}, 'x', { set: test.increment(new test.S0(1)), enumerable: true })",
    "Object.defineProperty({}, 'x', { get: undefined, set: undefined })",
    "({ [Symbol.iterator]: 1, [Symbol('q')]: 2, a: 3 })",
    "Object.freeze([1, 2, [3]])",
    "Object.defineProperty([1, 2, 3], 1, { value: 9, writable: false })",
    "Object.defineProperty([1, 2, 3], 'length', { writable: false })",
  ],
  arrays: [
    "[]",
    "[1]",
    "[1,,3]",
    "[,]",
    "[,,,]",
    "new Array(15)",
    "new Array(1000)",
    "(() => { const a = new Array(2 ** 32 - 1); a[5] = 1; a[2 ** 32 - 2] = 2; return a; })()",
    "Array.from({ length: 300 }, (_, i) => i)",
    "Object.assign([1, 2], { extra: 'x', [Symbol.for('s')]: 1 })",
    "Object.assign([1,,2], { extra: 'x' })",
    "/(?<y>\\d+)-(\\d+)/.exec('2026-11')",
    "Object.setPrototypeOf([1, 2], null)",
    "Object.setPrototypeOf([1, 2], { p: 1 })",
    "(() => { const a = []; a.push(a, a); return a; })()",
    "(() => { const a = [1, 2, 3]; a.length = 2; a[7] = 1; return a; })()",
  ],
  collections: [
    "new Map()",
    "new Map([[1, 'a'], ['x', { y: 1 }], [NaN, -0]])",
    "new Set([1, 'a', {}, NaN])",
    "(() => { const m = new Map(); m.set(m, m).set(1, 2); m.delete(1); return m; })()",
    "Object.assign(new Map([[1, 2]]), { extra: 1 })",
    "Object.setPrototypeOf(new Set([1]), { p: 1 })",
    "new (class {}).constructor && Object.freeze(new Map([[1, 1]]))",
    "new Map(Array.from({ length: 1000 }, (_, i) => [{ i }, [i]]))",
  ],
  dates: ["new Date(0)", "new Date(NaN)", "new Date(8.64e15)", "Object.assign(new Date(1), { x: 1 })"],
  regexps: [
    "/a+b/",
    "/[/]\\n/giu",
    "/x/dgimsy",
    "/[\\p{L}--[a-z]]/v",
    "(() => { const r = /a/g; r.exec('aaa'); return r; })()",
    "Object.assign(/a/y, { lastIndex: 'odd' })",
    "Object.freeze(/a/)",
    "new RegExp('')",
  ],
  errors: [
    "new Error('m')",
    "new Error()",
    "new TypeError('t', { cause: { a: 1 } })",
    "new AggregateError([new RangeError('r')], 'm')",
    "new test.Failure('late', 'T-1')",
    "(() => { const e = new Error('m'); e.stack = 'own'; return e; })()",
    "(() => { const e = new Error('m'); delete e.stack; return e; })()",
    "(() => { const e = new Error('m'); Object.defineProperty(e, 'stack', { value: 'plain' }); return e; })()",
    "(() => { const o = { a: 1 }; Error.captureStackTrace(o); return o; })()",
    "Object.freeze(new SyntaxError('s'))",
    "(() => { const e = new Error('a'); e.cause = e; return e; })()",
  ],
  buffers: [
    "new ArrayBuffer(0)",
    "new Uint8Array([1, 2, 3]).buffer",
    "new ArrayBuffer(4, { maxByteLength: 16 })",
    "(() => { const b = new ArrayBuffer(8); b.transfer(); return b; })()",
    "new Uint8Array([1, 2, 255])",
    "new Float64Array([1.5, -0, NaN, Infinity])",
    "new BigInt64Array([1n, -1n])",
    "new Uint8ClampedArray(3)",
    "new Float32Array(new Uint32Array([0x7fc00001, 0x7fa00000]).buffer)",
    "new Uint8Array(new ArrayBuffer(8), 2, 3)",
    "new DataView(new ArrayBuffer(8), 1, 4)",
    "(() => { const b = new Uint16Array([1, 2, 3]).buffer; return [new Uint8Array(b), new Uint16Array(b, 2), b]; })()",
    "(() => { const b = new ArrayBuffer(4, { maxByteLength: 8 }); return [new Uint8Array(b), new Uint8Array(b, 0, 4), new Uint8Array(b, 1), new DataView(b), new DataView(b, 1, 2), new Uint8Array(b).fill(7), b]; })()",
    "(() => { const b = new ArrayBuffer(8, { maxByteLength: 8 }); const v = new Uint8Array(b, 4, 4); b.resize(4); return [v, b]; })()",
    "Object.assign(new Uint8Array(2), { extra: 1 })",
    "(() => { const b = new ArrayBuffer(8); const v = new Uint8Array(b); b.transfer(); return v; })()",
  ],
  boxes: [
    "Object(1)",
    "Object('abc')",
    "Object(true)",
    "Object(1n)",
    "Object(Symbol.iterator)",
    "Object(Symbol('s'))",
    "Object.assign(Object('ab'), { x: 1 })",
  ],
  functions: [
    "test.increment(new test.S0(1))",
    "test.normal(new test.S0(1))",
    "(() => { const s = new test.S0(5); const f = test.increment(s); f(); return [f, test.increment(s), test.both(s, new test.S1(s, f)), s]; })()",
    "Object.assign(test.increment(new test.S0(1)), { extra: { a: 1 } })",
    "Object.defineProperty(test.increment(new test.S0(1)), 'name', { value: 'renamed' })",
    "(() => { const f = test.increment(new test.S0(1)); delete f.name; return f; })()",
    "(() => { const f = test.normal(new test.S0(1)); delete f.length; f.length2 = 1; return f; })()",
    "Object.freeze(test.normal(new test.S0(1)))",
    "(() => { const F = test.normal(new test.S0(1)); F.prototype.extra = F; return [new F(1, 2), F]; })()",
    "(() => { const F = test.normal(new test.S0(1)); return [F, new F(1, 2), F.prototype]; })()",
    "(() => { const F = test.normal(new test.S0(1)); return Reflect.construct(Object, [], F); })()",
    "(() => { const F = test.normal(new test.S0(1)); F.prototype = { other: 1 }; return new F(1, 2); })()",
    "(() => { const F = test.normal(new test.S0(1)); F.prototype = 5; return F; })()",
    "(() => { const F = test.normal(new test.S0(1)); const p = F.prototype; F.prototype = null; return [F, p]; })()",
    "Object.setPrototypeOf(test.increment(new test.S0(1)), null)",
    "[test.book(), test.range(new test.S0(1))]",
    "(() => { const f = test.range(new test.S0(1)); f.prototype.more = 1; return f; })()",
    "(() => { const f = test.range(new test.S0(1)); f.prototype = {}; return f(1); })()",
    "Promise.withResolvers()",
    "[Promise.resolve, Array.prototype.map, test.increment]",
  ],
  bound: [
    "Function.prototype.bind.call(test.normal(new test.S0(1)), { t: 1 }, 2, [3])",
    "(() => { let f = test.increment(new test.S0(1)); for (let i = 0; i < 3; i++) f = f.bind(f, i); return f; })()",
    "Array.prototype.map.bind([1])",
  ],
  classes: [
    "test.makeShape(new test.S0(1), Object, 'k')",
    "(() => { const C = test.makeShape(new test.S0(1), Error, Symbol.iterator); return [new C('x'), C, C.prototype]; })()",
    "(() => { const C = test.makeShape(new test.S0(1), test.Receipt, 'k'); const i = new C(5); i.x = 1; return [i, i.area, C.of]; })()",
    "(() => { const A = test.makeShape(new test.S0(1), Map, 'k'); const B = test.makeShape(new test.S0(2), A, 'l'); B.extra = 1; return [new B([[1, 2]]), A]; })()",
    "(() => { const C = test.makeShape(new test.S0(1), Object, 'k'); C.prototype.area = 5; delete C.prototype.k; C.of.extra = 1; return C; })()",
    "(() => { const C = test.makeShape(new test.S0(1), Object, 'k'); return Object.getOwnPropertyDescriptor(C.prototype, 'size'); })()",
    "(() => { const C = test.makeShape(new test.S0(1), Object, 'k'); Object.setPrototypeOf(C.prototype, { odd: 1 }); Object.setPrototypeOf(C, null); return Reflect.construct(Object, [], C); })()",
    "(() => { const F = test.normal(new test.S0(1)); const C = test.makeShape(new test.S0(1), F, 'k'); F.prototype.late = 1; return [C, new C()]; })()",
  ],
  instances: [
    "new test.Receipt(5n)",
    "Object.assign(new test.Receipt(null), { trip: { id: 1 } })",
    "new test.Failure('m', 1)",
    "(() => { const o = {}; new test.P0(o, o); return o; })()",
    "(() => { const o = Object.freeze([]); new test.P0(o, 1); return o; })()",
  ],
  promises: [
    "Promise.resolve({ a: 1 })",
    "(() => { const p = Promise.reject(new Error('x')); p.catch(() => {}); return p; })()".replace(
      "() => {}",
      "test.increment(new test.S0(1))",
    ),
    "new Promise(test.increment(new test.S0(1)))",
    "(() => { const { promise, resolve } = Promise.withResolvers(); const f = test.increment(new test.S0(0)); return [promise.then(f, f).finally(f), promise, resolve]; })()",
    "(() => { const { promise, resolve } = Promise.withResolvers(); return [Promise.all([promise, 1]), Promise.race([promise]), Promise.any([promise]), Promise.allSettled([promise, 2]), resolve]; })()",
    "Object.assign(Promise.resolve(1), { tag: 'x' })",
    "Object.setPrototypeOf(Promise.resolve(1), null)",
    "(() => { const a = Promise.withResolvers(); const b = Promise.withResolvers(); a.resolve(b.promise); return [a, b]; })()",
  ],
  frames: [
    "test.book()(new Promise(test.increment(new test.S0(0))), 2)",
    "(() => { const g = test.range(new test.S0(1))(5); g.next(); return [g, g]; })()",
    "test.range(new test.S0(1))(5)",
    "(() => { const g = test.range(new test.S0(1))(5); g.next(); g.next(); return g; })()",
  ],
  iterators: [
    "(() => { const m = new Map([[1, 2], [3, 4], [5, 6]]); const r = test.$k.iterator(m); test.$k.next(r); m.delete(1); return [r, m]; })()",
    "(() => { const s = new Set([1, 2, 3]); const r = test.$k.iterator(s); test.$k.next(r); test.$k.next(r); return r; })()",
    "(() => { const r = test.$k.iterator([1, 2]); test.$k.next(r); return r; })()",
    "test.$k.iterator('a😀b')",
    "test.$k.asyncIterator([1])",
    "test.$k.forIn({ a: 1, b: 2 })",
  ],
  moduleState: ["test.$k.g", "[test.$k.TDZ]"],
};

for (const [kind, expressions] of Object.entries(samples)) {
  test(kind, async (group) => {
    const contexts = { from: isolate.context(), to: isolate.context(), back: isolate.context() };
    contexts.back.run("heap.checkEveryObject()");
    for (const expression of expressions) {
      await group.test(expression, () => roundTrip(contexts, expression));
    }
    for (const context of Object.values(contexts)) context.release();
  });
}

type Trio = Record<"from" | "to" | "back", GuestContext>;

function roundTrip({ from, to, back }: Trio, expression: string): void {
  from.run(`heap.keep("root", ${expression})`);
  const root = `heap.kept("root")`;
  const bytes = from.encode(root);
  to.decode(bytes, "root");
  assert.equal(to.run(`describeGraph(${root})`), from.run(`describeGraph(${root})`));
  assert.deepEqual(to.encode(root), bytes, "the same bytes again");
  back.decode(bytes, "root");
  assert.deepEqual(back.encode(root), bytes, "the same bytes when every object is checked first");
}
