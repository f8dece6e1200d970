/**
 * Closure conversion of one module.
 *
 *     function counter(start) { let n = start; return () => ++n; }
 *
 *     const $S0 = $k.scope(0, class { constructor(a0) { this.n = a0; } });
 *     const $d1 = $k.def(1, ($s0) => () => ++$s0.n);
 *     function counter(start) { const $s0 = new $S0($T); $s0.n = start; return $d1($s0); }
 *
 * In: plain statements at module level, where every name directly in the Program is constant after load. Out: the same
 * program without functions that close over variables of other functions, without private names of the script's own and
 * without tagged templates; async functions and generators are still in native syntax. Holds I3: a function is
 * (definition, scope objects, own properties). A construct that is not covered is a named error, never another program.
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../phase.ts";
import { analyse } from "./analysis/analyser.ts";
import { declaredFunction } from "./rewrite/functions.ts";
import { abi } from "./rewrite/nodes.ts";
import { Rewriter } from "./rewrite/rewriter.ts";
import { syntax } from "./rewrite/visitors.ts";

/** Converts the module's closures in place. Throws CompileError for a construct that cannot be converted. */
export function closuresPhase(file: t.File, context: ModuleContext): void {
  const { program } = file;
  const r = new Rewriter(context, analyse(program, context), syntax);
  program.body = program.body.flatMap((statement) => {
    if (statement.type === "FunctionDeclaration") {
      declaredFunction(r, statement, true);
      return [statement];
    }
    return r.statement(statement);
  });
  program.body.unshift(...r.tops(r.boundary));
  if (r.imageValues.length > 0) addBindings(program, context.moduleIndex, r.imageValues);
}

/** Hands constants that only native captures reach to the image walk, with those of the modules phase if it had any. */
function addBindings(program: t.Program, moduleIndex: number, values: t.Expression[]): void {
  for (const statement of program.body) {
    if (statement.type !== "ExpressionStatement" || statement.expression.type !== "CallExpression") continue;
    const { callee, arguments: args } = statement.expression;
    const isBindings =
      callee.type === "MemberExpression" &&
      t.isIdentifier(callee.object, { name: "$k" }) &&
      t.isIdentifier(callee.property, { name: "bindings" });
    const list = args[1];
    if (!isBindings || list?.type !== "ArrayExpression") continue;
    list.elements.push(...values);
    return;
  }
  program.body.push(t.expressionStatement(abi("bindings", t.numericLiteral(moduleIndex), t.arrayExpression(values))));
}
