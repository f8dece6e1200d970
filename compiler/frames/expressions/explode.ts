/**
 * Expressions that hold a suspension: each is taken apart into instructions, and what is left (the residual) is an
 * expression free of suspensions that is to be evaluated next, exactly once.
 *
 * All side effects stay in order: before a part that suspends, every part left of it is put aside. Who takes which kind of
 * node apart stands in the table of `index.ts`, which the machine carries.
 */
import { types as t } from "@babel/core";
import type { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { not } from "../syntax.ts";

/** Gives the residual of an expression. */
export function explode(machine: Machine, node: t.Expression): t.Expression {
  if (!machine.suspends(node)) return node;
  const visitor = machine.visitors.expressions[node.type];
  if (!visitor) {
    return machine.context.error(
      "SuspensionNotCovered",
      node,
      `A suspension inside ${node.type} cannot be compiled: put the awaited value into a variable first.`,
    );
  }
  return visitor(machine, node);
}

/** Residuals of expressions that are evaluated one after the other. */
export function explodeList(machine: Machine, nodes: readonly t.Expression[]): t.Expression[] {
  const last = nodes.findLastIndex((node) => machine.suspends(node));
  return nodes.map((node, index) => {
    const residual = explode(machine, node);
    return index < last ? machine.keep(residual) : residual;
  });
}

/** Evaluates an expression for its effects. */
export function explodeEffect(machine: Machine, node: t.Expression): void {
  if (t.isSequenceExpression(node)) {
    for (const part of node.expressions) explodeEffect(machine, part);
    return;
  }
  const residual = explode(machine, node);
  const isRead = t.isIdentifier(residual) && (residual.name === "$value" || machine.isStable(residual));
  if (!isRead) machine.effect(residual);
}

/** Goes to `otherwise` when the test is falsy. */
export function explodeTest(machine: Machine, node: t.Expression, otherwise: Label): void {
  if (t.isLogicalExpression(node, { operator: "&&" }) && machine.suspends(node)) {
    explodeTest(machine, node.left, otherwise);
    explodeTest(machine, node.right, otherwise);
    return;
  }
  machine.listing.branch(not(explode(machine, node)), otherwise);
}
