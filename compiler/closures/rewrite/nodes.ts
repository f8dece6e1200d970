/** Small builders of syntax, so that the transforms read like the code they make. */
import { types as t } from "@babel/core";
import { member } from "../../abi-syntax.ts";
import { SCRIPT_NAMES } from "../../phase.ts";

export { abiCall as abi } from "../../abi-syntax.ts";

export const id = (name: string): t.Identifier => t.identifier(name);
export const isName = (name: string): boolean => t.isValidIdentifier(name, false);

/** What a scope's object calls its variable: a property called `__proto__` would be none. */
export const fieldName = (variable: string): string => (variable === "__proto__" ? "__proto__()" : variable);

/** `$s0.x` */
export const field = (object: t.Expression, variable: string): t.MemberExpression =>
  member(object, fieldName(variable));

export const call = (callee: t.Expression, ...args: t.CallExpression["arguments"]): t.CallExpression =>
  t.callExpression(callee, args);

export const tdz = (): t.Identifier => id(SCRIPT_NAMES.tdz);
export const nothing = (): t.Expression => t.unaryExpression("void", t.numericLiteral(0));
export const text = (value: string): t.StringLiteral => t.stringLiteral(value);
export const assign = (left: t.LVal | t.MemberExpression, right: t.Expression): t.AssignmentExpression =>
  t.assignmentExpression("=", left as t.AssignmentExpression["left"], right);
export const run = (expression: t.Expression): t.ExpressionStatement => t.expressionStatement(expression);

/** The expressions in order; the value of the last. */
export function sequence(...expressions: t.Expression[]): t.Expression {
  return expressions.length === 1 ? expressions[0]! : t.sequenceExpression(expressions);
}

export const declare = (kind: "let" | "const" | "var", name: string, init?: t.Expression): t.VariableDeclaration =>
  t.variableDeclaration(kind, [t.variableDeclarator(id(name), init ?? null)]);

/** A node that stands for another takes its place in the source. */
export function at<T extends t.Node>(made: T, original: t.Node): T {
  if (!made.loc && original.loc) {
    made.loc = original.loc;
    made.start = original.start ?? null;
    made.end = original.end ?? null;
  }
  return made;
}

/** Evaluating it twice is evaluating it once. */
export const isSimple = (node: t.Node): boolean =>
  node.type === "ThisExpression" || node.type === "StringLiteral" || node.extra?.kawaitConstant === true;
