/** The adapter's contract in contexts of isolated-vm: units are registered, then started, saved before any job and restored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import ivm from "isolated-vm";
// @ts-expect-error the adapter is plain JavaScript: what judges it from outside imports it so.
import * as adapter from "./adapter.mjs";

interface Unit {
  readonly name: string;
  readonly script: ivm.Script;
}

const isolate = new ivm.Isolate({ memoryLimit: 256 });
const prelude = isolate.compileScriptSync(adapter.prelude);

async function unit(name: string, source: string, options: object): Promise<Unit> {
  const code = (await adapter.compile(source, { filename: name, sourceType: "script", ...options })) as string;
  return { name, script: isolate.compileScriptSync(code) };
}

function fresh(units: readonly Unit[], printed: string[], starts: { count: number }): ivm.Context {
  const context = isolate.createContextSync();
  context.global.setSync("print", new ivm.Callback((text: string) => void printed.push(text)));
  context.global.setSync("__once", new ivm.Callback(() => void starts.count++));
  prelude.runSync(context);
  for (const { script } of units) script.runSync(context);
  return context;
}

/** What is printed, and how often the units ran, saved before every job. */
function run(units: readonly Unit[]): { printed: string[]; starts: number; saves: number } {
  const printed: string[] = [];
  const starts = { count: 0 };
  let context = fresh(units, printed, starts);
  for (const { name } of units) context.evalSync(adapter.start(name) as string);
  for (let saves = 0; ; saves++) {
    const bytes = context.evalSync(adapter.durable.snapshot as string, { copy: true }) as ArrayBuffer;
    context.release();
    context = fresh(units, printed, starts);
    const given = new ivm.ExternalCopy(bytes).copyInto();
    context.evalClosureSync(`(${adapter.durable.restore as string})($0)`, [given]);
    if (context.evalSync(adapter.pump as string) === 0) return { printed, starts: starts.count, saves };
  }
}

test("a script's global names, functions, closures and lexical bindings survive every restore", async () => {
  const shared = await unit(
    "shared.js",
    "var total = 0; function add(n) { total += n; } const RATE = 2; class Box {}",
    {},
  );
  const source = `__once(); let left = 3; const boxes = new Set();
    const step = async () => { while (left-- > 0) { await null; add(RATE); boxes.add(new Box()); } };
    try { early; } catch (error) { print(error.name); } let early = 1;
    step().then(() => print([total, left, boxes.size, [...boxes][0] instanceof Box, this === globalThis].join()));`;
  const { printed, starts, saves } = run([shared, await unit("test.js", source, {})]);
  assert.deepEqual(printed, ["ReferenceError", "6,-1,3,true,true"]);
  assert.equal(starts, 1);
  assert.ok(saves >= 3, `only ${saves} states were saved`);
});

test("a lexical binding is assigned around a suspension, and a constant not by another script either", async () => {
  const first = "const RATE = 2; let count = 1; class Box {}";
  const source = `let x, y; const tell = (f) => { try { f(); } catch (error) { print(error.name); } };
    async function* take() { [x = yield 1] = []; ({ y = yield 2 } = {}); x += await 1; }
    tell(() => { RATE = 3; }); tell(() => { RATE += 1; }); tell(() => RATE++); tell(() => { RATE ??= 1; });
    tell(() => { late = 1; });
    let i = 1, j = i++, [k, { l = i++ }] = [i++, {}]; tell(() => { if ([i, j, k, l].join() !== "4,1,2,3") throw i; });
    count = 5; count++; Box = function () {}; fresh = () => {};
    const turn = async () => {
      const it = take(); await it.next(); await it.next(10); await it.next(20);
      print([x, y, RATE, count, Box.name, fresh.name].join());
    };
    turn();`;
  const units = [await unit("first.js", first, {}), await unit("test.js", source, {})];
  const late = await unit("late.js", "const late = 1;", {});
  const { printed } = run([...units, late]);
  assert.deepEqual(printed, ["TypeError", "TypeError", "TypeError", "ReferenceError", "11,20,2,6,Box,fresh"]);
});

test("a script's functions show their own text, and its arguments are the global object's", async () => {
  const source = `var arguments = [1]; const keys = new Set([async () => {}, async () => {}].map(String));
    class Trip { async /* here */ book() {} } function* legs(n) { yield n; }
    const seen = () => (0, eval)("arguments").length + arguments[0]; arguments.push(2);
    print([seen(), globalThis.arguments.length, (function () { return arguments.length; })(1, 2, 3)].join());
    print([keys.size, legs, Trip.prototype.book].join("|"));`;
  const { printed } = run([await unit("test.js", source, { checkpoint: true })]);
  assert.deepEqual(printed, ["3,2,3", "1|function* legs(n) { yield n; }|async /* here */ book() {}"]);
});

test("a script that has no arguments names those of the global object, saved or not", async () => {
  const source = `if (false) { arguments--; ++arguments; arguments = 1; } print(typeof arguments);
    const tell = (f) => { try { print(f()); } catch (error) { print(error.name + ": " + error.message); } };
    tell(() => arguments); tell(() => arguments++); tell(() => (arguments += 1));
    arguments = 4; tell(() => arguments++); tell(() => (arguments += 2) + [arguments].length); print(delete arguments);
    tell(() => { class C { [typeof arguments]() { return arguments.length; } } return new C().undefined(1, 2); });
    print((function () { return (() => arguments.length)(); })(1, 2, 3));`;
  const missing = "ReferenceError: arguments is not defined";
  const expected = ["undefined", missing, missing, missing, 4, 8, true, 2, 3];
  for (const checkpoint of [false, true]) {
    assert.deepEqual(run([await unit("test.js", source, { checkpoint })]).printed as unknown[], expected);
  }
});

test("with checkpoints a synchronous script can be saved between its statements", async () => {
  const source = "var log = []; let n = 1; log.push(n++); (function () { log.push(n++); })(); print(log.join());";
  const { printed, saves } = run([await unit("test.js", source, { checkpoint: true })]);
  assert.deepEqual(printed, ["1,2"]);
  assert.ok(saves >= 3, `only ${saves} states were saved`);
});

test("a module with a top-level await runs in the thread, and its failure comes out of the pump", async () => {
  const source =
    "const a = await Promise.resolve(20); export let b = a + 1; print(String(this) + b); throw new TypeError('x');";
  const printed: string[] = [];
  const units = [await unit("test.mjs", source, { sourceType: "module" })];
  const context = fresh(units, printed, { count: 0 });
  context.evalSync(adapter.start("test.mjs") as string);
  assert.throws(() => {
    while ((context.evalSync(adapter.pump as string) as number) > 0);
  }, TypeError);
  assert.deepEqual(printed, ["undefined21"]);
});

test("functions made from text at run time are saved as what they were made from", async () => {
  const source = `const make = Function("a", "return async (b) => { await null; return a + b; }");
    const f = make(20); (0, eval)("var seen = 1"); f(22).then((v) => print(v + "," + seen));`;
  assert.deepEqual(run([await unit("test.js", source, {})]).printed, ["42,1"]);
});
