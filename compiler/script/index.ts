/**
 * Scripts as units of their own (and single modules, module.ts): they are registered one by one in a context, share its
 * global environment, and are run by the thread (not at load), so everything that they make is the thread's.
 *
 *   parse → globals → closures → frames → wrap
 *
 * Boundary: one text, nothing is resolved. Indexes start at zero in every unit; the runtime knows where each unit begins.
 */
import { types as t } from "@babel/core";
import type { ProgramTables } from "#protocol";
import { refuseImports } from "../dynamic/imports.ts";
import { PhaseContext } from "../link/context.ts";
import { loadText } from "../load/text.ts";
import { globalName, programPath } from "../modules/index.ts";
import { digest, parse } from "../parse/index.ts";
import { runPhases } from "../unit.ts";
import { declareGlobals } from "./globals.ts";
import { type UnitText, wrapUnit } from "./wrap.ts";

export interface ScriptOptions {
  /** Names the unit in ids and messages. */
  readonly filename: string;
  /** The state can be saved between any two statements at the top. */
  readonly checkpoint?: boolean;
}

export interface ScriptUnit extends UnitText {
  readonly tables: ProgramTables;
}

/** Where the author's texts of a script's functions are: what `DebugQuestion` of kind "source" asks for. */
export interface ScriptSource {
  /** Stands before the point in the marks of its functions. */
  readonly mark: string;
  /** By number behind the point: start, end, start, end, …. */
  readonly spans: readonly number[];
}

/** @throws CompileError for code that cannot be compiled. */
export function compileScript(
  source: string,
  { filename, checkpoint = false }: ScriptOptions,
): ScriptUnit & ScriptSource {
  const module = loadText(source, { ...AS_WRITTEN, filename, sourceType: "script" }).modules[0]!;
  const { ast, strict, text, renamed } = parse(module);
  const context = new PhaseContext(module, strict, text, { functions: 0, classes: 0, scopes: 0, templates: 0 });
  refuseImports(ast.program);
  const names = declareGlobals(programPath(ast, renamed), ast, context);
  if (checkpoint) addCheckpoints(ast.program);
  const body = enclose(ast.program, source, checkpoint, context);
  runPhases(ast, context);
  const { functions, classes, scopes, strings, shapes } = context.tables();
  const globals = names.lexical.map(({ name }) => globalName(module.id, name));
  const modules = [{ id: module.id, kind: "script", strict }] as const;
  const tables = { functions, classes, scopes, globals, modules, entry: 0, strings, shapes };
  const mark = digest(`${filename}\0${source}`);
  const spans = text.spans.flatMap((span) => [span[0], span[1]]);
  return { ...wrapUnit(ast, context.hoisted, body, names, context, mark), tables, mark, spans };
}

/** What cannot be compiled stays native: a state that reaches it cannot be saved, and says so. */
export const AS_WRITTEN = { language: "javascript", firstParty: false } as const;

/** Puts all statements into one function; gives its name. */
function enclose(program: t.Program, source: string, suspends: boolean, context: PhaseContext): string {
  const name = context.uniqueName("script");
  const body = t.blockStatement(program.body);
  // An arrow function: at the top of a script `this` is the global object's, and nothing is called `arguments`.
  const enclosing = t.arrowFunctionExpression([], body, suspends);
  const id = context.ids.derive(context.moduleId, "script");
  enclosing.extra = { kawaitId: id, kawaitBody: digest(source) };
  program.body = [t.variableDeclaration("const", [t.variableDeclarator(t.identifier(name), enclosing)])];
  return name;
}

/** A suspension between any two statements. */
function addCheckpoints(program: t.Program): void {
  program.body = program.body.flatMap((statement, index) => {
    const point = t.awaitExpression(t.unaryExpression("void", t.numericLiteral(0)));
    return index === 0 || statement.type === "EmptyStatement" ? [statement] : [t.expressionStatement(point), statement];
  });
}
