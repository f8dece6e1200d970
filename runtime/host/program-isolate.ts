/**
 * One isolate with one program: its contexts, and the only place where guest code is run.
 *
 *   shared context     all threads in shared mode, image frozen by the guest
 *   private contexts   one per thread in private mode, least recently used dropped first
 *
 * A decoded thread is a cache of committed bytes: it is used only when its base is the request's (I1); everything here
 * may be thrown away at any time, and the next step decodes from the heap (I3).
 *
 * Bridge: the guest gets no host object. Into it go primitives and one copied ArrayBuffer, out of it comes one copied
 * ArrayBuffer (I5). After any breach the isolate is torn: `isTorn` is set, nobody may use it again.
 */
import ivm from "isolated-vm";
import type { CompileCode, ReadDebug } from "#protocol";
import { type Breach, breachOf } from "./breach.ts";
import { BRIDGE_SCRIPT } from "./bridge.ts";
import { CachedScript } from "./cached-script.ts";
import { cpuMsSince } from "./cpu-time.ts";
import { asksForPrivateMode, canStayLive } from "./result-head.ts";
import type { LoadOutcome, PlacedStep, StepOutcome } from "./wire.ts";

/** Texts and cached compilations of a program, shared by all isolates of the process that hold it. */
export interface IsolateSource {
  readonly prelude: CachedScript;
  readonly bridge: CachedScript;
  readonly program: CachedScript;
  /** `guestTables` of the program. */
  readonly tables: string;
  /** Null: nobody handed one in, and code made at run time is an error of the script. */
  readonly compileCode: ((request: string) => string | undefined) | null;
  readonly readDebug: ReadDebug;
}

export interface IsolateBounds {
  readonly memoryMb: number;
  readonly loadMs: number;
  readonly privateContexts: number;
  readonly liveThreads: number;
}

/** What `BRIDGE_SCRIPT` gives: strings are failures. */
interface Bridge {
  useCompiler(compile: CompileCode): void;
  useDebug(read: ReadDebug): void;
  load(program: unknown, tables: string, isPrivate: boolean): string | undefined;
  step(request: ArrayBuffer): ArrayBuffer | string;
  steps(requests: ArrayBuffer): ArrayBuffer | string;
  forget(threadId: string): string | undefined;
  loadStack(): string;
  imageNames(indexes: string): string;
}

/** What a decoded thread stands at: the id of its last step, and the handle that this step was given. */
interface LiveThread {
  readonly base: number;
  readonly handle: number;
}

interface GuestContext {
  readonly context: ivm.Context;
  readonly step: ivm.Reference<Bridge["step"]>;
  readonly steps: ivm.Reference<Bridge["steps"]>;
  readonly forget: ivm.Reference<Bridge["forget"]>;
  /** Decoded threads, least recently used first. */
  readonly live: Map<string, LiveThread>;
}

/** Told around the evaluation of modules, which has a budget of its own. */
export interface LoadPhase {
  readonly begin: (allowedMs: number) => void;
  readonly end: () => void;
}

interface CompiledScripts {
  readonly prelude: ivm.Script;
  readonly bridge: ivm.Script;
  readonly program: ivm.Script;
}

type Failed = Extract<StepOutcome, { kind: "breach" | "loadFailed" }>;

/** Of the memory allowed, the part above which decoded threads are dropped between frames. */
const CACHE_SHARE = 0.6;
/** The heap is looked at once in so many steps. */
const TIDY_STEPS = 64;
const NAME_CHARACTERS_MAX = 1_000;
const BYTES_PER_MB = 1024 * 1024;

export const bridgeScript = new CachedScript(BRIDGE_SCRIPT, "bridge");

export class ProgramIsolate {
  readonly #isolate: ivm.Isolate;
  readonly #source: IsolateSource;
  readonly #bounds: IsolateBounds;
  readonly #loadPhase: LoadPhase;
  #shared: GuestContext | null = null;
  /** By thread id, least recently used first. */
  readonly #private = new Map<string, GuestContext>();
  #scripts: CompiledScripts | null = null;
  #isTorn = false;
  #stepsSinceTidy = 0;
  #imageNames: readonly string[] = [];

  constructor(source: IsolateSource, bounds: IsolateBounds, loadPhase: LoadPhase) {
    this.#isolate = new ivm.Isolate({ memoryLimit: Math.max(8, Math.ceil(bounds.memoryMb)) });
    this.#source = source;
    this.#bounds = bounds;
    this.#loadPhase = loadPhase;
  }

  get memoryMb(): number {
    return this.#bounds.memoryMb;
  }

  /** After a breach nothing in here can be trusted: the owner must dispose of it. */
  get isTorn(): boolean {
    return this.#isTorn || this.#isolate.isDisposed;
  }

  /**
   * Evaluates the program's modules in the shared context.
   *
   * @param images indexes of objects of the program's image that are to be named
   */
  load(wallFactor: number, images: readonly number[] = []): LoadOutcome {
    const start = process.cpuUsage();
    const context = this.#shared ?? this.#createContext(wallFactor, false, images);
    if ("kind" in context) return context;
    this.#shared = context;
    return { kind: "loaded", loadMs: cpuMsSince(start), names: this.#imageNames };
  }

  /**
   * Runs one step: with the decoded thread when its base is the request's, else from the request's heap.
   *
   * @param wallMs wall time allowed, in milliseconds
   */
  step(step: PlacedStep, wallMs: number, wallFactor: number): StepOutcome {
    if (step.expects !== 0 && !this.#hasLive(step)) return { kind: "heapWanted" };
    const context = this.#contextOf(step, wallFactor);
    if ("kind" in context) return context;
    this.#stepsSinceTidy++;
    const start = process.cpuUsage();
    try {
      this.#useLive(context, step);
      const answer = context.step.applySync(undefined, [ownBuffer(step.payload)], {
        arguments: { copy: true },
        result: { copy: true },
        timeout: Math.max(1, Math.ceil(wallMs)),
      });
      if (typeof answer === "string") return this.#torn(breachOf(answer, false, cpuMsSince(start)), false);
      return this.#take(context, step, new Uint8Array(answer));
    } catch (error) {
      return this.#torn(breachOf(error, this.#isolate.isDisposed, cpuMsSince(start)), false);
    }
  }

  /** Whether steps in shared mode can be run in one call. */
  get canStepTogether(): boolean {
    return this.#shared !== null && !this.isTorn;
  }

  /**
   * Runs steps of different threads in shared mode in one call.
   *
   * @returns the outcomes of the first of them, at least one; undefined when nothing of it stands: the isolate is torn, and
   * the steps are to be run one by one, so that the breach names its step
   */
  stepTogether(steps: readonly PlacedStep[], wallMs: number): StepOutcome[] | undefined {
    const context = this.#shared;
    if (context === null) return undefined;
    const gone = steps.findIndex((step) => step.expects !== 0 && !this.#hasLive(step));
    if (gone === 0) return [{ kind: "heapWanted" }];
    const run = gone < 0 ? steps : steps.slice(0, gone);
    this.#stepsSinceTidy += run.length;
    try {
      for (const { threadId, base } of run) {
        const live = context.live.get(threadId);
        if (live === undefined || live.base === base) continue;
        context.live.delete(threadId);
        this.#forget(context, threadId);
      }
      const answer = context.steps.applySync(undefined, [joined(run)], {
        arguments: { copy: true },
        result: { copy: true },
        timeout: Math.max(1, Math.ceil(wallMs)),
      });
      if (typeof answer !== "string") return this.#takeAll(context, run, answer);
    } catch {
      // What it was is found out when the steps run one by one.
    }
    this.#isTorn = true;
    return undefined;
  }

  #takeAll(context: GuestContext, steps: readonly PlacedStep[], answer: ArrayBuffer): StepOutcome[] {
    const view = new DataView(answer);
    const outcomes: StepOutcome[] = [];
    for (let at = 0; at < answer.byteLength; ) {
      const length = view.getUint32(at, true);
      const step = steps[outcomes.length]!;
      context.live.delete(step.threadId);
      outcomes.push(this.#take(context, step, new Uint8Array(answer, at + 4, length)));
      at += 4 + length;
    }
    return outcomes;
  }

  #take(context: GuestContext, step: PlacedStep, bytes: Uint8Array): StepOutcome {
    const isTooLarge = bytes.length > step.resultBytesMax;
    this.#keep(context, step, bytes, !isTooLarge && canStayLive(bytes));
    return isTooLarge ? { kind: "tooLarge", byteCount: bytes.length } : { kind: "result", bytes };
  }

  /** Whether the decoded thread is here that a request without a heap goes on with. */
  #hasLive({ threadId, isPrivate, base, expects }: PlacedStep): boolean {
    const live = (isPrivate ? this.#private.get(threadId) : this.#shared)?.live.get(threadId);
    return live !== undefined && live.base === base && live.handle === expects;
  }

  /** A thread is decoded as of its last step: with another base the guest has to take the request's heap. */
  #useLive(context: GuestContext, step: PlacedStep): void {
    const live = context.live.get(step.threadId);
    if (live === undefined) return;
    context.live.delete(step.threadId);
    if (live.base !== step.base) this.#forget(context, step.threadId);
  }

  /** What stays decoded after a step. */
  #keep(context: GuestContext, step: PlacedStep, result: Uint8Array, isLive: boolean): void {
    if (isLive && (step.isPrivate || !asksForPrivateMode(result))) {
      context.live.set(step.threadId, { base: step.stepId, handle: step.handle });
      this.#boundLive(context);
    } else if (step.isPrivate) {
      this.#dropPrivate(step.threadId);
    } else if (asksForPrivateMode(result)) {
      // The step changed what others share, as far as the guest let it: nobody shall see that.
      release(context);
      this.#shared = null;
    } else {
      this.#forget(context, step.threadId);
    }
  }

  /** Drops decoded threads; `null`: all. */
  discard(threadIds: readonly string[] | null): void {
    if (this.isTorn) return;
    if (threadIds === null) {
      this.dropContexts();
      return;
    }
    for (const threadId of threadIds) {
      if (this.#shared?.live.delete(threadId)) this.#forget(this.#shared, threadId);
      this.#dropPrivate(threadId);
    }
  }

  /** Drops every context: the next step makes a new one and decodes from the heap. */
  dropContexts(): void {
    if (this.#shared) release(this.#shared);
    this.#shared = null;
    for (const threadId of [...this.#private.keys()]) this.#dropPrivate(threadId);
  }

  /** Between frames: gives back the memory of decoded threads when they take more than their share. */
  tidy(): void {
    if (this.isTorn || this.#stepsSinceTidy < TIDY_STEPS) return;
    this.#stepsSinceTidy = 0;
    const statistics = this.#isolate.getHeapStatisticsSync();
    const used = statistics.used_heap_size + statistics.externally_allocated_size;
    if (used > this.#bounds.memoryMb * BYTES_PER_MB * CACHE_SHARE) this.dropContexts();
  }

  dispose(): void {
    this.#isTorn = true;
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  #contextOf(step: PlacedStep, wallFactor: number): GuestContext | Failed {
    if (!step.isPrivate) {
      const context = this.#shared ?? this.#createContext(wallFactor, false);
      if (!("kind" in context)) this.#shared = context;
      return context;
    }
    if (this.#shared?.live.delete(step.threadId)) this.#forget(this.#shared, step.threadId);
    const known = this.#private.get(step.threadId);
    this.#private.delete(step.threadId);
    // A private context holds the thread's own image: when the thread is stale, so is the context.
    const isCurrent = known !== undefined && known.live.get(step.threadId)?.base === step.base;
    if (known && !isCurrent) release(known);
    const context = known && isCurrent ? known : this.#createContext(wallFactor, true);
    if ("kind" in context) return context;
    this.#private.set(step.threadId, context);
    for (const oldest of this.#private.keys()) {
      if (this.#private.size <= this.#bounds.privateContexts) break;
      this.#dropPrivate(oldest);
    }
    return context;
  }

  #createContext(wallFactor: number, isPrivate: boolean, images: readonly number[] = []): GuestContext | Failed {
    this.#loadPhase.begin(this.#bounds.loadMs * wallFactor);
    const context = this.#evaluateModules(wallFactor, isPrivate, images);
    this.#loadPhase.end();
    return context;
  }

  #evaluateModules(wallFactor: number, isPrivate: boolean, images: readonly number[]): GuestContext | Failed {
    const start = process.cpuUsage();
    const scripts = this.#compile();
    if ("kind" in scripts) return scripts;
    try {
      const context = this.#isolate.createContextSync();
      const asReference = { reference: true } as const;
      const kernel = scripts.prelude.runSync(context, asReference);
      const bridgeOf = scripts.bridge.runSync(context, asReference);
      const bridge = bridgeOf.applySync(undefined, [kernel.derefInto({ release: true })], {
        result: asReference,
      }) as ivm.Reference<Bridge>;
      bridgeOf.release();
      const { compileCode, readDebug } = this.#source;
      if (compileCode !== null) handIn(bridge.getSync("useCompiler", asReference), compileCode);
      handIn(bridge.getSync("useDebug", asReference), readDebug);
      const load = bridge.getSync("load", asReference);
      const timeout = Math.ceil(this.#bounds.loadMs * wallFactor);
      const program = scripts.program.runSync(context, { ...asReference, timeout });
      const handover = [program.derefInto({ release: true }), this.#source.tables, isPrivate] as const;
      const failure = load.applySync(undefined, [...handover], { timeout });
      load.release();
      if (failure !== undefined) {
        const stack = bridge.getSync("loadStack", asReference).applySync(undefined, []);
        this.#isTorn = true;
        return { kind: "loadFailed", message: String(failure), stack: String(stack) };
      }
      if (images.length > 0) {
        const nameImages = bridge.getSync("imageNames", asReference);
        this.#imageNames = namesIn(nameImages.applySync(undefined, [JSON.stringify(images)], { timeout }));
        nameImages.release();
      }
      const step = bridge.getSync("step", asReference);
      const steps = bridge.getSync("steps", asReference);
      const forget = bridge.getSync("forget", asReference);
      bridge.release();
      return { context, step, steps, forget, live: new Map() };
    } catch (error) {
      return this.#torn(breachOf(error, this.#isolate.isDisposed, cpuMsSince(start)), true);
    }
  }

  #compile(): CompiledScripts | Failed {
    if (this.#scripts) return this.#scripts;
    const { prelude, bridge, program } = this.#source;
    try {
      this.#scripts = {
        prelude: prelude.compile(this.#isolate),
        bridge: bridge.compile(this.#isolate),
        program: program.compile(this.#isolate),
      };
      return this.#scripts;
    } catch (error) {
      this.#isTorn = true;
      const message = error instanceof Error ? error.message : String(error);
      // V8's place is in the message.
      return { kind: "loadFailed", message, stack: message };
    }
  }

  #torn(breach: Breach, isLoad: boolean): Failed {
    this.#isTorn = true;
    return { kind: "breach", breach, isLoad };
  }

  #forget(context: GuestContext, threadId: string): void {
    if (!this.isTorn) context.forget.applySync(undefined, [threadId]);
  }

  #dropPrivate(threadId: string): void {
    const context = this.#private.get(threadId);
    if (!context) return;
    this.#private.delete(threadId);
    release(context);
  }

  #boundLive(context: GuestContext): void {
    // An iterator walks over the holes that deleted entries have left: none is made in vain.
    if (context.live.size <= this.#bounds.liveThreads) return;
    for (const oldest of context.live.keys()) {
      if (context.live.size <= this.#bounds.liveThreads) break;
      context.live.delete(oldest);
      this.#forget(context, oldest);
    }
  }
}

/** What a guest says may be anything (I5). */
function namesIn(text: unknown): readonly string[] {
  try {
    const names: unknown = JSON.parse(String(text));
    return Array.isArray(names) ? names.map((name) => String(name).slice(0, NAME_CHARACTERS_MAX)) : [];
  } catch {
    return [];
  }
}

function release(context: GuestContext): void {
  context.step.release();
  context.steps.release();
  context.forget.release();
  context.context.release();
}

/** Gives the guest a function of ours: strings go in and out, and nothing is thrown. */
function handIn(use: ivm.Reference<(given: never) => void>, given: (text: string) => string | undefined): void {
  use.applySync(undefined, [new ivm.Callback(given) as never]);
  use.release();
}

/** The payloads, each behind its length, in a buffer of their own. */
function joined(steps: readonly PlacedStep[]): ArrayBuffer {
  const buffer = new ArrayBuffer(steps.reduce((sum, { payload }) => sum + 4 + payload.length, 0));
  const bytes = new Uint8Array(buffer);
  const view = new DataView(buffer);
  let at = 0;
  for (const { payload } of steps) {
    view.setUint32(at, payload.length, true);
    bytes.set(payload, at + 4);
    at += 4 + payload.length;
  }
  return buffer;
}

/** The bytes of a view as a buffer of their own: only that crosses into the guest. */
function ownBuffer(view: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(view.length);
  new Uint8Array(copy).set(view);
  return copy;
}
