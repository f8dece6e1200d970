/**
 * Damaged texts as code made at run time, in a real sandbox process: each gives the error or the value that it gives in a
 * plain context of this engine. Texts of one step follow one another in one thread, and natively in one context, so what one of
 * them leaves behind, the next one finds there as here.
 */
import ivm from "isolated-vm";
import { CODE_COMPILER, compileSource } from "#compiler";
import { DEFAULT_LIMITS, type StepRequest } from "#protocol";
import { createSandboxPool } from "#runtime";
import type { Random } from "../../stream/fake/index.ts";
import { damagedText } from "./source-texts.ts";

/** Texts of one step. */
const TEXTS = 16;
/** Far enough below the limit of one text that all of a step together stay below theirs. */
const TEXT_CHARS_MAX = 32 * 1024;
/** Natively; what takes longer is not compared. */
const NATIVE_MS_MAX = 200;
const NATIVE_MB_MAX = 64;

/** What is done with each text, the same here and there. */
const TRIAL = `
  const MAKERS = {
    function: (text) => Function(text)(),
    parameter: (text) => Function(text, "return 1")(),
    eval: (text) => (0, eval)(text),
    direct(text) { let a = 1, b = [2], f = (...all) => all.length; return eval(text); },
    generator: (text) => [...(function* () {}).constructor(text)()],
  };
  const { stringify } = JSON;
  const text = String;
  const show = (value) => {
    if (typeof value === "function") return "function " + text(value.name) + "/" + text(value.length);
    if (typeof value === "symbol" || typeof value === "bigint") return typeof value;
    if (typeof value !== "object" || value === null) return typeof value + " " + text(value).slice(0, 100);
    try { return "object " + text(stringify(value)).slice(0, 100); } catch { return "object"; }
  };
  const trial = ([maker, source]) => {
    try { return show(MAKERS[maker](source)); }
    catch (error) {
      try { return error instanceof Error ? "throws " + error.constructor.name : "throws " + show(error); } catch { return "throws"; }
    }
  };
`;
const NATIVE = `(() => { "use strict"; ${TRIAL} return (json) => trial(JSON.parse(json)); })()`;
const { program } = await compileSource(
  `${TRIAL}\nexport function main(pairs) { const out = []; for (let i = 0; i < pairs.length; i++) out[i] = trial(pairs[i]); return out; }`,
  { filename: "main.js", needsMain: true },
);

const MAKERS = ["function", "function", "parameter", "eval", "eval", "direct", "generator"];
/** Names of the runtime's, which no text may use without declaring them. */
const RESERVED = /\$(?:k|T|x\d)/;
type Pair = readonly [maker: string, text: string];

export interface TextsOutcome {
  readonly inputs: number;
  readonly problems: readonly string[];
}

/** @param count how many texts at least */
export async function fuzzTexts(random: Random, count: number): Promise<TextsOutcome> {
  const pool = createSandboxPool({ processes: 1, compiler: CODE_COMPILER });
  const problems: string[] = [];
  let isolate = new ivm.Isolate({ memoryLimit: NATIVE_MB_MAX });
  let inputs = 0;
  try {
    pool.addProgram(program);
    for (let step = 0; inputs < count && problems.length < 10; step++) {
      if (isolate.isDisposed) isolate = new ivm.Isolate({ memoryLimit: NATIVE_MB_MAX });
      const drawn = Array.from({ length: TEXTS }, (): Pair => [random.pick(MAKERS), damagedText(random)]);
      const pairs = drawn.filter(([, text]) => text.length < TEXT_CHARS_MAX && !RESERVED.test(text));
      const { compared, expected } = natively(isolate, pairs);
      inputs += compared.length;
      const [result] = await pool.runSteps([request(step, compared)]);
      // No script catches it here: docs/ARCHITECTURE.md, I2.
      if (result?.kind === "faulted" && result.code === "StackOverflow") continue;
      if (result?.kind !== "advanced" || result.result === null || result.status !== "completed") {
        problems.push(`${JSON.stringify(result)} for ${JSON.stringify(compared)}`);
        continue;
      }
      const actual = JSON.parse(result.result) as string[];
      const at = expected.findIndex((each, index) => each !== actual[index] && !isKnown(each, actual[index]!));
      // What comes behind it may follow from it.
      if (at >= 0) problems.push(`${JSON.stringify(compared[at])} gives ${actual[at]}, natively ${expected[at]}`);
    }
  } finally {
    if (!isolate.isDisposed) isolate.dispose();
    await pool.close();
  }
  return { inputs, problems };
}

/**
 * What may differ: an assignment to a call, `f() = 1`, is an early error in strict code as the standard has it, and when it is
 * reached in the engine; what is nested too deep is refused by whichever parser has less of a stack.
 */
function isKnown(expected: string, actual: string): boolean {
  if (actual === "throws SyntaxError") return expected === "throws ReferenceError" || expected === "throws RangeError";
  return actual === "throws RangeError";
}

/** Up to the first text that does not end in time. */
function natively(isolate: ivm.Isolate, pairs: readonly Pair[]): { compared: Pair[]; expected: string[] } {
  const context = isolate.createContextSync();
  const trial = context.evalSync(NATIVE, { reference: true }) as ivm.Reference<(json: string) => string>;
  const compared: Pair[] = [];
  const expected: string[] = [];
  try {
    for (const pair of pairs) {
      expected.push(trial.applySync(undefined, [JSON.stringify(pair)], { timeout: NATIVE_MS_MAX }) as string);
      compared.push(pair);
    }
  } catch {
    // What came before it was compared.
  }
  if (!isolate.isDisposed) context.release();
  return { compared, expected };
}

function request(step: number, pairs: readonly Pair[]): StepRequest {
  return {
    threadId: `t${step}`,
    programHash: program.hash,
    base: -1,
    stepId: 1,
    heap: null,
    isPrivate: true,
    input: { kind: "new", argument: JSON.stringify(pairs) },
    mailbox: [],
    timeMs: 1_700_000_000_000,
    seed: new Uint8Array(16),
    limits: { ...DEFAULT_LIMITS, stepMs: 10_000 },
  };
}
