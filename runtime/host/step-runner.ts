/**
 * Runs the steps of a frame, in the sandbox process or inline: keeps an isolate per program and decides what a breach
 * throws away. Everything in here is a cache (I3).
 *
 * After a breach the isolate is discarded and the steps behind the culprit go on in a new one: each step is one call with
 * its own budget, so a breach inside the isolate names its step. The supervisor judges it (`StepJob`).
 */
import { invariant, PROGRAM_SCRIPT, type ProgramDebug, type ReadDebug } from "#protocol";
import { CachedScript } from "./cached-script.ts";
import { cpuMsSince } from "./cpu-time.ts";
import { debugReader } from "./debug-reader.ts";
import { LazyCompiler } from "./lazy-compiler.ts";
import { loadReport } from "./load-report.ts";
import { bridgeScript, ProgramIsolate } from "./program-isolate.ts";
import { VERDICT_BUDGET } from "./sandbox-limits.ts";
import { StepPace } from "./step-pace.ts";
import type { LoadOutcome, PlacedStep, ProgramText, RunTerms, SandboxConfiguration, StepOutcome } from "./wire.ts";

/** Several steps in one call take no longer, or they are run one by one. */
const TOGETHER_MS_MAX = 500;

/** Told before work that has a time of its own, so that a watchdog outside knows how long to wait. */
export type OnPhase = (allowedMs: number, loading: string | null) => void;

/** Told before guest code is called: for the step at a place of the frame, and so many behind it. */
export type OnCall = (at: number, count: number) => void;

interface KnownProgram {
  readonly script: CachedScript;
  readonly tables: string;
  /** JSON of `ProgramDebug`. */
  readonly debug: string;
  readonly readDebug: ReadDebug;
  readonly pace: StepPace;
  /** The load threw: it is a function of the program, so it would again. */
  failure: Extract<LoadOutcome, { kind: "loadFailed" }> | null;
}

export class StepRunner {
  readonly #configuration: SandboxConfiguration;
  readonly #onPhase: OnPhase;
  readonly #onCall: OnCall;
  readonly #prelude: CachedScript;
  readonly #compiler: LazyCompiler | null;
  readonly #programs = new Map<string, KnownProgram>();
  /** By program hash, least recently used first. */
  readonly #isolates = new Map<string, ProgramIsolate>();
  readonly #touched = new Set<ProgramIsolate>();
  /** By program hash: modules broke a limit in this frame; the frame's other steps need not find that out each by itself. */
  readonly #loadBreaches = new Map<string, StepOutcome>();

  constructor(configuration: SandboxConfiguration, onPhase: OnPhase, onCall: OnCall = () => {}) {
    this.#configuration = configuration;
    this.#onPhase = onPhase;
    this.#onCall = onCall;
    this.#prelude = new CachedScript(configuration.prelude, "kawait");
    this.#compiler = configuration.compiler === "" ? null : new LazyCompiler(configuration.compiler);
  }

  addProgram(program: ProgramText): void {
    const script = new CachedScript(program.code, PROGRAM_SCRIPT);
    this.#programs.set(program.hash, {
      script,
      tables: program.tables,
      debug: program.debug,
      readDebug: debugReader(program.debug),
      pace: new StepPace(),
      failure: null,
    });
  }

  /** Evaluates a program's modules in a fresh isolate, to find out whether they load, and what objects of its image are called. */
  load(programHash: string, memoryMb: number, images: readonly number[]): LoadOutcome {
    const outcome = this.#loadOnce(programHash, memoryMb, images);
    const isToRunAgain = this.#loadCompiler(this.#configuration.limits.loadMs);
    return isToRunAgain ? this.#loadOnce(programHash, memoryMb, images) : outcome;
  }

  #loadOnce(programHash: string, memoryMb: number, images: readonly number[]): LoadOutcome {
    const isolate = this.#createIsolate(programHash, memoryMb, this.#configuration.limits.loadMs);
    try {
      return this.#explained(programHash, isolate.load(1, images));
    } finally {
      isolate.dispose();
    }
  }

  /** Runs the step at `at`, and some of those behind it in the same call where that is possible; gives their outcomes. */
  runSome(steps: readonly PlacedStep[], at: number, terms: RunTerms): readonly StepOutcome[] {
    const first = steps[at]!;
    const start = process.cpuUsage();
    const together = this.#together(steps, at, terms);
    if (together.length > 1) this.#onCall(at, together.length);
    const answered = together.length > 1 ? this.#runTogether(together) : undefined;
    const outcomes = this.#runsAgain(first, terms) ? undefined : answered;
    const { pace } = this.#programs.get(first.programHash) ?? {};
    if (outcomes !== undefined) {
      pace?.wentThrough(outcomes.length, cpuMsSince(start));
      return outcomes;
    }
    this.#onCall(at, 1);
    const outcome = this.run(first, terms);
    if (outcome.kind === "breach") pace?.breached();
    else if (together.length <= 1) pace?.wentThrough(1, cpuMsSince(start));
    return [outcome];
  }

  /** Steps of different threads of one program, in shared mode. */
  #together(steps: readonly PlacedStep[], at: number, terms: RunTerms): readonly PlacedStep[] {
    const { programHash, isPrivate } = steps[at]!;
    const { pace } = this.#programs.get(programHash) ?? {};
    const isPossible = !terms.isAlone && !isPrivate && this.#configuration.mode === "live";
    if (!isPossible || pace === undefined || !this.#isolates.get(programHash)?.canStepTogether) return [];
    const found: PlacedStep[] = [];
    const threadIds = new Set<string>();
    for (let index = at; index < steps.length && found.length < pace.size; index++) {
      const step = steps[index]!;
      if (step.programHash !== programHash || step.isPrivate || threadIds.has(step.threadId)) break;
      threadIds.add(step.threadId);
      found.push(step);
    }
    return found;
  }

  #runTogether(steps: readonly PlacedStep[]): readonly StepOutcome[] | undefined {
    const [first] = steps as readonly [PlacedStep];
    const isolate = this.#warmIsolate(first, first.stepMs);
    const outcomes = isolate.stepTogether(steps, Math.min(TOGETHER_MS_MAX, ...steps.map(({ stepMs }) => stepMs)));
    if (isolate.isTorn) {
      this.#dispose(first.programHash);
      this.#programs.get(first.programHash)?.pace.breached();
      // Time has passed without an answer; now each of them has its own.
      this.#onPhase(first.stepMs, null);
    } else this.#touched.add(isolate);
    return outcomes;
  }

  run(step: PlacedStep, terms: RunTerms): StepOutcome {
    const outcome = this.#runOnce(step, terms);
    return this.#runsAgain(step, terms) ? this.#runOnce(step, terms) : outcome;
  }

  /** What ran without its compiler never happened. */
  #runsAgain({ programHash, stepMs }: PlacedStep, { wallFactor }: RunTerms): boolean {
    if (!this.#loadCompiler(stepMs * VERDICT_BUDGET * wallFactor)) return false;
    this.#dispose(programHash);
    return true;
  }

  /** True when somebody has asked for the compiler: it is there now. */
  #loadCompiler(allowedMs: number): boolean {
    if (this.#compiler?.isWanted !== true) return false;
    this.#onPhase(this.#configuration.limits.startMs, null);
    this.#compiler.load();
    this.#onPhase(allowedMs, null);
    return true;
  }

  #runOnce(step: PlacedStep, terms: RunTerms): StepOutcome {
    const known = this.#programs.get(step.programHash);
    if (known?.failure) return known.failure;
    const loadBreach = this.#loadBreaches.get(step.programHash);
    if (loadBreach && !terms.isAlone) return loadBreach;
    const budget = terms.isAlone ? VERDICT_BUDGET : 1;
    const wallMs = step.stepMs * budget * terms.wallFactor;
    const isolate = terms.isAlone
      ? this.#createIsolate(step.programHash, step.memoryMb * budget, wallMs)
      : this.#warmIsolate(step, wallMs);
    const outcome = this.#explained(step.programHash, isolate.step(step, wallMs, budget * terms.wallFactor));
    const counts = this.#compiler?.isWanted !== true;
    if (outcome.kind === "loadFailed" && known && counts) known.failure = outcome;
    if (outcome.kind === "breach" && outcome.isLoad && counts) this.#loadBreaches.set(step.programHash, outcome);
    if (terms.isAlone) {
      isolate.dispose();
    } else if (isolate.isTorn) {
      this.#dispose(step.programHash);
    } else {
      this.#touched.add(isolate);
      if (this.#configuration.mode === "drop") isolate.dropContexts();
    }
    return outcome;
  }

  /** A load that threw, told with its place in the sources. */
  #explained<Outcome extends StepOutcome | LoadOutcome>(programHash: string, outcome: Outcome): Outcome {
    const { debug } = this.#programs.get(programHash) ?? {};
    if (outcome.kind !== "loadFailed" || debug === undefined) return outcome;
    const message = loadReport(JSON.parse(debug) as ProgramDebug, outcome.message, outcome.stack);
    return { ...outcome, message };
  }

  /** Drops decoded threads; `null`: all. */
  discard(threadIds: readonly string[] | null): void {
    for (const isolate of this.#isolates.values()) isolate.discard(threadIds);
  }

  /** Between frames: keeps caches within their bounds. */
  tidy(): void {
    for (const isolate of this.#touched) isolate.tidy();
    this.#touched.clear();
    this.#loadBreaches.clear();
  }

  dispose(): void {
    for (const programHash of [...this.#isolates.keys()]) this.#dispose(programHash);
  }

  #warmIsolate(step: PlacedStep, wallMs: number): ProgramIsolate {
    const { programHash } = step;
    // Deployed again with another limit, the program gets an isolate of that size.
    if (this.#isolates.get(programHash)?.memoryMb !== step.memoryMb) this.#dispose(programHash);
    const known = this.#isolates.get(programHash);
    const isolate = known ?? this.#createIsolate(programHash, step.memoryMb, wallMs);
    this.#isolates.delete(programHash);
    this.#isolates.set(programHash, isolate);
    for (const oldest of this.#isolates.keys()) {
      if (this.#isolates.size <= this.#configuration.limits.programs) break;
      this.#dispose(oldest);
    }
    return isolate;
  }

  #createIsolate(programHash: string, memoryMb: number, wallMs: number): ProgramIsolate {
    const known = this.#programs.get(programHash);
    invariant(known, `the program ${programHash} was not sent before its step`);
    const { limits } = this.#configuration;
    const source = {
      prelude: this.#prelude,
      bridge: bridgeScript,
      program: known.script,
      tables: known.tables,
      compileCode: this.#compiler?.compile ?? null,
      readDebug: known.readDebug,
    };
    const onLoad = {
      begin: (allowedMs: number) => this.#onPhase(allowedMs, programHash),
      end: () => this.#onPhase(wallMs, null),
    };
    return new ProgramIsolate(source, { ...limits, memoryMb }, onLoad);
  }

  #dispose(programHash: string): void {
    const isolate = this.#isolates.get(programHash);
    if (!isolate) return;
    this.#isolates.delete(programHash);
    this.#touched.delete(isolate);
    isolate.dispose();
  }
}
