/**
 * Runs programs natively (bare context, V8's own promises), compiled in the guest, and compiled with the thread saved,
 * its context dropped and the thread restored in a new one again and again; gives the traces of all three.
 *
 * Several programs make one compiled module, since a compile and a context have fixed costs, and run side by side in one
 * thread, so that a restore moves them all; each has a trace of its own.
 */
import ivm from "isolated-vm";
import { compileCode, compileSource } from "#compiler";
import { guestTables, PROGRAM_SCRIPT, type Program } from "#protocol";
import { guestPrelude } from "../../runtime/guest-bundle.ts";
import { debugReader } from "../../runtime/host/debug-reader.ts";

const { code: guestCode } = await guestPrelude();

/** Contexts are made in one isolate until it has seen so many: a collector runs late. */
const CONTEXTS_PER_ISOLATE = 40;

/** The bodies of async functions, with what they use: `print`, `later`, `fail`, `iterable`, `spend`. */
const PRELUDE = `const SPENT = "spent";
const define = Object.defineProperty;
function show(value, depth = 4) {
  if (value instanceof Error) return value.constructor.name + "(" + (value instanceof TypeError || value instanceof ReferenceError ? "" : value.message) + ")";
  if (typeof value === "function") return "function " + value.name + "/" + value.length;
  if (typeof value === "symbol") return String(value);
  if (typeof value === "bigint") return value + "n";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  if (typeof value !== "object" || value === null) return String(value);
  if (depth === 0) return "…";
  if (Array.isArray(value)) return "[" + value.slice(0, 20).map((item) => show(item, depth - 1)) + "]";
  return "{" + Object.entries(value).map(([key, item]) => key + ":" + show(item, depth - 1)) + "}";
}
function world(trace) {
  let budget = 150;
  const spend = () => { if (--budget < 0) throw SPENT; };
  const print = (...values) => { define(trace, trace.length, { value: values.map((v) => show(v)).join(" "), enumerable: true, writable: true, configurable: true }); return values[0]; };
  const later = (value, jobs = 1) => { spend(); let promise = Promise.resolve(value); for (let i = 1; i < jobs; i++) promise = promise.then((v) => v); return promise; };
  const fail = (value) => { spend(); return Promise.reject(value); };
  const iterable = (name, values, returns = {}) => ({
    [Symbol.iterator]() { print(name + ".iterator"); let at = 0; return {
      next(...args) { print(name + ".next", ...args); return at < values.length ? { value: values[at++], done: false } : { value: undefined, done: true }; },
      return() { print(name + ".return"); if (returns instanceof Error) throw returns; return returns; } }; } });
  const asyncIterable = (name, values, returns = {}) => ({
    [Symbol.asyncIterator]() { print(name + ".iterator"); let at = 0; return {
      async next() { print(name + ".next"); return at < values.length ? { value: values[at++], done: false } : { value: undefined, done: true }; },
      async return() { print(name + ".return"); if (returns instanceof Error) throw returns; return returns; } }; } });
  return { print, log: print, later, fail, iterable, asyncIterable, spend };
}
async function traced(trace, program) {
  let running = true;
  const ticking = (async () => { for (let job = 1; running && job < 150; job++) { await null; define(trace, trace.length, { value: "|", enumerable: true, writable: true, configurable: true }); } })();
  const { print } = world(trace);
  try { print("=", await program()); } catch (error) { print("!", error); }
  running = false; await ticking; return trace;
}
`;

function moduleText(bodies: readonly string[], isNative: boolean): string {
  const runs = bodies.map(
    (body, index) =>
      `const trace${index} = []; const program${index} = async () => { const { print, log, later, fail, iterable, asyncIterable, spend } = world(trace${index}); ${body}\n};`,
  );
  const main = `async function main() { return Promise.all([${bodies.map((_, index) => `traced(trace${index}, program${index})`).join(", ")}]); }`;
  const head = isNative ? "" : 'import { config } from "kawait"; config.unhandledRejections = "warn";\n';
  return `${head}${PRELUDE}${runs.join("\n")}\n${isNative ? "" : "export "}${main}\n`;
}

let isolate: ivm.Isolate | undefined;
let preludeScript: ivm.Script | undefined;
let contexts = 0;

function newContext(): ivm.Context {
  if (isolate === undefined || ++contexts % CONTEXTS_PER_ISOLATE === 0) {
    isolate?.dispose();
    isolate = new ivm.Isolate({ memoryLimit: 512 });
    preludeScript = isolate.compileScriptSync(guestCode, { filename: "prelude.js" });
  }
  return isolate.createContextSync();
}

function loaded(program: Program): { context: ivm.Context; call: (name: string, ...args: unknown[]) => unknown } {
  const context = newContext();
  const kernel = preludeScript!.runSync(context, { reference: true }) as ivm.Reference<Record<string, unknown>>;
  const method = (name: string) =>
    kernel.getSync(name, { reference: true }) as unknown as ivm.Reference<(...args: unknown[]) => unknown>;
  const script = isolate!.compileScriptSync(program.code, { filename: PROGRAM_SCRIPT });
  const made = script.runSync(context, { reference: true }) as unknown as ivm.Reference;
  method("useCompiler").applySync(undefined, [new ivm.Callback(compileCode)]);
  method("useDebug").applySync(undefined, [new ivm.Callback(debugReader(JSON.stringify(program.debug)))]);
  method("load").applySync(undefined, [made.derefInto(), guestTables(program.code, program.tables), true]);
  return {
    context,
    call: (name, ...args) =>
      method(name).applySync(undefined, args, { arguments: { copy: true }, result: { copy: true }, timeout: 20_000 }),
  };
}

type Trace = readonly string[];

async function native(bodies: readonly string[]): Promise<Trace[]> {
  const context = newContext();
  try {
    const text = `"use strict"; ${moduleText(bodies, true)}\nmain().then((out) => { globalThis.out = JSON.stringify(out); });`;
    // A rejection that a program leaves unhandled is thrown here, behind the last job.
    const unhandled = await context.eval(text, { timeout: 20_000 }).catch((error: unknown) => error);
    const out = (await context.eval("globalThis.out")) as string | undefined;
    if (out === undefined) throw unhandled;
    return JSON.parse(out) as Trace[];
  } finally {
    context.release();
  }
}

/** @param restoreAt says before which jobs the thread is restored in a new context. */
function compiled(program: Program, restoreAt: (job: number) => boolean): Trace[] {
  let guest = loaded(program);
  try {
    guest.call("begin", "");
    for (let job = 1; ; job++) {
      if (restoreAt(job)) {
        const bytes = guest.call("snapshot") as ArrayBuffer;
        guest.context.release();
        guest = loaded(program);
        guest.call("restore", bytes);
        const again = guest.call("snapshot") as ArrayBuffer;
        if (!Buffer.from(bytes).equals(Buffer.from(again)))
          throw new Error(`the state restored before job ${job} has other bytes`);
      }
      if ((guest.call("pump") as number) === 0) break;
    }
    const outcome = guest.call("outcome") as string;
    const { status, result } = JSON.parse(outcome);
    if (status !== "completed") throw new Error(`the thread did not complete: ${outcome}`);
    return (typeof result === "string" ? JSON.parse(result) : result) as Trace[];
  } finally {
    guest.context.release();
  }
}

export interface Difference {
  readonly mode: "compiled" | "durable";
  readonly message: string;
}

export interface Comparison {
  /** Lines that the native run printed. */
  readonly printed: number;
  readonly result: Difference | undefined;
}

/** Compares the three runs of each body. */
export async function differences(
  bodies: readonly string[],
  restoreAt: (job: number) => boolean,
): Promise<Comparison[]> {
  const expected = await native(bodies);
  const { program } = await compileSource(moduleText(bodies, false), { filename: "main.js", needsMain: true });
  const found: (Difference | undefined)[] = bodies.map(() => undefined);
  for (const mode of ["compiled", "durable"] as const) {
    const traces = compiled(program, mode === "compiled" ? () => false : restoreAt);
    for (const [index, trace] of traces.entries()) {
      found[index] ??= differs(mode, expected[index]!, trace);
    }
  }
  return found.map((result, index) => ({
    printed: expected[index]!.filter((line) => line !== "|").length,
    result,
  }));
}

/** As `differences` of one body; what is thrown on the way is a difference too, unless the program is none natively. */
export async function difference(body: string, restoreAt: (job: number) => boolean): Promise<Difference | undefined> {
  try {
    await native([body]);
  } catch {
    return undefined;
  }
  try {
    return (await differences([body], restoreAt))[0]!.result;
  } catch (error) {
    return { mode: "compiled", message: error instanceof Error ? error.message : String(error) };
  }
}

function differs(mode: Difference["mode"], expected: Trace, actual: Trace): Difference | undefined {
  const at = expected.findIndex((line, index) => line !== actual[index]);
  if (at < 0 && expected.length === actual.length) return undefined;
  const place = at < 0 ? expected.length : at;
  const part = (trace: Trace): string => trace.slice(Math.max(0, place - 3), place + 3).join("  ");
  return { mode, message: `at line ${place} of the trace: native  ${part(expected)}\n  but ${mode}  ${part(actual)}` };
}
