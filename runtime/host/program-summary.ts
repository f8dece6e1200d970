/**
 * Whether a program loads, told to the person who deploys it: an error with its place in the sources.
 */
import type { ErrorCode, Program } from "#protocol";
import { type Breach, loadFaultOf, starvedFault } from "./breach.ts";
import { type LoadPosition, loadPosition } from "./load-report.ts";
import { CPU_SHARE } from "./sandbox-limits.ts";
import type { LoadOutcome } from "./wire.ts";

export interface LoadFailure {
  readonly code: ErrorCode;
  /** For people: with place, code frame and stack. */
  readonly message: string;
  /** Where it was thrown; `null` when that is not known. */
  readonly position: LoadPosition | null;
}

export interface ProgramSummary {
  readonly hash: string;
  readonly isLoadable: boolean;
  /** CPU time of the evaluation of its modules, in milliseconds. */
  readonly loadMs: number | null;
  readonly failure: LoadFailure | null;
  /** Of the objects of the image that were asked for, "" for those without a name; empty where it does not load. */
  readonly imageNames: readonly string[];
}

/** So often a load is tried that ended by what need not be its own doing. */
const RUNS_MAX = 3;

/**
 * @param tried with this one; `loadMs`: the CPU time allowed, in milliseconds
 * @returns undefined: the program is not known to be at fault, and is to be loaded again
 */
export function summaryOf(
  program: Program,
  outcome: LoadOutcome,
  tried: { readonly runs: number; readonly loadMs: number },
): ProgramSummary | undefined {
  const { hash } = program;
  if (outcome.kind === "loaded") {
    const { loadMs, names } = outcome;
    return { hash, isLoadable: true, loadMs, failure: null, imageNames: names };
  }
  if (outcome.kind === "breach" && tried.runs < RUNS_MAX && isDoubtful(outcome.breach, tried.loadMs)) return undefined;
  return { hash, isLoadable: false, loadMs: null, failure: failureOf(program, outcome, tried), imageNames: [] };
}

/** On a busy machine time passes that was not the program's; a crash may come from outside. */
function isDoubtful({ kind, cpuMs }: Breach, loadMs: number): boolean {
  return kind === "crash" || kind === "killed" || (kind === "time" && cpuMs < loadMs * CPU_SHARE);
}

function failureOf(
  program: Program,
  outcome: Exclude<LoadOutcome, { kind: "loaded" }>,
  { runs, loadMs }: { readonly runs: number; readonly loadMs: number },
): LoadFailure {
  if (outcome.kind === "loadFailed") {
    const position = loadPosition(program.debug, outcome.stack);
    return { code: "ProgramLoadFailed", message: outcome.message, position };
  }
  const { breach } = outcome;
  const isStarved = breach.kind === "time" && isDoubtful(breach, loadMs);
  const { code, message } = isStarved ? starvedFault(runs) : loadFaultOf(breach);
  return { code, message, position: null };
}
