/**
 * A function without a name takes that of the binding it is assigned to; where the binding became a property of
 * something of ours, an object literal gives it the name:
 *
 *   handler = () => 1   →   $k.g["a.ts#handler"] = { handler: () => 1 }.handler
 */
import { types as t } from "@babel/core";
import { member } from "../abi-syntax.ts";

export function isAnonymousFunction(node: t.Node | null | undefined): node is t.Expression {
  if (t.isArrowFunctionExpression(node)) return true;
  return (t.isFunctionExpression(node) || t.isClassExpression(node)) && node.id == null;
}

/** `(0, () => 1)`: what it is assigned to gives it no name. */
export function unnamed(value: t.Expression): t.Expression {
  return isAnonymousFunction(value) ? t.sequenceExpression([t.numericLiteral(0), value]) : value;
}

export function named(name: string, value: t.Expression): t.Expression {
  const plain = t.isValidIdentifier(name, false);
  const key = plain ? t.identifier(name) : t.stringLiteral(name);
  // A key `__proto__` would set the prototype.
  const computed = name === "__proto__";
  const property = t.objectProperty(computed ? t.stringLiteral(name) : key, value, computed);
  return member(t.objectExpression([property]), name);
}
