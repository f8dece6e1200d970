/** Property access: as a value, and as the target of an assignment that is finished later. */
import { types as t } from "@babel/core";
import type { Machine } from "../machine.ts";
import { abi } from "../syntax.ts";
import { explode, explodeList } from "./explode.ts";

export function member(machine: Machine, node: t.MemberExpression): t.MemberExpression {
  const object = node.object as t.Expression;
  if (!node.computed) {
    node.object = explode(machine, object);
    return node;
  }
  const [base, key] = explodeList(machine, [object, node.property as t.Expression]);
  node.object = base!;
  node.property = key!;
  return node;
}

/**
 * A reference whose base and key are fixed, so that what suspends may come between them and the access.
 * `twice`: the key is converted once, since it is read and then written.
 */
export function reference(machine: Machine, node: t.MemberExpression, twice = false): t.MemberExpression {
  const object = node.object as t.Expression;
  if (!node.computed) {
    return t.memberExpression(machine.keep(explode(machine, object)), node.property);
  }
  const property = node.property as t.Expression;
  const base = explode(machine, object);
  const keptBase = machine.suspends(property) || !machine.isStable(base) ? machine.keep(base) : base;
  const key = explode(machine, property);
  const isKey = t.isStringLiteral(key) || t.isNumericLiteral(key);
  return t.memberExpression(keptBase, isKey ? key : machine.keep(twice ? abi("key", key) : key), true);
}
