/**
 * Decorators, of ECMAScript and of TypeScript before 5.0: esbuild's lowering run by Node is the measure; compiled, and
 * compiled with the thread saved, dropped and restored before every job, the same comes out.
 */
import { test } from "node:test";
import { compareTypeScript, compareWithTsc } from "./project.ts";

const STANDARD = `
const trace: unknown[] = [];
const name = (key: unknown) => (typeof key === "symbol" ? key.description : String(key));
function logged<T extends (...args: any[]) => any>(method: T, context: ClassMethodDecoratorContext) {
  trace.push(["method", name(context.name), context.static, context.private]);
  context.addInitializer(function (this: any) { trace.push(["init", typeof this]); });
  return function (this: any, ...args: any[]) { trace.push(["call", name(context.name), args]); return method.call(this, ...args); } as T;
}
const doubled = (_: undefined, context: ClassFieldDecoratorContext) => {
  trace.push(["field", name(context.name), context.private, context.static]);
  return (value: number) => value * 2;
};
function watched(target: any, context: ClassAccessorDecoratorContext) {
  trace.push(["accessor", name(context.name)]);
  return {
    get(this: any) { trace.push("get"); return target.get.call(this); },
    set(this: any, value: unknown) { trace.push(["set", value]); target.set.call(this, value); },
    init: (value: number) => value + 100,
  };
}
const bound = (method: any, { addInitializer, name }: any) => {
  addInitializer(function (this: any) { this[name] = this[name].bind(this); });
};
const tagged = (label: string) => (value: any, context: ClassDecoratorContext) => {
  trace.push(["class", label, context.name]);
  context.addInitializer(() => void trace.push("class init"));
  return class extends value { label = label; } as any;
};
const getter = (get: any, context: any) => { trace.push(context.kind); return function (this: any) { return get.call(this) + 1; }; };
`;

test("ECMAScript: every kind of element, kept across suspensions", async (context) => {
  await compareTypeScript(
    context,
    `${STANDARD}
    const key = Symbol("computed");
    @tagged("outer") @tagged("inner")
    class Trip {
      @doubled legs = 2;
      @doubled #secret = 5;
      @doubled static total = 21;
      @watched accessor price = 1;
      static accessor plain = "p";
      @logged async book(trip: string) { await null; this.price += 1; return [trip, this.legs, this.#secret, this.price]; }
      @logged static create() { return new this(); }
      @logged #hidden(x: number) { return x + 1; }
      @bound who() { return this?.legs; }
      @getter get half() { return this.legs / 2; }
      @logged *[key](n: number) { yield n; yield this.legs; }
      callHidden() { return this.#hidden(1); }
    }
    export async function main() {
      const trip: any = Trip.create();
      const { who } = trip;
      await null;
      const inner = (() => { @tagged("local") class Local { @doubled x = 4; async get() { await null; return this.x; } } return new Local(); })();
      const booked = [await trip.book("a"), await trip.book("b")];
      return [booked, trip.callHidden(), who(), trip.half, [...trip[key](9)], trip.label, Trip.total, Trip.plain, Trip.name,
        await inner.get(), (inner as any).label, trip instanceof Trip, trace];
    }`,
    {},
  );
});

const LEGACY = `
const trace: unknown[] = [];
const at = (label: string) => { trace.push(["evaluate", label]); return label; };
const method = (label: string) => { at(label); return (target: any, key: any, descriptor: PropertyDescriptor) => {
  trace.push([label, typeof target, String(key), Object.keys(descriptor)]);
  const { value } = descriptor;
  if (value) return { ...descriptor, value(this: any, ...args: any[]) { trace.push(["call", label]); return value.apply(this, args); } };
}; };
const field = (label: string) => { at(label); return (target: any, key: any, descriptor: any) => { trace.push([label, typeof target, key, descriptor === undefined]); }; };
const stored: any = (target: any, key: any) => { Object.defineProperty(target, key, { configurable: true, get() { return this["_" + key]; }, set(v) { this["_" + key] = v + "!"; } }); };
const parameter = (label: string) => { at(label); return (target: any, key: any, index: number) => { trace.push([label, typeof target, String(key), index]); }; };
const cls = (label: string) => { at(label); return (value: any) => { trace.push([label, value.name]); return class extends value { label = label; } as any; }; };
const seal = (value: any) => { trace.push(Object.keys(new value("s"))); };
class Dependency {}
@cls("A") @seal
export class Trip {
  static made: Trip[] = [];
  static self = () => Trip;
  @field("f") legs = 3;
  @stored note = "note";
  @stored empty!: string;
  constructor(@parameter("p0") readonly name: string, @parameter("p1") private dependency = new Dependency()) { Trip.made.push(this); }
  @method("m1") @method("m2") async book(@parameter("p2") trip: string, @parameter("p3") n = 1) { await null; return [trip, n, this.legs, this.name]; }
  @method("s") static create() { return new Trip("created"); }
  @method("get") get half() { return this.legs / 2; }
}
class Plain { @method("plain") run() { return 1; } }
export async function main() {
  const trip: any = Trip.create();
  await null;
  return [await trip.book("x"), trip.half, trip.label, Trip.name, Trip.self() === Trip, Trip.made.length, Object.keys(trip), trip.note, new Plain().run(), trace];
}`;

for (const useDefineForClassFields of [false, true]) {
  test(`TypeScript's experimentalDecorators, fields ${useDefineForClassFields ? "defined" : "assigned"}`, async (context) => {
    await compareTypeScript(context, LEGACY, {
      experimentalDecorators: true,
      useDefineForClassFields,
      target: "es2022",
    });
  });
}

const DEPENDENCIES = `
export class Rates {}
export interface Shape { a: number }
export enum Colour { Red }
export default class Main {}
(globalThis as any).evaluated = true;
`;

const METADATA = `
import Main, { Rates, type Shape as Marked, Colour } from "./dependencies.ts";
import type { Rates as OnlyType } from "./dependencies.ts";
import * as all from "./dependencies.ts";
const told: unknown[] = [];
const name = (type: any): unknown => Array.isArray(type) ? type.map(name) : typeof type === "function" ? type.name : String(type);
(Reflect as any).metadata = (key: string, type: unknown) => (target: any, property: any) => { told.push([typeof target, String(property), key, name(type)]); };
const seen = (label: string) => (...args: any[]): any => { told.push([label, String(args[1])]); };
type Id = string;
type Either = "a" | "b";
enum Numbers { One, Two }
enum Texts { A = "a" }
enum Mixed { A = "a", B = 1 }
interface Local { x: 1 }
class Own {}
@seen("class")
class Trip<T, U extends string> {
  @seen("f") a!: string; @seen("f") b!: number | undefined; @seen("f") c!: boolean | null; @seen("f") d!: Id; @seen("f") e!: Either;
  @seen("f") f!: Numbers; @seen("f") g!: Texts; @seen("f") h!: Mixed; @seen("f") i!: Local; @seen("f") j!: Own; @seen("f") k!: Rates;
  @seen("f") l!: Main; @seen("f") m!: Date; @seen("f") n!: Map<string, number>; @seen("f") o!: string[]; @seen("f") p!: [number, string];
  @seen("f") q!: () => void; @seen("f") r!: Promise<void>; @seen("f") s!: T; @seen("f") t!: U; @seen("f") u!: unknown; @seen("f") v!: any;
  @seen("f") w!: { x: 1 }; @seen("f") x!: keyof Local; @seen("f") y!: 1 | 2; @seen("f") z!: string | number; @seen("f") aa!: bigint;
  @seen("f") bb!: symbol; @seen("f") cc!: readonly number[]; @seen("f") dd!: ReadonlyArray<string>; @seen("f") ee!: (string); @seen("f") ff!: never;
  @seen("f") gg!: string & { brand: 1 }; @seen("f") hh!: typeof told; @seen("f") ii!: Local["x"]; @seen("f") jj = 5; @seen("f") kk!: -1;
  @seen("f") ll!: Record<string, number>; @seen("f") mm!: all.Rates; @seen("f") nn!: null; @seen("f") oo!: \`a\${string}\`; @seen("f") pp!: object;
  @seen("f") qq!: true; @seen("f") rr!: Error | Own; @seen("f") ss!: Own | Own; @seen("f") static tt: Own;
  constructor(@seen("p") first: string, public second: Rates, third = 3, ...rest: number[]) {}
  @seen("m") method(this: Trip<T, U>, id: Id, own?: Own): Promise<string> { return Promise.resolve(id); }
  @seen("m") async later(...all: Array<Own>) {}
  @seen("m") async typed(x: OnlyTypeAlias): Promise<void> {}
  @seen("m") nothing(): void {}
  @seen("m") guess(value: unknown): value is string { return true; }
  @seen("m") untyped(a, { b }: Local, [c]: string[]) {}
  @seen("m") get both(): string { return ""; }
  set both(value: string) {}
  @seen("m") get only(): Own { return new Own(); }
  @seen("m") static made<V>(value: V, u: Texts): Trip<any, any> { return null as any; }
  parameters(@seen("p") value: Own) {}
  undecorated(value: Own) {}
}
type OnlyTypeAlias = Texts;
class Bare { @seen("m") run() {} constructor(rates: Rates) {} }
@seen("class") class Nothing {}
export function main() {
  if (told.filter((each: any) => String(each[2]).startsWith("design:")).length < 60) throw new Error("types are told of");
  return [told, (globalThis as any).evaluated];
}
`;

for (const strict of [true, false]) {
  test(`emitDecoratorMetadata as TypeScript itself emits it, ${strict ? "strict" : "not strict"}`, async (context) => {
    const compilerOptions = { experimentalDecorators: true, emitDecoratorMetadata: true, target: "es2022", strict };
    await compareWithTsc(context, { "main.ts": METADATA, "dependencies.ts": DEPENDENCIES }, compilerOptions);
  });
}

test("an import that only metadata needs is a module of the program; without Reflect.metadata nothing is told", async (context) => {
  const files = {
    "main.ts": `import { Rates } from "./rates.ts"; import { Shape } from "./shape.ts";
      const seen: any = (target: any, key: any, index: any) => { (globalThis as any).seen = [key, index]; };
      class Trip { constructor(@seen rates: Rates, shape: Shape) {} }
      export const main = () => [(globalThis as any).evaluatedRates, (globalThis as any).seen];`,
    "rates.ts": "export class Rates {} (globalThis as any).evaluatedRates = true;",
    "shape.ts": "export interface Shape {}",
  };
  await compareWithTsc(context, files, { experimentalDecorators: true, emitDecoratorMetadata: true, target: "es2022" });
});
