/** Contexts of a bare isolate, with the guest's prelude and without, and steps by hand. */

import ivm from "isolated-vm";
import { compileCode } from "#compiler";
import type { ProgramDebug, ProgramTables, StepInput, StepRequest, StepResult } from "#protocol";
import { decodeStepResult, encodeStepRequest, guestTables, PROGRAM_SCRIPT } from "#protocol";
import { guestPrelude } from "../../runtime/guest-bundle.ts";
import { debugReader } from "../../runtime/host/debug-reader.ts";

const { code: prelude } = await guestPrelude();
const isolate = new ivm.Isolate({ memoryLimit: 256 });
const preludeScript = await isolate.compileScript(prelude, { filename: "prelude.js" });

export const TRACE = `const trace = []; const { defineProperty } = Object;
const log = (...values) => {
  let line = "";
  for (let i = 0; i < values.length; i++) line += (i > 0 ? " " : "") + show(values[i]);
  defineProperty(trace, trace.length, { value: line, enumerable: true, writable: true, configurable: true });
};
function show(value) {
  if (Array.isArray(value)) return "[" + value.map(show).join(",") + "]";
  if (value instanceof Error) return value.constructor.name;
  if (typeof value === "object" && value !== null) return "{" + Object.keys(value).map((k) => k + ":" + show(value[k])).join(",") + "}";
  return typeof value === "function" ? "function" : String(value);
}`;

/** What a script logs in a plain context: the engine's own promises. */
export async function nativeTrace(code: string): Promise<string[]> {
  const context = await isolate.createContext();
  try {
    await context.eval(`${TRACE}\n(() => { "use strict";\n${code}\n})();`);
    return JSON.parse((await context.eval("JSON.stringify(trace)")) as string) as string[];
  } finally {
    context.release();
  }
}

export function createBareContext(): ivm.Context {
  return isolate.createContextSync();
}

export function evaluatePrelude(context: ivm.Context): void {
  preludeScript.runSync(context, { reference: true });
}

export class Guest {
  readonly context: ivm.Context;
  readonly #kernel: ivm.Reference<Record<string, unknown>>;

  constructor() {
    this.context = isolate.createContextSync();
    this.#kernel = preludeScript.runSync(this.context, { reference: true }) as never;
    this.method("useCompiler").applySync(undefined, [new ivm.Callback(compileCode)]);
  }

  method(name: string): ivm.Reference<(...args: unknown[]) => unknown> {
    return this.#kernel.getSync(name, { reference: true }) as never;
  }

  eval(code: string): unknown {
    return this.context.evalSync(code);
  }

  pumpAll(): void {
    const pump = this.method("pump");
    while ((pump.applySync(undefined, []) as number) > 0);
  }

  /** What positions and source texts are read from. */
  useDebug(debug: ProgramDebug): void {
    this.method("useDebug").applySync(undefined, [new ivm.Callback(debugReader(JSON.stringify(debug)))]);
  }

  load(program: string, tables: ProgramTables, isPrivate = false): void {
    const made = isolate.compileScriptSync(program, { filename: PROGRAM_SCRIPT }).runSync(this.context, {
      reference: true,
    }) as unknown as ivm.Reference;
    this.method("load").applySync(undefined, [made.derefInto(), guestTables(program, tables), isPrivate]);
  }

  step(request: StepRequest): StepResult {
    const bytes = encodeStepRequest(request);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const answer = this.method("step").applySync(undefined, [new ivm.ExternalCopy(buffer).copyInto()], {
      result: { copy: true },
    });
    return decodeStepResult(new Uint8Array(answer as ArrayBuffer));
  }

  release(): void {
    this.context.release();
  }
}

/** What the same script logs on the guest's promises. */
export function guestTrace(code: string): string[] {
  const guest = new Guest();
  try {
    guest.eval(`${TRACE}\n(() => { "use strict";\n${code}\n})();`);
    guest.pumpAll();
    return JSON.parse(guest.eval("JSON.stringify(trace)") as string) as string[];
  } finally {
    guest.release();
  }
}

/** Tables of a program written by hand: one module, `count` functions. */
export function handTables(count: number, globals: readonly string[] = []): ProgramTables {
  return {
    functions: Array.from({ length: count }, (_, index) => ({
      id: `main.ts#f${index}`,
      kind: "async" as const,
      scopes: [],
      sites: [],
      body: "",
      shape: "",
    })),
    classes: [],
    scopes: [],
    globals,
    modules: [{ id: "main.ts", kind: "esm", strict: true }],
    entry: 0,
    strings: [],
    shapes: [],
  };
}

/** One thread of a loaded guest, stepped by hand. */
export class ThreadByHand {
  readonly #guest: Guest;
  readonly #threadId: string;
  #base = -1;
  #heap: Uint8Array | null = null;
  /** Drops the live thread before each step, so that every one is decoded. */
  decodes = false;
  isPrivate = true;
  timeMs = 1_000;
  seed = new Uint8Array(16);
  mailbox: { ref: string; text: string }[] = [];

  constructor(guest: Guest, threadId = "t1") {
    this.#guest = guest;
    this.#threadId = threadId;
  }

  send(input: StepInput, stepId = this.#base + 1): StepResult {
    if (this.decodes) this.#guest.method("forget").applySync(undefined, [this.#threadId]);
    const result = this.#guest.step({
      threadId: this.#threadId,
      programHash: "",
      base: this.#base,
      stepId,
      heap: this.#heap,
      isPrivate: this.isPrivate,
      input,
      mailbox: this.mailbox,
      timeMs: this.timeMs,
      seed: this.seed,
      limits: { stepMs: 1_000, memoryMb: 64, snapshotBytes: 1 << 20, outputRecords: 100, outputBytes: 1 << 20 },
    });
    this.#base = stepId;
    if (result.kind === "advanced") this.#heap = result.heap;
    return result;
  }

  start(argument: unknown = undefined): StepResult {
    return this.send({ kind: "new", argument: argument === undefined ? "" : JSON.stringify(argument) });
  }

  resume(ref: string, value: unknown): StepResult {
    return this.send({ kind: "resume", ref, text: JSON.stringify({ ref, value }) });
  }

  reject(ref: string, error: unknown): StepResult {
    return this.send({ kind: "resume", ref, text: JSON.stringify({ ref, error }) });
  }

  cancel(reason = ""): StepResult {
    return this.send({ kind: "cancel", reason });
  }

  get heapBytes(): number {
    return this.#heap?.length ?? 0;
  }
}
