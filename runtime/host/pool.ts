/**
 * The sandbox pool: steps in, results out, in order. A thread's steps go to one process (hash of its id), where it stays
 * decoded.
 *
 * Boundary: the engine knows nothing of processes, isolates or limits in the making; a result is `advanced` or `faulted`, and
 * whatever a script does, the promise settles (I4, I5).
 */
import { availableParallelism } from "node:os";
import {
  DEFAULT_LIMITS,
  guestTables,
  invariant,
  type Program,
  type StepFaulted,
  type StepLimits,
  type StepRequest,
  type StepResult,
} from "#protocol";
import { guestPrelude } from "../guest-bundle.ts";
import { childBundle } from "./child-bundle.ts";
import { type ProgramSummary, summaryOf } from "./program-summary.ts";
import { DEFAULT_SANDBOX_LIMITS, type SandboxLimits } from "./sandbox-limits.ts";
import { SandboxProcesses } from "./sandbox-processes.ts";
import { SharingRecord } from "./sharing-record.ts";
import { StepJob } from "./step-job.ts";
import { type SandboxHealth, type SandboxLogger, type StepSink, Supervisor } from "./supervisor.ts";
import { Trials } from "./trials.ts";
import { UnloadablePrograms } from "./unloadable.ts";
import type { LoadOutcome, ProgramText, SandboxConfiguration, SandboxMode } from "./wire.ts";

export interface SandboxPoolOptions {
  /** Sandbox processes; default: one per core. Each is started when its first step arrives; as many more judge those that broke a limit. */
  readonly processes?: number;
  /** Bounds of the sandbox; of a step's limits, which travel with its request, only `memoryMb` counts (for `programSummary`). */
  readonly limits?: Partial<SandboxLimits & StepLimits>;
  /** `live` keeps threads decoded between steps; `drop` restores each step in a new context. */
  readonly mode?: SandboxMode;
  /** Run in the calling process: for trusted scripts; needs Node's `--no-node-snapshot`. */
  readonly inline?: boolean;
  readonly logger?: SandboxLogger;
  /**
   * Path of the module that compiles code made at run time (`CODE_COMPILER` of the compiler), loaded in a sandbox when its
   * first such text comes. Without it `Function` and `eval` throw `UnsupportedAtRunTime`.
   */
  readonly compiler?: string;
}

/** A process that judges stays so long without work. */
const JUDGE_REST_MS = 10_000;

/** What carries out steps: a supervised process, or the calling process. */
interface StepSite extends StepSink {
  load(job: {
    readonly programHash: string;
    readonly memoryMb: number;
    readonly images: readonly number[];
    readonly settle: (outcome: LoadOutcome) => void;
    readonly fail: (error: Error) => void;
  }): void;
  discard(threadIds: readonly string[] | null): void;
  health(): SandboxHealth;
  close(): Promise<void>;
}

export interface SandboxPool {
  /** Makes a program known by its hash, before the first step that names it. */
  addProgram(program: Program): void;
  hasProgram(hash: string): boolean;
  /**
   * Evaluates the program's modules, apart from all threads, and tells whether they load.
   *
   * @param memoryMb allowed, in MiB
   * @param images indexes of objects that the load makes, to be named
   */
  programSummary(hash: string, memoryMb?: number, images?: readonly number[]): Promise<ProgramSummary>;
  /** @param requests of distinct threads. @returns results in their order. Rejects only when no sandbox can be started. */
  runSteps(requests: readonly StepRequest[]): Promise<StepResult[]>;
  /** Drops decoded threads, whose transaction was aborted; their next step decodes from its heap. */
  discard(threadIds: readonly string[] | "all"): void;
  /** The processes that are running now, those of the accused last. */
  processes(): { readonly pid: number }[];
  /** Of each process, those of the accused last. */
  health(): readonly SandboxHealth[];
  close(): Promise<void>;
}

export function createSandboxPool(options: SandboxPoolOptions): SandboxPool {
  const programs = new Map<string, { readonly program: Program; readonly text: ProgramText }>();
  const sharing = new SharingRecord();
  const memoryMb = options.limits?.memoryMb ?? DEFAULT_LIMITS.memoryMb;
  const limits = { ...DEFAULT_SANDBOX_LIMITS, ...options.limits };
  const textOf = (hash: string) => programs.get(hash)?.text;
  const count = options.processes ?? availableParallelism();
  let sites: readonly StepSite[] = [];
  let trials: Trials | null = null;
  let reserve: SandboxProcesses | null = null;
  const started = Promise.all([guestPrelude(), options.inline ? "" : childBundle()]).then(
    async ([{ code }, script]) => {
      const configuration: SandboxConfiguration = {
        mode: options.mode ?? "live",
        limits,
        prelude: code,
        compiler: options.compiler ?? "",
      };
      if (options.inline) {
        // Only here: isolates are of no use to a process that has others for them.
        const { InlineRunner } = await import("./inline.ts");
        sites = [new InlineRunner(configuration, textOf)];
        return;
      }
      const unloadable = new UnloadablePrograms();
      const processes = new SandboxProcesses(script, configuration);
      const site = (trial?: StepSink, restMs?: number) =>
        new Supervisor(processes, configuration, textOf, options.logger, unloadable, trial, restMs);
      // Whoever breached a limit is judged in a process beside them: the others' steps do not wait for a verdict.
      const beside = new Trials(() => site(undefined, JUDGE_REST_MS), count);
      sites = Array.from({ length: count }, () => site(beside));
      trials = beside;
      reserve = processes;
    },
  );
  // Whoever runs a step is told of a failure; nobody else has to hear of it.
  started.catch(() => {});
  const told = new Set<string>();
  /** Each of a program's threads faults by it: the log has it once. */
  const tellOnce = (programHash: string, { message }: StepFaulted): void => {
    if (told.has(programHash)) return;
    told.add(programHash);
    const workflow = programs.get(programHash)?.program.name;
    options.logger?.warn("A program does not load.", { workflow, programHash, error: message });
  };
  const siteOf = (threadId: string) => sites[sandboxOf(threadId, sites.length)] as StepSite;

  const all = (): readonly StepSite[] => [...sites, ...(trials?.judges ?? [])];

  return {
    addProgram(program) {
      const { hash, code, tables, debug } = program;
      if (programs.has(hash)) return;
      const text = { hash, code, tables: guestTables(code, tables), debug: JSON.stringify(debug) };
      programs.set(hash, { program, text });
    },
    hasProgram: (hash) => programs.has(hash),
    async programSummary(hash, memory = memoryMb, images = []) {
      const known = programs.get(hash);
      invariant(known, `the program ${hash} is not known to the sandbox`);
      await started;
      for (let runs = 1; ; runs++) {
        const outcome = await new Promise<LoadOutcome>((settle, fail) => {
          sites[0]?.load({ programHash: hash, memoryMb: memory, images, settle, fail });
        });
        const summary = summaryOf(known.program, outcome, { runs, loadMs: limits.loadMs });
        if (summary !== undefined) return summary;
      }
    },
    async runSteps(requests) {
      for (const { programHash } of requests) {
        invariant(programs.has(programHash), `the program ${programHash} is not known to the sandbox`);
      }
      await started;
      return new Promise<StepResult[]>((resolve, fail) => {
        const results = new Array<StepResult>(requests.length);
        let left = requests.length;
        if (left === 0) resolve(results);
        const touched = new Set<StepSite>();
        for (let index = 0; index < requests.length; index++) {
          const request = sharing.place(requests[index]!);
          const settle = (result: StepResult): void => {
            sharing.note(request, result);
            if (result.kind === "faulted" && result.code === "ProgramLoadFailed") tellOnce(request.programHash, result);
            results[index] = result;
            if (--left === 0) resolve(results);
          };
          const site = siteOf(request.threadId);
          site.submit(new StepJob(request, settle, fail, limits.loadMs));
          touched.add(site);
        }
        for (const site of touched) site.pump();
      });
    },
    discard(threadIds) {
      for (const site of sites) site.discard(threadIds === "all" ? null : threadIds);
    },
    processes: () =>
      all()
        .flatMap((site) => site.health().pid ?? [])
        .map((pid) => ({ pid })),
    health: () => all().map((site) => site.health()),
    async close() {
      await started;
      reserve?.close();
      await Promise.all([...sites.map((site) => site.close()), trials?.close()]);
    },
  };
}

/** Which of so many sandboxes a thread's steps go to: FNV-1a over UTF-16 units, kept nowhere. */
export function sandboxOf(threadId: string, count: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < threadId.length; index++) {
    hash = Math.imul(hash ^ threadId.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % count;
}
