/**
 * Whether a program loads, told to the person who deploys it: an error with its place in the sources.
 */
import type { ErrorCode, Program } from "#protocol";
import { loadFaultOf } from "./breach.ts";
import { type LoadPosition, loadPosition } from "./load-report.ts";
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
}

export function summaryOf(program: Program, outcome: LoadOutcome): ProgramSummary {
  const { hash } = program;
  if (outcome.kind === "loaded") return { hash, isLoadable: true, loadMs: outcome.loadMs, failure: null };
  const failure: LoadFailure =
    outcome.kind === "breach"
      ? { ...withoutKind(loadFaultOf(outcome.breach)), position: null }
      : {
          code: "ProgramLoadFailed",
          message: outcome.message,
          position: loadPosition(program.debug, outcome.stack),
        };
  return { hash, isLoadable: false, loadMs: null, failure };
}

function withoutKind(fault: { readonly code: ErrorCode; readonly message: string }) {
  return { code: fault.code, message: fault.message };
}
