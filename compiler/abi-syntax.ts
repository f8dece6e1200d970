/** Expressions that name a member of `$k`, and properties by name. Boundary: syntax only, for every phase. */
import { types as t } from "@babel/core";
import { SCRIPT_NAMES } from "./phase.ts";

/** `$k.name` */
export function abi(name: string): t.MemberExpression {
  return t.memberExpression(t.identifier(SCRIPT_NAMES.abi), t.identifier(name));
}

/** `$k.name(…)` */
export function abiCall(name: string, ...values: t.CallExpression["arguments"]): t.CallExpression {
  return t.callExpression(abi(name), values);
}

/** `object.name`, or `object["name"]` where it is no identifier; V8 does not parse `for (object.async of list)` either. */
export function member(object: t.Expression, name: string): t.MemberExpression {
  return name !== "async" && t.isValidIdentifier(name, false)
    ? t.memberExpression(object, t.identifier(name))
    : t.memberExpression(object, t.stringLiteral(name), true);
}
