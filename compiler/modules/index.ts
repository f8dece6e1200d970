/**
 * The modules phase: imports, exports, CommonJS and mutable module-level bindings → plain statements at module level.
 *
 *   import { rate } from "./rates.ts";              // $x0.rate
 *   export let count = 0;                           →   $k.g["a.ts#count"] = 0;
 *   export function bump() { return count += rate; }    function bump() { return $k.g["a.ts#count"] += $x0.rate; }
 *
 * Boundary: what a module says of itself is in `ModuleSyntax`, what others say in `ExportsGraph`; the wrapper around the
 * module's body (module-body.ts) is put on after all phases.
 */
import { type NodePath, types as t, traverse } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import { stripModuleSyntax } from "./exports.ts";
import { type ExportsGraph, globalName } from "./exports-graph.ts";
import { handOverBindings, type ModuleShape, moduleBindings } from "./module-bindings.ts";
import { replaceNames } from "./names.ts";
import { abiCall } from "./reference.ts";
import { importedNames, type ModuleSyntax } from "./syntax.ts";
import { moveIntoThread } from "./thread-body.ts";
import { runsInThread } from "./thread-modules.ts";

export { ExportsGraph, globalName } from "./exports-graph.ts";
export { wrapJson, wrapModule } from "./module-body.ts";
export { type ModuleSyntax, moduleSyntax } from "./syntax.ts";
export { runsInThread, spreadEvaluation } from "./thread-modules.ts";

export function modulesPhase(
  program: NodePath<t.Program>,
  ast: t.File,
  syntax: ModuleSyntax,
  graph: ExportsGraph,
  context: ModuleContext,
): ModuleShape {
  const bindings = moduleBindings(program, syntax);
  const imports = importedNames(ast.program);
  const defaultBinding = stripModuleSyntax(ast.program, context, runsInThread(syntax));
  replaceNames({ program, ast, syntax, imports, graph, context });
  const evaluate = runsInThread(syntax) ? moveIntoThread(ast.program, syntax, context) : null;
  const own = [defaultBinding, evaluate].filter((name) => name !== null);
  handOverBindings(ast.program, context, bindings, own);
  declareMutable(syntax, context);
  return { defaultBinding, evaluate };
}

/** Every mutable binding exists before any code runs: in its dead zone, undefined, or its function. */
function declareMutable(syntax: ModuleSyntax, context: ModuleContext): void {
  for (const [name, { kind }] of Object.entries(syntax.mutable)) {
    const initial =
      kind === "function"
        ? t.identifier(name)
        : kind === "var"
          ? t.unaryExpression("void", t.numericLiteral(0))
          : t.identifier("$T");
    const global = t.stringLiteral(globalName(context.moduleId, name));
    context.hoist(t.expressionStatement(abiCall("base", global, initial)));
  }
}

/** The scopes of a parsed module; `isStale`: the nodes were changed since an earlier traversal. */
export function programPath(ast: t.File, isStale: boolean): NodePath<t.Program> {
  let found: NodePath<t.Program> | undefined;
  traverse(ast, {
    Program(path) {
      found = path;
      path.stop();
    },
  });
  if (isStale) found!.scope.crawl();
  return found!;
}
