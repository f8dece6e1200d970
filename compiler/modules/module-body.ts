/**
 * Puts the linker's wrapper around a module whose phases are done:
 *
 *   $k.module(1, [0], function* () {
 *     "use strict";
 *     const $S0 = $k.scope(…);                          // what the phases hoisted
 *     yield { __proto__: null, total: () => total };    // end of instantiation
 *     …the module's own statements…
 *     $k.bindings(1, [total]);
 *   });
 *
 * A module that runs in the thread (thread-body.ts) ends with `return $evaluate`, and a fourth argument says how.
 *
 * A generator, so that function declarations are hoisted and let, const and class keep their native dead zones while a
 * cycle is evaluated. It never outlives the load.
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import { isEarly } from "./exports.ts";
import type { ExportsGraph } from "./exports-graph.ts";
import type { ModuleShape } from "./module-bindings.ts";
import { abiCall, member, reference } from "./reference.ts";
import type { ModuleSyntax } from "./syntax.ts";
import type { Evaluation } from "./top-level.ts";

export function wrapModule(
  ast: t.File,
  hoisted: readonly t.Statement[],
  syntax: ModuleSyntax,
  shape: ModuleShape,
  graph: ExportsGraph,
  context: ModuleContext,
): t.Statement {
  const { program } = ast;
  const isEsm = context.kind === "esm";
  const statements = [...hoisted, ...program.body.filter(isEarly)];
  if (isEsm) {
    statements.push(exportsRecord(syntax, shape, graph, context));
    for (const from of graph.commonjsStars(context.moduleIndex)) {
      statements.push(
        t.expressionStatement(abiCall("star", t.numericLiteral(context.moduleIndex), t.numericLiteral(from))),
      );
    }
  }
  statements.push(...program.body.filter((statement) => !isEarly(statement)));
  if (shape.evaluate !== null) statements.push(t.returnStatement(t.identifier(shape.evaluate)));
  const useStrict = t.directive(t.directiveLiteral("use strict"));
  const directives = program.directives.filter(({ value }) => value.value !== "use strict");
  const body = t.blockStatement(statements, context.strict ? [useStrict, ...directives] : directives);
  const parameters = context.kind === "commonjs" ? ["exports", "require", "module"] : [];
  const evaluate = t.functionExpression(
    null,
    parameters.map((name) => t.identifier(name)),
    body,
    isEsm,
  );
  const imports = importIndexes(syntax, graph, context.moduleIndex);
  return registration(context.moduleIndex, imports, evaluate, syntax.evaluation);
}

/** `$k.module(2, [], function () { return {…}; })` */
export function wrapJson(moduleIndex: number, value: unknown): t.Statement {
  const text = JSON.stringify(value).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
  // Not as a literal: a key `__proto__` would set the prototype, and large data parses faster this way.
  const literal = t.callExpression(t.memberExpression(t.identifier("JSON"), t.identifier("parse")), [
    t.stringLiteral(text),
  ]);
  const evaluate = t.functionExpression(null, [], t.blockStatement([t.returnStatement(literal)]));
  return registration(moduleIndex, [], evaluate);
}

/** A module that runs in the thread says so, and its body gives the function that evaluates it. */
function registration(
  moduleIndex: number,
  imports: readonly number[],
  evaluate: t.Expression,
  evaluation: Evaluation = "load",
): t.Statement {
  const list = t.arrayExpression(imports.map((index) => t.numericLiteral(index)));
  const call = abiCall("module", t.numericLiteral(moduleIndex), list, evaluate);
  if (evaluation !== "load") call.arguments.push(t.stringLiteral(evaluation));
  return t.expressionStatement(call);
}

function importIndexes(syntax: ModuleSyntax, graph: ExportsGraph, moduleIndex: number): number[] {
  const indexes = new Set<number>();
  for (const specifier of syntax.imports) {
    const target = graph.target(moduleIndex, "import", specifier);
    if (target?.kind === "module") indexes.add(target.index);
  }
  return [...indexes];
}

function exportsRecord(
  syntax: ModuleSyntax,
  shape: ModuleShape,
  graph: ExportsGraph,
  context: ModuleContext,
): t.Statement {
  const properties: t.ObjectProperty[] = [t.objectProperty(t.identifier("__proto__"), t.nullLiteral())];
  for (const name of graph.exportNames(context.moduleIndex)) {
    const value = exportValue(name, syntax, shape, graph, context);
    if (value === null) continue;
    const computed = name === "__proto__";
    const key = !computed && t.isValidIdentifier(name, false) ? t.identifier(name) : t.stringLiteral(name);
    properties.push(t.objectProperty(key, t.arrowFunctionExpression([], value), computed));
  }
  return t.expressionStatement(t.yieldExpression(t.objectExpression(properties)));
}

/** Null for the re-export of what is only a type. */
function exportValue(
  name: string,
  syntax: ModuleSyntax,
  shape: ModuleShape,
  graph: ExportsGraph,
  context: ModuleContext,
): t.Expression | null {
  const source = Object.hasOwn(syntax.exports, name) ? syntax.exports[name]! : undefined;
  if (source?.kind === "default") return t.identifier(shape.defaultBinding!);
  if (source?.kind === "local" && !Object.hasOwn(syntax.mutable, source.binding)) return t.identifier(source.binding);
  const resolution = graph.resolveExport(context.moduleIndex, name);
  if (resolution.kind === "none") return null;
  // A name that only a CommonJS star can have is `$k.star`'s.
  if (resolution.kind === "accessor" && resolution.module === context.moduleIndex) return null;
  return resolution.kind === "accessor"
    ? member(t.identifier(`$x${resolution.module}`), resolution.name)
    : reference(resolution);
}
