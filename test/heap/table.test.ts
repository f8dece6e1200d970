/** The table of kinds is complete: tags, samples, everything that the engine brings along. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import ivm from "isolated-vm";
import * as format from "../../runtime/guest/heap/format.ts";
import { KIND_TABLE } from "../../runtime/guest/heap/kinds/table.ts";
import { type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";
import { SAMPLES } from "./samples.ts";

let isolate: GuestIsolate;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
});
after(() => isolate.dispose());

test("every tag stands in one row", () => {
  const rows = new Map<number, string>();
  for (const { kind, tags } of KIND_TABLE) {
    for (const [first, last] of tags) {
      for (let tag = first; tag <= last; tag++) {
        assert.equal(rows.get(tag), undefined, `tag ${tag} of ${kind}`);
        rows.set(tag, kind);
      }
    }
  }
  for (let tag = 0; tag < 256; tag++) assert.ok(rows.has(tag), `tag ${tag} has no row`);
});

test("every row has samples, all samples a row, and the samples write the tags", () => {
  const used = new Set(KIND_TABLE.map(({ samples }) => samples));
  for (const key of Object.keys(SAMPLES)) assert.ok(used.has(key), `${key}: of no row`);
  for (const { kind, tags, samples } of KIND_TABLE) {
    if (samples.includes("/")) {
      assert.ok(existsSync(join(import.meta.dirname, "../..", samples)), samples);
      continue;
    }
    assert.ok(samples in SAMPLES, `${kind}: no samples ${samples}`);
    const heads = tags.filter(([first]) => isHead(first));
    if (heads.length === 0) continue;
    const from = isolate.context();
    const to = isolate.context();
    for (const expression of SAMPLES[samples]!) to.decode(from.encode(expression), "root");
    const read = String(to.run("heap.readTags()")).split(",").map(Number);
    assert.ok(
      heads.some(([first, last]) => read.some((tag) => tag >= first && tag <= last)),
      `${samples} write no ${kind}`,
    );
    from.release();
    to.release();
  }
});

/** Tags of objects: other values are read in place. */
function isHead(tag: number): boolean {
  return (
    tag >= format.EXACT &&
    tag !== format.EXTRA &&
    tag !== format.INTRINSIC &&
    (tag < format.STRING_BASE || (tag >= format.PLAIN_BASE && tag < format.IMAGE_BASE))
  );
}

/** Gone on purpose (`runtime/guest/globals/removed.ts`); `console` is another's. */
const REMOVED =
  /^(console\.|WebAssembly|SharedArrayBuffer|Intl\.v8BreakIterator|Atomics\.waitAsync|RegExp\.(get |set )?(input|\$.|lastMatch|lastParen|leftContext|rightContext))/;

/** Paths of all functions and objects that code can reach. */
const WALK = `((visit) => {
  const queue = [["", globalThis]], seen = new Set([globalThis.test]);
  const add = (path, v) => { if (v !== null && (typeof v === "object" || typeof v === "function") && !seen.has(v)) { seen.add(v); queue.push([path, v]); } };
  const iterators = { ArrayIterator: [][Symbol.iterator](), MapIterator: new Map()[Symbol.iterator](), SetIterator: new Set()[Symbol.iterator](), StringIterator: ""[Symbol.iterator](),
    OwnArrayIterator: [].values(), OwnMapIterator: new Map().keys(), OwnSetIterator: new Set().keys(),
    RegExpStringIterator: "".matchAll(/x/g), Helper: [].values().map(Object), Wrapper: Iterator.from({ next() {} }), Segments: new Intl.Segmenter().segment(""), SegmentIterator: new Intl.Segmenter().segment("")[Symbol.iterator]() };
  for (const [name, value] of Object.entries(iterators)) add("%" + name + "%", Object.getPrototypeOf(value));
  for (const [name, value] of Object.entries({ Generator: function* () {}, Async: async () => {}, AsyncGenerator: async function* () {} })) add("%" + name + "%", Object.getPrototypeOf(value));
  add("%ThrowTypeError%", Object.getOwnPropertyDescriptor((function () { "use strict"; return arguments; })(), "callee").get);
  const stack = Object.getOwnPropertyDescriptor(new Error(), "stack");
  add("%StackGetter%", stack.get); add("%StackSetter%", stack.set);
  for (const name of ["NumberFormat", "DateTimeFormat", "Collator"]) add("%bound " + name + "%", new Intl[name]("en")[name === "Collator" ? "compare" : "format"].constructor);
  for (let i = 0; i < queue.length; i++) {
    const [path, v] = queue[i];
    if (i > 0) visit(path, v);
    for (const key of Reflect.ownKeys(v)) {
      const name = (path === "" ? "" : path + ".") + String(key);
      if (name === "test" || name.startsWith("test.")) continue;
      const d = Reflect.getOwnPropertyDescriptor(v, key);
      add(name, d.value);
      add((path === "" ? "" : path + ".") + "get " + String(key), d.get);
      add((path === "" ? "" : path + ".") + "set " + String(key), d.set);
    }
    add(path + ".<prototype>", Reflect.getPrototypeOf(v));
  }
})`;

test("every intrinsic is addressed, replaced or removed", () => {
  const context = isolate.context();
  const unaddressed = context.run(`(() => {
    const bad = [];
    ${WALK}((path, v) => { const bytes = heap.encode(v); if (bytes[6] !== ${format.INTRINSIC}) bad.push(path); });
    return bad.join("\\n");
  })()`);
  assert.equal(unaddressed, "");
  const list = `(() => { const paths = []; ${WALK}((path) => paths.push(path)); return paths.join("\\n"); })()`;
  const ours = new Set(
    String(context.run(list))
      .split("\\n")
      .flatMap((line) => line.split("\n")),
  );
  const engine = new ivm.Isolate();
  const natives = String(engine.createContextSync().evalSync(list)).split("\n");
  const shown = (path: string) => path.replace(/^%Own(\w+)Iterator%/, "%$1Iterator%");
  const all = new Set([...ours].map(shown));
  const missing = natives.filter((path) => !all.has(shown(path)) && !REMOVED.test(path));
  engine.dispose();
  context.release();
  assert.deepEqual(missing, []);
});

/** Constructor → how an object of it is made. A constructor of the engine that is not here is one that nobody thought of. */
const CONSTRUCTIONS: Readonly<Record<string, string>> = {
  Object: "new Object()",
  Function: "",
  Array: "new Array(3)",
  Number: "new Number(1)",
  Boolean: "new Boolean(true)",
  String: "new String('s')",
  Date: "new Date(1)",
  Promise: "new Promise(Object)",
  RegExp: "new RegExp('a')",
  Error: "new Error('m')",
  AggregateError: "new AggregateError([1])",
  EvalError: "new EvalError()",
  RangeError: "new RangeError()",
  ReferenceError: "new ReferenceError()",
  SyntaxError: "new SyntaxError()",
  TypeError: "new TypeError()",
  URIError: "new URIError()",
  SuppressedError: "new SuppressedError(1, 2)",
  ArrayBuffer: "new ArrayBuffer(2)",
  DataView: "new DataView(new ArrayBuffer(2))",
  Uint8Array: "new Uint8Array(2)",
  Int8Array: "new Int8Array(2)",
  Uint16Array: "new Uint16Array(2)",
  Int16Array: "new Int16Array(2)",
  Uint32Array: "new Uint32Array(2)",
  Int32Array: "new Int32Array(2)",
  Float16Array: "new Float16Array(2)",
  Float32Array: "new Float32Array(2)",
  Float64Array: "new Float64Array(2)",
  Uint8ClampedArray: "new Uint8ClampedArray(2)",
  BigUint64Array: "new BigUint64Array(2)",
  BigInt64Array: "new BigInt64Array(2)",
  Map: "new Map([[1, 2]])",
  Set: "new Set([1])",
  WeakMap: "new WeakMap()",
  WeakSet: "new WeakSet()",
  WeakRef: "new WeakRef({})",
  FinalizationRegistry: "new FinalizationRegistry(Object)",
  Proxy: "new Proxy({}, {})",
  Iterator: "Object.create(Iterator.prototype)",
  DisposableStack: "new DisposableStack()",
  AsyncDisposableStack: "new AsyncDisposableStack()",
  Symbol: "Object(Symbol.iterator)",
  BigInt: "Object(1n)",
  "Intl.DateTimeFormat": "new Intl.DateTimeFormat()",
  "Intl.NumberFormat": "new Intl.NumberFormat()",
  "Intl.Collator": "new Intl.Collator()",
  "Intl.PluralRules": "new Intl.PluralRules()",
  "Intl.RelativeTimeFormat": "new Intl.RelativeTimeFormat()",
  "Intl.ListFormat": "new Intl.ListFormat()",
  "Intl.Locale": "new Intl.Locale('en')",
  "Intl.DisplayNames": "new Intl.DisplayNames('en', { type: 'region' })",
  "Intl.Segmenter": "new Intl.Segmenter()",
  "Intl.DurationFormat": "new Intl.DurationFormat()",
};

test("objects of every constructor of the engine are saved, with their prototype or another", () => {
  const engine = new ivm.Isolate();
  const names = String(
    engine.createContextSync().evalSync(`(() => {
      const names = [];
      for (const [prefix, holder] of [["", globalThis], ["Intl.", Intl]]) for (const name of Object.getOwnPropertyNames(holder)) {
        const value = holder[name];
        if (typeof value === "function" && value.prototype !== undefined || name === "Proxy") names.push(prefix + name);
      }
      return names.join();
    })()`),
  ).split(",");
  engine.dispose();
  const from = isolate.context();
  const to = isolate.context();
  for (const name of names) {
    if (REMOVED.test(name)) continue;
    const make = CONSTRUCTIONS[name];
    assert.notEqual(make, undefined, `no kind for ${name}`);
    if (make === "") continue;
    for (const expression of [make!, ...(name === "Proxy" ? [] : [`Object.setPrototypeOf(${make}, { other: 1 })`])]) {
      from.run(`heap.keep("made", ${expression}); undefined`);
      const bytes = from.encode(`heap.kept("made")`);
      to.decode(bytes, "made");
      assert.deepEqual(to.encode(`heap.kept("made")`), bytes, expression);
      assert.equal(
        to.run(`describeGraph(heap.kept("made"))`),
        from.run(`describeGraph(heap.kept("made"))`),
        expression,
      );
    }
  }
  from.release();
  to.release();
});
