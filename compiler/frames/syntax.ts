/** The few shapes of syntax that the machine is printed with. */
import { types as t } from "@babel/core";

export { abiCall as abi } from "../abi-syntax.ts";

export function memberOf(object: string, property: string): t.MemberExpression {
  return t.memberExpression(t.identifier(object), t.identifier(property));
}

export function assign(name: string, value: t.Expression): t.Statement {
  return t.expressionStatement(t.assignmentExpression("=", t.identifier(name), value));
}

export function voidZero(): t.Expression {
  return t.unaryExpression("void", t.numericLiteral(0));
}

/** What `$leap` holds while no leap is on its way. */
export function noState(): t.Expression {
  return t.unaryExpression("-", t.numericLiteral(1));
}

export function not(test: t.Expression): t.Expression {
  return t.isUnaryExpression(test, { operator: "!" }) ? test.argument : t.unaryExpression("!", test);
}

export function isNullish(name: string): t.Expression {
  return t.logicalExpression(
    "||",
    t.binaryExpression("===", t.identifier(name), t.nullLiteral()),
    t.binaryExpression("===", t.identifier(name), voidZero()),
  );
}

/** A function or class that takes its name from the place where it stands. */
export function isAnonymousFunction(node: t.Node): node is t.Expression {
  return t.isArrowFunctionExpression(node) || ((t.isFunctionExpression(node) || t.isClassExpression(node)) && !node.id);
}

/** `({ name: value }).name`: the value's function is called `name`. */
export function nameOf(name: string, value: t.Expression): t.Expression {
  const key = t.stringLiteral(name);
  return t.memberExpression(t.objectExpression([t.objectProperty(key, value, true)]), t.cloneNode(key), true);
}

/** `a: b: statement` */
export function labelled(node: t.Statement, labels: readonly string[]): t.Statement {
  return labels.reduceRight<t.Statement>((inner, label) => t.labeledStatement(t.identifier(label), inner), node);
}
