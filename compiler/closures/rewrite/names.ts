/**
 * Names of anonymous functions and classes: what they are assigned to. A definition is made elsewhere, so its maker has
 * to give the name:
 *
 *     const f = () => 1          →  $k.def(1, () => ({ f: () => 1 }).f)
 *     { [key]: () => 1 }         →  $k.def(1, ($key) => ({ [$key]: () => 1 })[$key])
 */
import { types as t } from "@babel/core";
import { isAnonymousFunction, unparenthesised } from "../syntax.ts";
import type { Name } from "./name.ts";
import { field, id, isName, text } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";

/**
 * Rewrites an expression that would be named.
 * @param lost what it is assigned to will not name it: it is put into an object literal that does
 */
export function named(r: Rewriter, node: t.Expression, name: string | Name | undefined, lost: boolean): t.Expression {
  if (name === undefined || !isAnonymousFunction(node)) return r.expression(node);
  const inner = unparenthesised(node) as t.FunctionExpression | t.ArrowFunctionExpression | t.ClassExpression;
  const given: Name = typeof name === "string" ? { kind: "static", name } : name;
  const made =
    inner.type === "ClassExpression" ? r.syntax.classValue(r, inner, given) : r.syntax.functionValue(r, inner, given);
  // Still a function or class: it stayed native.
  if (lost && made === inner && given.kind === "static") return naming(given.name, made);
  return made;
}

/** `({ name: value }).name`: gives an anonymous function its name. */
export function naming(name: string, value: t.Expression): t.Expression {
  const isSafe = name !== "__proto__";
  const key = isSafe && isName(name) ? id(name) : text(name);
  const object = t.objectExpression([t.objectProperty(key, value, !isSafe)]);
  return isSafe ? field(object, name) : t.memberExpression(object, text(name), true);
}

/** `({ [key]: value })[key]` */
export const namingByKey = (key: t.Expression, value: t.Expression): t.Expression =>
  t.memberExpression(t.objectExpression([t.objectProperty(t.cloneNode(key), value, true)]), key, true);

/** The name that a property key gives; undefined for computed keys. */
export function staticKey(key: t.Node, computed: boolean): string | undefined {
  if (computed) return key.type === "StringLiteral" ? key.value : undefined;
  switch (key.type) {
    case "Identifier":
      return key.name;
    case "StringLiteral":
      return key.value;
    case "NumericLiteral":
      return String(key.value);
    case "BigIntLiteral":
      return String(BigInt(key.value));
    case "PrivateName":
      return `#${key.id.name}`;
    default:
      return undefined;
  }
}
