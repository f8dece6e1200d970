/** Weak collections: entries whose keys are reached go along, others leave no trace, and threads share none. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readHeap } from "../../runtime/heap-view/index.ts";
import { type GuestContext, type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";

/** Two weak collections of the program, filled while it loads. */
const WITH_COLLECTIONS = PROGRAM.replace(
  "$k.bindings(0, [",
  `const meta = new WeakMap(), seen = new WeakSet([shared]), made = { by: "load" };
   meta.set(Receipt, made).set(Object, "the language's").set(symbol, { of: "symbol" }).set({}, "nobody's");
   $k.bindings(0, [meta, seen, `,
).replace("globalThis.test = {", "globalThis.test = { meta, seen, ");

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(WITH_COLLECTIONS, TABLES);
});
after(() => isolate.dispose());

function inContexts(mode: "private" | "shared", use: (...contexts: [GuestContext, GuestContext]) => void): void {
  const contexts: [GuestContext, GuestContext] = [isolate.context(mode), isolate.context(mode)];
  try {
    use(...contexts);
  } finally {
    for (const context of contexts) context.release();
  }
}

/** Root, and what has to be true of the restored one, `r`. */
const samples: readonly (readonly [string, string])[] = [
  [
    "(() => { const m = new WeakMap(), k = {}, l = Object.freeze([]); m.set(k, l).set(l, k).set({}, 'gone'); return [m, k, l]; })()",
    "r[0].get(r[1]) === r[2] && r[0].get(r[2]) === r[1]",
  ],
  [
    "(() => { const m = new WeakMap(), k = { next: 1 }; let v = k; for (let i = 0; i < 5; i++) { const n = { i }; m.set(v, n); v = n; } return { k, m }; })()",
    "(() => { let v = r.k; for (let i = 0; i < 5; i++) { v = r.m.get(v); if (v.i !== i) return false; } return !r.m.has(v); })()",
  ],
  [
    "(() => { const outer = new WeakMap(), inner = new WeakMap(), k = {}; inner.set(k, 'deep'); outer.set(k, { inner }); return [k, outer]; })()",
    "r[1].get(r[0]).inner.get(r[0]) === 'deep'",
  ],
  [
    "(() => { const m = new WeakMap(), s = Symbol('s'); m.set(s, 1).set(Symbol.iterator, 2).set(test.symbol, 3).set(test.shared, 4).set(Math, 5); return [m, s]; })()",
    "[r[1], Symbol.iterator, test.symbol, test.shared, Math].every((k, i) => r[0].get(k) === i + 1)",
  ],
  [
    "(() => { const s = new WeakSet([test.shared]), k = test.increment(new test.S0(1)); s.add(k); s.note = 'own'; return [k, s]; })()",
    "r[1].has(r[0]) && r[1].has(test.shared) && !r[1].has({}) && r[1].note === 'own'",
  ],
  [
    "(() => { const C = test.makeShape(new test.S0(1), WeakMap, 'k'); const k = {}; return [new C([[k, undefined]]), k]; })()",
    "r[0].has(r[1]) && r[0].get(r[1]) === undefined && r[0] instanceof WeakMap",
  ],
  [
    "(() => { const m = new WeakMap(), k = {}; m.set(k, 1); m.delete(k); m.set(test.shared, 1); m.delete(test.shared); return [m, k]; })()",
    "!r[0].has(r[1]) && !r[0].has(test.shared)",
  ],
  [
    "(() => { const m = new WeakMap(); Object.setPrototypeOf(m, null); const k = {}; WeakMap.prototype.set.call(m, k, 1); return [m, k]; })()",
    "WeakMap.prototype.get.call(r[0], r[1]) === 1",
  ],
  [
    "(() => { const k = {}; test.meta.set(k, { of: k }); test.seen.add(k); return k; })()",
    "test.meta.get(r).of === r && test.seen.has(r)",
  ],
];

for (const [expression, expected] of samples) {
  test(`restored: ${expression}`, () => {
    for (const mode of ["private", "shared"] as const) {
      inContexts(mode, (from, to) => {
        from.run(`heap.keep("root", ${expression})`);
        const bytes = from.encode("heap.kept('root')", mode === "private");
        to.decode(bytes, "root");
        assert.equal(to.run(`((r) => ${expected})(heap.kept("root"))`), true);
        assert.deepEqual(to.encode("heap.kept('root')", mode === "private"), bytes, "the same bytes again");
        if (mode === "shared") assert.equal(from.run("heap.mustRunAlone()"), false);
      });
    }
  });
}

test("order of insertion, and keys that nothing else reaches, leave no trace", () => {
  inContexts("private", (context) => {
    const graph = (statements: string) =>
      context.encode(
        `(() => { const m = new WeakMap(), n = new WeakSet(), a = {}, b = {}; ${statements} return { m, a, n, b }; })()`,
      );
    const one = graph("m.set(a, 1).set(b, 2).set(Math, 3).set(test.shared, 4); n.add(a); n.add(b);");
    const other = graph(
      "n.add(b); n.add({}); m.set(test.shared, 4).set({}, test.S0).set(Math, 0); n.add(a); m.set(b, 2).set(a, 1).set(Math, 3);",
    );
    assert.deepEqual(other, one);
    // A key that only its own value reaches is not reached.
    const cycle = "const k = {}; m.set(k, { k });";
    assert.deepEqual(graph(cycle), graph(""));
  });
});

test("many short-lived collections leave nothing behind on a key that lives on", () => {
  inContexts("private", (context) => {
    context.run("heap.keep('k', {})");
    const bytes = context.encode("heap.kept('k')");
    context.run("for (let i = 0; i < 2_000; i++) new WeakSet().add(heap.kept('k')); undefined");
    assert.deepEqual(context.encode("heap.kept('k')"), bytes);
  });
});

test("shared mode: an entry that other threads could see is a breach", () => {
  for (const [statement, isBreach] of [
    ["test.meta.set(test.shared, 1)", true],
    ["test.meta.set(Object, 'other')", true],
    ["test.meta.set(Symbol.iterator, 1)", true],
    ["test.meta.delete(test.Receipt)", true],
    ["test.seen.add(test.Receipt)", true],
    ["test.seen.delete(test.shared)", true],
    ["test.meta.get(test.Receipt).by = 'thread'", true],
    ['test.meta.set(Object, "the language\'s")', false],
    ["test.seen.add(test.shared)", false],
    ["test.seen.delete(Math)", false],
    ["test.meta.set({}, 1)", false],
    ["new WeakMap([[test.shared, 1]]).delete(test.shared)", false],
  ] as const) {
    const context = isolate.context("shared");
    context.run(`(() => { "use strict"; try { ${statement} } catch (e) { test.$k.caught(e); } })(); undefined`);
    assert.equal(context.run("heap.mustRunAlone()"), isBreach, statement);
    context.release();
  }
});

test("private mode: what a thread changed in the program's collections is saved with it", () => {
  inContexts("private", (from, to) => {
    const unchanged = from.encode("1", true);
    assert.deepEqual(from.encode("1", false), unchanged);
    from.run(`test.meta.set(Object, { list: [1] }); test.meta.delete(test.Receipt); test.meta.set(test.shared, test.meta);
      test.seen.delete(test.shared); test.seen.add(test.Receipt); undefined`);
    const bytes = from.encode("1", true);
    to.decode(bytes, "root");
    assert.equal(
      to.run(`[test.meta.get(Object).list[0], test.meta.has(test.Receipt), test.meta.get(test.shared) === test.meta,
        test.meta.get(test.symbol).of, test.seen.has(test.shared), test.seen.has(test.Receipt)].join()`),
      "1,false,true,symbol,false,true",
    );
    assert.deepEqual(to.encode("1", true), bytes);
    from.run(`test.meta.set(Object, "the language's"); undefined`);
    assert.notDeepEqual(from.encode("1", true), bytes);
  });
});

test("what load put under the program's keys is of the program, and keeps its identity", () => {
  inContexts("private", (from, to) => {
    to.decode(from.encode("test.meta.get(test.Receipt)"), "root");
    assert.equal(to.run("heap.kept('root') === test.meta.get(test.Receipt)"), true);
  });
});

test("a value that cannot be saved is named with its path, under a reached key only", () => {
  inContexts("private", (context) => {
    const root = (key: string) =>
      `(() => { const k = { id: 1 }; return { m: new WeakMap([[${key}, { socket: () => 1 }]]), k }; })()`;
    assert.throws(
      () => context.encode(root("k")),
      /^Error: UnserializableValue: property k › weak entry › property socket: a native function/,
    );
    context.encode(root("{}"));
  });
});

test("a state's entries can be read from outside", () => {
  inContexts("private", (context) => {
    const bytes = context.encode("(() => { const k = {}; return [new WeakMap([[k, { total: 3 }]]), k]; })()");
    const { objects } = readHeap(bytes, TABLES as never);
    const map = objects.find((object) => object.kind === "WeakMap")!;
    assert.equal(map.entries.length, 1);
    assert.match(map.entries[0]!.label, /^entry /);
  });
});

test("weak collections look and fail as the engine's do", () => {
  const probe = `(() => {
    const lines = [];
    for (const C of [WeakMap, WeakSet]) {
      for (const key of Reflect.ownKeys(C.prototype)) {
        const { value, ...d } = Object.getOwnPropertyDescriptor(C.prototype, key);
        lines.push(String(key), JSON.stringify(d), typeof value === "function" ? value.name + value.length + ("prototype" in value && key !== "constructor") + value : String(value));
        for (const args of [[1], [{}], ["s", 1], [Symbol.for("x"), 1]]) for (const receiver of [new C(), {}, undefined, new Map()]) {
          try { lines.push(String(C.prototype[key].apply(receiver, args))); } catch (e) { lines.push(e.name + e.message); }
        }
        try { new C.prototype[key](); } catch (e) { lines.push(e.name); }
      }
      for (const make of [() => C(), () => new C(null), () => new C([1]), () => new C([[1, 2]]), () => new C([[{}, 2]]), () => { class D extends C { set() { throw 1; } add() { throw 2; } } new D([[{}, 1]]); }]) {
        try { lines.push(String(make())); } catch (e) { lines.push(String(e)); }
      }
    }
    return lines.join("\\n");
  })()`;
  inContexts("private", (context) => assert.equal(context.run(probe), new Function(`return ${probe}`)()));
});
