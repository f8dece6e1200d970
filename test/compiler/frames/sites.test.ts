import assert from "node:assert/strict";
import { test } from "node:test";
import { compileProgram, type Site } from "./harness.ts";

/** The sites of the one suspending function of a script. */
function sitesOf(source: string): readonly Site[] {
  const { functions } = compileProgram(source);
  assert.equal(functions.size, 1);
  return functions.get(0)!.sites;
}

const liveOf = (source: string): (readonly string[])[] => sitesOf(source).map((site) => site.live);

test("a frame holds what is read later, in the order of the locals", () => {
  assert.deepEqual(
    liveOf(`async function f(a, b, c) { const x = await g(a); let y = b; await g(x); y++; await g(y); return y + c; }`),
    [
      ["a", "b", "c"],
      ["b", "c"],
      ["c", "y"],
      ["c", "y"],
    ],
  );
});

test("what is dead is not saved", () => {
  assert.deepEqual(liveOf(`async function f(a) { await g(a); }`), [["a"], []]);
  assert.deepEqual(liveOf(`async function f(a, b) { await g(); }`), [[], []]);
  assert.deepEqual(liveOf(`async function f(a) { await g(); a = 1; return a; }`), [[], []]);
  assert.deepEqual(liveOf(`async function f(a) { if (await g()) return a; await g(); }`), [["a"], ["a"], []]);
});

test("what may be written in between is kept all the same", () => {
  const mayWrite = [
    "q.v ??= a = 1",
    "q ||= a = 1",
    "q &&= a = 1",
    "q?.[a = 1]",
    "q?.x.y[a = 1].z",
    "q?.(a = 1)",
    "q?.m(a = 1)[a = 2]",
    "q && (a = 1)",
    "q ? (a = 1) : 0",
    "[q.v = a = 1] = [2]",
    "switch (q) { case 1: break; case (a = 2): }",
  ];
  for (const code of mayWrite)
    assert.deepEqual(
      liveOf(`async function f(q, a) { await g(); ${code}; return a; }`),
      [
        ["q", "a"],
        ["q", "a"],
      ],
      code,
    );
});

test("a loop keeps what its next turn reads", () => {
  assert.deepEqual(
    liveOf(
      `async function f(n) { let sum = 0; for (let i = 0; i < n; i++) { let t = i * 2; await g(t); sum += i; } return sum; }`,
    ),
    [["n"], ["n", "sum", "i"]],
  );
  assert.deepEqual(
    liveOf(`async function f(list) { for (let i = 0; i < 3; i++) { let t = list[i]; await g(); log(t); t = null; } }`),
    [["list"], ["list", "i", "t"]],
  );
});

test("temporaries are dropped after use", () => {
  const live = liveOf(`async function f(a) { h(a.x, await g(1), await g(2)); await g(3); }`);
  assert.deepEqual(
    live.map((names) => names.length),
    [1, 2, 3, 0],
  );
});

test("handlers keep what they read, and nothing after", () => {
  assert.deepEqual(
    liveOf(`async function f(a, b) { try { await g(1); await g(2); } catch (e) { return a; } await g(3); return b; }`),
    [["a", "b"], ["a", "b"], ["a", "b"], ["b"]],
  );
  assert.deepEqual(
    liveOf(`async function f(a) { let x = a; try { x = 1; await g(x); } catch { x = 2; } await g(); return x; }`),
    [["a"], ["x"], ["x"]],
  );
});

test("a completion is held while a finally suspends, not in the body before", () => {
  const live = liveOf(
    `async function f(a) { try { await g(1); if (a) return a; await g(2); } finally { await g(3); } }`,
  );
  assert.deepEqual(live[1], ["a"]);
  assert.deepEqual(live[2], []);
  assert.equal(live[3]!.length, 2);
});

test("names of the source survive; a second local of a name says so", () => {
  assert.deepEqual(
    liveOf(
      `async function f() { { let x = g(); await g(); g(x); } { let x = g(); await g(); g(x); } let y = this; await g(); return [y, this, arguments]; }`,
    ),
    [
      ["this", "arguments"],
      ["this", "arguments", "x"],
      ["this", "arguments", "x~1"],
      ["this", "arguments", "y"],
    ],
  );
});

test("a shadowing native block does not hide a write", () => {
  assert.deepEqual(liveOf(`async function f(x) { await g(1); { let x = g(); g(x); } x = 5; await g(2); return x; }`), [
    [],
    [],
    ["x"],
  ]);
});

test("sites are numbered in source order", () => {
  const sites = sitesOf(`async function f() { for (let i = await a(); await b(); await c()) { await d(await e()); } }`);
  assert.deepEqual(
    sites.map((site) => site.key),
    [
      "entry",
      "await/body.0.init.declarations.0.init",
      "await/body.0.test",
      "await/body.0.update",
      "await/body.0.body.body.0.expression",
      "await/body.0.body.body.0.expression.argument.arguments.0",
    ],
  );
});

test("keys do not change with code elsewhere in the function's parts", () => {
  const keys = (source: string): string[] => sitesOf(source).map((site) => site.key);
  assert.deepEqual(
    keys(`async function f(a) { const b = 1 + a; await g(b); }`),
    keys(`async function f(a) { const c = g(() => 7, a); await g(c); }`),
  );
});

test("yield in an async generator has a site for each of its waits", () => {
  const sites = sitesOf(`async function* f() { yield 1; }`);
  assert.deepEqual(
    sites.map((site) => site.key),
    ["entry", "await/body.0.expression", "yield/body.0.expression", "return/body.0.expression"],
  );
});

test("code without a suspension stays as written", () => {
  const { code } = compileProgram(
    `async function f(list) { let n = 0; for (const x of list) { try { if (x > 3) continue; n += x; } finally { log(n); } } await g(n); for (let i = 0; i < 3; i++) { n++; } return n; }`,
  );
  assert.match(code, /for \(const x of list\) \{\s+try \{\s+if \(x > 3\) continue;/);
  assert.match(code, /for \(let i = 0; i < 3; i\+\+\) \{\s+n\+\+;/);
  assert.doesNotMatch(code, /catch/);
  assert.doesNotMatch(code, /for \(;;\)/);
});

test("no try around a function whose tries do not suspend", () => {
  const { functions } = compileProgram(`async function f() { try { g(); } catch { h(); } await 1; }`);
  assert.deepEqual(functions.get(0)!.handlers, []);
});

for (const [name, source] of Object.entries({
  using: `async function f() { using x = g(); await x; }`,
  "await using": `async function f() { await using x = g(); }`,
  "names of the machine that are free": `async function f() { await $value; }`,
})) {
  test(`not compiled: ${name}`, () => {
    assert.throws(
      () => compileProgram(source),
      (error: Error & { code?: string }) => typeof error.code === "string" && error.message.length > 20,
    );
  });
}
