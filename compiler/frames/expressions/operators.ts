/** Operators that evaluate all their parts. */
import { types as t } from "@babel/core";
import type { Machine } from "../machine.ts";
import { deleteChain } from "./chain.ts";
import { explode, explodeEffect, explodeList } from "./explode.ts";
import { member } from "./member.ts";

export function binary(machine: Machine, node: t.BinaryExpression): t.Expression {
  if (t.isPrivateName(node.left)) {
    node.right = explode(machine, node.right);
    return node;
  }
  const [left, right] = explodeList(machine, [node.left, node.right]);
  node.left = left!;
  node.right = right!;
  return node;
}

export function sequence(machine: Machine, node: t.SequenceExpression): t.Expression {
  const last = node.expressions.findLastIndex((part) => machine.suspends(part));
  for (const part of node.expressions.slice(0, last)) explodeEffect(machine, part);
  const rest = node.expressions.slice(last + 1);
  const residual = explode(machine, node.expressions[last]!);
  return rest.length === 0 ? residual : t.sequenceExpression([residual, ...rest]);
}

export function unary(machine: Machine, node: t.UnaryExpression): t.Expression {
  if (node.operator === "delete" && t.isOptionalMemberExpression(node.argument)) return deleteChain(machine, node);
  if (node.operator === "delete" && t.isMemberExpression(node.argument)) node.argument = member(machine, node.argument);
  else if (node.operator === "delete") {
    // The value of an expression is no reference: nothing to delete.
    node.argument = t.sequenceExpression([t.numericLiteral(0), explode(machine, node.argument)]);
  } else node.argument = explode(machine, node.argument);
  return node;
}

export function update(machine: Machine, node: t.UpdateExpression): t.Expression {
  node.argument = explode(machine, node.argument) as t.MemberExpression;
  return node;
}
