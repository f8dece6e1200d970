/** Which parts of a function hold a direct `eval` of their own. Boundary: syntax only. */
import { types as t } from "@babel/core";
import { childrenOf } from "../../closures/syntax.ts";

export function isDirectEval(node: t.Node): boolean {
  if (!t.isCallExpression(node) && !t.isOptionalCallExpression(node)) return false;
  return t.isIdentifier(node.callee, { name: "eval" }) && !(t.isOptionalCallExpression(node) && node.optional);
}

/** Not inside a function within, whose variables are its own. */
export function evaluates(node: t.Node | null | undefined): boolean {
  if (!node) return false;
  if (isDirectEval(node)) return true;
  if (t.isFunction(node)) return "computed" in node && node.computed === true && evaluates(node.key);
  return childrenOf(node).some(evaluates);
}

/** Parameters with expressions have an environment apart from the body's variables. */
export function hasExpressions(pattern: t.Node): boolean {
  switch (pattern.type) {
    case "AssignmentPattern":
      return true;
    case "RestElement":
      return hasExpressions(pattern.argument);
    case "ArrayPattern":
      return pattern.elements.some((element) => element !== null && hasExpressions(element));
    case "ObjectPattern":
      return pattern.properties.some((property) =>
        property.type === "RestElement" ? false : property.computed || hasExpressions(property.value),
      );
    default:
      return false;
  }
}

export function isStrictFunction(node: t.Function): boolean {
  return t.isBlockStatement(node.body) && node.body.directives.some(({ value }) => value.value === "use strict");
}
