/**
 * Early errors of a text: V8 itself says them, in the words that Node has for them. Nothing of the text is run for that.
 */
import { Script } from "node:vm";
import { CODE_DIRECT, CODE_SCRIPT, type CodeRequest } from "#protocol";
import type { CompileError } from "../diagnostics/compile-error.ts";
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

/** The message for a text that our parser refused: V8's where it refuses the same, else the parser's without its places. */
export function refusalOf(request: CodeRequest, { message, line, column }: CompileError): string {
  const [first = ""] = message.split("\n");
  const own = first
    .replace(/^[^:]*:\d+:\d+: /, "")
    .replace(/ \[\w+\]$/, "")
    .replace(/ \(\d+:\d+\)/, "")
    .replace(/[.:]$/, "");
  if (request.kind !== CODE_DIRECT) return own;
  const { variables, owner } = JSON.parse(request.names ?? "") as Surroundings;
  const text = variables === "strict" ? `"use strict";\n${request.text}` : request.text;
  const isBare = !owner.hasNewTarget && !owner.hasSuper && owner.privateNames.length === 0;
  const said = messageOf(isBare ? text : inside(text, owner));
  if (said === null) return own;
  const lines = request.text.trimEnd().split(/\r\n|[\n\r\u2028\u2029]/);
  const isAtEnd = !isBare && line >= lines.length && column >= lines.at(-1)!.length;
  return isAtEnd ? "Unexpected end of input" : said;
}

/** The text where it may name what its surroundings have. */
function inside(text: string, { hasSuper, privateNames }: Surroundings["owner"]): string {
  if (privateNames.length > 0)
    return `(class extends Object { ${privateNames.map((name) => `#${name};`).join(" ")} method() { ${text}\n} })`;
  return hasSuper ? `({ method() { ${text}\n} })` : `(function () { ${text}\n})`;
}

function messageOf(text: string): string | null {
  try {
    new Script(text);
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
