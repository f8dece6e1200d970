/** Objects with state that only the engine sees: each is restored, or refused by name; none passes for a plain object. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type GuestContext, type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => isolate.dispose());

function inContexts(use: (...contexts: [GuestContext, GuestContext]) => void): void {
  const contexts: [GuestContext, GuestContext] = [isolate.context(), isolate.context()];
  try {
    use(...contexts);
  } finally {
    for (const context of contexts) context.release();
  }
}

function roundTrip(from: GuestContext, to: GuestContext, value: string): void {
  from.run(`heap.keep("root", ${value}); undefined`);
  const bytes = from.encode("heap.kept('root')");
  to.decode(bytes, "root");
  const describe = "describeGraph(heap.kept('root'))";
  assert.deepEqual(to.encode("heap.kept('root')"), bytes, value);
  assert.equal(to.run(describe), from.run(describe), value);
}

/** Natives that a state can hold, found by slot or brand. */
const saved: readonly string[] = [
  "[1].values()",
  "[1].entries()",
  "new Uint8Array(1).keys()",
  "new Map([[1, 2]]).entries()",
  "new Set([1]).values()",
  "'x'.matchAll(/x/g)",
  "[1].values().map(String)",
  "Iterator.from({ next: Object })",
  "new WeakRef({})",
  "new FinalizationRegistry(Object)",
  "new DisposableStack()",
  "new AsyncDisposableStack()",
  "new Intl.Collator()",
  "Intl.Collator()",
  "new Intl.DateTimeFormat('en')",
  "new Intl.DisplayNames('en', { type: 'region' })",
  "new Intl.DurationFormat('en')",
  "new Intl.ListFormat('en')",
  "new Intl.Locale('en')",
  "new Intl.Locale('en').maximize()",
  "new Intl.NumberFormat('en')",
  "new Intl.PluralRules('en')",
  "new Intl.RelativeTimeFormat('en')",
  "new Intl.Segmenter('en')",
  "new Intl.Segmenter('en').segment('a')",
  "new Intl.Segmenter('en').segment('a')[Symbol.iterator]()",
  "new Map([[1, 2]])",
  "new Set([1])",
  "new WeakMap()",
  "new Date(5)",
  "/x/g",
  "new Error('m')",
  "Object(1)",
  "Promise.resolve(1)",
  "new Uint8Array([1, 2])",
  "new DataView(new ArrayBuffer(2))",
  "[1, 2]",
  "test.range(new test.S0(1))(5)",
];

/** Those that the engine made where nobody could see it. */
const natives: readonly string[] = [
  "[1][Symbol.iterator]()",
  "''[Symbol.iterator]()",
  "new Map()[Symbol.iterator]()",
  "(function* () { yield 1; })()",
  "(() => { const g = (function* () { yield 1; yield 2; })(); g.next(); return g; })()",
  "(async function* () { yield 1; })()",
];

const disguises: Readonly<Record<string, (value: string) => string>> = {
  "as it is": (value) => value,
  "without its prototype": (value) => `Object.setPrototypeOf(${value}, null)`,
  "as a plain object": (value) => `Object.setPrototypeOf(${value}, Object.prototype)`,
  "by __proto__": (value) => `(() => { const v = ${value}; v.__proto__ = {}; return v; })()`,
  "where prototypes lie": (value) => `(Object.setPrototypeOf(new Map(), null), ${value})`,
  "by its prototype's": (value) =>
    `(() => { const v = ${value}, p = Object.getPrototypeOf(v); if (!/^(Generator|AsyncGenerator)/.test(p[Symbol.toStringTag] ?? "") || Object.hasOwn(p, "next")) return v; Object.setPrototypeOf(p, null); return v; })()`,
};

for (const [disguise, dress] of Object.entries(disguises)) {
  test(`saved ${disguise}`, () => {
    // The prototype of an intrinsic would be changed for all.
    if (disguise === "by its prototype's") return;
    inContexts((from, to) => {
      for (const native of saved) roundTrip(from, to, dress(native));
    });
    for (const native of saved.slice(0, 3)) inContexts((from, to) => roundTrip(from, to, dress(native)));
  });

  test(`refused ${disguise}`, () => {
    for (const native of natives) {
      inContexts((context) => {
        assert.throws(
          () => context.encode(`({ held: ${dress(native)} })`),
          /UnserializableValue: .*property held.*: a .* cannot be saved: /,
          native,
        );
      });
    }
  });
}

test("made with a foreign new.target", () => {
  for (const [target, argument] of [
    ["WeakRef", "{}"],
    ["Function.prototype.bind.call(WeakRef)", "{}"],
    ["new Proxy(WeakRef, {})", "{}"],
    ["Intl.Collator", "'en'"],
    ["Map", "null"],
    ["test.makeShape(new test.S0(1), Intl.Locale, 'k')", "'en'"],
  ]) {
    inContexts((from, to) => roundTrip(from, to, `Reflect.construct(${target}, [${argument}], Object)`));
  }
});

test("what only looks like a native, and compiled generators beside native ones, are saved", () => {
  for (const value of [
    "({ [Symbol.toStringTag]: 'Generator', next: 1 })",
    "({ [Symbol.toStringTag]: 'Arguments', length: 1 })",
    "new (class extends Object {})()".replace(
      "class extends Object {}",
      "test.makeShape(new test.S0(1), Iterator, 'k')",
    ),
    "test.range(new test.S0(1))(5)",
    "Object.setPrototypeOf(test.range(new test.S0(1))(5), null)",
    "test.range(new test.S0(1)).prototype",
    "(() => { const p = test.range(new test.S0(1)).prototype; Object.setPrototypeOf(p, null); return p; })()",
  ]) {
    inContexts((from, to) => {
      from.run(`heap.keep("root", ${value})`);
      const bytes = from.encode("heap.kept('root')");
      to.decode(bytes, "root");
      const describe = "describeGraph(heap.kept('root')) + Object.prototype.toString.call(heap.kept('root'))";
      assert.equal(to.run(describe), from.run(describe), value);
      assert.deepEqual(to.encode("heap.kept('root')"), bytes, value);
    });
  }
});

const strict = "(function () { 'use strict'; return arguments; })";
const sloppy = "Function('a', 'b', 'return arguments')";

test("`arguments` objects stay what they are", () => {
  for (const value of [
    `${strict}(1, { a: 1 }, test.shared)`,
    `${strict}()`,
    `Object.defineProperty(${sloppy}(1, 2, 3), "callee", { value: test.shared })`,
    `(() => { const a = ${strict}(1, 2); a[0] = a; a.more = 1; delete a[1]; return Object.freeze(a); })()`,
    `(() => { const a = ${strict}(1, 2); a.length = 7; delete a[Symbol.iterator]; a[5] = 1; return a; })()`,
    `Object.setPrototypeOf(${strict}(1), null)`,
    `(() => { const a = ${sloppy}(1, 2); delete a.callee; Object.defineProperty(a, 0, { get: test.increment(new test.S0(1)) }); return a; })()`,
    `Object.assign(${strict}(1), { [Symbol.toStringTag]: undefined })`,
  ]) {
    inContexts((from, to) => {
      from.run(`heap.keep("root", ${value})`);
      const bytes = from.encode("heap.kept('root')");
      to.decode(bytes, "root");
      const describe = "describeGraph(heap.kept('root')) + Object.prototype.toString.call(heap.kept('root'))";
      assert.match(from.run(describe) as string, /\[object Arguments\]$/);
      assert.equal(to.run(describe), from.run(describe), value);
      assert.deepEqual(to.encode("heap.kept('root')"), bytes, value);
    });
  }
});

test("an `arguments` object that a script has disguised is refused by name", () => {
  for (const value of [
    `Object.assign(${strict}(1), { [Symbol.toStringTag]: "Other" })`,
    `Object.setPrototypeOf(${strict}(1), new Proxy({}, { get() { throw new Error("called"); } }))`,
  ]) {
    inContexts((context) => {
      assert.throws(
        () => context.encode(`({ held: ${value} })`),
        /UnserializableValue: .*property held: an `arguments` object/,
      );
    });
  }
});
