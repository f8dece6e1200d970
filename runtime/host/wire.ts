/**
 * The frames between the engine's process and a sandbox process, both ways over one socket.
 *
 *   frame     = u32 length of body, body
 *   body      = u8 message tag, fields in the order written below
 *
 * Boundary: a step's request and result are opaque bytes here (`protocol/step-codec.ts` is the guest's business); the child
 * sees only what it needs to place a step. Every frame from a child is parsed with checks: what does not fit throws, and the
 * supervisor kills the sender (I5).
 */
import type { Breach, BreachKind } from "./breach.ts";
import { FrameReader, FrameWriter } from "./byte-frame.ts";
import type { SandboxLimits } from "./sandbox-limits.ts";

/** `live`: decoded threads are kept between steps. `drop`: every step starts in a new context (forced restore). */
export type SandboxMode = "live" | "drop";

export interface SandboxConfiguration {
  readonly mode: SandboxMode;
  readonly limits: SandboxLimits;
  /** The guest's script. */
  readonly prelude: string;
  /** Path of the module that exports `compileCode` (`CompileCode`), for code made at run time; "" for none. */
  readonly compiler: string;
}

export interface ProgramText {
  readonly hash: string;
  readonly code: string;
  /** JSON of `ProgramTables`. */
  readonly tables: string;
  /** JSON of `ProgramDebug`. */
  readonly debug: string;
}

export interface PlacedStep {
  readonly threadId: string;
  readonly programHash: string;
  readonly base: number;
  readonly stepId: number;
  /** The handle of the decoded thread to go on with, when the payload has no heap; else 0. */
  readonly expects: number;
  /** Of the decoded thread that the step leaves behind. */
  readonly handle: number;
  readonly isPrivate: boolean;
  readonly stepMs: number;
  readonly memoryMb: number;
  /** A larger result is not carried. */
  readonly resultBytesMax: number;
  /** The guest's request. */
  readonly payload: Uint8Array;
}

/** How the steps of a frame are run. */
export interface RunTerms {
  /** Alone in a fresh isolate that is thrown away afterwards, with `VERDICT_BUDGET` times the budget. */
  readonly isAlone: boolean;
  /** Wall time allowed per unit of CPU budget: above 1 when the machine is too busy to give a step its CPU. */
  readonly wallFactor: number;
}

export type ToSandbox =
  | { readonly kind: "configure"; readonly configuration: SandboxConfiguration }
  | { readonly kind: "program"; readonly program: ProgramText }
  | { readonly kind: "steps"; readonly terms: RunTerms; readonly steps: readonly PlacedStep[] }
  | {
      readonly kind: "load";
      readonly programHash: string;
      readonly memoryMb: number;
      /** Indexes of objects of the program's image that are to be named. */
      readonly images: readonly number[];
    }
  | { readonly kind: "discard"; readonly threadIds: readonly string[] | null };

export type StepOutcome =
  /** The guest's result. */
  | { readonly kind: "result"; readonly bytes: Uint8Array }
  | { readonly kind: "breach"; readonly breach: Breach; readonly isLoad: boolean }
  | { readonly kind: "loadFailed"; readonly message: string; readonly stack: string }
  | { readonly kind: "tooLarge"; readonly byteCount: number }
  /** The decoded thread that the request counts on is not here any more: nothing was run. */
  | { readonly kind: "heapWanted" };

export type LoadOutcome =
  /** `names`: of the objects that were asked for, "" for those without. */
  | { readonly kind: "loaded"; readonly loadMs: number; readonly names: readonly string[] }
  | Extract<StepOutcome, { kind: "breach" | "loadFailed" }>;

export type FromSandbox =
  | { readonly kind: "ready" }
  /** What the child works on now, and how long that may take (wall time). */
  | { readonly kind: "phase"; readonly allowedMs: number; readonly loading: string | null }
  | { readonly kind: "outcomes"; readonly outcomes: readonly StepOutcome[] }
  | { readonly kind: "load"; readonly outcome: LoadOutcome };

const TO_SANDBOX = ["configure", "program", "steps", "load", "discard"] as const;
const FROM_SANDBOX = ["ready", "phase", "outcomes", "load"] as const;
const OUTCOMES = ["result", "breach", "loadFailed", "tooLarge", "loaded", "heapWanted"] as const;
const BREACHES: readonly BreachKind[] = ["time", "memory", "stack", "crash", "killed"];

export function encodeToSandbox(message: ToSandbox): Buffer {
  const out = new FrameWriter();
  out.u8(TO_SANDBOX.indexOf(message.kind));
  switch (message.kind) {
    case "configure":
      out.string(JSON.stringify({ ...message.configuration, prelude: "" }));
      out.string(message.configuration.prelude);
      break;
    case "program":
      out.string(message.program.hash);
      out.string(message.program.code);
      out.string(message.program.tables);
      out.string(message.program.debug);
      break;
    case "steps":
      out.u8(message.terms.isAlone ? 1 : 0);
      out.f64(message.terms.wallFactor);
      out.u32(message.steps.length);
      for (const step of message.steps) writeStep(out, step);
      break;
    case "load":
      out.string(message.programHash);
      out.f64(message.memoryMb);
      out.u32(message.images.length);
      for (const index of message.images) out.f64(index);
      break;
    case "discard":
      out.u8(message.threadIds === null ? 1 : 0);
      out.u32(message.threadIds?.length ?? 0);
      for (const threadId of message.threadIds ?? []) out.string(threadId);
      break;
  }
  return out.frame();
}

export function decodeToSandbox(body: Buffer): ToSandbox {
  const input = new FrameReader(body);
  const message = readToSandbox(input);
  input.end();
  return message;
}

function readToSandbox(input: FrameReader): ToSandbox {
  const kind = tagOf(TO_SANDBOX, input.u8());
  switch (kind) {
    case "configure": {
      const configuration = JSON.parse(input.string()) as SandboxConfiguration;
      return { kind, configuration: { ...configuration, prelude: input.string() } };
    }
    case "program":
      return {
        kind,
        program: { hash: input.string(), code: input.string(), tables: input.string(), debug: input.string() },
      };
    case "steps": {
      const terms = { isAlone: input.u8() === 1, wallFactor: input.f64() };
      return { kind, terms, steps: readList(input, readStep) };
    }
    case "load":
      return {
        kind,
        programHash: input.string(),
        memoryMb: input.f64(),
        images: readList(input, (from) => from.f64()),
      };
    case "discard": {
      const isAll = input.u8() === 1;
      const threadIds = readList(input, (from) => from.string());
      return { kind, threadIds: isAll ? null : threadIds };
    }
  }
}

function writeStep(out: FrameWriter, step: PlacedStep): void {
  out.string(step.threadId);
  out.string(step.programHash);
  out.f64(step.base);
  out.f64(step.stepId);
  out.f64(step.expects);
  out.f64(step.handle);
  out.u8(step.isPrivate ? 1 : 0);
  out.f64(step.stepMs);
  out.f64(step.memoryMb);
  out.f64(step.resultBytesMax);
  out.bytes(step.payload);
}

function readStep(input: FrameReader): PlacedStep {
  return {
    threadId: input.string(),
    programHash: input.string(),
    base: input.f64(),
    stepId: input.f64(),
    expects: input.f64(),
    handle: input.f64(),
    isPrivate: input.u8() === 1,
    stepMs: input.f64(),
    memoryMb: input.f64(),
    resultBytesMax: input.f64(),
    payload: input.bytes(),
  };
}

export function encodeFromSandbox(message: FromSandbox): Buffer {
  const out = new FrameWriter();
  out.u8(FROM_SANDBOX.indexOf(message.kind));
  switch (message.kind) {
    case "ready":
      break;
    case "phase":
      out.f64(message.allowedMs);
      out.string(message.loading ?? "");
      break;
    case "outcomes":
      out.u32(message.outcomes.length);
      for (const outcome of message.outcomes) writeOutcome(out, outcome);
      break;
    case "load":
      writeOutcome(out, message.outcome);
      break;
  }
  return out.frame();
}

/** Throws when the body is not exactly a message. */
export function decodeFromSandbox(body: Buffer): FromSandbox {
  const input = new FrameReader(body);
  const message = readFromSandbox(input);
  input.end();
  return message;
}

function readFromSandbox(input: FrameReader): FromSandbox {
  const kind = tagOf(FROM_SANDBOX, input.u8());
  switch (kind) {
    case "ready":
      return { kind };
    case "phase": {
      const allowedMs = input.f64();
      const loading = input.string();
      return { kind, allowedMs, loading: loading === "" ? null : loading };
    }
    case "outcomes":
      return { kind, outcomes: readList(input, readStepOutcome) };
    case "load": {
      const outcome = readOutcome(input);
      if (outcome.kind === "loaded" || outcome.kind === "breach" || outcome.kind === "loadFailed")
        return { kind, outcome };
      throw new RangeError("a load cannot have a result");
    }
  }
}

function writeOutcome(out: FrameWriter, outcome: StepOutcome | LoadOutcome): void {
  out.u8(OUTCOMES.indexOf(outcome.kind));
  switch (outcome.kind) {
    case "result":
      out.bytes(outcome.bytes);
      break;
    case "breach":
      out.u8(BREACHES.indexOf(outcome.breach.kind));
      out.f64(outcome.breach.cpuMs);
      out.string(outcome.breach.detail);
      out.u8(outcome.isLoad ? 1 : 0);
      break;
    case "loadFailed":
      out.string(outcome.message);
      out.string(outcome.stack);
      break;
    case "tooLarge":
      out.f64(outcome.byteCount);
      break;
    case "loaded":
      out.f64(outcome.loadMs);
      out.u32(outcome.names.length);
      for (const name of outcome.names) out.string(name);
      break;
    case "heapWanted":
      break;
  }
}

function readOutcome(input: FrameReader): StepOutcome | LoadOutcome {
  const kind = tagOf(OUTCOMES, input.u8());
  switch (kind) {
    case "result":
      return { kind, bytes: input.bytes() };
    case "breach": {
      const breach = { kind: tagOf(BREACHES, input.u8()), cpuMs: input.f64(), detail: input.string() };
      return { kind, breach, isLoad: input.u8() === 1 };
    }
    case "loadFailed":
      return { kind, message: input.string(), stack: input.string() };
    case "tooLarge":
      return { kind, byteCount: input.f64() };
    case "loaded":
      return { kind, loadMs: input.f64(), names: readList(input, (from) => from.string()) };
    case "heapWanted":
      return { kind };
  }
}

function readStepOutcome(input: FrameReader): StepOutcome {
  const outcome = readOutcome(input);
  if (outcome.kind === "loaded") throw new RangeError("a step cannot end as a load");
  return outcome;
}

function readList<Item>(input: FrameReader, read: (input: FrameReader) => Item): Item[] {
  const count = input.u32();
  const items: Item[] = [];
  for (let index = 0; index < count; index++) items.push(read(input));
  return items;
}

function tagOf<Tag>(tags: readonly Tag[], index: number): Tag {
  const tag = tags[index];
  if (tag === undefined) throw new RangeError(`unknown tag ${index}`);
  return tag;
}
