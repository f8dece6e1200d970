/**
 * One sandbox process and its successors: starts it, hands it frames, watches it, and redoes what dies with it. Whatever
 * the process does — hang, crash, run out of memory, send garbage — costs that process only (I5); every job ends in a
 * result (I4).
 *
 * One frame is under way at a time; what arrives meanwhile makes up the next one.
 *
 * Longer than 500 lines: start, watch, death and what is redone are one life, and are read best in one place.
 */
import { invariant, KawaitError, type StepResult } from "#protocol";
import type { Breach, BreachKind } from "./breach.ts";
import { FrameSplitter } from "./byte-frame.ts";
import { processCpuMs, type SandboxProcess } from "./child-process.ts";
import { LiveThreads } from "./live-threads.ts";
import { type LongCall, LongCallReader } from "./long-call.ts";
import { FLUSH_BYTES, OUT_OF_MEMORY_NOTE } from "./process-contract.ts";
import type { SandboxProcesses } from "./sandbox-processes.ts";
import type { Ruling, StepJob } from "./step-job.ts";
import { UnloadablePrograms } from "./unloadable.ts";
import {
  decodeFromSandbox,
  encodeToSandbox,
  type FromSandbox,
  type LoadOutcome,
  type PlacedStep,
  type ProgramText,
  type SandboxConfiguration,
  type ToSandbox,
} from "./wire.ts";

export interface LoadJob {
  readonly programHash: string;
  readonly memoryMb: number;
  /** Indexes of objects of the program's image that are to be named. */
  readonly images: readonly number[];
  readonly settle: (outcome: LoadOutcome) => void;
  readonly fail: (error: Error) => void;
}

export interface SandboxLogger {
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface SandboxHealth {
  readonly pid: number | null;
  /** `crashLooping`: the process died several times in a row without finishing anything; restarts are delayed. */
  readonly state: "stopped" | "starting" | "idle" | "busy" | "crashLooping";
  readonly restarts: number;
  readonly lastDeath: string | null;
}

/** What takes steps. */
export interface StepSink {
  submit(job: StepJob): void;
  /** Begins with what was submitted. */
  pump(): void;
}

interface Running {
  readonly child: SandboxProcess;
  readonly splitter: FrameSplitter;
  readonly programs: Set<string>;
  /** What the process has decoded, as far as is known here. */
  readonly live: LiveThreads;
  isReady: boolean;
  stderrTail: string;
  /** Frames of steps that it was given. */
  frames: number;
  /** The last call that it has told of. */
  longCall: LongCall | null;
  /** Why we killed it. */
  verdict: Breach | null;
}

type Frame = (
  | { readonly kind: "steps"; readonly jobs: readonly StepJob[]; done: number }
  | { readonly kind: "load"; readonly job: LoadJob }
) & {
  /** The program whose modules are being evaluated. */
  loading: string | null;
  /** CPU time of the process at the start of what it does now, where it is needed for a verdict. */
  startCpuMs: number | null;
};

/** A child sends outcomes when it has `FLUSH_BYTES`: a frame is no larger than that and one result. */
const FRAME_BYTES_MAX = FLUSH_BYTES + 64 * 1024;
const STDERR_TAIL_CHARS = 4_096;
const FREE_RESTARTS = 3;
const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 5_000;
const FAILED_STARTS_MAX = 5;
/** How often the CPU time of a process is looked at while the accused is in it. */
const CPU_WATCH_MS = 100;
/**
 * Above its budget by this much, and twice the grace of a hang, the accused is stopped, whatever wall time it has left. The
 * process has work of its own (a new isolate, the collection of garbage beside it), for which nobody is blamed.
 */
const CPU_LEEWAY = 1.25;
const CPU_GRACES = 2;
/** A process that crashes gets none of these from the system. */
const SIGNALS_FROM_OUTSIDE: ReadonlySet<string> = new Set(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"]);
/** A call that has lasted this long may end with its process: a reserve is started. */
const RESERVE_AT_MS = 500;

export class Supervisor {
  readonly #processes: SandboxProcesses;
  readonly #configuration: SandboxConfiguration;
  readonly #programOf: (hash: string) => ProgramText | undefined;
  readonly #logger: SandboxLogger | undefined;
  #waiting: StepJob[] = [];
  #loads: LoadJob[] = [];
  #running: Running | null = null;
  #frame: Frame | null = null;
  #watchdog: NodeJS.Timeout | null = null;
  #restartTimer: NodeJS.Timeout | null = null;
  #cpuWatch: NodeJS.Timeout | null = null;
  readonly #unloadable: UnloadablePrograms;
  readonly #trial: StepSink | undefined;
  readonly #restMs: number | undefined;
  #restTimer: NodeJS.Timeout | null = null;
  #restarts = 0;
  #deathsInARow = 0;
  #failedStarts = 0;
  #lastDeath: string | null = null;
  #closing: Promise<void> | null = null;
  #onLastDeath: (() => void) | null = null;

  /**
   * @param processes where its process and their successors come from
   * @param trial where the accused are judged: apart, so that nobody waits for a verdict; without it here, behind the others
   * @param restMs how long its process stays without work, in milliseconds; for ever by default
   */
  constructor(
    processes: SandboxProcesses,
    configuration: SandboxConfiguration,
    programOf: (hash: string) => ProgramText | undefined,
    logger: SandboxLogger | undefined,
    unloadable: UnloadablePrograms = new UnloadablePrograms(),
    trial?: StepSink,
    restMs?: number,
  ) {
    this.#processes = processes;
    this.#configuration = configuration;
    this.#programOf = programOf;
    this.#logger = logger;
    this.#unloadable = unloadable;
    this.#trial = trial;
    this.#restMs = restMs;
    unloadable.onAdded((programHash, result) => {
      const isOfProgram = (job: StepJob) => job.request.programHash === programHash;
      const waiting = this.#waiting;
      this.#waiting = waiting.filter((job) => !isOfProgram(job));
      for (const job of waiting.filter(isOfProgram)) job.settle(result);
    });
  }

  submit(job: StepJob): void {
    const known = this.#unloadable.resultOf(job.request.programHash);
    if (this.#closing) job.fail(closedError());
    else if (known) job.settle(known);
    else this.#waiting.push(job);
  }

  load(job: LoadJob): void {
    if (this.#closing) {
      job.fail(closedError());
      return;
    }
    this.#loads.push(job);
    this.pump();
  }

  discard(threadIds: readonly string[] | null): void {
    const running = this.#running;
    if (!running) return;
    if (threadIds === null) running.live.clear();
    else for (const threadId of threadIds) running.live.delete(threadId);
    if (running.isReady) this.#send(running, { kind: "discard", threadIds });
  }

  /** Steps that wait or are under way. */
  get openSteps(): number {
    return this.#waiting.length + (this.#frame?.kind === "steps" ? this.#frame.jobs.length - this.#frame.done : 0);
  }

  health(): SandboxHealth {
    const running = this.#running;
    const { pid } = running?.child.process ?? {};
    const fields = { pid: pid ?? null, restarts: this.#restarts, lastDeath: this.#lastDeath };
    if (this.#deathsInARow > FREE_RESTARTS) return { ...fields, state: "crashLooping" };
    if (!running) return { ...fields, state: "stopped" };
    if (!running.isReady) return { ...fields, state: "starting" };
    return { ...fields, state: this.#frame ? "busy" : "idle" };
  }

  /** Ends the process; what is under way fails. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    if (this.#restartTimer) clearTimeout(this.#restartTimer);
    if (this.#restTimer) clearTimeout(this.#restTimer);
    this.#failAll(closedError());
    const running = this.#running;
    if (!running) return;
    await new Promise<void>((resolve) => {
      this.#onLastDeath = resolve;
      running.child.process.kill("SIGKILL");
    });
  }

  /** Hands over the next frame when the process is free. */
  pump(): void {
    if (this.#closing || this.#frame) return;
    if (this.#waiting.length === 0 && this.#loads.length === 0) {
      this.#restLater();
      return;
    }
    const running = this.#running;
    if (!running) {
      if (!this.#restartTimer) this.#start();
      return;
    }
    if (!running.isReady) return;
    const load = this.#loads.shift();
    if (load) this.#sendLoad(running, load);
    else this.#sendSteps(running, this.#takeFrame());
  }

  #restLater(): void {
    if (this.#restMs === undefined || this.#restTimer || !this.#running?.isReady) return;
    this.#restTimer = setTimeout(() => {
      this.#restTimer = null;
      const running = this.#running;
      if (this.#frame || !running?.isReady) return;
      this.#running = null;
      running.child.process.kill("SIGKILL");
    }, this.#restMs);
  }

  #takeFrame(): StepJob[] {
    const { frameSteps, frameBytes } = this.#configuration.limits;
    if (!this.#waiting[0]?.isWaiting) return this.#waiting.splice(0, 1);
    let count = 0;
    for (let byteCount = 0; count < frameSteps; count++) {
      const job = this.#waiting[count];
      if (!job?.isWaiting) break;
      byteCount += job.sizeBytes;
      if (count > 0 && byteCount > frameBytes) break;
    }
    return this.#waiting.splice(0, count);
  }

  #sendSteps(running: Running, jobs: readonly StepJob[]): void {
    for (const { request } of jobs) this.#sendProgram(running, request.programHash);
    const [first] = jobs as readonly [StepJob];
    const { isAlone, wallFactor } = first.terms;
    const startCpuMs = isAlone ? this.#cpuMsOf(running) : null;
    this.#frame = { kind: "steps", jobs, done: 0, loading: null, startCpuMs };
    running.splitter.frameBytesMax =
      jobs.reduce((most, job) => Math.max(most, job.resultBytesMax), 0) + FRAME_BYTES_MAX;
    running.frames++;
    this.#send(running, { kind: "steps", terms: first.terms, steps: jobs.map((job) => this.#place(running, job)) });
    this.#watch(running, this.#stepWallMs(jobs));
    // Without more wall time than budget the wall's watch is enough, and fairer to a step whose garbage is collected beside it.
    if (startCpuMs !== null && wallFactor > 1) this.#watchCpu(running, this.#stepWallMs(jobs) / wallFactor);
  }

  /** What a step finds decoded is not known again before its result is here. */
  #place(running: Running, job: StepJob): PlacedStep {
    const { threadId } = job.request;
    const live = running.live.get(threadId);
    if (live !== undefined) running.live.delete(threadId);
    return job.placed(live);
  }

  #noteLive(running: Running, job: StepJob, result: StepResult): void {
    const live = this.#configuration.mode === "live" ? job.liveBehind(result) : undefined;
    if (live !== undefined) running.live.set(job.request.threadId, live);
  }

  #sendLoad(running: Running, job: LoadJob): void {
    this.#sendProgram(running, job.programHash);
    this.#frame = { kind: "load", job, loading: job.programHash, startCpuMs: this.#cpuMsOf(running) };
    const { programHash, memoryMb, images } = job;
    this.#send(running, { kind: "load", programHash, memoryMb, images });
    this.#watch(running, this.#configuration.limits.loadMs);
  }

  #sendProgram(running: Running, hash: string): void {
    if (running.programs.has(hash)) return;
    const program = this.#programOf(hash);
    invariant(program, `a step of the program ${hash} was accepted before the program`);
    this.#send(running, { kind: "program", program });
    running.programs.add(hash);
  }

  #send(running: Running, message: ToSandbox): void {
    running.child.socket.write(encodeToSandbox(message));
  }

  #cpuMsOf(running: Running): number | null {
    return processCpuMs(running.child.process.pid);
  }

  #stepWallMs(jobs: readonly StepJob[]): number {
    return jobs.reduce((longest, job) => Math.max(longest, job.wallMs), 0);
  }

  /** Kills the process unless it is heard of in time. */
  #watch(running: Running, allowedMs: number): void {
    if (this.#watchdog) clearTimeout(this.#watchdog);
    const { hangGraceMs } = this.#configuration.limits;
    this.#watchdog = setTimeout(() => {
      this.#kill(running, "time", `no answer for ${Math.round(allowedMs + hangGraceMs)} ms`);
    }, allowedMs + hangGraceMs);
  }

  /** On a busy machine the accused gets more wall time, not more of the processor. */
  #watchCpu(running: Running, budgetMs: number): void {
    if (this.#cpuWatch) clearInterval(this.#cpuWatch);
    const allowedMs = budgetMs * CPU_LEEWAY + CPU_GRACES * this.#configuration.limits.hangGraceMs;
    this.#cpuWatch = setInterval(() => {
      const { startCpuMs = null } = this.#frame ?? {};
      const nowMs = this.#cpuMsOf(running);
      if (startCpuMs === null || nowMs === null || nowMs - startCpuMs < allowedMs) return;
      this.#kill(running, "time", `${nowMs - startCpuMs} ms of CPU time, ${budgetMs} are allowed`);
    }, CPU_WATCH_MS);
  }

  #unwatch(): void {
    if (this.#watchdog) clearTimeout(this.#watchdog);
    if (this.#cpuWatch) clearInterval(this.#cpuWatch);
    this.#watchdog = null;
    this.#cpuWatch = null;
  }

  #kill(running: Running, kind: BreachKind, detail: string): void {
    const { startCpuMs = null } = this.#frame ?? {};
    const nowCpuMs = startCpuMs === null ? null : this.#cpuMsOf(running);
    // Where the system tells no CPU time, wall time has to do.
    const cpuMs = startCpuMs === null || nowCpuMs === null ? Number.POSITIVE_INFINITY : nowCpuMs - startCpuMs;
    running.verdict ??= { kind, cpuMs, detail };
    running.child.process.kill("SIGKILL");
  }

  #start(): void {
    let child: SandboxProcess;
    try {
      child = this.#processes.take();
    } catch (error) {
      this.#countDeath(`cannot be started: ${textOf(error)}`, false);
      this.#restart();
      return;
    }
    const splitter = new FrameSplitter(FRAME_BYTES_MAX);
    const running: Running = {
      child,
      splitter,
      programs: new Set(),
      live: new LiveThreads(),
      isReady: false,
      stderrTail: "",
      frames: 0,
      longCall: null,
      verdict: null,
    };
    this.#running = running;
    child.stderr.on("data", (chunk: Buffer) => {
      running.stderrTail = (running.stderrTail + chunk.toString("latin1")).slice(-STDERR_TAIL_CHARS);
    });
    const longCalls = new LongCallReader();
    child.longCalls.on("data", (chunk: Buffer) => {
      running.longCall = longCalls.push(chunk) ?? running.longCall;
      const isLong = running.longCall !== null && running.longCall.lastsMs >= RESERVE_AT_MS;
      // The accused has nobody behind it who would wait for a successor.
      if (isLong && this.#trial !== undefined && !this.#closing) this.#processes.prepare(this);
    });
    child.socket.on("data", (chunk: Buffer) => {
      // What a process says after its verdict counts no more.
      if (running.verdict) return;
      try {
        for (const body of splitter.push(chunk)) this.#receive(running, decodeFromSandbox(body));
      } catch (error) {
        this.#kill(running, "crash", `unreadable frame: ${textOf(error)}`);
      }
    });
    // How the process ended says more than that its socket broke with it.
    child.socket.on("error", () => child.process.kill("SIGKILL"));
    child.process.on("error", (error) => this.#onDeath(running, `cannot be started: ${error.message}`));
    child.process.on("close", (code, signal) => this.#onDeath(running, signal ?? `exit code ${code}`));
    this.#watch(running, this.#configuration.limits.startMs);
  }

  #receive(running: Running, message: FromSandbox): void {
    const frame = this.#frame;
    if (message.kind === "ready") {
      running.isReady = true;
      this.#failedStarts = 0;
      this.#unwatch();
      this.pump();
      return;
    }
    if (!frame) throw new RangeError(`a ${message.kind} message without a frame under way`);
    switch (message.kind) {
      case "phase":
        frame.loading = message.loading;
        this.#watch(running, message.allowedMs);
        if (frame.kind === "steps" && frame.startCpuMs !== null) {
          frame.startCpuMs = this.#cpuMsOf(running);
          const { wallFactor = 1 } = frame.jobs[0]?.terms ?? {};
          if (wallFactor > 1) this.#watchCpu(running, message.allowedMs / wallFactor);
        }
        break;
      case "outcomes":
        if (frame.kind !== "steps" || frame.done + message.outcomes.length > frame.jobs.length) {
          throw new RangeError("outcomes that nobody asked for");
        }
        this.#deathsInARow = 0;
        this.#watch(running, this.#stepWallMs(frame.jobs));
        this.#handOut(running, frame, message.outcomes);
        break;
      case "load":
        if (frame.kind !== "load") throw new RangeError("a load that nobody asked for");
        this.#deathsInARow = 0;
        this.#endFrame();
        frame.job.settle(message.outcome);
        this.pump();
        break;
    }
  }

  #handOut(
    running: Running,
    frame: Extract<Frame, { kind: "steps" }>,
    outcomes: Extract<FromSandbox, { kind: "outcomes" }>["outcomes"],
  ): void {
    const again: StepJob[] = [];
    for (const outcome of outcomes) {
      const job = frame.jobs[frame.done++] as StepJob;
      if (outcome.kind === "breach") this.#logBreach(job, outcome.breach);
      const ruling = job.ruleOutcome(outcome);
      if (ruling.kind === "result") this.#noteLive(running, job, ruling.result);
      if (!this.#settle(job, ruling)) again.push(job);
    }
    for (const job of again) this.#runAgain(job);
    if (frame.done < frame.jobs.length) return;
    this.#endFrame();
    this.pump();
  }

  /** Behind the others, or elsewhere: a step that needs time to be judged holds up nobody. */
  #runAgain(job: StepJob): void {
    if (job.terms.isAlone) this.#try(job);
    else this.#waiting.push(job);
  }

  #try(job: StepJob): void {
    if (this.#trial === undefined) {
      this.#waiting.push(job);
      return;
    }
    this.#trial.submit(job);
    this.#trial.pump();
  }

  /** @returns whether the job is done with. */
  #settle(job: StepJob, ruling: Ruling): boolean {
    if (ruling.kind === "again") return false;
    job.settle(ruling.result);
    if (ruling.kind === "unloadable") this.#unloadable.add(job.request.programHash, ruling.result);
    return true;
  }

  #endFrame(): void {
    this.#frame = null;
    this.#unwatch();
  }

  #onDeath(running: Running, how: string): void {
    if (this.#running !== running) return;
    this.#running = null;
    this.#unwatch();
    if (this.#closing) {
      this.#onLastDeath?.();
      return;
    }
    const breach = this.#causeOf(running, how);
    this.#countDeath(breach.detail, running.isReady);
    this.#redoFrame(running, breach);
    this.#restart();
  }

  #countDeath(detail: string, wasReady: boolean): void {
    this.#restarts++;
    this.#deathsInARow++;
    this.#lastDeath = detail;
    this.#logger?.warn("A sandbox process died and is replaced.", { detail });
    if (!wasReady && ++this.#failedStarts >= FAILED_STARTS_MAX) {
      this.#failAll(new KawaitError("SandboxCrashed", `The sandbox process cannot be started: ${detail}`));
    }
  }

  /** Results that were handed out stand; the rest of the frame runs again. */
  #redoFrame(running: Running, breach: Breach): void {
    const frame = this.#frame;
    this.#frame = null;
    if (!frame) return;
    if (frame.kind === "load") {
      frame.job.settle({ kind: "breach", breach, isLoad: true });
      return;
    }
    const open = frame.jobs.slice(frame.done);
    const called = this.#calledWhen(running, frame);
    const [only] = called.length > 0 ? called : open;
    if (only && (called.length === 1 || frame.jobs.length === 1)) {
      this.#waiting.unshift(...open.filter((job) => job !== only));
      if (this.#settle(only, only.ruleBreach(breach, frame.loading !== null))) this.#deathsInARow = 0;
      else this.#runAgain(only);
      return;
    }
    const suspects = called.length > 0 ? called : open;
    for (const job of suspects) job.suspect();
    this.#waiting.unshift(...open.filter((job) => called.length === 0 || !called.includes(job)));
    // They are gone through one by one; when the process told so much, those that were not called need not wait for it.
    for (const job of called) this.#try(job);
  }

  /** The steps of the frame that the process was at when it died, where it has told. */
  #calledWhen(running: Running, frame: Extract<Frame, { kind: "steps" }>): readonly StepJob[] {
    const { longCall, frames } = running;
    if (longCall === null || longCall.frame !== frames - 1) return [];
    return frame.jobs.slice(Math.max(frame.done, longCall.first), longCall.first + longCall.count);
  }

  #restart(): void {
    const late = this.#deathsInARow - FREE_RESTARTS;
    if (late <= 0) {
      this.pump();
      return;
    }
    const delayMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS * 2 ** late);
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = null;
      this.pump();
    }, delayMs);
  }

  #causeOf(running: Running, how: string): Breach {
    const { stderrTail } = running;
    if (running.verdict) return running.verdict;
    const isMemory = stderrTail.includes(OUT_OF_MEMORY_NOTE) || /out of memory|heap_oom/i.test(stderrTail);
    const detail = `${how} ${stderrTail.trim().slice(0, 500)}`.trim();
    const kind = isMemory ? "memory" : SIGNALS_FROM_OUTSIDE.has(how) ? "killed" : "crash";
    return { kind, cpuMs: 0, detail };
  }

  #logBreach(job: StepJob, breach: Breach): void {
    const { threadId, stepId } = job.request;
    const { kind, cpuMs, detail } = breach;
    this.#logger?.warn("A step broke a limit of its isolate.", { threadId, stepId, cause: kind, cpuMs, detail });
  }

  #failAll(error: Error): void {
    const jobs = this.#frame?.kind === "steps" ? this.#frame.jobs.slice(this.#frame.done) : [];
    const loads = this.#frame?.kind === "load" ? [this.#frame.job] : [];
    const all = [...jobs, ...this.#waiting, ...loads, ...this.#loads];
    this.#frame = null;
    this.#waiting = [];
    this.#loads = [];
    for (const job of all) job.fail(error);
  }
}

export function closedError(): Error {
  return new Error("The sandbox pool is closed: the step was not run.");
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
