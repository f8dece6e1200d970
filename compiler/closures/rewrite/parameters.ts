/**
 * Parameters. While no function is made in the parameter list, it stays as written and captured parameters are copied
 * into the scope object by the body's first statement:
 *
 *     function f(a, { b }) { … }          →  function f(a, { b }) { const $s0 = new $S0(a, b); … }
 *
 * With a function in it, parameters have a scope of their own that the function sees, so the list is evaluated in the body:
 *
 *     function f(a, g = () => a) { … }    →  function f($a0, $a1 = void 0) { const $s0 = new $S0($T, $T);
 *                                              $s0.a = $a0; $s0.g = $a1 === void 0 ? $d1($s0) : $a1; … }
 *
 * A generator's parameters are evaluated before its body starts. There the evaluation stands in the default of a pattern
 * that no caller can reach: `function* f($a0, ...{ 0: $a1, $s0 = ($t = new $S0(…), …, $t) })`.
 */
import { types as t } from "@babel/core";
import type { Binding, Scope } from "../analysis/model.ts";
import type { FunctionNode } from "../syntax.ts";
import { named } from "./names.ts";
import { abi, assign, declare, id, nothing, run } from "./nodes.ts";
import { rewritePattern } from "./patterns.ts";
import type { Rewriter } from "./rewriter.ts";
import { construct, initialValue, openScope } from "./scope-objects.ts";

/** Rewrites the parameter list in place; gives the statements that open the body. */
export function rewriteParameters(r: Rewriter, node: FunctionNode): t.Statement[] {
  const scope = r.analysis.scopes.get(node)!;
  const opening = openScope(r, r.analysis.superCalls.get(node));
  if (scope.kind === "parameters") return [...opening, ...separateParameters(r, node, scope)];
  r.inParameterList(() => {
    node.params = node.params.map((parameter) => rewritePattern(r, parameter, true)) as typeof node.params;
  });
  return [...opening, ...openScope(r, scope, parameterValue)];
}

const parameterValue = (binding: Binding): t.Expression =>
  binding.kind === "parameter" ? id(binding.name) : initialValue(binding);

function separateParameters(r: Rewriter, node: FunctionNode, scope: Scope): t.Statement[] {
  const object = r.open(scope);
  const created = object ? construct(object, scope) : undefined;
  const originals = node.params as t.FunctionParameter[];
  const names = originals.map((_, index) => r.context.uniqueName(`a${index}`));
  const evaluation = originals.map((parameter, index) => evaluate(r, parameter, names[index]!));
  const plain = originals.findIndex((parameter) => parameter.type !== "Identifier" && !isPattern(parameter));
  const leading = plain < 0 ? originals.length : plain;
  const prologue: t.Statement[] = [];
  if (node.generator) {
    const hasRest = originals.at(-1)?.type === "RestElement";
    node.params = generatorParameters(r, names, { leading, hasRest, variable: object?.variable, created, evaluation });
  } else {
    if (object && created) prologue.push(declare("const", object.variable, created));
    prologue.push(...evaluation.map(run));
    node.params = originals.map((parameter, index) => {
      const name = id(names[index]!);
      if (parameter.type === "RestElement") return t.restElement(name);
      // The first default ends what counts as `length`.
      return index === leading ? t.assignmentPattern(name, nothing()) : name;
    });
  }
  prologue.push(...bodyScope(r, node, scope));
  return prologue;
}

const isPattern = (node: t.Node): boolean => node.type === "ObjectPattern" || node.type === "ArrayPattern";

/** The assignment of one parameter, from its placeholder. */
function evaluate(r: Rewriter, parameter: t.FunctionParameter, name: string): t.Expression {
  const placeholder = id(name);
  if (parameter.type === "AssignmentPattern") {
    const { left, right } = parameter;
    const value = named(r, right, left.type === "Identifier" ? left.name : undefined, true);
    const chosen = t.conditionalExpression(t.binaryExpression("===", placeholder, nothing()), value, id(name));
    return assign(rewritePattern(r, left, true) as t.LVal, chosen);
  }
  const target = parameter.type === "RestElement" ? parameter.argument : parameter;
  return assign(rewritePattern(r, target, true) as t.LVal, placeholder);
}

interface Evaluation {
  /** How many parameters come before the first default or rest parameter. */
  readonly leading: number;
  readonly hasRest: boolean;
  readonly variable: string | undefined;
  readonly created: t.Expression | undefined;
  readonly evaluation: t.Expression[];
}

function generatorParameters(r: Rewriter, names: readonly string[], parameters: Evaluation): t.FunctionParameter[] {
  const { leading, hasRest, variable, created, evaluation } = parameters;
  const plain = hasRest ? names.slice(leading, -1) : names.slice(leading);
  const rest: t.ObjectProperty[] = plain.map((name, index) => t.objectProperty(t.numericLiteral(index), id(name)));
  if (hasRest) rest.push(restParameter(names));
  // Temporaries of the evaluation are parameters too.
  for (const name of r.boundary.temporaries) rest.push(t.objectProperty(id(name), id(name), false, true));
  r.boundary.temporaries = [];
  const done = r.context.uniqueName("a");
  const start = variable && created ? [assign(id(variable), created)] : [];
  if (variable) rest.push(t.objectProperty(id(variable), id(variable), false, true));
  const all = t.sequenceExpression([...start, ...evaluation, nothing()]);
  rest.push(t.objectProperty(id(done), t.assignmentPattern(id(done), all), false, true));
  return [...names.slice(0, leading).map(id), t.restElement(t.objectPattern(rest))];
}

/** The array of a rest parameter, beside a pattern that has taken its place in the list. */
function restParameter(names: readonly string[]): t.ObjectProperty {
  const name = names.at(-1)!;
  const take = t.arrowFunctionExpression([...names.slice(0, -1).map(id), t.restElement(id(name))], id(name));
  return t.objectProperty(
    id(name),
    t.assignmentPattern(id(name), abi("apply", take, nothing(), id("arguments"))),
    false,
    true,
  );
}

/** The body's own variables start with the values of the parameters of the same name. */
function bodyScope(r: Rewriter, node: FunctionNode, parameters: Scope): t.Statement[] {
  const body = r.analysis.innerScopes.get(node);
  if (!body) return [];
  const read = (name: string): t.Expression => t.memberExpression(r.useScope(parameters), id(name));
  const startsAsParameter = (binding: Binding): boolean =>
    binding.kind === "var" && parameters.bindings.get(binding.name)?.kind === "parameter";
  const statements = openScope(r, body, (binding) =>
    startsAsParameter(binding) ? read(binding.name) : initialValue(binding),
  );
  for (const binding of body.bindings.values())
    if (startsAsParameter(binding) && !binding.captured)
      statements.push(declare("var", binding.name, read(binding.name)));
  return statements;
}
