/**
 * Code made at run time (`Function` and its family, indirect `eval`): what the guest asks the compiler, and its answer, both
 * as JSON over the bridge. The answer is a function of the request and the compiler alone (I2).
 *
 * The code of an answer is a script whose value is a function of the unit's own `$k` (docs/ARCHITECTURE.md, "Code made at run
 * time"): it registers the unit's definitions under indexes of its own, from 0, and gives the function that runs the unit.
 */
import type { FunctionSpan, ProgramDebug, ProgramTables } from "./program.ts";

/** What a text is. */
export const CODE_SCRIPT = 0;
/** A function expression whose name binds nothing: `function anonymous(a,b\n) {\nreturn a+b\n}` */
export const CODE_FUNCTION = 1;
/** A direct `eval` of strict code: the function that runs the unit takes an object with an accessor for each of `names`. */
export const CODE_DIRECT = 2;

export interface CodeRequest {
  readonly kind: typeof CODE_SCRIPT | typeof CODE_FUNCTION | typeof CODE_DIRECT;
  readonly text: string;
  /** Of `CODE_DIRECT`: what the text sees beside the global names, separated by commas. */
  readonly names?: string;
  /** Parameters and body as they were given, where the text was made of them just now: each must be complete by itself. */
  readonly parts?: readonly [parameters: string, body: string];
}

/** Of `ProgramTables`, what a unit needs. */
export type CodeTables = Pick<ProgramTables, "functions" | "classes" | "scopes">;

export interface CodeUnitText {
  readonly code: string;
  readonly tables: CodeTables;
  /** `var` and function names that become properties of the global object, as a script that declares them; "" for none. */
  readonly declarations: string;
  /** What its sloppy code writes: a failure there passes in silence. `own`: only variables that the text declares. */
  readonly silentWrites: "none" | "own" | "any";
  /** Of all that a saved state relies on. Another compiler may give another one for the same text. */
  readonly shape: number;
  /** Where its functions and classes stand in the text, by mark. */
  readonly spans: readonly FunctionSpan[];
  /** What stacks tell of it. */
  readonly debug: Pick<ProgramDebug, "functions" | "map"> & { readonly file: string };
}

export type CodeAnswer =
  | { readonly kind: "unit"; readonly unit: CodeUnitText }
  /** An early error. */
  | { readonly kind: "syntaxError"; readonly message: string }
  /** A construct that cannot be run durably. */
  | { readonly kind: "refused"; readonly message: string }
  /** The compiler ran out of stack: how deep it could go is no function of the text. */
  | { readonly kind: "exhausted" };

/** JSON of a `CodeRequest` → JSON of a `CodeAnswer`. Throws nothing. */
export type CompileCode = (request: string) => string;

/** Characters of one text. */
export const CODE_TEXT_MAX = 256 * 1024;
/** Texts that one step may compile, and their characters together. */
export const CODE_TEXTS_PER_STEP_MAX = 1_000;
export const CODE_TOTAL_PER_STEP_MAX = 1024 * 1024;
