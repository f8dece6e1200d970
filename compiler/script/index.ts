/**
 * Global code and single modules as units of their own: they are registered one by one in a context, share its global
 * environment, and are run by the thread (not at load), so everything that they make is the thread's.
 *
 *   parse → globals (or, for a module, its function) → closures → frames → wrap
 *
 * Boundary: one text, nothing is resolved. Indexes start at zero in every unit; the runtime knows where each unit begins.
 */
import { types as t } from "@babel/core";
import type { ProgramTables } from "#protocol";
import { checkCovered, checkSyntax } from "../diagnostics/coverage.ts";
import { PhaseContext } from "../link/context.ts";
import { loadText } from "../load/text.ts";
import { stripModuleSyntax } from "../modules/exports.ts";
import { globalName, programPath } from "../modules/index.ts";
import { digest, parse } from "../parse/index.ts";
import { PHASES } from "../phases.ts";
import { declareGlobals, type GlobalNames } from "./globals.ts";
import { type UnitText, wrapUnit } from "./wrap.ts";

export interface ScriptOptions {
  /** Names the unit in ids and messages. */
  readonly filename: string;
  /** `module`: strict, with `await` at its top and an environment of its own; imports are not resolved. */
  readonly sourceType: "script" | "module";
  /** The state can be saved between any two statements at the top. */
  readonly checkpoint?: boolean;
}

export interface ScriptUnit extends UnitText {
  readonly tables: ProgramTables;
}

/** @throws CompileError for code that cannot be compiled. */
export function compileScript(source: string, { filename, sourceType, checkpoint }: ScriptOptions): ScriptUnit {
  const isModule = sourceType === "module";
  const loaded = loadText(source, { filename, sourceType, language: "javascript", firstParty: false });
  const module = loaded.modules[0]!;
  const { ast, strict, text, renamed } = parse(module);
  const context = new PhaseContext(module, strict, text, { functions: 0, classes: 0, scopes: 0, templates: 0 });
  checkSyntax(ast, context);
  let names: GlobalNames | null = null;
  if (isModule) stripModuleSyntax(ast.program, context);
  else names = declareGlobals(programPath(ast, renamed), ast, context);
  const suspends = isModule || checkpoint === true;
  if (checkpoint === true) addCheckpoints(ast.program);
  const body = enclose(ast.program, source, suspends, context);
  for (const phase of PHASES) {
    const definitions = t.file(t.program(context.hoisted.splice(0), ast.program.directives, ast.program.sourceType));
    phase(definitions, context);
    phase(ast, context);
    context.hoisted.push(...definitions.program.body);
  }
  checkCovered(ast, context);
  const { functions, classes, scopes, strings, shapes } = context.tables();
  const tables: ProgramTables = {
    functions,
    classes,
    scopes,
    globals: (names?.lexical ?? []).map(({ name }) => globalName(module.id, name)),
    modules: [{ id: module.id, kind: "script", strict }],
    entry: 0,
    strings,
    shapes,
  };
  return { ...wrapUnit(ast, context.hoisted, body, names, context), tables };
}

/** Puts all statements into one function; gives its name. */
function enclose(program: t.Program, source: string, suspends: boolean, context: PhaseContext): string {
  const name = context.uniqueName("script");
  const body = t.blockStatement(program.body);
  const enclosing = t.functionDeclaration(t.identifier(name), [], body, false, suspends);
  const id = context.ids.derive(context.moduleId, "script");
  enclosing.extra = { kawaitId: id, kawaitBody: digest(source) };
  program.body = [enclosing];
  return name;
}

/** A suspension between any two statements. */
function addCheckpoints(program: t.Program): void {
  program.body = program.body.flatMap((statement, index) => {
    const point = t.awaitExpression(t.unaryExpression("void", t.numericLiteral(0)));
    return index === 0 || statement.type === "EmptyStatement" ? [statement] : [t.expressionStatement(point), statement];
  });
}
