/**
 * What sloppy code of a unit writes: where that fails, it passes in silence. Shared mode cannot see such a failure, so it is
 * asked beforehand. Too much costs time only.
 */
import { types as t } from "@babel/core";
import type { CodeUnitText } from "#protocol";

export function silentWrites(program: t.Program, strict: boolean): CodeUnitText["silentWrites"] {
  const declared = new Set<string>();
  const written = new Set<string>();
  let toProperty = false;

  function target(node: t.Node): void {
    if (t.isIdentifier(node)) written.add(node.name);
    else if (t.isMemberExpression(node)) toProperty = true;
    else for (const name of Object.keys(t.getBindingIdentifiers(node, false, false))) written.add(name);
  }

  function visit(node: t.Node, isStrict: boolean): void {
    let inner = isStrict || t.isClass(node);
    if (t.isFunction(node)) {
      if (t.isBlockStatement(node.body))
        inner ||= node.body.directives.some(({ value }) => value.value === "use strict");
      for (const parameter of node.params) declare(parameter);
      if ("id" in node && t.isIdentifier(node.id)) declared.add(node.id.name);
    } else if (t.isVariableDeclarator(node) || t.isClassDeclaration(node)) {
      if (node.id) declare(node.id);
    } else if (t.isCatchClause(node)) {
      if (node.param) declare(node.param);
    } else if (!isStrict) {
      if (t.isAssignmentExpression(node)) target(node.left);
      else if (t.isUpdateExpression(node)) target(node.argument);
      else if (t.isUnaryExpression(node, { operator: "delete" })) toProperty = true;
      else if (t.isForXStatement(node) && !t.isVariableDeclaration(node.left)) target(node.left);
      else if (t.isObjectPattern(node) || t.isArrayPattern(node)) toProperty ||= hasMemberTarget(node);
    }
    for (const key of t.VISITOR_KEYS[node.type] ?? []) {
      const value = (node as unknown as Record<string, t.Node | (t.Node | null)[] | null>)[key];
      if (Array.isArray(value)) for (const child of value) child && visit(child, inner);
      else if (value) visit(value, inner);
    }
  }

  function declare(pattern: t.Node): void {
    for (const name of Object.keys(t.getBindingIdentifiers(pattern, false, false))) declared.add(name);
  }

  visit(program, strict);
  if (toProperty || [...written].some((name) => !declared.has(name))) return "any";
  return written.size > 0 ? "own" : "none";
}

function hasMemberTarget(pattern: t.ObjectPattern | t.ArrayPattern): boolean {
  const parts = t.isArrayPattern(pattern)
    ? pattern.elements
    : pattern.properties.map((one) => (t.isRestElement(one) ? one.argument : one.value));
  return parts.some((part) => t.isMemberExpression(t.isAssignmentPattern(part) ? part.left : part));
}
