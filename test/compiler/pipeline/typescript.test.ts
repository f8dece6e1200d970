import assert from "node:assert/strict";
import { test } from "node:test";
import { compareTypeScript, run } from "./project.ts";

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

const RUNS: Readonly<Record<string, string>> = {
  "enums and namespaces": `enum Color { Red, Green = "g", Blue = 5, Next, Computed = "abc".length, Both = Blue | 1 } const enum Fast { A = 1, B = A << 2, C = "x" } declare enum Ext { Z } enum Color2 { A } enum Color2 { B = 7 } namespace NS { export const x = 1; export let y = 2; export function inc() { return ++y; } export namespace Inner { export const deep = () => x + y; } export enum E { P = 3 } } namespace NS { export const z = x + 10; } function fn() { return 1; } namespace fn { export const prop = 5; } class Cls {} namespace Cls { export const stat = 6; }
export async function main() { const t: any[] = []; for (const k in Color) t.push([k, (Color as any)[k]]); await 0; t.push(Color.Both, Color[5], Fast.A, Fast.B, Fast.C, Color2, NS.inc(), NS.y, NS.z, NS.Inner.deep(), NS.E[3], fn.prop, fn(), (Cls as any).stat); enum Local { X = 1, Y = t.length } await 0; t.push(Local, Local[1]); return t; }`,
  "enums held by functions": `enum S { A = "a", B = "b" } let state: S = S.A; const next = (s: S): S => s === S.A ? S.B : S.A; export async function main() { const f = () => state; state = next(state); await 0; state = next(f()); await 0; return [state, f(), Object.keys(S)]; }`,
  classes: `export async function main() {
    const t: unknown[] = [];
    const log = (...x: unknown[]) => t.push(x);
    abstract class Base<T> { static count = 0; protected constructor(public readonly id: T, private secret = 42, readonly opt?: string) { Base.count++; } abstract describe(): string; get both() { return [this.id, this.secret]; } declare ghost: number; x!: number; y?: string; over(a: string): string; over(a: number): number; over(a: any) { return a; } } class Impl extends Base<string> { override describe() { return \`\${this.id}:\${this.n}\`; } n = this.both.length; constructor() { super("i"); } acc = 3; static sacc = 4; async run<const T>(this: Impl, v: T) { await 0; this.acc++; return [v, this.acc, Impl.sacc] satisfies unknown[]; } }
const i = new Impl(); const o = { a: 1 } as const satisfies { a: number }; let nn: string | undefined = "n"; log(i.describe(), Object.keys(i), await i.run("v"), nn!.length, <number>o.a, i.over(1), Impl.count, "ghost" in i, "x" in i); type X = typeof i; interface Y { z: X }
    return t;
  }`,
  "namespaces with state": `namespace Store { let n = 0; export async function add(k: number) { await 0; return (n += k); } export const peek = () => n; } export async function main() { await Store.add(1); await Store.add(2); return [Store.peek()]; }`,
};

for (const [name, source] of Object.entries(RUNS)) {
  test(`TypeScript runs as esbuild lowers it: ${name}`, async (t) => await compareTypeScript(t, source, {}));
}

for (const verbatimModuleSyntax of [true, false]) {
  test(`an import that nothing uses ${verbatimModuleSyntax ? "stays under" : "goes without"} verbatimModuleSyntax`, async (t) => {
    const out = await run(t, {
      "tsconfig.json": JSON.stringify({ extends: "./base.json" }),
      "base.json": JSON.stringify({ compilerOptions: { verbatimModuleSyntax } }),
      "main.ts": `import { unused } from "./side.ts"; import type { T } from "./never.ts"; (globalThis as any).out ??= "no effect";`,
      "side.ts": `(globalThis as any).out = "evaluated"; export const unused = 1;`,
      "never.ts": `export type T = 1; throw 1;`,
    });
    assert.equal(out, verbatimModuleSyntax ? "evaluated" : "no effect");
  });
}

test("what names types goes from declarations of every kind, across modules", async (t) => {
  const out = await run(t, {
    "a.ts": `export const enum F { A = 1, B = "b" } export enum G { X = F.A + 1, Y } export namespace Deep { export namespace Er { export const v = 5; export class K { static s = 6; } } } export type T = string; export interface I { a: T } export abstract class Abs { abstract q(): number; static make(this: new () => Abs) { return new this(); } } export default interface Def { x: 1 } export { type T as TT }; declare global { interface Array<T> { zip(): void } } declare module "nothing" {} declare const ambient: number; declare function amb(): void;`,
    "b.ts": `export * from "./a.ts"; export type * from "./a.ts"; export * as ns from "./a.ts"; import type Def from "./a.ts"; import { type T, F } from "./a.ts"; export const fb = F.B; export const t: T = "t"; let d: Def | undefined; export { d };`,
    "main.ts": `import { F, G, Deep, Abs, ns, fb, t, type I } from "./b.ts"; import V = Deep.Er.v; import Er = Deep.Er; export import KK = Deep.Er.K;
      class Real extends Abs { q() { return 7; } } const sym: unique symbol = Symbol("u"); const i = { a: "x" } satisfies I; let opt = i?.a!; function over(x: string): void; function over(x: number): void; function over(x: any) { return x; }
      const tpl = <const T extends readonly unknown[]>(...x: T) => x; type M = { [K in keyof I as \`get\${K & string}\`]: I[K] }; let tuple: [a: number, b?: string] = [1]; for (const x of [1] as const) {} 
      try { throw 1 } catch (e: unknown) {} const obj = { m<T>(this: Window, x: T): x is T & {} { return true; } } as any; function asserts(x: unknown): asserts x {} abstract class Q { protected abstract z?: number; private static readonly w = 1 as number; static get() { return Q.w; } }
      globalThis.out = [F.A, F.B, G.X, G[3], G.Y, V, Er.K.s, KK.s, ns.G.Y, fb, t, (Real as any).make().q(), typeof sym, opt, over(1 as any), tpl(1), tuple, Q.get(), (0, obj.m)(1)];`,
  });
  assert.deepEqual(out, [1, "b", 2, "Y", 3, 5, 6, 6, 3, "b", "t", 7, "symbol", "x", 1, [1], [1], 1, true]);
});
