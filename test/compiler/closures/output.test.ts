import assert from "node:assert/strict";
import { test } from "node:test";
import { convert } from "./harness.ts";

const lines = (source: string): string => convert(source).code;

test("code without captures stays as it was", () => {
  const source = [
    "function sum(list) {",
    "  let total = 0;",
    "  for (let i = 0; i < list.length; i++) {",
    "    const value = list[i];",
    "    total += value;",
    "  }",
    "  return total;",
    "}",
    "const double = x => x * 2;",
    "class Point {",
    "  x = 0;",
    "  static origin = new Point();",
    "  move(by) {",
    "    this.x += by;",
    "    return super.toString();",
    "  }",
    "}",
    "print(sum([1]), double(2), [3].map(n => n + 1));",
  ].join("\n");
  assert.equal(lines(source), source);
});

test("a captured variable is a field, a nested function a definition over exactly what it uses", () => {
  const code = lines("function counter(start, unused) { let n = start, other = 1; return () => () => ++n; }");
  assert.match(code, /const (\$d\d+) = \$k\.def\(\d+, (\$s\d+) => \(\) => \+\+\2\.n\);/);
  assert.match(code, /this\.n = a0;\n\s*\}/);
  assert.match(code, /other = 1/);
  assert.doesNotMatch(code, /\.unused|\.other/);
});

test("closures are flat: an inner function's scopes pass through the functions around it", () => {
  const { functions } = convert(`
    function f(a) { return (b) => (c) => [a, c, () => a]; }`);
  const scopes = functions.map((entry) => entry.scopes.length);
  // Innermost first: () => a, (c) => …, (b) => …, f
  assert.deepEqual(scopes, [1, 1, 1, 0]);
});

test("no check where the variable is certainly initialised", () => {
  assert.doesNotMatch(
    lines(
      "function f(p) { const c = 1; let n = 0; for (const x of p) { later(() => x + c + n + p); } n++; const self = () => self; }",
    ),
    /tdz/,
  );
  assert.match(lines("function f() { const g = () => late; const late = 1; }"), /\$k\.tdz\("late"\)/);
  assert.match(lines("function f() { use(h); const late = 1; function h() { return late; } }"), /\$k\.tdz\("late"\)/);
});

test("function kinds of the tables", () => {
  const { functions } =
    convert(`function a() { return [() => 1, async () => 2, function* () {}, async function* () {}, { m() {}, get g() { return 1; }, set g(v) {} }]; }
    class C { constructor() {} m() {} static async s() {} get g() { return 1; } #p() {} }`);
  assert.deepEqual(functions.map((entry) => entry.kind).sort(), [
    "arrow",
    "async",
    "async",
    "asyncGenerator",
    "constructor",
    "generator",
    "getter",
    "getter",
    "method",
    "method",
    "method",
    "normal",
    "setter",
  ]);
});

test("moved code keeps its place in the source", () => {
  const source = "function f(a) {\n  return () => {\n    boom(a);\n  };\n}";
  const { positions } = convert(source);
  assert.ok(positions.some(([text, line]) => text === "boom" && line === 3));
});
