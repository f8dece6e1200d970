/**
 * From a text to a unit: the question to the compiler outside, which the host hands in, and the bounds of what one step may ask.
 *
 * Holds I2: what a bound refuses is a function of the texts alone; where the compiler's own stack ends is not, so that ends the
 * step. Holds I5: a text goes out, a text comes in.
 */
import type { CodeAnswer, CodeRequest, CodeUnitText, CompileCode } from "#protocol";
import { CODE_TEXT_MAX, CODE_TEXTS_PER_STEP_MAX, CODE_TOTAL_PER_STEP_MAX } from "#protocol";
import { guestError } from "../errors.ts";
import { exhaustStack } from "../exhaustion.ts";
import { noteSilentCode } from "../image/silent-code.ts";
import { jsonParse, jsonStringify, NativeSyntaxError } from "../primordials.ts";
import { CodeUnit, evaluateUnit, type UnitMain } from "./code-unit.ts";

let compiler: CompileCode | undefined;
/** Without steps (units of global code, driven by hand) there is none. */
let hasBudget = false;
let texts = 0;
let characters = 0;

/** Hands the compiler in: a function of the host that throws nothing and gives a string. */
export function setCompiler(compile: CompileCode): void {
  compiler = compile;
}

/** At the start of a step, and of the load. */
export function beginCodeBudget(): void {
  hasBudget = true;
  texts = 0;
  characters = 0;
}

export interface MadeUnit {
  readonly unit: CodeUnit;
  readonly main: UnitMain;
  /** As in `CodeUnitText`. */
  readonly declarations: string;
}

/**
 * Compiles a text that a script made, and evaluates its definitions.
 * @throws SyntaxError, `CodeLimit`, `UnsupportedAtRunTime`
 */
export function compileText(request: CodeRequest): MadeUnit {
  const { length } = request.text;
  texts++;
  characters += length;
  if (length > CODE_TEXT_MAX) {
    throw guestError("CodeLimit", `Code made at run time has ${length} characters; ${CODE_TEXT_MAX} are allowed.`);
  }
  if (hasBudget && (texts > CODE_TEXTS_PER_STEP_MAX || characters > CODE_TOTAL_PER_STEP_MAX)) {
    throw guestError(
      "CodeLimit",
      `One step may make code of ${CODE_TEXTS_PER_STEP_MAX} texts with ${CODE_TOTAL_PER_STEP_MAX} characters in all: keep the functions instead of making them again.`,
    );
  }
  const answer = ask(request);
  if (answer.kind === "syntaxError") throw new NativeSyntaxError(answer.message);
  if (answer.kind === "refused") {
    throw guestError("UnsupportedAtRunTime", `Code made at run time cannot be compiled: ${answer.message}`);
  }
  const { unit: text } = answer as { readonly unit: CodeUnitText };
  noteSilentCode(text.silentWrites);
  return made(request, text);
}

/** The unit of a text that a state names; `undefined` when the text no longer compiles to what was saved. */
export function recompile(request: CodeRequest, shape: number): CodeUnit | undefined {
  const answer = ask(request);
  if (answer.kind !== "unit" || answer.unit.shape !== shape) return undefined;
  return made(request, answer.unit).unit;
}

function made({ kind, text, names }: CodeRequest, compiled: CodeUnitText): MadeUnit {
  const unit = new CodeUnit(kind, text, names ?? "", compiled);
  return { unit, main: evaluateUnit(unit, compiled.code), declarations: compiled.declarations };
}

function ask(request: CodeRequest): Exclude<CodeAnswer, { kind: "exhausted" }> {
  if (compiler === undefined) {
    throw guestError("UnsupportedAtRunTime", "This sandbox has no compiler: code cannot be made at run time.");
  }
  let text: unknown;
  try {
    text = compiler(jsonStringify(request));
  } catch {
    // The compiler throws nothing: the stack was too full to reach it.
  }
  const answer = typeof text === "string" ? (jsonParse(text) as CodeAnswer) : undefined;
  if (answer === undefined || answer.kind === "exhausted") throw exhaustStack();
  return answer;
}
