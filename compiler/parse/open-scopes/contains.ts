/** Which parts of a function hold a direct `eval` of their own. Boundary: syntax only. */
import { types as t } from "@babel/core";

export function isDirectEval(node: t.Node): boolean {
  if (!t.isCallExpression(node) && !t.isOptionalCallExpression(node)) return false;
  return t.isIdentifier(node.callee, { name: "eval" }) && !(t.isOptionalCallExpression(node) && node.optional);
}

/** Not inside a function within, whose variables are its own. */
export function evaluates(node: t.Node | null | undefined): boolean {
  if (!node) return false;
  if (isDirectEval(node)) return true;
  if (t.isFunction(node)) return "computed" in node && node.computed === true && evaluates(node.key);
  for (const key of t.VISITOR_KEYS[node.type] ?? []) {
    const value = (node as unknown as Record<string, t.Node | (t.Node | null)[] | null | undefined>)[key];
    if (Array.isArray(value) ? value.some((child) => evaluates(child)) : evaluates(value)) return true;
  }
  return false;
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
