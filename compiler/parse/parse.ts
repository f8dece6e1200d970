/**
 * One module's source → Babel AST without types, function ids and body hashes stamped on the nodes.
 *
 *   export async function main(trip: Trip) {}   →   export async function main(trip) {}   // extra.kawaitId: "a.ts#main"
 *
 * Boundary: no other module is known here, so the result depends on the source and the module's kind alone.
 */
import { type NodePath, parseSync, types as t, transformFromAstSync, traverse } from "@babel/core";
import decorators from "@babel/plugin-proposal-decorators";
import typescript from "@babel/preset-typescript";
import { CompileError } from "../diagnostics/compile-error.ts";
import { eachNode } from "../diagnostics/each-node.ts";
import type { TypeScriptOptions } from "../load/index.ts";
import { SCRIPT_NAMES } from "../phase.ts";
import { lowerClosing } from "./closing.ts";
import { addDecoratorMetadata } from "./decorator-metadata.ts";
import { identify, type ModuleText } from "./identify.ts";
import { lowerIteration } from "./iterator-calls.ts";
import { lowerLegacyDecorators } from "./legacy-decorators.ts";
import { mapArguments } from "./mapped-arguments.ts";
import { lowerOpenScopes } from "./open-scopes/index.ts";
import { keepOwnProto } from "./own-proto.ts";
import { finishTypeScript, prepareTypeScript } from "./typescript.ts";
import { keepUnnamed } from "./unnamed-assignments.ts";
import { lowerUsing } from "./using.ts";

export interface ParseRequest {
  readonly firstParty?: boolean;
  readonly id: string;
  readonly file: string;
  readonly source: string;
  readonly kind: "esm" | "commonjs" | "json" | "script";
  readonly language: "javascript" | "typescript" | "json";
  readonly typescript?: TypeScriptOptions;
}

export interface ParsedModule {
  readonly ast: t.File;
  readonly strict: boolean;
  readonly text: ModuleText;
  /** Names were changed after the first look at scopes. */
  readonly renamed: boolean;
}

interface ParserError extends Error {
  readonly reasonCode?: string;
  readonly details?: { readonly identifierName?: string };
}

const OPTIONS = { configFile: false, babelrc: false, browserslistConfigFile: false, compact: false } as const;

export function parse(request: ParseRequest): ParsedModule {
  const ast = lowerDecorators(stripTypes(checked(parseText(request), request), request), request);
  const strict = request.kind === "esm" || hasUseStrict(ast.program);
  const top = request.kind === "esm" ? "module" : request.kind === "script" ? "script" : "function";
  const hasOpenScopes = lowerOpenScopes(ast, request.source, top, strict);
  const hasMapped = mapArguments(ast, request.source, strict);
  const typescript = request.language === "typescript" ? request.typescript : undefined;
  const { text, renamed } = identifyParsed(ast, request.id, request.source, typescript);
  return { ast, strict, text, renamed: renamed || hasOpenScopes || hasMapped };
}

/** A script's syntax tree as it is, for code made at run time; `identifyParsed` comes when it has its final form. */
export function parseScript(source: string, file: string): t.File {
  const request: ParseRequest = { id: file, file, source, kind: "script", language: "javascript" };
  return lowerDecorators(parseText(request), request);
}

/** Stamps ids, frees the names of the linker's script, and lowers what is made of plain syntax. */
export function identifyParsed(
  ast: t.File,
  id: string,
  source: string,
  typescript?: TypeScriptOptions,
): { readonly text: ModuleText; readonly renamed: boolean } {
  const text = identify(ast, id, source);
  const hasScriptNames = [...text.names].some(isScriptName);
  if (hasScriptNames) freeScriptNames(ast, id, source);
  const isLegacy = typescript !== undefined && (typescript.legacyDecorators || !typescript.definesFields);
  if (isLegacy) lowerLegacyDecorators(ast, typescript.definesFields);
  const names = new Set(text.names);
  const hasUsing = source.includes("using") && lowerUsing(ast, names);
  lowerIteration(ast, source);
  const hasClosing = lowerClosing(ast, source);
  return { text: { ...text, names }, renamed: hasScriptNames || hasUsing || isLegacy || hasClosing };
}

/** For the text of a direct `eval`: what the place around it allows. */
export interface Allowed {
  readonly strictMode: boolean;
  readonly allowNewTargetOutsideFunction: boolean;
  readonly allowSuperOutsideMethod: boolean;
  readonly privateNames: readonly string[];
}

/** The syntax tree of the text as it is, types and all. */
export function parseText(request: ParseRequest, allowed?: Allowed): t.File {
  const { source, kind, language, file } = request;
  const isTypeScript = language === "typescript";
  try {
    const ast = parseSync(source, {
      ...OPTIONS,
      filename: file,
      sourceType: kind === "esm" || isTypeScript ? "module" : kind,
      parserOpts: {
        plugins: [
          ...(isTypeScript ? (["typescript"] as const) : []),
          request.typescript?.legacyDecorators ? "decorators-legacy" : "decorators",
          "decoratorAutoAccessors",
          "sourcePhaseImports",
        ],
        ...(kind === "commonjs" && isTypeScript ? { allowReturnOutsideFunction: true } : {}),
        createImportExpressions: true,
        // No comment of the source is printed; those of the compiler's own are marks.
        attachComment: false,
        ...(allowed && {
          strictMode: allowed.strictMode,
          allowNewTargetOutsideFunction: allowed.allowNewTargetOutsideFunction,
          allowSuperOutsideMethod: allowed.allowSuperOutsideMethod,
          errorRecovery: true,
        }),
      },
    } as Parameters<typeof parseSync>[1]) as t.File;
    for (const error of (ast as { errors?: readonly ParserError[] | null }).errors ?? []) {
      // A private name of a class around the text.
      const name = error.details?.identifierName;
      if (error.reasonCode !== "InvalidPrivateFieldResolution" || !allowed?.privateNames.includes(name!)) throw error;
    }
    keepUnnamed(ast.program, source);
    keepOwnProto(ast.program, source);
    return ast;
  } catch (error) {
    throw asCompileError(error, request);
  }
}

/**
 * What Babel lets pass and the engine does not: regular expressions that are none, and with types, `this` as a variable. Said
 * before a program is made of it.
 */
function checked(ast: t.File, request: ParseRequest): t.File {
  if (!/\/|\bthis\b/.test(request.source)) return ast;
  eachNode(ast.program, (node) => {
    const problem = problemOf(node);
    if (problem === undefined) return;
    const { line, column } = node.loc!.start;
    throw new CompileError("SyntaxError", problem, { file: request.file, source: request.source, line, column });
  });
  return ast;
}

function problemOf(node: t.Node): string | undefined {
  if (t.isVariableDeclarator(node) && t.isIdentifier(node.id, { name: "this" })) return "Unexpected token 'this'";
  if (node.type !== "RegExpLiteral") return undefined;
  try {
    new RegExp(node.pattern, node.flags);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function stripTypes(ast: t.File, request: ParseRequest): t.File {
  if (request.language !== "typescript") return ast;
  const { keepsImports = false, definesFields = true } = request.typescript ?? {};
  if (request.typescript?.decoratorMetadata && request.source.includes("@"))
    addDecoratorMetadata(ast, request.typescript.strictNulls);
  prepareTypeScript(ast, definesFields);
  try {
    const result = transformFromAstSync(ast, request.source, {
      ...OPTIONS,
      filename: request.file.replace(/\.[^./]*$/, ".ts"),
      ast: true,
      code: false,
      cloneInputAst: false,
      // Imports that name only types go, marked `type` or not, as in esbuild.
      presets: [[typescript as never, { onlyRemoveTypeImports: keepsImports, optimizeConstEnums: true }]],
    });
    const stripped = result!.ast as t.File;
    finishTypeScript(stripped);
    return stripped;
  } catch (error) {
    throw asCompileError(error, request);
  }
}

/** Those of ECMAScript (2023-11), and `accessor`: by Babel's plugin, for the modules that have them. */
function lowerDecorators(ast: t.File, request: ParseRequest): t.File {
  if (!/@|\baccessor\b/.test(request.source)) return ast;
  const isStandard = request.language !== "typescript" || request.typescript?.legacyDecorators !== true;
  let found = false;
  eachNode(ast.program, ({ type }) => {
    found ||= type === "ClassAccessorProperty" || (isStandard && type === "Decorator");
  });
  if (!found) return ast;
  try {
    const result = transformFromAstSync(ast, request.source, {
      ...OPTIONS,
      filename: request.file,
      ast: true,
      code: false,
      cloneInputAst: false,
      plugins: [[decorators as never, { version: "2023-11" }]],
    });
    return result!.ast as t.File;
  } catch (error) {
    throw asCompileError(error, request);
  }
}

function asCompileError(error: unknown, request: ParseRequest): unknown {
  // The stack's end is told by whoever knows of all phases.
  if (!(error instanceof Error) || error instanceof RangeError) return error;
  const { loc } = error as { loc?: { line: number; column: number } };
  const message = error.message
    .replace(/^\S*?: /, "")
    .split("\n")[0]!
    .replace(/ \(\d+:\d+\)$/, "");
  const { line, column } = loc ?? { line: 0, column: 0 };
  const place = { file: request.file, source: request.source, line, column };
  return new CompileError("SyntaxError", message, place);
}

function hasUseStrict(program: t.Program): boolean {
  return program.directives.some((directive) => directive.value.value === "use strict");
}

function isScriptName(name: string): boolean {
  return name === SCRIPT_NAMES.abi || name === SCRIPT_NAMES.tdz || /^\$x\d+$/.test(name);
}

/**
 * A module's own `$k`, `$T` or `$x1` must not shadow the script's: they are renamed where they are bound. A free one would
 * reach into the runtime (I5).
 */
function freeScriptNames(ast: t.File, file: string, source: string): void {
  // Modules that stand for Node's, and those of web globals: the compiler's own text.
  const isOwn = /^(?:node|kawait):/.test(file);
  traverse(ast, {
    Scopable(path) {
      for (const name of Object.keys(path.scope.bindings)) if (isScriptName(name)) path.scope.rename(name);
    },
    Identifier(path) {
      const { name, loc } = path.node;
      // What the compiler itself has put in stands at no place of the source.
      if (!isScriptName(name) || !loc || isOwn || path.scope.hasBinding(name) || !isUse(path)) return;
      const message = `The name ${name} is used by compiled code, and nothing declares it here.`;
      throw new CompileError("ReservedName", message, { file, source, line: loc.start.line, column: loc.start.column });
    },
  });
}

function isUse({ node, key, parent, parentPath }: NodePath<t.Identifier>): boolean {
  if (t.isReferenced(node, parent, parentPath?.parent)) return true;
  const isTarget = key === "left" || key === "argument" || (t.isObjectProperty(parent) && key === "value");
  return isTarget || t.isArrayPattern(parent);
}

export function parseJson(request: ParseRequest): unknown {
  try {
    return JSON.parse(request.source.replace(/^\uFEFF/, ""));
  } catch (error) {
    const { message } = error as Error;
    const { file, source } = request;
    const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? [];
    // Without a position the text has ended too early.
    const lines = source.split("\n");
    const place =
      line === undefined
        ? { file, source, line: lines.length, column: lines.at(-1)!.length }
        : { file, source, line: Number(line), column: Number(column) - 1 };
    throw new CompileError("SyntaxError", message, place);
  }
}
