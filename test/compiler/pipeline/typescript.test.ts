import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./project.ts";

test("types go, what runs stays", async (t) => {
  const out = await run(t, {
    "main.ts": `
      import { Shape, area, type Unit } from "./shapes.ts"; import type { Only } from "./only-types.ts"; import { Gone } from "./only-types.ts";
      import legacy = require("./legacy.cjs");
      enum Level { Low = 1, High = Low << 2, Text = "t" } const enum Fast { On = 9 }
      namespace Space { export const x = 2; export function f() { return x; } }
      class Point<T> { declare gone: T; #p = 1; constructor(readonly x: number, private y = 2) {} sum<U extends number>(u: U): number { return this.x + this.y + u + this.#p; } }
      abstract class Base { abstract m(): void; }
      function over(a: string): string; function over(a: number): number; function over(a: any) { return a; }
      const v = { k: 1 } satisfies Record<string, number> as Only; const list = [1, 2]!; const gone: Gone | null = null;
      globalThis.out = [Level.High, Level[1], Level.Text, Fast.On, Space.f(), new Point<string>(1).sum(3), over(4), (v as any).k, list!.length, area(new Shape(3)), gone, "gone" in new Point(1), legacy.value, typeof Base];`,
    "shapes.ts": `export type Unit = "cm"; export interface Named { name: string } export class Shape { constructor(public side: number) {} } export const area = (s: Shape): number => s.side ** 2; export { type Only } from "./only-types.ts"; export type * from "./only-types.ts";`,
    "only-types.ts": `export interface Only { k: number } export type Gone = string; throw new Error("evaluated, though only types were imported");`,
    "legacy.cjs": `exports.value = "required";`,
  });
  assert.deepEqual(out, [4, "Low", "t", 9, 2, 7, 4, 1, 2, 9, null, false, "required", "function"]);
});

test("tsconfig paths and extensionless imports resolve", async (t) => {
  const out = await run(t, {
    "tsconfig.json": JSON.stringify({ compilerOptions: { baseUrl: ".", paths: { "@lib/*": ["src/lib/*"] } } }),
    "main.ts": `import { one } from "@lib/one"; import { two } from "./src/lib/two"; globalThis.out = one + two;`,
    "src/lib/one.ts": `export const one = 1;`,
    "src/lib/two/index.ts": `export const two: number = 2;`,
  });
  assert.equal(out, 3);
});

test("package exports and conditions as Node has them", async (t) => {
  const out = await run(t, {
    "main.ts": `import kind from "dual"; import sub from "dual/sub"; import required = require("dual"); globalThis.out = [kind, sub, required];`,
    "node_modules/dual/package.json": JSON.stringify({
      name: "dual",
      version: "1.0.0",
      exports: { ".": { import: "./i.mjs", require: "./r.cjs" }, "./sub": "./deep/sub.mjs" },
    }),
    "node_modules/dual/i.mjs": `export default "import";`,
    "node_modules/dual/r.cjs": `module.exports = "require";`,
    "node_modules/dual/deep/sub.mjs": `export default "sub";`,
  });
  assert.deepEqual(out, ["import", "sub", "require"]);
});
