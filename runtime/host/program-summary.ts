/**
 * Whether a program loads, told to the person who deploys it: an error with its place in the sources.
 */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import type { ErrorCode, Program } from "#protocol";
import { loadFaultOf } from "./breach.ts";
import type { LoadOutcome } from "./wire.ts";

export interface LoadFailure {
  readonly code: ErrorCode;
  readonly message: string;
  /** Where it was thrown; `null` when that is not known. `line` from 1, `column` from 0. */
  readonly position: { readonly source: string; readonly line: number; readonly column: number } | null;
}

export interface ProgramSummary {
  readonly hash: string;
  readonly isLoadable: boolean;
  /** CPU time of the evaluation of its modules, in milliseconds. */
  readonly loadMs: number | null;
  readonly failure: LoadFailure | null;
}

/** A place in the program's script, as it stands in a stack or behind the message of a SyntaxError. */
const SCRIPT_PLACE = /\bprogram:(\d+):(\d+)/g;

export function summaryOf(program: Program, outcome: LoadOutcome): ProgramSummary {
  const { hash } = program;
  if (outcome.kind === "loaded") return { hash, isLoadable: true, loadMs: outcome.loadMs, failure: null };
  const failure: LoadFailure =
    outcome.kind === "breach"
      ? { ...withoutKind(loadFaultOf(outcome.breach)), position: null }
      : {
          code: "ProgramLoadFailed",
          message: outcome.message,
          position: positionIn(program, `${outcome.stack}\n${outcome.message}`),
        };
  return { hash, isLoadable: false, loadMs: null, failure };
}

function withoutKind(fault: { readonly code: ErrorCode; readonly message: string }) {
  return { code: fault.code, message: fault.message };
}

function positionIn(program: Program, text: string): LoadFailure["position"] {
  if (program.debug.map === "") return null;
  const map = new TraceMap(program.debug.map);
  for (const [, line, column] of text.matchAll(SCRIPT_PLACE)) {
    const found = originalPositionFor(map, { line: Number(line), column: Number(column) - 1 });
    if (found.source !== null) return { source: found.source, line: found.line, column: found.column };
  }
  return null;
}
