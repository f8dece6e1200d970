/** Runs scenarios in child processes; native verdicts are kept between runs. */
import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { idOf, type Scenario } from "./corpus.ts";
import type { Verdict } from "./native.ts";
import type { Answer, Batch, WorkerMode } from "./worker.ts";

export type Verdicts = Map<string, Verdict>;

export interface RunOptions {
  readonly root: string;
  readonly mode: WorkerMode;
  readonly processes: number;
  /** Contexts whose global object stands before an object of the host, as `vm.createContext({})` gives them. */
  readonly sandbox?: boolean;
  readonly onProgress?: (done: number, all: number) => void;
  readonly onVerdict?: (id: string, verdict: Verdict) => void;
}

/** One scenario may take so long, in milliseconds, before its process is killed. */
const SILENCE_MS = 300_000;
const BATCH_SIZE = 25;
const HUNG = "the process hung";
const DIED = "the process died";
const LOST: ReadonlySet<Verdict> = new Set([HUNG, DIED]);
/** A child is replaced after so many batches: contexts leave something behind. */
const BATCHES_PER_CHILD = 40;

const worker = fileURLToPath(new URL("worker.ts", import.meta.url));

export interface RunResult {
  readonly verdicts: Verdicts;
  /** Milliseconds by part of the work, over all processes. */
  readonly spent: Readonly<Record<string, number>>;
}

export async function runScenarios(scenarios: readonly Scenario[], options: RunOptions): Promise<RunResult> {
  const verdicts: Verdicts = new Map();
  const spent: Record<string, number> = {};
  const queue: Scenario[][] = [];
  for (let from = 0; from < scenarios.length; from += BATCH_SIZE) queue.push(scenarios.slice(from, from + BATCH_SIZE));
  const lane = async (): Promise<void> => {
    while (queue.length > 0) {
      const child = fork(worker, [], {
        execArgv: [
          "--no-node-snapshot",
          "--experimental-vm-modules",
          "--no-warnings",
          "--max-old-space-size=1500",
          "--max-semi-space-size=64",
        ],
        env: { ...process.env, ...(options.sandbox ? { CONFORMANCE_SANDBOX: "1" } : {}) },
        stdio: ["ignore", "ignore", process.env.CONFORMANCE_DEBUG ? "inherit" : "ignore", "ipc"],
      });
      for (let n = 0; n < BATCHES_PER_CHILD && queue.length > 0; n++) {
        const batch = queue.shift()!;
        const rest = await runBatch(
          child,
          { root: options.root, mode: options.mode, scenarios: batch },
          verdicts,
          spent,
          options.onVerdict,
        );
        options.onProgress?.(verdicts.size, scenarios.length);
        if (rest === null) continue;
        if (rest.length > 0) queue.unshift(rest);
        break;
      }
      if (child.connected) child.disconnect();
      child.kill("SIGKILL");
    }
  };
  await Promise.all(Array.from({ length: options.processes }, lane));
  return { verdicts, spent };
}

/** Null when the whole batch was judged; else what is left of it after the process was lost. */
function runBatch(
  child: ChildProcess,
  batch: Batch,
  verdicts: Verdicts,
  spent: Record<string, number>,
  onVerdict: RunOptions["onVerdict"],
): Promise<Scenario[] | null> {
  return new Promise((resolve) => {
    let current = idOf(batch.scenarios[0]!);
    let timer: NodeJS.Timeout;
    const finish = (rest: Scenario[] | null): void => {
      clearTimeout(timer);
      child.off("message", onMessage);
      child.off("exit", onExit);
      resolve(rest);
    };
    const judged = (id: string, verdict: Verdict): void => {
      verdicts.set(id, verdict);
      onVerdict?.(id, verdict);
    };
    const lost = (reason: string): void => {
      judged(current, reason);
      finish(batch.scenarios.filter((scenario) => !verdicts.has(idOf(scenario))));
    };
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => lost(HUNG), SILENCE_MS);
    };
    const onExit = (): void => lost(DIED);
    const onMessage = (message: Answer): void => {
      watch();
      if (message.kind === "begun") current = message.id;
      else if (message.kind === "verdict") judged(message.id, message.verdict);
      else {
        for (const [key, value] of Object.entries(message.spent)) spent[`${key}`] = Math.max(spent[key] ?? 0, value);
        finish(null);
      }
    };
    child.on("message", onMessage);
    child.on("exit", onExit);
    watch();
    child.send(batch);
  });
}

/** Native verdicts of these scenarios; those of earlier runs with the same Node are kept in a file. */
export async function nativeVerdicts(
  scenarios: readonly Scenario[],
  options: Omit<RunOptions, "mode">,
): Promise<Verdicts> {
  const key = createHash("sha256")
    .update(`${process.version}\0${options.root}\0${JUDGEMENT}`)
    .digest("hex")
    .slice(0, 16);
  const folder = fileURLToPath(new URL("../../../node_modules/.cache/conformance", import.meta.url));
  const file = join(folder, `native-${key}.json`);
  let known: Record<string, Verdict> = {};
  try {
    known = JSON.parse(readFileSync(file, "utf8")) as Record<string, Verdict>;
  } catch {
    // None yet.
  }
  const missing = scenarios.filter((scenario) => !Object.hasOwn(known, idOf(scenario)));
  if (missing.length > 0) {
    const { verdicts } = await runScenarios(missing, { ...options, mode: "native" });
    // What a process that was lost leaves behind is said of no scenario but in this run.
    for (const [id, verdict] of verdicts) if (!LOST.has(verdict)) known[id] = verdict;
    mkdirSync(folder, { recursive: true });
    const whole = `${file}.${process.pid}`;
    writeFileSync(whole, JSON.stringify(known));
    renameSync(whole, file);
    for (const [id, verdict] of verdicts) known[id] = verdict;
  }
  return new Map(scenarios.map((scenario) => [idOf(scenario), known[idOf(scenario)] ?? null]));
}

/** Raised whenever native runs are judged in another way. */
const JUDGEMENT = 1;
