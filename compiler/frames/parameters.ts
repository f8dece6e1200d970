/**
 * Who evaluates the parameters. Simple ones are handed to the frame as they are. Otherwise an async function evaluates
 * them in its first step (an error rejects its promise), a generator in its wrapper (an error is thrown at the call):
 *
 *   async function f(a, { b }, c = g()) {}  →  function f($1, $2, $3 = void 0) {}
 *                                              step: let a = $1, { b } = $2, c = $3 === void 0 ? g() : $3;
 *
 * The wrapper has the same `length` in every case.
 */
import { types as t } from "@babel/core";
import { patternNames } from "./bindings.ts";
import type { Names } from "./names.ts";
import type { SuspendingKind } from "./suspends.ts";
import { isAnonymousFunction, nameOf, voidZero } from "./syntax.ts";

type Parameter = t.Function["params"][number];

interface ParameterPlan {
  /** Of the wrapper. */
  readonly params: t.FunctionExpression["params"];
  /** Locals that the wrapper hands in under their own names. */
  readonly passed: readonly string[];
  /** What the first step evaluates. */
  readonly prologue: readonly t.Statement[];
}

export function planParameters(kind: SuspendingKind, parameters: readonly Parameter[], names: Names): ParameterPlan {
  const params = parameters as t.FunctionExpression["params"];
  if (kind !== "async" || params.every((parameter) => t.isIdentifier(parameter))) {
    return { params, passed: params.flatMap((parameter) => patternNames(parameter)), prologue: [] };
  }
  const passed: string[] = [];
  const declarators = params.map((parameter) => {
    const name = names.temporary();
    passed.push(name);
    return declarator(parameter, name);
  });
  const wrapped = params.map((parameter, index) => {
    const name = t.identifier(passed[index]!);
    if (t.isAssignmentPattern(parameter)) return t.assignmentPattern(name, voidZero());
    return t.isRestElement(parameter) ? t.restElement(name) : name;
  });
  return { params: wrapped, passed, prologue: [t.variableDeclaration("let", declarators)] };
}

function declarator(parameter: Parameter, name: string): t.VariableDeclarator {
  if (t.isRestElement(parameter)) return t.variableDeclarator(parameter.argument as t.Identifier, t.identifier(name));
  if (!t.isAssignmentPattern(parameter)) return t.variableDeclarator(parameter as t.Identifier, t.identifier(name));
  const missing = t.binaryExpression("===", t.identifier(name), voidZero());
  const value = t.conditionalExpression(missing, named(parameter.left, parameter.right), t.identifier(name));
  return t.variableDeclarator(parameter.left as t.Identifier, value);
}

/** An anonymous function as a default takes the parameter's name. */
function named(target: t.Node, value: t.Expression): t.Expression {
  return t.isIdentifier(target) && isAnonymousFunction(value) ? nameOf(target.name, value) : value;
}
