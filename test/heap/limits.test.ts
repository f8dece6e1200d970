/** Long chains, damaged bytes, values that cannot be saved, and random graphs from a seed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES, 1024);
});
after(() => isolate.dispose());

const chains: Record<string, string> = {
  "a list of 200,000 nodes":
    "let list = null; for (let i = 0; i < 200_000; i++) list = { value: i, next: list }; return list",
  "500 functions, each bound from the one before":
    "let f = test.increment(new test.S0(0)); for (let i = 0; i < 500; i++) f = f.bind(null, i); return f",
  "20,000 closures over one another":
    "let f = null; for (let i = 0; i < 20_000; i++) f = test.increment(new test.S0(f)); return f",
  // What an object is asked goes up all its prototypes: the time grows with the square.
  "8,000 objects, each the prototype of the next":
    "let o = null; for (let i = 0; i < 8_000; i++) o = Object.create(o); return o",
  "20,000 promises, each waiting for the one before":
    "let p = new Promise(test.increment(new test.S0(0))); for (let i = 0; i < 20_000; i++) p = p.then(undefined); return p",
  "2,000 proxies, each of the one before":
    "let p = {}; for (let i = 0; i < 2_000; i++) p = new Proxy(p, { i }); return p",
  "10,000 pending promises":
    "const all = []; for (let i = 0; i < 10_000; i++) all.push(new Promise(test.increment(new test.S0(i)))); return [Promise.all(all), all]",
  "10,000 iterators in the middle of one Map's 10 entries":
    "const m = new Map(Array.from({ length: 10 }, (_, i) => [i, {}])); const all = []; for (let i = 0; i < 10_000; i++) { const k = m.keys(); k.next(); all.push(k); } return all",
  "50 MB of bytes":
    "const parts = ['x'.repeat(1e5), Array.from({ length: 1e4 }, (_, n) => n / 7)]; for (let i = 0; i < 50; i++) parts.push(new Uint8Array(1e6).fill(i).buffer); return parts",
  "20,000 Maps in one another": "let m = new Map(); for (let i = 0; i < 20_000; i++) m = new Map([[m, i]]); return m",
};

for (const [name, code] of Object.entries(chains)) {
  test(name, () => {
    const from = isolate.context();
    const to = isolate.context();
    const bytes = from.encode(`(() => { ${code} })()`);
    to.decode(bytes, "root");
    assert.ok(Buffer.from(to.encode("heap.kept('root')")).equals(Buffer.from(bytes)));
    from.release();
    to.release();
  });
}

const SAMPLE = `[{ id: 1, name: "x" }, new Map([[1, { a: 1 }]]), test.increment(new test.S0(3)), new TypeError("t"), [1, , 3], new Uint8Array(3),
  Object.freeze({ a: [] }), Promise.resolve(1), test.makeShape(new test.S0(1), Object, "k"), 12345678901234567890n, /a/g, new test.Receipt(1)]`;

test("damaged bytes: a named error or some other graph, never a crash of the codec", () => {
  const context = isolate.context();
  const bytes = context.encode(SAMPLE);
  let refused = 0;
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [1, 16, 128]) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = damaged[at]! ^ flip;
      try {
        context.decode(damaged, "root");
      } catch (error) {
        assert.match((error as Error).message, /^(CorruptState|UnknownFormatVersion): /);
        refused++;
      }
    }
    assert.throws(() => context.decode(bytes.slice(0, at), "root"), /CorruptState/, `cut at ${at}`);
  }
  assert.ok(refused > bytes.length / 2);
  context.release();
});

test("a newer format and an unknown required section are refused by name, an optional one is skipped", () => {
  const context = isolate.context();
  const bytes = context.encode("[1, 2]");
  const newer = Uint8Array.from(bytes);
  newer[0] = 2;
  assert.throws(() => context.decode(newer, "root"), /UnknownFormatVersion: The heap has format 2/);
  const withSection = (tag: number) => Uint8Array.from([bytes[0]!, tag, 3, 9, 9, 9, ...bytes.subarray(1)]);
  context.decode(withSection(2), "root");
  assert.deepEqual(context.encode("heap.kept('root')"), bytes);
  assert.throws(() => context.decode(withSection(5), "root"), /CorruptState: .*required section 5/);
  context.release();
});

const refusals: readonly (readonly [string, RegExp])[] = [
  [
    "({ a: [{ b: [][Symbol.iterator]() }] })",
    /^UnserializableValue: property a › property 0 › property b: a native iterator/,
  ],
  ["new Map([['k', [][Symbol.iterator]()]])", /^UnserializableValue: entry k: a native iterator/],
  [
    "test.increment(new test.S0({ native: () => 1 }))",
    /^UnserializableValue: closure › n › property native: a native function/,
  ],
  [
    "test.book()(new Promise(test.increment(new test.S0(0))), { socket: (function* () {})() })",
    /frame book › local n › property socket: a generator of code that was not compiled/,
  ],
  ["new Proxy({ a: () => 1 }, {})", /^UnserializableValue: target › property a: a native function/],
  ["({ get x() { return 1; } })", /getter of property x/],
];

for (const [expression, message] of refusals) {
  test(`refused with its path: ${expression}`, () => {
    const context = isolate.context();
    assert.throws(
      () => context.encode(expression),
      (error: Error) => message.test(error.message) || assert.fail(error.message),
    );
    // The encoder is none the worse for it.
    assert.equal(context.encode("1").length, 8);
    context.release();
  });
}

test("the codec calls nothing of the script", () => {
  const context = isolate.context();
  const bytes = context.encode(`(() => {
    const value = { m: new Map([[1, 2]]), a: [1, 2, 3, 4, 5], s: "x\\u1234", e: new TypeError("t"), d: new Date(0), u: new Uint8Array(4), f: Object.freeze({ a: 1 }) };
    globalThis.called = '';
    const trap = (name) => function () { called += name; return 0; };
    const targets = [[Array.prototype, "push"], [Array.prototype, "map"], [Array.prototype, "forEach"], [Array.prototype, "slice"],
      [Map.prototype, "get"], [Map.prototype, "set"], [Map.prototype, "forEach"], [Uint8Array.prototype, "set"], [Uint8Array.prototype, "slice"],
      [String.prototype, "charCodeAt"], [String.prototype, "slice"], [Object.prototype, "toJSON"], [Object.prototype, "then"],
      [Function.prototype, "call"], [Function.prototype, "apply"], [Array.prototype, Symbol.iterator], [Map.prototype, Symbol.iterator]];
    for (let i = 0; i < targets.length; i++) targets[i][0][targets[i][1]] = trap(String(targets[i][1]));
    Object.defineProperty(Object.prototype, "get", { get: trap("get"), set: trap("set get"), configurable: true });
    Object.defineProperty(Array.prototype, 3, { get: trap("index 3"), set: trap("set index 3"), configurable: true });
    Object.defineProperty(Object.getPrototypeOf(Uint8Array.prototype), "length", { get: trap("length") });
    Error.prepareStackTrace = trap("prepareStackTrace");
    return value;
  })()`);
  assert.equal(context.run("called"), "");
  const other = isolate.context();
  other.decode(bytes, "root");
  assert.equal(other.run("JSON.stringify(heap.kept('root').a)"), "[1,2,3,4,5]");
  context.release();
  other.release();
});

/** A random graph: the same from the same seed, in any context. */
const RANDOM_GRAPH = `(seed, size) => {
  let state = seed >>> 0;
  const random = (n) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return Math.floor((state / 2 ** 32) * n); };
  const pool = [test.shared, Array.prototype, null, undefined];
  const any = () => random(3) === 0 ? [random(1000), "s" + random(20), -0, NaN, 1n << BigInt(random(80)), true, Symbol.iterator, random(9) / 7, undefined][random(9)] : pool[random(pool.length)];
  const key = () => random(6) === 0 ? String(random(5)) : random(12) === 0 ? Symbol.for("k" + random(3)) : "k" + random(8);
  const scope = () => new test.S0(any());
  const makers = [
    () => { const o = {}; for (let n = random(5); n > 0; n--) o[key()] = any(); return o; },
    () => { const a = []; for (let n = random(6); n > 0; n--) { if (random(8) === 0) a.length++; else a.push(any()); } return a; },
    () => { const m = new Map(); for (let n = random(5); n > 0; n--) m.set(any(), any()); return m; },
    () => { const s = new Set(); for (let n = random(5); n > 0; n--) s.add(any()); return s; },
    () => test.increment(scope()), () => test.normal(scope()), () => test.both(scope(), new test.S1(any(), any())),
    () => new Date(random(1e9)), () => new RegExp("a" + random(9), "g"), () => Object.create(null), () => new test.Receipt(any()),
    () => Promise.resolve(random(5)), () => new Promise(test.increment(scope())), () => new Error("e" + random(5), { cause: any() }),
    () => new Uint8Array(random(9)).fill(random(256)), () => test.normal(scope()).bind(any(), any()), () => test.makeShape(scope(), Object, "m" + random(3)),
    () => { const C = test.makeShape(scope(), Object, "m"); return new C(); }, () => { const F = test.normal(new test.S0(random(9))); return new F(1, 2); },
  ];
  for (let i = 0; i < size; i++) {
    const made = makers[random(makers.length)]();
    pool.push(made);
    if (random(10) === 0 && !ArrayBuffer.isView(made)) Object.defineProperty(made, key(), { value: any(), enumerable: random(2) === 0, writable: random(2) === 0, configurable: true });
    if (random(10) === 0) try { Object.assign(pool[4 + random(pool.length - 4)], { ["p" + random(4)]: any() }); } catch {}
    if (random(25) === 0) Object.freeze(made.constructor === Uint8Array ? {} : made);
    if (random(30) === 0 && typeof made === "object" && Object.isExtensible(made) && !ArrayBuffer.isView(made)) Object.setPrototypeOf(pool[pool.length - 1], random(2) === 0 ? null : {});
  }
  return pool;
}`;

test("random graphs come out as they went in", () => {
  const first = Number(process.env.KAWAIT_TEST_SEED ?? Date.now() % 1_000_000);
  console.log(`first seed ${first}`);
  for (let seed = first; seed < first + 12; seed++) {
    const from = isolate.context();
    const to = isolate.context();
    from.run(`heap.keep("root", (${RANDOM_GRAPH})(${seed}, 120))`);
    const bytes = from.encode("heap.kept('root')");
    to.decode(bytes, "root");
    assert.ok(Buffer.from(to.encode("heap.kept('root')")).equals(Buffer.from(bytes)), `bytes of seed ${seed}`);
    from.run("heap.checkEveryObject()");
    assert.ok(Buffer.from(from.encode("heap.kept('root')")).equals(Buffer.from(bytes)), `checked first, seed ${seed}`);
    assert.equal(
      to.run("describeGraph(heap.kept('root'))"),
      from.run("describeGraph(heap.kept('root'))"),
      `seed ${seed}`,
    );
    from.release();
    to.release();
  }
});
