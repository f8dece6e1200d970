/** Expressions that evaluate some of their parts only. */
import { types as t } from "@babel/core";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { isNullish, not } from "../syntax.ts";
import { explode, explodeTest } from "./explode.ts";

export function logical(machine: Machine, node: t.LogicalExpression): t.Expression {
  const left = explode(machine, node.left);
  if (!machine.suspends(node.right)) {
    node.left = left;
    return node;
  }
  const result = machine.temporary();
  const end = new Label();
  machine.assign(result, left);
  skipRight(machine, node.operator, result, end);
  machine.assign(result, explode(machine, node.right));
  machine.listing.mark(end);
  return t.identifier(result);
}

/** Goes to `end` when the operator's left value decides. */
export function skipRight(machine: Machine, operator: "&&" | "||" | "??", left: string, end: Label): void {
  if (operator === "??") machine.listing.branch(not(isNullish(left)), end);
  else machine.listing.branch(operator === "&&" ? not(t.identifier(left)) : t.identifier(left), end);
}

export function conditional(machine: Machine, node: t.ConditionalExpression): t.Expression {
  if (!machine.suspends(node.consequent) && !machine.suspends(node.alternate)) {
    node.test = explode(machine, node.test);
    return node;
  }
  const result = machine.temporary();
  const otherwise = new Label();
  const end = new Label();
  explodeTest(machine, node.test, otherwise);
  machine.assign(result, explode(machine, node.consequent));
  machine.listing.jump(end);
  machine.listing.mark(otherwise);
  machine.assign(result, explode(machine, node.alternate));
  machine.listing.mark(end);
  return t.identifier(result);
}
