import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, convert } from "./harness.ts";

test("arguments that nobody can tell from a mapped object are converted", async () => {
  const source = `function f(a, b) { var g = () => a + b; return [arguments.length, arguments[1], Math.max.apply(null, arguments), [].slice.call(arguments, 1), Array.from(arguments), [...arguments], g()]; } print(f(1, 2));
    function h(a) { "use strict"; var g = () => a; a = 2; arguments[0] = 3; return [a, g(), arguments[0]]; } print(h(1));
    function k(a = 1) { var g = () => a; arguments[0] = 3; return [a, g()]; } print(k(2));
    function n(a) { var g = () => a; a = 4; return [arguments.length, g()]; } print(n(1));`;
  await compare(source, { sloppy: true }, "arguments");
  assert.deepEqual(convert(source, { sloppy: true, firstParty: false }).warnings, []);
});

test("constructs that are not covered are errors with a code", () => {
  const refused = (code: string, source: string) => assert.throws(() => convert(source), { code });
  refused("ClassElement", "class C { accessor x = 1; }");
});
