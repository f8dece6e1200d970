/**
 * What the guest asks of a program's debug part, as JSON over the bridge: only when a script reads a function's source text or
 * an error's `stack`. The answer is a function of the question and of debug alone.
 */

import type { ProgramDebug } from "./program.ts";

/** A place in a stack: a position in the program's code, or a suspended frame (function index, site). Lines from 1, columns from 1. */
export type TracePlace =
  | readonly ["code", line: number, column: number]
  | readonly ["site", functionIndex: number, site: number];

export type DebugQuestion =
  /** The source text of a function or class: its mark in the compiled text, `<source in base 36>.<place in base 36>`. */
  | { readonly kind: "source"; readonly mark: string }
  /**
   * For each place its line in a stack behind `at `, or "" for what is no author's code; `debug`: that of code made at run
   * time, null for the program's.
   */
  | { readonly kind: "places"; readonly places: readonly TracePlace[]; readonly debug: ProgramDebug | null };

/** JSON of a `DebugQuestion` → the source text, or JSON of a list of lines; "" when it is not known. Throws nothing. */
export type ReadDebug = (question: string) => string;

/** The name of the program's script in the engine's own stacks. */
export const PROGRAM_SCRIPT = "program";
