/**
 * Variables that an `eval` among the parameters declares are seen by all parameters and the body, and are outside of both:
 *
 *   (a, b = eval("var x = 1"), c) => x
 *   →
 *   (a, ...{ "#": $e = $k.layer(), 0: b = …, 1: c }) => …
 *
 * The pattern is read in order, so the layer is there first; a function's `length` counts up to the first default either way.
 */
import { types as t } from "@babel/core";
import { abiCall } from "../../modules/abi-syntax.ts";
import { hasExpressions } from "./contains.ts";

/** Not where a function's `length` counts the first pattern with an expression, nor where nothing names an arrow's arguments. */
export function takesLayer(node: t.Function): boolean {
  const head = node.params.find((one) => hasExpressions(one));
  if (head?.type === "RestElement" || head?.type === "AssignmentPattern") {
    return node.type !== "ArrowFunctionExpression" || node.params.at(-1)!.type !== "RestElement";
  }
  return false;
}

export function addLayer(node: t.Function, variable: string): void {
  const params = node.params as t.Node[];
  const first = params.findIndex((one) => hasExpressions(one));
  const rest = params.slice(first);
  const properties = [property(t.stringLiteral("#"), withDefault(t.identifier(variable), abiCall("layer")))];
  for (const [index, one] of rest.entries()) {
    if (one.type !== "RestElement") properties.push(property(t.numericLiteral(index), one as t.PatternLike));
    else {
      const given = abiCall("given", t.identifier("arguments"), t.numericLiteral(first + index));
      properties.push(property(t.stringLiteral("#rest"), withDefault(one.argument as t.PatternLike, given)));
    }
  }
  params.splice(first, rest.length, t.restElement(t.objectPattern(properties)));
}

const property = (key: t.Expression, value: t.PatternLike): t.ObjectProperty => t.objectProperty(key, value, true);

const withDefault = (pattern: t.PatternLike, value: t.Expression): t.AssignmentPattern =>
  t.assignmentPattern(pattern as t.Identifier, value);
