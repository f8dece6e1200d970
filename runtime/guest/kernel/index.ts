/**
 * The kernel: what the host calls. One per context; it is the completion value of the prelude, and no script can reach it.
 */

import type { CompileCode, ReadDebug, StepRequest, StepResult } from "#protocol";
import { decodeStepRequest, encodeStepResult } from "#protocol";
import { abi } from "../abi-object.ts";
import { type Step, setCurrent, takeLoadRejections } from "../current.ts";
import { beginCodeBudget, setCompiler } from "../dynamic/compile.ts";
import { setDebugReader } from "../dynamic/source-text.ts";
import type { ErrorCode, GuestError } from "../errors.ts";
import { beginUnexhausted, exhaustion, outputFlood } from "../exhaustion.ts";
import { seedRandom } from "../globals/random.ts";
import { noteError } from "../image/breach.ts";
import { canShare, mustRunAlone } from "../image/index.ts";
import { imageNames } from "../image/names.ts";
import { queuedJobs } from "../jobs.ts";
import { LOOKED_AT_MAX } from "../json-losses.ts";
import { completeModules, moduleThatThrew } from "../modules.ts";
import {
  hasOwn,
  isObject,
  jsonParse,
  jsonStringify,
  NativeUint8Array,
  typedArrayBuffer,
  typedArrayLength,
} from "../primordials.ts";
import { runOne } from "../pump.ts";
import type { Thread } from "../records.ts";
import { registry } from "../registry.ts";
import { addUnit } from "../scripts.ts";
import { PromiseSlot } from "../slots.ts";
import { stackWithCauses } from "../traces/stack.ts";
import { pendingAwaits } from "./awaits.ts";
import * as byHand from "./by-hand.ts";
import type { Ending } from "./ending.ts";
import {
  decodeThread,
  encodeThread,
  indexLateUnit,
  indexProgram,
  indexRuntime,
  indexUnits,
  type Saved,
} from "./saving.ts";
import { runStep } from "./step.ts";
import { readTables } from "./tables.ts";
import { enter, forgetThread, forgetThreads, keepLive, leave, liveThread, newThread } from "./threads.ts";

function setScope(scope: object): void {
  abi.g = scope;
}

/** Evaluates the program's modules; `text`: `guestTables`. Throws what a module throws. */
function load(program: (abi: object) => void, text: string, isPrivate: boolean): void {
  const tables = readTables(text);
  registry.tables = tables;
  seedRandom(bytesOf(tables.loadSeed));
  setScope(registry.base);
  indexRuntime();
  beginCodeBudget();
  try {
    program(abi);
  } catch (error) {
    throw noteError(error);
  }
  completeModules();
  while (queuedJobs() > 0) runOne();
  const rejections = takeLoadRejections();
  for (let i = 0; i < rejections.length; i++) {
    const { handled, payload } = PromiseSlot.of(rejections[i]!);
    if (!handled) throw payload;
  }
  registry.isLoaded = true;
  indexProgram(tables.assignedNames, isPrivate, tables.stringHashes);
}

function bytesOf(list: readonly number[]): Uint8Array {
  const bytes = new NativeUint8Array(list.length);
  for (let i = 0; i < list.length; i++) bytes[i] = list[i]!;
  return bytes;
}

/** In a context for units of global code: before any of them is registered. */
function prepareUnits(): void {
  indexRuntime(true);
}

/** Before the first unit runs. */
function completeUnits(): void {
  if (registry.isLoaded) return;
  registry.isLoaded = true;
  seedRandom(new NativeUint8Array(16));
  setScope(registry.base);
  indexUnits();
}

function threadOf(request: StepRequest): Thread {
  if (request.input.kind === "new") return newThread(request.timeMs);
  const known = liveThread(request.threadId, request.base);
  return known ?? decodeThread(request.heap!);
}

/** Decodes or takes the live thread, resumes it, runs until idle, encodes: a step without its request's and result's bytes. */
export function run(request: StepRequest): { result: StepResult; saved: Saved } {
  if (!request.isPrivate && !canShare()) return runAgainAlone();
  const step: Step = {
    threadId: request.threadId,
    stepId: request.stepId,
    timeMs: request.timeMs,
    mailbox: request.mailbox,
    consumed: [],
    outputs: [],
    outputBytes: 0,
    outputRecordsMax: request.limits.outputRecords,
    outputBytesMax: request.limits.outputBytes,
    lossesLeft: LOOKED_AT_MAX,
    logs: [],
  };
  const thread = threadOf(request);
  forgetThread(request.threadId);
  enter(thread, step, setScope);
  seedRandom(request.seed);
  beginUnexhausted();
  beginCodeBudget();
  const ending = endOf(thread, step, request);
  const awaits = ending?.status === "running" ? pendingAwaits(thread) : [];
  leave(thread);
  if (!request.isPrivate && mustRunAlone()) return runAgainAlone();
  const exhausted = exhaustion();
  if (exhausted !== undefined || ending === undefined) {
    const words = exhausted === "StackOverflow" ? "The stack overflowed." : "No memory was left for a buffer.";
    return faulted(exhausted ?? "OutputLimit", outputFlood()?.message ?? words);
  }
  const saved: Saved =
    ending.status === "running"
      ? encodeThread(thread, request.isPrivate)
      : { bytes: new NativeUint8Array(0), length: 0 };
  if (saved.length > request.limits.snapshotBytes) {
    return faulted(
      "SnapshotTooLarge",
      `The state has ${saved.length} bytes; ${request.limits.snapshotBytes} are allowed.`,
    );
  }
  if (ending.status === "running") keepLive(request.threadId, request.stepId, thread);
  const { status, result, resultTopic, stack } = ending;
  return {
    saved,
    result: {
      kind: "advanced",
      status,
      isPrivate: request.isPrivate,
      heap: saved.bytes,
      awaits,
      outputs: step.outputs,
      consumedMailbox: step.consumed,
      logs: step.logs,
      result,
      resultTopic,
      stack,
      canResume: awaits.length > 0,
    },
  };
}

/** Undefined: the step was ended in the middle, by its outputs. */
function endOf(thread: Thread, step: Step, request: StepRequest): Ending | undefined {
  try {
    return runStep(thread, step, request);
  } catch (error) {
    if (outputFlood() === undefined) throw error;
    return undefined;
  }
}

/** The step changed what threads share, as far as the freeze let it: all of it is thrown away, and the context with it. */
function runAgainAlone(): { result: StepResult; saved: Saved } {
  return {
    saved: { bytes: new NativeUint8Array(0), length: 0 },
    result: {
      kind: "advanced",
      status: "running",
      isPrivate: true,
      heap: new NativeUint8Array(0),
      awaits: [],
      outputs: [],
      consumedMailbox: [],
      logs: [],
      result: null,
      resultTopic: null,
      stack: null,
      canResume: true,
    },
  };
}

function faulted(code: ErrorCode, message: string): { result: StepResult; saved: Saved } {
  return { result: { kind: "faulted", code, message }, saved: { bytes: new NativeUint8Array(0), length: 0 } };
}

/** An error of the runtime's own that names its code ends the step as a fault; any other is a bug, and the host's. */
function faultOf(error: unknown): { result: StepResult; saved: Saved } {
  if (isObject(error) && hasOwn(error, "code") && hasOwn(error, "message")) {
    const { code, message } = error as GuestError;
    return faulted(code, message);
  }
  throw error;
}

/** One step: `StepRequest` in, `StepResult` out, as `protocol/step-codec.ts` has them. */
function step(request: ArrayBuffer): ArrayBuffer {
  const bytes = new NativeUint8Array(request);
  const decoded = decodeStepRequest(bytes, typedArrayLength(bytes));
  let outcome: { result: StepResult; saved: Saved };
  try {
    outcome = run(decoded);
  } catch (error) {
    forgetThread(decoded.threadId);
    outcome = faultOf(error);
  } finally {
    setCurrent(undefined, undefined);
    setScope(registry.base);
  }
  return typedArrayBuffer(encodeStepResult(outcome.result, outcome.saved.length));
}

export const kernel = {
  /** Hands in what compiles code made at run time, before anything else is called. */
  useCompiler(compile: CompileCode): void {
    setCompiler(compile);
  },
  /** Hands in what reads the program's debug part. */
  useDebug(read: ReadDebug): void {
    setDebugReader(read);
  },
  load,
  /** Where what `load` threw came from, as a stack: of what has none the module that threw it. Runs no code of a script. */
  loadStack(thrown: unknown): string {
    return stackWithCauses(thrown) ?? moduleThatThrew(thrown);
  },
  step,
  /** JSON of image indexes → JSON of their names, for people. After it the context runs no step. */
  imageNames(indexes: string): string {
    return jsonStringify(imageNames(jsonParse(indexes) as number[]));
  },
  /** Drops a live thread: its transaction was aborted, or its state will be decoded elsewhere. */
  forget: forgetThread,
  forgetAll: forgetThreads,
  /** Calls `main` in a thread that is driven by `pump`, `snapshot` and `restore`: for conformance runs. */
  begin(argument: string): void {
    byHand.begin(argument, setScope);
  },
  /** Makes the context one for units of global code instead of a program. */
  prepareUnits,
  addUnit(name: string, code: (abi: object) => void, tablesJson: string): void {
    addUnit(name, code, tablesJson);
    if (registry.isLoaded) indexLateUnit();
  },
  /** Runs a registered unit in the one thread of the context. */
  runUnit(name: string): void {
    completeUnits();
    byHand.run(name, setScope);
  },
  /** Runs a unit that another one has made and asks for now; gives its value. */
  evalUnit(name: string): unknown {
    return byHand.evaluate(name);
  },
  /** Runs one job; gives how many are left. */
  pump: byHand.pump,
  /** The state between two jobs. Throws the error that names what cannot be saved. */
  snapshot(): ArrayBuffer {
    const { bytes } = byHand.snapshot();
    return typedArrayBuffer(bytes);
  },
  restore(bytes: ArrayBuffer): void {
    completeUnits();
    byHand.restore(new NativeUint8Array(bytes), setScope);
  },
  /** JSON: status of the thread by its `main`, and result or error. */
  outcome(): string {
    const { status, result } = byHand.outcome();
    return jsonStringify({ status, result });
  },
};
