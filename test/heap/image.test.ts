/** The program image: threads that share a context cannot see each other's changes; one that lives alone saves its own. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stringHash } from "#protocol";
import { hashOf } from "../../runtime/guest/heap/string-index.ts";
import { type GuestContext, type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => isolate.dispose());

function inContext<T>(mode: "private" | "shared", use: (context: GuestContext) => T): T {
  const context = isolate.context(mode);
  try {
    return use(context);
  } finally {
    context.release();
  }
}

/** As compiled strict code does it: every `catch` hands its error over first. */
function strict(statement: string): string {
  return `(() => { "use strict"; try { ${statement} } catch (error) { test.$k.caught(error); } })(); undefined`;
}

const breaches = [
  "test.shared.name = 1",
  "test.shared.more = 1",
  "delete test.shared.name",
  "Object.defineProperty(test.shared, 'name', { value: 1 })",
  "Object.setPrototypeOf(test.shared, null)",
  "test.shared.__proto__ = {}",
  "Reflect.set(test.shared, 'name', 1)",
  "Reflect.deleteProperty(test.shared, 'name')",
  "Reflect.defineProperty(test.shared, 'x', { value: 1 })",
  "Reflect.set({}, 'name', 1, test.shared)",
  "Object.assign(test.shared, { a: 1 })",
  "Object.freeze(test.shared)",
  "Object.isFrozen(test.shared)",
  "Reflect.isExtensible(Array.prototype)",
  "Object.getOwnPropertyDescriptor(Array.prototype, 'map')",
  "Array.prototype.extra = 1",
  "Array.prototype.map = 1",
  "Error.prototype.name = 'x'",
  "Object.prototype.toString = 1",
  "Array.prototype[0] = 1",
  "Array.prototype.length = 1",
  "delete Array.prototype.toString",
  "Array.prototype[Symbol.iterator] = Object",
  "Reflect.set({}, 'at', 1, Array.prototype)",
  "Object.defineProperty(Array.prototype, 'at', { enumerable: true })",
  "Object.defineProperty(new Proxy(Array.prototype, {}), 'at', { writable: false })",
  "Object.setPrototypeOf(Array.prototype, null)",
  "Object.prototype.extra = 1",
  "Function.prototype.extra = 1",
  "Function.prototype.call = 1",
  "Function.prototype.toString = Object.prototype.toString",
  "delete Function.prototype.caller",
  "Object.defineProperty(Function.prototype, 'bind', { enumerable: true })",
  "Object.defineProperty(new Proxy(Function.prototype, {}), 'bind', { enumerable: true })",
  "String.prototype.at = 1",
  "Map.prototype.get = 1",
  "delete Date.prototype.getTime",
  "delete Object.prototype.__proto__",
  "Object.defineProperty(Object.prototype, 'valueOf', { get: () => 1 })",
  "Object.prototype.__defineGetter__('valueOf', () => 1)",
  "Object.defineProperties(Object.prototype, { valueOf: { enumerable: true } })",
  "RegExp.prototype.exec = 1",
  "RegExp.prototype.extra = 1",
  "RegExp.prototype[Symbol.for('s')] = 1",
  "delete RegExp.prototype.test",
  "Object.defineProperty(RegExp.prototype, 'hidden', { value: 1 })",
  "Object.defineProperty(new Proxy(RegExp.prototype, {}), 'hidden', { value: 1 })",
  "Object.defineProperty(RegExp.prototype, Symbol.match, { writable: false })",
  "Reflect.setPrototypeOf(RegExp.prototype, null)",
  "globalThis.leak = 1",
  "Math.random = 1",
  "test.P0.set(test.receipt, 2)",
  "test.table.set('k', 1)",
  "test.names.add(1)",
  "test.table.set('k', 1).delete('k'); test.table.set('k', undefined)",
  "test.moment.setTime(5)",
  "test.bytes[0] = 9",
  "test.pattern.exec('aaa')",
  "test.pattern.compile('b')",
  "test.list.push(1)",
  "test.closureScope.n++",
  "test.places.next()",
  "test.steps.next()",
  "test.chosen.next()",
  "test.stack.defer(Object)",
  "test.stack.dispose()",
  "test.pending.then(Object)",
  "test.registry.register({}, 1, test.shared)",
  "test.money.format.extra = 1",
  "test.counter.extra = 1",
  "test.Maker.prototype = {}",
  "test.Maker.prototype.extra = 1",
  "delete test.normal.name",
  "Math.max.extra = 1",
  "test.view.extra = 1",
  "test.named.extra = 1",
];

const WITH_STATE = PROGRAM.replace(
  "$k.bindings(0, [",
  `const table = new Map([["k", 0]]), names = new Set(), moment = new Date(0), bytes = new Uint8Array(4), pattern = /a/g, list = [];
   const places = table.keys(), steps = [1, 2].values(), chosen = [1, 2].values().map(String), stack = new DisposableStack();
   stack.defer(Symbol); stack.defer(Object);
   const pending = new Promise(Object); pending.then(Object); pending.then(Object);
   const registry = new FinalizationRegistry(Object), money = new Intl.NumberFormat("de");
   const receipt = new Receipt(1), closureScope = new S0(1), counter = increment(closureScope);
   function Maker() {}
   const view = new Uint16Array(300), named = Object.assign(new Uint8Array(1), { extra: shared }), empty = Object.seal(Object.assign(new Uint8Array(0), { extra: shared }));
   const state = { view, named, empty, Maker, table, names, moment, bytes, pattern, list, receipt, closureScope, counter };
   $k.bindings(0, [view, named, empty, Maker, places, steps, chosen, stack, pending, registry, money, table, names, moment, bytes, pattern, list, receipt, closureScope, counter, `,
).replace(
  "globalThis.test = {",
  "globalThis.test = { view, named, empty, Maker, places, steps, chosen, stack, pending, registry, money, table, names, moment, bytes, pattern, list, receipt, closureScope, counter, ",
);

const WITH_PROXY = WITH_STATE.replace(
  "$k.bindings(0, [",
  "const stood = Proxy.revocable(shared, {}); $k.bindings(0, [stood, ",
).replace("globalThis.test = {", "globalThis.test = { stood, ");

test("shared mode: a change of what threads share is a breach, whatever way it takes", async () => {
  const shared = await guestIsolate(WITH_STATE, TABLES);
  try {
    for (const statement of breaches) {
      const context = shared.context("shared");
      context.run(strict(statement));
      assert.equal(context.run("heap.mustRunAlone()"), true, statement);
      context.release();
    }
  } finally {
    shared.dispose();
  }
});

test("shared mode: a context that was compared often is compared as before", () => {
  for (const statement of breaches.filter((one) => /(?:Array|Object|Function)\.prototype/.test(one))) {
    inContext("shared", (context) => {
      assert.equal(
        context.run("let alone = false; for (let i = 0; i < 100; i++) alone ||= heap.mustRunAlone(); alone"),
        false,
      );
      context.run(strict(statement));
      assert.equal(context.run("heap.mustRunAlone()"), true, statement);
    });
  }
});

test("shared mode: what touches nothing shared is no breach, ordinary overriding assignments included", () => {
  inContext("shared", (context) => {
    for (const statement of [
      "class E extends Error { constructor(m) { super(m); this.name = 'E'; this.message = 'n'; } } if (new E('m').name !== 'E') throw 0",
      "const o = {}; o.toString = () => 'own'; if (String(o) !== 'own') throw 0",
      "const own = Object.freeze({ a: 1 }); Object.isFrozen(own)",
      "new Map([[test.shared, 1]]).get(test.shared)",
      "[3, 1, 2].sort()",
      "const o = Object.assign({}, { valueOf: () => 1 }); o.hasOwnProperty = 1; class L extends Array {} new L().at = 1; o.push = [].push; o.push(2)",
      "const f = new test.Failure('m', 1); f.name = 'Other'; f.tripId = 2",
      "const r = /b/g; r.exec('bb'); r.lastIndex = 0",
    ]) {
      context.run(`(() => { "use strict"; ${statement} })(); undefined`);
      assert.equal(context.run("heap.mustRunAlone()"), false, statement);
    }
  });
});

test("programs with sloppy code run alone", async () => {
  const sloppy = await guestIsolate(PROGRAM, {
    ...TABLES,
    modules: [{ id: "app/old.js", kind: "commonjs", strict: false }],
  });
  const context = sloppy.context("shared");
  assert.equal(context.run("heap.mustRunAlone()"), true);
  sloppy.dispose();
});

const changes = [
  "Array.prototype.last = test.increment(new test.S0(1))",
  "globalThis.leak = { of: [test.shared] }",
  "delete test.shared.name; test.shared.name = 'again'",
  "test.shared.nested = test.shared; Object.freeze(test.shared)",
  "Object.defineProperty(test.shared, 'lazy', { get: test.increment(new test.S0(7)), configurable: true })",
  "Object.setPrototypeOf(test.shared, { inherited: true })",
  "delete Array.prototype.at; delete globalThis.parseInt",
  "Math.max = Math.min",
  "test.table.delete('k'); test.table.set({ key: 1 }, test.table)",
  "test.names.add(test.names); test.moment.setTime(99); test.bytes.fill(7)",
  "test.pattern.exec('aaa'); test.pattern.more = 1; test.list.push(1, 2)",
  "test.counter(); test.counter(); test.P0.set(test.receipt, { total: 2 })",
  "test.places.next(); test.table.set('more', 1)",
  "test.table.clear(); test.table.set('new', 1).set('other', 2); test.places.next()",
  "test.places.next(); test.places.next(); test.places.next()",
  "test.steps.next(); test.chosen.next(); test.stack.defer(Object); test.pending.then(Array)",
  "test.stack.dispose(); test.money.format.own = test.money",
  "test.stood.revoke()",
  "test.pattern.compile('b', 'i'); Object.defineProperty(test.counter, 'name', { value: test.list }); Object.setPrototypeOf(test.Maker, null); Object.freeze(isNaN)",
  "test.pattern.compile('b'); test.pattern.compile('a', 'g'); delete test.counter.name; test.increment[Symbol.for('s')] = test.book; test.both.more = 1; delete Math.max.name",
  "Object.preventExtensions(test.counter); test.Maker.prototype = { of: test.shared }; Array.from.extra = test.list; test.view.extra = 1; test.named.extra = 2",
  "Object.defineProperty(parseFloat, 'length', { value: 7 }); test.empty.extra.name = 1; Object.freeze(test.Maker.prototype)",
  "Error.prototype.name = 'Odd'; Symbol.prototype.extra = Symbol('s'); Map.prototype[Symbol.for('x')] = 1",
  "undefined",
];

test("private mode: changes of the image and of the language go along, and leave the same bytes", async () => {
  const alone = await guestIsolate(WITH_PROXY, TABLES);
  try {
    for (const statement of changes) {
      const from = alone.context("private");
      const to = alone.context("private");
      from.run(`${statement}; undefined`);
      const bytes = from.encode("[test.shared, test.list]", true);
      to.decode(bytes, "root");
      const whole =
        "describeGraph([test, Array.prototype, Math, globalThis.leak, Error.prototype, Object.getOwnPropertyNames(Array.prototype)])";
      assert.equal(to.run(whole), from.run(whole), statement);
      assert.deepEqual(to.encode("heap.kept('root')", true), bytes, statement);
      from.release();
      to.release();
    }
  } finally {
    alone.dispose();
  }
});

test("private mode: a stack that was captured for a function or an array of the image goes along", () => {
  inContext("private", (from) => {
    from.run("Error.captureStackTrace(test.increment); Error.captureStackTrace(test.shared.list = []); undefined");
    const bytes = from.encode("1", true);
    inContext("private", (to) => {
      to.decode(bytes, "root");
      assert.deepEqual(to.encode("1", true), bytes);
      assert.equal(
        to.run("[test.increment, test.shared.list].map((it) => Object.hasOwn(it, 'stack')).join()"),
        "true,true",
      );
    });
  });
});

test("functions of the language without properties of their own have length and name as every function has them", () => {
  inContext("private", (context) => {
    const odd = context.run(`(() => {
      const met = new Set(), odd = [];
      const visit = (value, path) => {
        if ((typeof value !== "object" || value === null) && typeof value !== "function") return;
        if (met.has(value)) return;
        met.add(value);
        const keys = Reflect.ownKeys(value);
        const isBare = typeof value === "function" && keys.map(String).join() === "length,name" && Object.isExtensible(value);
        for (const key of keys) {
          const property = Object.getOwnPropertyDescriptor(value, key);
          const { writable, enumerable, configurable } = property;
          if (isBare && (writable || enumerable || !configurable)) odd.push(path + "." + String(key));
          for (const part of [property.value, property.get, property.set]) visit(part, path + "." + String(key));
        }
        visit(Object.getPrototypeOf(value), path + ".__proto__");
      };
      for (const key of Reflect.ownKeys(globalThis)) if (key !== "test") visit(Object.getOwnPropertyDescriptor(globalThis, key).value, key);
      visit(function* () {}, "generator");
      visit((async function* () {})(), "async generator");
      return met.size + " objects: " + odd.join();
    })()`);
    assert.match(String(odd), /^\d{3} objects: $/);
  });
});

test("the host hashes strings as the guest does", () => {
  for (const text of ["", "a", "name", "ü", "\u{1f600}", "x".repeat(1_000), "\u0000\uffff"]) {
    assert.equal(stringHash(text), hashOf(text), JSON.stringify(text));
  }
});

test("a thread that changed nothing saves no change", () => {
  inContext("private", (context) => {
    assert.deepEqual(context.encode("1", true), context.encode("1", false));
  });
});

test("two threads of one context: module state apart, restored elsewhere, equal bytes", () => {
  inContext("shared", (context) => {
    const first = context.encode(
      "(() => { const g = heap.newModuleScope(); g.counter = 5; g.cache = { of: g }; return g; })()",
    );
    const second = context.encode(
      "(() => { const g = heap.newModuleScope(); g.counter++; return [g, test.shared]; })()",
    );
    const untouched = context.encode("heap.newModuleScope()");
    inContext("shared", (other) => {
      other.decode(second, "two");
      other.decode(first, "one");
      assert.equal(
        other.run(
          "(([one, two]) => JSON.stringify([one.counter, one.cache.of === one, two[0].counter, two[1] === test.shared]))([heap.kept('one'), heap.kept('two')])",
        ),
        "[5,true,1,true]",
      );
      assert.deepEqual(other.encode("heap.kept('one')"), first);
      assert.deepEqual(other.encode("heap.kept('two')"), second);
    });
    assert.ok(untouched.length < 10, "a module scope object at its base takes two bytes");
    assert.equal(context.run("heap.mustRunAlone()"), false);
  });
});
