/**
 * Runs a sample as written and converted, under a small implementation of `$k`, and compares what they print.
 *
 * The converted program runs twice: once plainly, once with every maker run twice and its second product used, which is
 * what a restore does: makers must have no effects.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import { type types as BabelTypes, generate, parseSync, types as t } from "@babel/core";
import { closuresPhase } from "../../../compiler/closures/index.ts";
import type { ModuleContext } from "../../../compiler/phase.ts";

export interface SampleOptions {
  readonly sloppy?: boolean;
  readonly firstParty?: boolean;
}

export interface Converted {
  readonly code: string;
  readonly warnings: readonly string[];
  /** Names in the converted code with the line of the source that each says it comes from. */
  readonly positions: readonly (readonly [name: string, line: number])[];
  readonly functions: readonly { readonly kind: string; readonly scopes: readonly number[] }[];
}

class NamedError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** A context like the pipeline's, for one module. */
function contextFor(source: string, options: SampleOptions, hoisted: BabelTypes.Statement[], warnings: string[]) {
  let names = 0;
  let templates = 0;
  let classes = 0;
  const functions: { kind: string; scopes: readonly number[] }[] = [];
  const scopes: (readonly string[])[] = [];
  const taken = new Set(source.match(/\$[\w$]*/g) ?? []);
  const context: ModuleContext = {
    moduleIndex: 0,
    moduleId: "sample",
    firstParty: options.firstParty ?? true,
    kind: "esm",
    source,
    file: "sample.js",
    strict: !options.sloppy,
    ids: { of: () => "sample", derive: (parent, name) => `${parent}.${name}` },
    addFunction: (_node, kind) => functions.push({ kind, scopes: [] }) - 1,
    setScopes: (index, layouts) => {
      functions[index]!.scopes = layouts;
    },
    setSites: () => undefined,
    addClass: () => classes++,
    addPrivateName: () => classes++,
    setClassScopes: () => undefined,
    addScope: (fields) => scopes.push(fields) - 1,
    addTemplate: () => templates++,
    addString: () => undefined,
    addShape: () => undefined,
    position: () => [0, 1, 0],
    error: (code, _node, message) => {
      throw new NamedError(code, message);
    },
    leaveNative: (code, _node, message) => {
      if (options.firstParty ?? true) throw new NamedError(code, message);
      warnings.push(code);
    },
    warn: (code) => {
      warnings.push(code);
    },
    hoist: (statement) => hoisted.push(statement),
    uniqueName: (base) => {
      for (;;) {
        const name = `$${base}${names++}`;
        if (!taken.has(name)) return name;
      }
    },
  };
  return { context, functions };
}

export function convert(source: string, options: SampleOptions = {}): Converted {
  const file = parseSync(source, {
    configFile: false,
    babelrc: false,
    sourceType: "script",
    parserOpts: { strictMode: !options.sloppy, plugins: ["decorators", "decoratorAutoAccessors"] },
  }) as BabelTypes.File;
  const hoisted: BabelTypes.Statement[] = [];
  const warnings: string[] = [];
  const { context, functions } = contextFor(source, options, hoisted, warnings);
  closuresPhase(file, context);
  file.program.body.unshift(...hoisted);
  assertTree(file.program);
  const positions: [string, number][] = [];
  t.traverseFast(file.program, (node) => {
    if (node.type === "Identifier" && node.loc) positions.push([node.name, node.loc.start.line]);
  });
  return { code: generate(file).code, warnings, positions, functions };
}

/** No node stands in two places: later phases change the tree in place. */
function assertTree(program: BabelTypes.Program): void {
  const seen = new Set<BabelTypes.Node>();
  t.traverseFast(program, (node) => {
    assert.ok(!seen.has(node), `a ${node.type} node stands in two places of the tree`);
    seen.add(node);
  });
}

/** The ABI object, as little of it as converted code needs. */
export const runtimeSource = `(function (twice) {
  class Identity { constructor(o) { return o; } }
  const TDZ = Object.freeze(Object.create(null));
  const keyOf = (k) => Reflect.ownKeys({ [k]: 0 })[0];
  const made = (maker) => (...args) => { if (twice) maker(...args); return maker(...args); };
  return {
    TDZ,
    tdz(name) { throw new ReferenceError("Cannot access '" + name + "' before initialization"); },
    constAssign(name) { throw new TypeError("Assignment to constant variable."); },
    privateAccess(name, what) { throw new TypeError("'" + name + "' has no " + what + "ter"); },
    scope(layout, Class) { return Class; },
    def(index, maker) { return made(maker); },
    cls(index, maker) { return made(maker); },
    Field: Identity,
    Stamp: Identity,
    slot(Class) { return Class; },
    caller(method) { return Function.prototype.call.bind(method); },
    name(Class) { return Class; },
    home(Class, names) {},
    caught(error) { return error; },
    construction: {
      scopes: [],
      begin() { return this.scopes.length; },
      calling(scope) { this.scopes.push(scope); },
      fields(self) { this.scopes.at(-1).this = self; },
      end(begun) { this.scopes.length = begun; },
      superAgain: (parent, target, isBound) => (...args) => {
        Reflect.construct(Reflect.getPrototypeOf(parent), args, target);
        throw new ReferenceError("Super constructor may only be called once");
      },
    },
    call(fn, self, ...args) { return Reflect.apply(fn, self, args); },
    invoke(text, fn, self, ...args) { return Reflect.apply(fn, self, args); },
    apply(fn, self, args) { return Reflect.apply(fn, self, args); },
    superGet(home, key, receiver) { return Reflect.get(Reflect.getPrototypeOf(home), key, receiver); },
    superSet(home, key, value, receiver, silent) {
      if (!Reflect.set(Reflect.getPrototypeOf(home), key, value, receiver) && !silent) throw new TypeError("Cannot assign");
      return value;
    },
    key: keyOf,
    define(object, key, value) {
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      return object;
    },
    accessor(object, key, get, set) {
      const old = Object.getOwnPropertyDescriptor(object, key);
      Object.defineProperty(object, key, { get: get ?? old?.get, set: set ?? old?.set, enumerable: true, configurable: true });
      return object;
    },
    accessorName(prefix, key) {
      return prefix + " " + (typeof key === "symbol" ? (key.description === undefined ? "" : "[" + key.description + "]") : key);
    },
    extend(object, rest, prototype) {
      if (prototype) Object.setPrototypeOf(object, Object.getPrototypeOf(rest));
      for (const key of Reflect.ownKeys(rest)) Object.defineProperty(object, key, Object.getOwnPropertyDescriptor(rest, key));
      return object;
    },
    template(index, cooked, raw) { return Object.freeze(Object.defineProperty(cooked, "raw", { value: Object.freeze(raw) })); },
    bindings() {},
  };
})`;

async function run(code: string, strict: boolean, mode: "native" | "once" | "twice"): Promise<string[]> {
  const trace: string[] = [];
  const print = (...values: unknown[]): void => void trace.push(values.map(show).join(" "));
  const context = vm.createContext({ print, console });
  const directive = strict ? '"use strict";' : "";
  const abi = `const $k = ${runtimeSource}(${mode === "twice"}), $T = $k.TDZ;`;
  try {
    vm.runInContext(`(function () { ${directive} ${mode === "native" ? "" : abi}\n${code}\n})()`, context);
  } catch (error) {
    trace.push(`threw ${(error as Error).name ?? String(error)}`);
  }
  // Native promises only: two turns of the event loop come after every job.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  return trace;
}

function show(value: unknown): string {
  if (typeof value === "function") return `function ${value.name}/${value.length}`;
  if (value === null || typeof value !== "object") return typeof value === "string" ? value : String(value as number);
  if (Object.prototype.toString.call(value) === "[object Error]") return (value as Error).name;
  return JSON.stringify(value, (_key, inner) => (typeof inner === "bigint" ? `${inner}n` : inner));
}

/** Asserts that the source prints the same in all three ways; gives what it prints. */
export async function compare(source: string, options: SampleOptions, label: string): Promise<string[]> {
  const strict = !options.sloppy;
  const expected = await run(source, strict, "native");
  const { code } = convert(source, options);
  for (const mode of ["once", "twice"] as const)
    assert.deepEqual(await run(code, strict, mode), expected, `${label}, ${mode}:\n${source}\n${code}`);
  return expected;
}

/** A test that the sample prints the same in all three ways, and something at all. */
export function sample(name: string, source: string, options: SampleOptions = {}): void {
  test(name, async () => {
    const trace = await compare(source, options, name);
    assert.ok(trace.length > 0, "the sample prints nothing");
  });
}
