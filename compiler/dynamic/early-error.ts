/**
 * Early errors of a text: V8 itself says them, in the words that Node has for them. Nothing of the text is run for that.
 */
import { Script } from "node:vm";
import { CODE_DIRECT, CODE_SCRIPT, type CodeRequest } from "#protocol";

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
export function earlyError({ kind, text, parts }: CodeRequest): string | null {
  try {
    if (kind === CODE_SCRIPT) new Script(text);
    else if (kind === CODE_DIRECT) new Script(`"use strict";\n${text}`);
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
