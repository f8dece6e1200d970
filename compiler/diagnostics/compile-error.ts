/**
 * The one error that the compiler gives for a script it cannot compile: stable code, where, a code frame, what to do.
 *
 * Boundary: faults of the script. A fault of the compiler is an `invariant` (protocol/errors.ts).
 */
import { codeFrame, type ErrorPlace } from "#protocol";
import { COMPILE_ERRORS, type CompileErrorCode } from "./codes.ts";

export class CompileError extends Error {
  readonly code: string;
  readonly file: string;
  /** 1-based; 0 when the error concerns the file as a whole. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
  /** The source around the place, with line numbers and a mark; empty when there is no place. */
  readonly frame: string;
  /** What to do about it. */
  readonly advice: string;

  constructor(code: CompileErrorCode | (string & {}), message: string, place?: ErrorPlace) {
    const frame = place === undefined || place.line === 0 ? "" : codeFrame(place);
    const where = place === undefined ? "" : `${placeText(place)}: `;
    const advice = adviceOf(code);
    super(`${where}${message} [${code}]${frame === "" ? "" : `\n${frame}`}${advice === "" ? "" : `\n${advice}`}`);
    this.name = "CompileError";
    this.code = code;
    this.file = place?.file ?? "";
    this.line = place?.line ?? 0;
    this.column = place?.column ?? 0;
    this.frame = frame;
    this.advice = advice;
  }
}

function placeText({ file, line, column }: { file: string; line: number; column: number }): string {
  return line === 0 ? file : `${file}:${line}:${column + 1}`;
}

/** Something that compiles but will not do what its author may expect. */
export interface CompileWarning {
  readonly code: string;
  readonly message: string;
  readonly file: string;
  /** 1-based; 0 when the warning concerns the file as a whole. */
  readonly line: number;
  /** 0-based. */
  readonly column: number;
  /** As of a CompileError. */
  readonly frame: string;
}

/** A warning as people read it: place, message, code, frame, what to do. */
export function warningText(warning: CompileWarning): string {
  const { code, message, frame } = warning;
  const advice = adviceOf(code);
  return [`${placeText(warning)}: warning: ${message} [${code}]`, frame, advice]
    .filter((part) => part !== "")
    .join("\n");
}

function adviceOf(code: string): string {
  return code in COMPILE_ERRORS ? COMPILE_ERRORS[code as CompileErrorCode] : "";
}
