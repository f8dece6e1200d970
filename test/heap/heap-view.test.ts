/** Heaps read without an isolate: names of locals, frames, changes; damaged bytes are a named error. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { KawaitError, type ProgramTables } from "#protocol";
import { readHeap, valueText } from "../../runtime/heap-view/index.ts";
import { type GuestContext, type GuestIsolate, guestIsolate } from "./context.ts";
import { PROGRAM, TABLES } from "./program.ts";

const tables = TABLES as unknown as ProgramTables;
let isolate: GuestIsolate;
let context: GuestContext;
before(async () => {
  isolate = await guestIsolate(PROGRAM, TABLES);
  context = isolate.context();
});
after(() => isolate.dispose());

function textOf(expression: string): string {
  const view = readHeap(context.encode(expression), tables);
  return valueText(view.root, view.objects);
}

test("values read as they were written", () => {
  assert.equal(
    textOf("({ id: 'x', list: [1, -2, 3.5, null, undefined, true, 12n, , -0] })"),
    `{ id: "x", list: [1, -2, 3.5, null, undefined, true, 12n, hole, …] }`,
  );
  assert.equal(textOf("new Map([['a', new Set([1])]])"), `Map { key 0: "a", "a": Set { 0: 1 } }`);
  assert.equal(
    textOf("[Symbol.iterator, Symbol.for('r'), Symbol('u'), Math.max]"),
    "[Symbol(Symbol.iterator), Symbol(r), Symbol(u), Math.max]",
  );
  assert.equal(textOf("Object.freeze({ a: 1 })"), "{ a: 1 }");
  assert.equal(textOf("new Date(5)"), "Date { time: 5 }");
  assert.equal(textOf("new Uint8Array(3)"), "Uint8Array at 0, 3 elements { buffer: ArrayBuffer 3 bytes }");
  assert.match(textOf("new test.Receipt(5n)"), /private name \d: 5n/);
  assert.match(
    textOf("test.both(new test.S0(1), new test.S1(2, 'b'))"),
    /function app\/main.ts#both .*scope 0: scope \{ n: 1 \}, scope 1: scope \{ a: 2, b: "b" \}/,
  );
  assert.match(textOf("Promise.withResolvers()"), /promise: promise pending/);
  assert.match(textOf("test.makeShape(new test.S0(1), Object, 'k')"), /class app\/main.ts#Shape/);
});

test("suspended frames show their locals by name", () => {
  const view = readHeap(context.encode("test.book()(new Promise(test.increment(new test.S0(0))), { id: 7 })"), tables);
  assert.equal(view.frames.length, 1);
  const [frame] = view.frames;
  assert.equal(frame?.functionId, "app/main.ts#book");
  assert.equal(frame?.siteKey, "await/0");
  assert.deepEqual(frame?.locals, [["n", "{ id: 7 }"]]);
});

test("changes of a private thread are listed", () => {
  const own = isolate.context("private");
  own.run("Math.answer = 42; delete test.shared.name; undefined");
  const view = readHeap(own.encode("1", true), tables);
  const changed = view.changes.find((change) => change.name === "Math");
  assert.deepEqual(changed?.entries, [{ label: "answer", value: { kind: "number", value: 42 } }]);
  own.release();
});

test("damaged bytes end in a named error or another inert graph, never in anything else", () => {
  const bytes = context.encode(
    "[{ id: 1, name: 'x' }, new Map([[1, 2]]), test.increment(new test.S0(3)), new TypeError('t')]",
  );
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [1, 128]) {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = damaged[at]! ^ flip;
      try {
        readHeap(damaged, tables);
      } catch (error) {
        assert.ok(error instanceof KawaitError, String(error));
      }
    }
    assert.throws(() => readHeap(bytes.subarray(0, at), tables), KawaitError);
  }
});
