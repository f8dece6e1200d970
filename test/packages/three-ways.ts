/**
 * A workflow three ways: natively, compiled, and compiled with each step in a context of its own that is given the saved
 * state; the last in private and in shared mode. The results must be the same. A thread that is moved to private mode is not
 * followed further: that way was gone already.
 *
 * A workflow is a file that exports `run(pause)`, which gives JSON, and `main`, which calls it with a suspension named `go`.
 */
import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";
import ivm from "isolated-vm";
import { compile, compileCode } from "#compiler";
import type { Program, StepAdvanced, StepRequest } from "#protocol";
import { decodeStepResult, encodeStepRequest, guestTables } from "#protocol";
import { guestPrelude } from "../../runtime/guest-bundle.ts";

const STEPS_MAX = 200;
const START_MS = Date.UTC(2026, 0, 5, 9, 30, 0, 250);

interface Workflow {
  run(pause: () => Promise<unknown>): Promise<unknown>;
}

export interface Run {
  readonly result: unknown;
  readonly steps: number;
  readonly logs: readonly string[];
  /** The largest saved state. */
  readonly bytes: number;
}

export interface Ways {
  readonly restored: Run;
  /** The thread stayed in shared mode. */
  readonly isShared: boolean;
}

/** So many microtasks are a step: what is queued is done, and no timer fires. */
const DRAIN_TURNS = 200;

async function nativePause(): Promise<null> {
  for (let i = 0; i < DRAIN_TURNS; i++) await undefined;
  return null;
}

/** The result in plain Node, as JSON gives it. */
export async function native(file: string): Promise<unknown> {
  const workflow: Workflow = await import(pathToFileURL(file).href);
  return JSON.parse(JSON.stringify(await workflow.run(nativePause)));
}

/** A compiled program in an isolate: as many contexts of it as are asked for. */
class Sandbox {
  readonly #isolate = new ivm.Isolate({ memoryLimit: 1_024 });
  readonly #prelude: ivm.Script;
  readonly #script: ivm.Script;
  readonly #tables: string;

  constructor(program: Program, prelude: string) {
    this.#prelude = this.#isolate.compileScriptSync(prelude);
    this.#script = this.#isolate.compileScriptSync(program.code, { filename: "program.js" });
    this.#tables = guestTables(program.code, program.tables);
  }

  open(isPrivate: boolean): Loaded {
    const context = this.#isolate.createContextSync();
    const kernel = this.#prelude.runSync(context, { reference: true }) as never as Kernel;
    kernel.getSync("useCompiler", { reference: true }).applySync(undefined, [new ivm.Callback(compileCode)]);
    const made = this.#script.runSync(context, { reference: true }) as unknown as ivm.Reference;
    const load = kernel.getSync("load", { reference: true });
    load.applySync(undefined, [made.derefInto(), this.#tables, isPrivate], { timeout: 120_000 });
    return new Loaded(context, kernel);
  }

  dispose(): void {
    this.#isolate.dispose();
  }
}

type Kernel = ivm.Reference<Record<string, (...values: unknown[]) => unknown>>;

class Loaded {
  readonly #context: ivm.Context;
  readonly #kernel: Kernel;

  constructor(context: ivm.Context, kernel: Kernel) {
    this.#context = context;
    this.#kernel = kernel;
  }

  step(request: StepRequest): StepAdvanced {
    const bytes = encodeStepRequest(request);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const step = this.#kernel.getSync("step", { reference: true });
    const answer = step.applySync(undefined, [new ivm.ExternalCopy(buffer).copyInto()], {
      result: { copy: true },
      timeout: 120_000,
    });
    const result = decodeStepResult(new Uint8Array(answer as ArrayBuffer));
    assert.equal(result.kind, "advanced", JSON.stringify(result));
    return result as StepAdvanced;
  }

  release(): void {
    this.#context.release();
  }
}

/** Timers that a step set or cleared, as the scheduler would see them. */
function schedule(due: Map<string, number>, result: StepAdvanced, timeMs: number): void {
  for (const { topic, key, value } of result.outputs) {
    if (topic !== "workflow-scheduler") continue;
    const { ref } = JSON.parse(key.slice(key.indexOf("|") + 1)) as { ref: string };
    if (value === null) due.delete(ref);
    else due.set(ref, timeMs + Number(value));
  }
}

/** The next input: the pause if it waits, else the timer that is due first. */
function nextRef(result: StepAdvanced, due: Map<string, number>): string {
  if (result.awaits.some(({ ref }) => ref === "go")) return "go";
  const [first] = [...due].sort((a, b) => a[1] - b[1]);
  assert.ok(first !== undefined, "nothing is left that could resume the thread");
  return first[0];
}

/** `null`: the thread was moved to private mode. */
function runCompiled(sandbox: Sandbox, isPrivate: boolean, restores: boolean): Run | null {
  let loaded = sandbox.open(isPrivate);
  let heap: Uint8Array | null = null;
  let timeMs = START_MS;
  let input: StepRequest["input"] = { kind: "new", argument: "" };
  let bytes = 0;
  const due = new Map<string, number>();
  const logs: string[] = [];
  try {
    for (let stepId = 0; stepId < STEPS_MAX; stepId++) {
      const seed = new Uint8Array(16).map((_, index) => stepId * 31 + index * 7);
      const limits = {
        stepMs: 10_000,
        memoryMb: 256,
        snapshotBytes: 64 << 20,
        outputRecords: 1_000,
        outputBytes: 1 << 20,
      };
      const request = {
        threadId: "t",
        programHash: "",
        base: stepId - 1,
        stepId,
        heap,
        input,
        mailbox: [],
        timeMs,
        seed,
        limits,
      };
      const result = loaded.step({ ...request, isPrivate });
      if (result.isPrivate && !isPrivate) return null;
      for (const { text } of result.logs) logs.push(text);
      if (result.status !== "running") {
        assert.equal(result.status, "completed", `${result.result}\n${result.stack}`);
        return { result: JSON.parse(result.result ?? "null"), steps: stepId + 1, logs, bytes };
      }
      heap = result.heap;
      bytes = Math.max(bytes, heap.length);
      schedule(due, result, timeMs);
      const ref = nextRef(result, due);
      timeMs = Math.max(timeMs + 1, due.get(ref) ?? 0);
      due.delete(ref);
      input = { kind: "resume", ref, text: JSON.stringify({ ref, value: null }) };
      if (!restores) continue;
      loaded.release();
      loaded = sandbox.open(isPrivate);
    }
    throw new Error(`main has not ended after ${STEPS_MAX} steps`);
  } finally {
    loaded.release();
  }
}

/** Runs the file all ways; the results are the native one. */
export async function allWays(file: string): Promise<Ways> {
  const expected = await native(file);
  const { program } = await compile({ entry: basename(file), folder: dirname(file) });
  const prelude = (await guestPrelude()).code;
  // An isolate each: the contexts that one has left behind would weigh on the others.
  const run = (isPrivate: boolean, restores: boolean): Run | null => {
    const sandbox = new Sandbox(program, prelude);
    try {
      return runCompiled(sandbox, isPrivate, restores);
    } finally {
      sandbox.dispose();
    }
  };
  const live = run(true, false)!;
  assert.deepEqual(live.result, expected, "compiled");
  assert.ok(live.steps > 2, "it is saved more than once");
  const restored = run(true, true)!;
  assert.deepEqual(restored.result, expected, "restored before each step, in private mode");
  const shared = run(false, true);
  if (shared !== null) assert.deepEqual(shared.result, expected, "restored before each step, in shared mode");
  for (const other of shared === null ? [restored] : [restored, shared]) {
    assert.equal(other.steps, live.steps);
    assert.deepEqual(other.logs, live.logs);
  }
  return { restored, isShared: shared !== null };
}
