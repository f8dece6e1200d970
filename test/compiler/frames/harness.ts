/**
 * Runs one program natively, compiled, and compiled with its frames copied at every suspension, and gives the traces.
 *
 * A program is a script that uses `log(value)`, `later(value)` (a promise settled some jobs later), and ends with the
 * statement `return main` of a function that runs it; the trace has what was logged, the outcome, and, at each job, a
 * tick, so that a job too many is seen.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { generate, parseSync, type types as t } from "@babel/core";
import { framesPhase } from "../../../compiler/frames/index.ts";
import { makePrintable } from "../../../compiler/link/printable.ts";
import type { ModuleContext } from "../../../compiler/phase.ts";
import { makeAbi } from "./abi.ts";

export interface Site {
  readonly key: string;
  readonly live: readonly string[];
}

export interface CompiledProgram {
  readonly code: string;
  readonly functions: Map<number, { sites: readonly Site[]; handlers: readonly number[] }>;
}

class TestCompileError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export function compileProgram(source: string, strict = true): CompiledProgram {
  const options = { configFile: false as const, babelrc: false as const, sourceType: "script" as const };
  const file = parseSync(source, { ...options, parserOpts: { allowReturnOutsideFunction: true } }) as t.File;
  const functions: CompiledProgram["functions"] = new Map();
  const hoisted: t.Statement[] = [];
  const used = new Set<string>();
  let count = 0;
  const error = (code: string, _node: t.Node, message: string): never => {
    throw new TestCompileError(code, message);
  };
  const context = {
    strict,
    addFunction: () => count++,
    setSites: (index: number, sites: readonly Site[], _positions: unknown, handlers: readonly number[]) =>
      functions.set(index, { sites, handlers }),
    position: () => [0, 1, 0],
    error,
    leaveNative: error,
    hoist: (statement: t.Statement) => hoisted.push(statement),
    uniqueName(base: string) {
      let name = `$${base}`;
      for (let suffix = 1; used.has(name); suffix++) name = `$${base}_${suffix}`;
      used.add(name);
      return name;
    },
  } as unknown as ModuleContext;
  framesPhase(file, context);
  file.program.body.unshift(...hoisted);
  makePrintable(file, "");
  return { code: generate(file).code, functions };
}

type Main = () => unknown;

function prelude(trace: string[]): Record<string, unknown> {
  const log = (...values: unknown[]): unknown => {
    trace.push(values.map((value) => show(value)).join(" "));
    return values[0];
  };
  const later = (value: unknown, jobs = 1): Promise<unknown> => {
    let promise: Promise<unknown> = Promise.resolve(value);
    for (let i = 1; i < jobs; i++) promise = promise.then((v) => v);
    return promise;
  };
  const fail = (value: unknown): Promise<unknown> => Promise.reject(value);
  const iterable = (name: string, values: readonly unknown[], returns: unknown = {}): unknown => ({
    [Symbol.iterator]() {
      log(`${name}.iterator`);
      let at = 0;
      return {
        next(...args: unknown[]) {
          log(`${name}.next`, ...args);
          return at < values.length ? { value: values[at++], done: false } : { value: undefined, done: true };
        },
        return() {
          log(`${name}.return`);
          if (returns instanceof Error) throw returns;
          return returns;
        },
      };
    },
  });
  const asyncIterable = (name: string, values: readonly unknown[], returns: unknown = {}): unknown => ({
    [Symbol.asyncIterator]() {
      log(`${name}.iterator`);
      let at = 0;
      return {
        async next() {
          log(`${name}.next`);
          return at < values.length ? { value: values[at++], done: false } : { value: undefined, done: true };
        },
        async return() {
          log(`${name}.return`);
          if (returns instanceof Error) throw returns;
          return returns;
        },
      };
    },
  });
  return { log, later, fail, iterable, asyncIterable };
}

/** Text for a trace; deep and long values are cut, alike in every run. */
export function show(value: unknown, depth = 4): string {
  if (value instanceof Error) return `${value.constructor.name}(${value instanceof TypeError ? "" : value.message})`;
  if (typeof value === "function") return `function ${value.name}/${value.length}`;
  if (typeof value === "symbol") return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (typeof value !== "object" || value === null) return String(value);
  if (depth === 0) return "…";
  if (Array.isArray(value)) return `[${value.slice(0, 20).map((item) => show(item, depth - 1))}]`;
  return `{${Object.entries(value).map(([key, item]) => `${key}:${show(item, depth - 1)}`)}}`;
}

/** Evaluates code whose value is `main`, runs it, and gives the trace. */
export async function traceOf(
  code: string,
  abi: Record<string, unknown> | undefined,
  strict = true,
): Promise<string[]> {
  const trace: string[] = [];
  const globals = { ...prelude(trace), ...(abi ? { $k: abi, $T: abi.TDZ } : {}) };
  const text = `${strict ? '"use strict";' : ""}${code}`;
  const main = new Function(...Object.keys(globals), text)(...Object.values(globals)) as Main;
  let running = true;
  const ticking = (async () => {
    for (let job = 1; running && job < 400; job++) {
      await null;
      trace.push("|");
    }
  })();
  try {
    const result = await main();
    trace.push(`= ${show(result)}`);
  } catch (error) {
    trace.push(`! ${show(error)}`);
  }
  running = false;
  await ticking;
  return trace;
}

export interface Traces {
  readonly code: string;
  readonly native: string;
  readonly compiled: string;
  readonly durable: string;
}

export async function traces(source: string, strict = true): Promise<Traces> {
  const { code } = compileProgram(source, strict);
  const native = await traceOf(source, undefined, strict);
  const compiled = await traceOf(code, makeAbi(false), strict);
  const durable = await traceOf(code, makeAbi(true), strict);
  return { code, native: native.join("\n"), compiled: compiled.join("\n"), durable: durable.join("\n") };
}

/** Registers one test per program: a body of `async function main()`, or a whole script that returns `main`. */
export function samples(area: string, programs: Readonly<Record<string, string>>, strict = true): void {
  for (const [name, program] of Object.entries(programs)) {
    test(`${area}: ${name}`, async () => {
      const isScript = /return main;?\s*$/.test(program);
      const source = isScript ? program : `async function main() {\n${program}\n}\nreturn main;`;
      const result = await traces(source, strict);
      assert.ok(result.native.includes("=") || result.native.includes("!"), "the native program ends");
      assert.equal(result.compiled, result.native, result.code);
      assert.equal(result.durable, result.native, result.code);
    });
  }
}
