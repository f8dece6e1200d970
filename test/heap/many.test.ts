/** What the codec does another way where there is much of it: long and short strings, objects of one shape, lists, one state behind another. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type GuestContext, type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => isolate.dispose());

const ROOT = `heap.kept("root")`;

function keep(context: GuestContext, expression: string): void {
  context.run(`heap.keep("root", ${expression}); undefined`);
}

/** Into `to` and out of it; gives the bytes. */
function roundTrip(from: GuestContext, to: GuestContext, expression: string): Uint8Array {
  keep(from, expression);
  const bytes = from.encode(ROOT);
  to.decode(bytes, "root");
  assert.deepEqual(to.encode(ROOT), bytes, expression);
  assert.equal(to.run(`describeGraph(${ROOT})`), from.run(`describeGraph(${ROOT})`), expression);
  return bytes;
}

const LENGTHS = "[...Array(300).keys(), 1022, 1023, 1024, 1025, 4095, 4096, 4097, 9000]";

for (const mode of ["private", "shared"] as const) {
  test(`strings of each length, ${mode} mode`, () => {
    const from = isolate.context(mode);
    const to = isolate.context(mode);
    for (const text of [
      `"abcdefghij".repeat(1000).slice(0, n)`,
      `String.fromCharCode(...Array.from({ length: n % 2000 }, (_, i) => 255 - (i % 256)))`,
      `"abcdefghij".repeat(1000).slice(0, n) + "\\u0100"`,
      `"\\ud800" + "abcdefghij".repeat(1000).slice(0, n)`,
    ]) {
      roundTrip(from, to, `${LENGTHS}.map((n) => ${text})`);
      // Each of them twice: the second time in short.
      roundTrip(from, to, `[...${LENGTHS}, ...${LENGTHS}].map((n) => ${text})`);
    }
    from.release();
    to.release();
  });

  test(`arrays of each length, ${mode} mode`, () => {
    const from = isolate.context(mode);
    const to = isolate.context(mode);
    roundTrip(from, to, `Array.from({ length: 80 }, (_, n) => Array.from({ length: n }, (_, i) => i * 1.5))`);
    roundTrip(
      from,
      to,
      `Array.from({ length: 20 }, (_, n) => Array.from({ length: 2_000 }, (_, i) => "i" + (i % (n + 1))))`,
    );
    for (const hole of [0, 1, 3, 4, 5, 16, 18, 19])
      roundTrip(
        from,
        to,
        `(() => { const a = Array.from({ length: 20 }, (_, i) => [i]); delete a[${hole}]; return [a, a]; })()`,
      );
    from.release();
    to.release();
  });
}

test("objects of one shape, of many, and of two in turns", () => {
  const from = isolate.context();
  const to = isolate.context();
  roundTrip(from, to, `Array.from({ length: 300 }, (_, i) => ({ a: i, b: { c: i } }))`);
  roundTrip(from, to, `Array.from({ length: 300 }, (_, i) => (i % 2 ? { a: i, b: 1 } : { b: 1, a: i }))`);
  roundTrip(from, to, `Array.from({ length: 600 }, (_, i) => ({ ["k" + (i % 30)]: i, "": i }))`);
  roundTrip(from, to, `Array.from({ length: 100 }, (_, i) => ({ "": i }))`);
  roundTrip(from, to, `Array.from({ length: 100 }, (_, i) => ({ toString: i, ["__proto__"]: { i } }))`);
  from.release();
  to.release();
});

test("a state has the same bytes behind a large one", () => {
  const context = isolate.context();
  const other = isolate.context();
  const small = `["one", "two", { one: 1 }, "Ā", "one", ["three"]]`;
  const bytes = roundTrip(context, other, small);
  for (const count of [40, 2_000, 50_000]) {
    keep(
      context,
      `Array.from({ length: ${count} }, (_, i) => ({ ["k" + (i % 50)]: "text " + i, again: "text " + (i >> 1) }))`,
    );
    const large = context.encode(ROOT);
    other.decode(large, "root");
    assert.deepEqual(other.encode(ROOT), large);
    keep(context, small);
    assert.deepEqual(context.encode(ROOT), bytes);
    assert.deepEqual(context.encode(ROOT), bytes);
  }
  context.release();
  other.release();
});

test("what a script put on the prototypes of objects and arrays is not asked while a state is read", () => {
  const from = isolate.context();
  const to = isolate.context();
  keep(from, `Array.from({ length: 100 }, (_, i) => ({ a: i, b: [i, i, i, i, i, i, i], c: "c" + i }))`);
  const bytes = from.encode(ROOT);
  to.decode(bytes, "root");
  to.run(`globalThis.calls = 0;
    for (const [target, key] of [[Object.prototype, "a"], [Array.prototype, "6"], [Array.prototype, "50"]])
      Object.defineProperty(target, key, { set() { calls++; }, get() { calls++; }, configurable: true });
    Object.defineProperty(Object.prototype, "c", { value: 1, writable: false, configurable: true });
    undefined`);
  // Before a thread is saved that may have changed prototypes, they are looked at; these functions of the test are no one's to save.
  assert.throws(() => to.encode("[]", true), /UnserializableValue/);
  to.decode(bytes, "again");
  assert.equal(to.run("calls"), 0);
  assert.equal(
    to.run(`JSON.stringify(heap.kept("again").map((one) => [Object.keys(one), one.a, one.b, one.c]).flat(9)) ===
    JSON.stringify(Array.from({ length: 100 }, (_, i) => ["a", "b", "c", i, i, i, i, i, i, i, i, "c" + i]).flat(9))`),
    true,
  );
  from.release();
  to.release();
});

/** What is done with `all`, a list of objects that were decoded. A getter that ran would leave its value in place of itself. */
const CHANGES: Readonly<Record<string, string>> = {
  nothing: "",
  "another value": "all[7].a = 'new'; all[8].b = all[9];",
  "a property more, a property less, the same in another order": `all[3].c = 1; delete all[4].a; const { a } = all[5]; delete all[5].a; all[5].a = a;`,
  "an accessor by definition": `Object.defineProperty(all[3], "a", { get: abi.getter, enumerable: true, configurable: true });`,
  "an accessor of a literal that waited": `abi.k.accessor(all[3], "a", abi.getter, undefined);`,
  "parts of a literal that waited": `abi.k.extend(all[3], Object.defineProperty({}, "a", { value: 1, enumerable: true }));`,
  "an accessor of old": `all[3].__defineGetter__("a", abi.getter);`,
  "a definition behind a proxy": `Object.defineProperty(new Proxy(all[3], {}), "a", { writable: false });`,
  "not writable": `Reflect.defineProperty(all[3], "a", { writable: false });`,
  "frozen, sealed, not extensible": "Object.freeze(all[3]); Object.seal(all[4]); Object.preventExtensions(all[5]);",
  "a symbol": "all[3][Symbol.iterator] = 1;",
  "another prototype": "Object.setPrototypeOf(all[3], null); Object.setPrototypeOf(all[4], all[5]);",
  "the engine's stack": "Error.stackTraceLimit = 0; Error.captureStackTrace(all[40]);",
  "the engine's stack in place of another": "Error.stackTraceLimit = 0; Error.captureStackTrace(all[40].stacked);",
  "many less": "all.splice(2, 50);",
  "all but the last": "all.splice(0, 99);",
  "many more": "all.unshift(...Array.from({ length: 50 }, (_, i) => ({ a: i, b: { c: i } })));",
  "turned round": "all.reverse();",
  "met earlier than before": "all.unshift(all[50]); all[2].b = all[60]; all[70].b = all[2];",
  "met twice": "for (let i = 0; i < 50; i++) all[i].b = all[99 - i].b;",
  "bound functions of what comes later":
    "all[1].b = parseInt.bind(all[80], all[81], parseInt.bind(all[90].b)); all[3].b = all[1].b;",
  "every other one new": "for (let i = 0; i < all.length; i += 2) all[i] = { ...all[i] };",
};

test("objects that were decoded and changed have the bytes of a full check", () => {
  const from = isolate.context();
  keep(from, `Array.from({ length: 100 }, (_, i) => ({ a: i, b: { c: i }, stacked: { stack: i } }))`);
  const bytes = from.encode(ROOT);
  const full = isolate.context();
  full.run("heap.checkEveryObject()");
  for (const [name, change] of Object.entries(CHANGES)) {
    // One that has met a property that is not ordinary checks all of them from then on.
    const quick = isolate.context();
    const [one, other] = [quick, full].map((context) => {
      context.decode(bytes, "root");
      context.run(`((all) => { const abi = { k: heap.abi, getter: isNaN }; ${change} })(${ROOT}); undefined`);
      const made = context.encode(ROOT);
      assert.deepEqual(context.encode(ROOT), made, `${name}, saved again`);
      return made;
    });
    assert.deepEqual(one, other, name);
    from.decode(one!, "changed");
    assert.equal(from.run(`describeGraph(heap.kept("changed"))`), quick.run(`describeGraph(${ROOT})`), name);
    quick.release();
  }
  for (const context of [from, full]) context.release();
});

test("graphs that were decoded and changed at random have the bytes of those that were not decoded", () => {
  const seed = Date.now() % 1_000_000;
  process.stdout.write(`seed ${seed}\n`);
  const context = isolate.context();
  context.run(`globalThis.state = ${seed};
    globalThis.below = (n) => { state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff; return (state >>> 8) % n; };
    globalThis.MAKE = [() => ({ a: 1, b: 2 }), () => ({ a: 1, c: "s" + below(9) }), () => [], () => [1, [], {}], () => new Map(), () => new Set(),
      () => new Date(below(99)), () => Promise.resolve(1), () => Symbol("x"), () => parseInt.bind({}), () => new Error("e")];
    globalThis.put = (holder, value) => {
      if (holder instanceof Map) holder.set(value, value); else if (holder instanceof Set) holder.add(value);
      else if (Array.isArray(holder)) holder[below(6)] = value; else if (typeof holder === "object") holder["abcd"[below(4)]] = value;
    };
    globalThis.parts = (root) => {
      const seen = new Set([root]);
      for (const one of seen) {
        const next = one instanceof Map ? [...one.keys()] : one instanceof Set ? [...one] : Object.values(one);
        for (const value of next) if (Object(value) === value || typeof value === "symbol") seen.add(value);
      }
      return [...seen];
    };
    globalThis.change = (root, times) => {
      for (let i = 0; i < times; i++) {
        const all = parts(root);
        const holder = all[below(all.length)];
        put(holder, below(3) === 0 ? all[below(all.length)] : MAKE[below(MAKE.length)]());
        if (below(8) === 0 && Array.isArray(holder)) holder.splice(below(3), 1 + below(2));
      }
    };
    undefined`);
  keep(context, "[{}, [], new Map()]");
  for (let round = 0; round < 60; round++) {
    context.run(`change(${ROOT}, ${round % 20}); undefined`);
    const first = context.encode(ROOT);
    assert.deepEqual(context.encode(ROOT), first, `round ${round}`);
    context.decode(first, "root");
    assert.deepEqual(context.encode(ROOT), first, `round ${round}, decoded`);
    context.decode(first, "root");
  }
  context.release();
});
