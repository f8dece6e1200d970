import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, convert } from "./harness.ts";

/** A package's code that stays native, and runs as it did. */
function staysNative(name: string, code: string, source: string): void {
  test(name, async () => {
    const trace = await compare(source, { sloppy: true, firstParty: false }, name);
    assert.ok(trace.length > 0);
    assert.deepEqual(convert(source, { sloppy: true, firstParty: false }).warnings, [code]);
    assert.throws(() => convert(source, { sloppy: true }), { code });
  });
}

staysNative(
  "a function whose scope a direct eval sees",
  "DirectEval",
  `function f(a) { var b = 2; const g = () => a + b; return [eval("a + b"), g()]; } print(f(1));
   function other(n) { return () => n++; } print(other(1)());`,
);

staysNative("with", "WithStatement", "function f(o) { with (o) { return [1].map(() => x); } } print(f({ x: 3 }));");

staysNative(
  "a mapped arguments object that shares an assigned, captured parameter",
  "MappedArguments",
  "function f(a, b) { var g = () => a; a = 5; return [arguments[0], g(), arguments.length]; } print(f(1, 2));",
);

staysNative(
  "a mapped arguments object that is handed out",
  "MappedArguments",
  "function change(list) { list[0] = 9; } function f(a) { var g = () => a; change(arguments); return g(); } print(f(1));",
);

staysNative(
  "a class with a direct eval keeps its private names",
  "DirectEval",
  `class C { #x = 1; m() { return eval("this.#x") + (() => this.#x)(); } } print(new C().m());`,
);

test("arguments that nobody can tell from a mapped object are converted", async () => {
  const source = `function f(a, b) { var g = () => a + b; return [arguments.length, arguments[1], Math.max.apply(null, arguments), [].slice.call(arguments, 1), Array.from(arguments), [...arguments], g()]; } print(f(1, 2));
    function h(a) { "use strict"; var g = () => a; a = 2; arguments[0] = 3; return [a, g(), arguments[0]]; } print(h(1));
    function k(a = 1) { var g = () => a; arguments[0] = 3; return [a, g()]; } print(k(2));
    function n(a) { var g = () => a; a = 4; return [arguments.length, g()]; } print(n(1));`;
  await compare(source, { sloppy: true }, "arguments");
  assert.deepEqual(convert(source, { sloppy: true, firstParty: false }).warnings, []);
});

test("what cannot stay native is an error in packages as well", () => {
  const refused = (code: string, source: string) =>
    assert.throws(() => convert(source, { sloppy: true, firstParty: false }), { code });
  refused("NativeSuspension", "function f() { eval('1'); return async () => { await 0; }; }");
  refused("NativeInBlock", "{ let x = 1; var f = function () { return eval('x'); }; var g = () => x; }");
});

test("constructs that are not covered are errors with a code", () => {
  const refused = (code: string, source: string) => assert.throws(() => convert(source), { code });
  refused("ClassElement", "class C { accessor x = 1; }");
});
