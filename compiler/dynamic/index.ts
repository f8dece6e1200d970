/**
 * Code made at run time → a unit (protocol/dynamic-code.ts): the phases of a module, synchronously, over one text.
 *
 *   Function("a", "b", "return () => a + b")
 *   →
 *   (function ($k) {
 *     const $T = $k.TDZ;
 *     const $S1 = $k.scope(0, …), $d2 = $k.def(2, ($s0) => () => $s0.a + $s0.b), $d1 = $k.def(1, () => function (a, b) {…});
 *     function $main() { return { anonymous: $d1() }.anonymous; }
 *     return $main;
 *   })
 *
 * Everything of the text is inside `$main`, so each of its functions is a definition and each captured variable lives in a
 * scope object: what the text makes can be saved as (text, index, scope objects) and made again from the text (I3).
 *
 * Boundary: no module, no import. Holds I2: the answer depends on the request and on this compiler.
 */
import { generate, types as t } from "@babel/core";
import {
  CODE_DIRECT,
  CODE_FUNCTION,
  type CodeAnswer,
  type CodeRequest,
  type CodeTables,
  type CodeUnitText,
} from "#protocol";
import { CompileError } from "../diagnostics/compile-error.ts";
import { type ModuleTables, PhaseContext } from "../link/context.ts";
import { makePrintable } from "../link/printable.ts";
import type { LoadedModule } from "../load/index.ts";
import { identifyParsed } from "../parse/index.ts";
import { mapArguments } from "../parse/mapped-arguments.ts";
import { lowerOpenScopes } from "../parse/open-scopes/index.ts";
import { runPhases } from "../unit.ts";
import { AnswerCache } from "./answer-cache.ts";
import { directUnit } from "./direct-unit.ts";
import { earlyError, refusalOf } from "./early-error.ts";
import { functionUnit } from "./function-unit.ts";
import { refuseImports } from "./imports.ts";
import { scriptUnit } from "./script-unit.ts";
import { silentWrites } from "./silent-writes.ts";
import type { UnitSyntax } from "./unit-syntax.ts";

const answers = new AnswerCache();

/**
 * JSON of a `CodeRequest` → JSON of a `CodeAnswer`: `CompileCode` of the protocol.
 *
 * @example JSON.parse(compileCode(JSON.stringify({ kind: CODE_SCRIPT, text: "1 + 1" }))).kind // "unit"
 */
export function compileCode(request: string): string {
  const known = answers.get(request);
  if (known !== undefined) return known;
  const answer = answerTo(JSON.parse(request) as CodeRequest);
  const text = JSON.stringify(answer);
  // What the stack did not hold this time it may hold the next.
  if (answer.kind !== "exhausted") answers.set(request, text);
  return text;
}

function answerTo(request: CodeRequest): CodeAnswer {
  try {
    const message = earlyError(request);
    if (message !== null) return { kind: "syntaxError", message };
    return { kind: "unit", unit: compileUnit(request) };
  } catch (error) {
    if (error instanceof RangeError) return { kind: "exhausted" };
    if (!(error instanceof CompileError)) throw error;
    if (error.code === "SyntaxError") return { kind: "syntaxError", message: refusalOf(request, error) };
    return { kind: "refused", message: error.message.split("\n")[0]! };
  }
}

function compileUnit(request: CodeRequest): CodeUnitText {
  const isFunction = request.kind === CODE_FUNCTION;
  const file = isFunction ? "Function" : "eval";
  const { ast, strict, declarations } = syntaxOf(request, file);
  const silent = silentWrites(ast.program, strict);
  refuseImports(ast.program);
  if (request.kind !== CODE_DIRECT) lowerOpenScopes(ast, request.text, "script", strict);
  mapArguments(ast, request.text, strict);
  const module = unitModule(file, request.text);
  const { text } = identifyParsed(ast, file, request.text);
  const context = new PhaseContext(module, strict, text, { functions: 0, classes: 0, scopes: 0, templates: 0 });
  runPhases(ast, context);
  const main = (ast.program.body.find((one) => t.isFunctionDeclaration(one)) as t.FunctionDeclaration).id!.name;
  const shown = sourceUrl(request.text) ?? file;
  const { code, map } = print(ast, context.hoisted, strict, main, shown);
  // A function is parsed behind a parenthesis.
  const shift = isFunction ? 1 : 0;
  const spans = text.spans.map(([start, end, name]) => [start - shift, end - shift, name] as const);
  const made = context.tables();
  const tables = tablesOf(made);
  const debug = { functions: made.functionPositions, map, file: shown };
  return { code, tables, declarations, silentWrites: silent, shape: shapeOf(tables), spans, debug };
}

/** What stacks call the text, where it says so itself: `//# sourceURL=template.js`, the last of them. */
function sourceUrl(text: string): string | undefined {
  return [...text.matchAll(/\/\/[#@][\t ]sourceURL=([^\s'"]+)[\t ]*$/gm)].at(-1)?.[1];
}

function syntaxOf({ kind, text, names = "" }: CodeRequest, file: string): UnitSyntax {
  if (kind === CODE_FUNCTION) return functionUnit(text, file);
  return kind === CODE_DIRECT ? directUnit(text, names, file) : scriptUnit(text, file);
}

function unitModule(file: string, source: string): LoadedModule {
  return {
    index: 0,
    id: file,
    firstParty: false,
    kind: "script",
    language: "javascript",
    nodeInterop: false,
    source,
    file,
    targets: new Map(),
    builtins: [],
  };
}

function print(
  ast: t.File,
  hoisted: readonly t.Statement[],
  strict: boolean,
  main: string,
  sourceFileName: string,
): { code: string; map: string } {
  const abi = t.identifier("$k");
  const sentinel = t.variableDeclaration("const", [
    t.variableDeclarator(t.identifier("$T"), t.memberExpression(abi, t.identifier("TDZ"))),
  ]);
  const directives = strict ? [t.directive(t.directiveLiteral("use strict"))] : [];
  const body = [sentinel, ...hoisted, ...ast.program.body, t.returnStatement(t.identifier(main))];
  const script = t.functionExpression(null, [abi], t.blockStatement(body, directives));
  const file = t.file(t.program([t.expressionStatement(t.parenthesizedExpression(script))], [], "script"));
  makePrintable(file.program, "");
  const { code, map } = generate(file, {
    comments: true,
    jsescOption: { minimal: true },
    sourceMaps: true,
    sourceFileName,
  });
  return { code, map: JSON.stringify(map) };
}

function tablesOf({ functions, classes, scopes }: ModuleTables): CodeTables {
  return { functions, classes, scopes };
}

/** FNV-1a over what saved functions, frames, classes and scopes name by index. */
function shapeOf({ functions, classes, scopes }: CodeTables): number {
  const relied = JSON.stringify([functions.map(({ kind, shape }) => [kind, shape]), classes, scopes]);
  let hash = 0x811c9dc5;
  for (let at = 0; at < relied.length; at++) hash = Math.imul(hash ^ relied.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
