/**
 * Early errors of a text: V8 itself says them, in the words that Node has for them. Nothing of the text is run for that.
 */
import { Script } from "node:vm";
import { CODE_DIRECT, CODE_SCRIPT, type CodeRequest } from "#protocol";
import type { Surroundings } from "../parse/open-scopes/index.ts";

type Constructor = new (parameters: string, body: string) => unknown;

const constructorOf = (sample: object): Constructor => sample.constructor as Constructor;
/** By how the text of a function begins. */
const CONSTRUCTORS: readonly (readonly [string, Constructor])[] = [
  ["function anonymous", Function as unknown as Constructor],
  ["function* anonymous", constructorOf(function* () {})],
  ["async function anonymous", constructorOf(async () => {})],
  ["async function* anonymous", constructorOf(async function* () {})],
];

/** The message of the SyntaxError that the text gives; null for a text without one, or that was found so before. */
export function earlyError({ kind, text, names = "", parts }: CodeRequest): string | null {
  try {
    if (kind === CODE_SCRIPT) new Script(text);
    else if (kind === CODE_DIRECT) checkDirect(text, names);
    else if (parts !== undefined) {
      const [, Constructor] = CONSTRUCTORS.find(([start]) => text.startsWith(start))!;
      new Constructor(...parts);
    }
    return null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error.message;
  }
}

/** What may stand inside a class or a function only is left to the parser (direct-unit.ts). */
function checkDirect(text: string, names: string): void {
  if (/\b(?:super|new)\b|#/.test(text)) return;
  const { variables } = JSON.parse(names) as Surroundings;
  new Script(variables === "strict" ? `"use strict";\n${text}` : text);
}
