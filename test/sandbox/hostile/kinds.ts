/**
 * Hostile scripts by kind: each an expression or statements of an async function, tried in a program with all others of
 * its group. Whatever it does, its step ends with a value, an error or a named fault, and nobody else notices.
 *
 * Those of `REACH` return what they could get hold of: it has to be nothing.
 */
export interface Group {
  readonly name: string;
  readonly kinds: readonly string[];
}

/** Builtins that make something large out of something small. */
const ALLOCATIONS = [
  '"x".repeat(2 ** 29).length',
  '"x".repeat(2 ** 28).split("").length',
  '"x".repeat(1e7).replace(/x/g, "$&$&$&$&$&$&$&$&$&$&").length',
  '"x".repeat(1e7).replaceAll("x", "y".repeat(1000)).length',
  '"x".padEnd(2 ** 29).length',
  '"x".padStart(2 ** 29).length',
  '"ü".repeat(1e7).normalize("NFD").length',
  '"ß".repeat(5e7).toUpperCase().length',
  '"x".repeat(1e8).concat("y".repeat(1e8)).length',
  'encodeURIComponent("ü".repeat(2e7)).length',
  'escape("ü".repeat(2e7)).length',
  'JSON.stringify("\\u0000".repeat(5e7)).length',
  "JSON.stringify(new Array(1e7).fill(0)).length",
  'JSON.parse("[" + "0,".repeat(1e7) + "0]").length',
  "new Array(2 ** 32 - 1).fill(0).length",
  "new Array(1e9).fill(1).length",
  "Array.from({ length: 1e9 }).length",
  "Array.from({ length: 2 ** 53 - 1 })",
  "[...new Array(1e8).keys()].length",
  'new Array(1e8).join("xxxxxxxx").length',
  "new Array(1e6).fill(0).flatMap(() => new Array(1000).fill(0)).length",
  "new Array(1e8).toString().length",
  "new ArrayBuffer(2 ** 33)",
  "new ArrayBuffer(2 ** 53)",
  "new Uint8Array(2 ** 31)",
  "new Float64Array(1e9)",
  "new Uint8Array(3e8).map((x) => x).length",
  "new Uint8Array(3e8).slice().length",
  "new ArrayBuffer(8, { maxByteLength: 2 ** 32 }).resize(2 ** 32)",
  "Object.fromEntries(new Array(1e7).fill(0).map((_, i) => [i, i]))",
  "new Map(new Array(1e7).fill(0).map((_, i) => [i, i])).size",
  "new Set(new Array(1e7).keys()).size",
  "2n ** 100_000_000n",
  "1n << (1n << 30n)",
  "(10n ** 1_000_000n).toString().length",
  'BigInt("9".repeat(1e6)) * BigInt("9".repeat(1e6))',
  'Symbol("x".repeat(2 ** 28)).toString().length',
  'new RegExp("a".repeat(1e7)).test("a")',
  "new RegExp('(' + 'a|'.repeat(1e6) + 'b)').test('c')",
  "structuredClone(new Array(1e7).fill({})).length",
  "String.fromCharCode(...new Array(1e7).fill(65)).length",
  "Math.max(...new Array(1e8).fill(1))",
  "new Function('return ' + '['.repeat(1e5))()",
  "Object.keys('x'.repeat(1e8)).length",
  "Reflect.ownKeys(new Uint8Array(1e8)).length",
];

/** What is slow, by loops that no script makes itself. */
const HOGS = [
  '/^(a+)+$/.test("a".repeat(40) + "!")',
  '/(x+x+)+y/.test("x".repeat(40))',
  '/^(\\w+\\s?)*$/.test("word ".repeat(30) + "!")',
  '"x".repeat(1e5).match(/(.*)*y/)',
  '/(?=(a+))\\1*b/.exec("a".repeat(1e5))',
  "3n ** 3_000_000n % 7n",
  'BigInt("7".repeat(300_000)) / 3n',
  "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
  "Array.prototype.reverse.call({ length: 2 ** 53 - 2 })",
  "Array.prototype.lastIndexOf.call({ length: 2 ** 40 }, 1)",
  "[2, 1].sort(() => { for (;;); })",
  "for (const x of { [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) });",
  "for (;;) await null",
  "for (;;) await new Promise((resolve) => queueMicrotask(resolve))",
];

/** Stacks. */
const STACKS = [
  "const f = () => f() + 1; return f()",
  "const f = () => { try { return f(); } finally { return 1; } }; return f()",
  "const o = { get a() { return this.a; } }; return o.a",
  "const o = { toString() { return String(this); } }; return String(o)",
  "const o = { toJSON() { return JSON.stringify(o); } }; return JSON.stringify(o)",
  "const p = new Proxy({}, { get: (t, k, r) => r[k] }); return p.x",
  "const f = async () => await f(); return await f()",
  "function* g() { yield* g(); } return [...g()]",
  "class A { static get [Symbol.species]() { return new A().map; } } return String(A[Symbol.species])",
  "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return JSON.stringify(a)",
  "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity).length",
  "let a = {}; for (let i = 0; i < 1e5; i++) a = { a }; return structuredClone(a)",
  'return JSON.parse("[".repeat(1e6))',
  'return new RegExp("(".repeat(1e5) + ")".repeat(1e5))',
];

/** Writes to what everybody uses; in turn each of these is spoiled. */
const SPOILED = [
  "Object.prototype.toString",
  "Object.prototype.hasOwnProperty",
  "Object.defineProperty",
  "Object.getPrototypeOf",
  "Object.freeze",
  "Object.keys",
  "Function.prototype.call",
  "Function.prototype.apply",
  "Function.prototype.bind",
  "Array.prototype.push",
  "Array.prototype.map",
  "Array.prototype[Symbol.iterator]",
  "Array.isArray",
  "String.prototype.split",
  "String.prototype.charCodeAt",
  "Promise.prototype.then",
  "Promise.resolve",
  "Map.prototype.get",
  "Map.prototype.set",
  "Set.prototype.has",
  "WeakMap.prototype.get",
  "WeakMap.prototype.set",
  "Uint8Array.prototype.set",
  "Uint8Array.prototype.subarray",
  "JSON.parse",
  "JSON.stringify",
  "Reflect.get",
  "Reflect.apply",
  "Reflect.ownKeys",
  "Symbol.prototype.toString",
  "Error.prototype.toString",
  "Number.prototype.toString",
  "RegExp.prototype.exec",
  "Date.prototype.getTime",
].map((path) => {
  const cut = path.startsWith("Array.prototype[") ? path.indexOf("[") : path.lastIndexOf(".");
  const holder = path.slice(0, cut);
  return `try { ${path} = () => { throw new Error("spoiled"); }; } catch {} try { Object.defineProperty(${holder}, "planted", { get() { throw new Error("planted"); } }); } catch {} return 1`;
});

/** Values that bite whoever looks at them: as results, errors and outputs. */
const TRAPS = [
  "throw { toString() { throw new Error('trap'); } }",
  "throw { get stack() { for (;;); } }",
  "throw Object.assign(new Error('x'), { toString() { for (;;); } })",
  "throw new Proxy(new Error('x'), { get() { throw new Error('trap'); } })",
  "throw Object.create(null)",
  "throw Symbol('x')",
  "throw undefined",
  "const e = new Error('x'); Object.defineProperty(e, 'message', { get() { throw e; } }); throw e",
  "const e = new Error('x'); e.cause = e; throw e",
  "class E extends Error { get name() { throw new Error('name'); } } throw new E()",
  "return { toJSON() { throw new Error('trap'); } }",
  "return { get a() { for (;;); } }",
  "return new Proxy([], { get(t, k) { return k === 'length' ? 2 ** 53 : 0; } })",
  "return { then(resolve) { resolve(this); } }",
  "return { then() { for (;;); } }",
  "const a = []; a.push(a); return a",
  "return 5n",
  "output({ toString() { throw new Error('trap'); } }, 'topic')",
  "outputJSON({ toJSON() { for (;;); } }, 'topic')",
  "output('x', { toString: () => 'workflow-changelog' })",
  "output('x', 'workflow-changelog')",
  "output('x', '__consumer_offsets')",
  "class A extends Array { static get [Symbol.species]() { return function () { throw new Error('species'); }; } } return new A(3).map((x) => x)",
  "class P extends Promise { static get [Symbol.species]() { return class { constructor(run) { run(() => {}, () => {}); } }; } } return await P.resolve(1).then((x) => x)",
  "const r = /x/; r.exec = () => ({ get index() { throw 1; } }); return 'x'.replace(r, 'y')",
  "return [3, 1, 2].sort({ get call() { throw 1; } }.x)",
  "return String({ [Symbol.toPrimitive]() { throw new Error('trap'); } })",
];

/** Floods: of outputs, jobs, timers, promises. */
const FLOODS = [
  "for (;;) output('x', 'topic')",
  "for (;;) { try { output('x', 'topic'); } catch {} }",
  "for (;;) new Promise(() => output('x', 'topic')).catch(() => {})",
  "for (;;) output('x'.repeat(1e6), 'topic')",
  "const again = () => { queueMicrotask(again); output('x', 'topic'); }; again(); return new Promise(() => {})",
  "const next = () => { try { output('x', 'topic'); } catch {} return Promise.resolve().then(next); }; return await next()",
  "for (let i = 0; i < 1e5; i++) setTimeout(() => {}, 1e6); return new Promise(() => {})",
  "for (let i = 0; i < 1e6; i++) Promise.reject(new Error('x')); return 1",
  "for (;;) console.log('x')",
  "const all = []; for (let i = 0; i < 1e5; i++) all.push(new Promise(() => {})); return await Promise.all(all)",
];

/** What the sandboxes of other projects were left by. */
export const REACH = [
  "this",
  "globalThis.process",
  "globalThis.require",
  "globalThis.module",
  "globalThis.Deno",
  "globalThis.Bun",
  "globalThis.WebAssembly",
  "globalThis.SharedArrayBuffer",
  "(() => { try { return Atomics.wait(new Int32Array(2), 0, 0, 1e9); } catch {} })()",
  "globalThis.$isolate ?? globalThis._ivm ?? globalThis.isolate",
  "globalThis.global?.process",
  "(() => {}).constructor('return typeof process === \"object\" ? process : undefined')()",
  "(async () => {}).constructor('return typeof process === \"object\" ? process : undefined')()",
  "(function* () {}).constructor('return typeof process')().next().value === 'object' ? 1 : undefined",
  "output.constructor('return this.process')()",
  "output.call.constructor('return this.process')()",
  "output.caller ?? output.arguments?.callee",
  "Error.captureStackTrace && (() => { const o = {}; Error.captureStackTrace(o); return /node:|file:/.test(o.stack) ? o.stack : undefined; })()",
  "(() => { Error.prepareStackTrace = (_, sites) => sites; const s = new Error().stack; return Array.isArray(s) ? s.map((x) => x.getThis?.()).find((x) => x && x !== globalThis && x.process) : undefined; })()",
  "(() => { try { null.x; } catch (e) { return e.constructor.constructor('return this.process')(); } })()",
  "(() => { try { output(); } catch (e) { return e.constructor.constructor('return this.process')(); } })()",
  "import.meta.url?.startsWith('file:') ? import.meta.url : undefined",
  "import.meta.dirname",
  "Object.getOwnPropertyNames(globalThis).find((name) => /^(\\$k|abi|kernel|host|bridge|ivm)$/i.test(name))",
  "Object.getOwnPropertySymbols(globalThis).find((s) => /nodejs|kawait/.test(String(s)))",
  "globalThis.constructor.constructor('return this.process')()",
  "Reflect.construct(Function, ['return this.process'])()",
  "new (class extends Function {})('return this.process')()",
  "(0, eval)('typeof process === \"object\" ? process : undefined')",
  "structuredClone.constructor('return this.process')()",
  "new Proxy(output, {}).constructor('return this.process')()",
  "setTimeout.constructor('return this.process')()",
  "Object.getOwnPropertyNames(Function.prototype).find((name) => name.startsWith('$'))",
];

/** What looks like the runtime's own. */
const INSIDE = [
  "const o = { d: 1, pc: 3, l: [1, 2], i: 0, n: 0, done: false }; await null; return o",
  "const o = { __proto__: { status: 1, payload: 2, handled: true } }; await null; return 1",
  "Promise.prototype.constructor = function () {}; await null; return 1",
  "class P extends Promise { constructor(run) { super(run); return {}; } } return await P.resolve(1).catch(() => 1)",
  "Object.setPrototypeOf(Promise.resolve(1), null); return await 1",
  "const p = Promise.resolve(1); Object.setPrototypeOf(p, Map.prototype); return await p",
  "const f = async () => 1; Object.setPrototypeOf(f, null); return await f()",
  "function* g() { yield 1; } const it = g(); Object.setPrototypeOf(it, null); return 1",
  "const it = (function* () { yield it; })(); for (const x of it) if (x === it) return 1; return 2",
  "const u = Uint8Array.of(0x4b, 0x54, 1, 0, 255, 255, 255, 255); await null; return [...u]",
  "return 'KT\\u0001\\u0000'.repeat(100)",
  "const m = new Map(); m.set(m, m); const w = new WeakMap([[m, m]]); await null; return w.get(m) === m",
  "const a = new Array(1e6); a[999_999] = 1; await null; return a.length",
  "const o = {}; o.o = o; Object.freeze(o); await null; return o.o === o",
  "delete globalThis.Promise; delete globalThis.Array; await null; return 1",
  "globalThis.Symbol = undefined; globalThis.Object = undefined; await null; return 1",
];

export const GROUPS: readonly Group[] = [
  { name: "allocations", kinds: ALLOCATIONS.map((expression) => `return ${expression}`) },
  { name: "hogs", kinds: HOGS.map((kind) => (kind.startsWith("for") ? kind : `return ${kind}`)) },
  { name: "stacks", kinds: STACKS },
  { name: "spoiled intrinsics", kinds: SPOILED },
  { name: "traps", kinds: TRAPS },
  { name: "floods", kinds: FLOODS },
  { name: "the runtime's inside", kinds: INSIDE },
];
