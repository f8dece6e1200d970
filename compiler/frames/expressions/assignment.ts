/** Assignments: the target is fixed first, then the value, then the write. */
import { types as t } from "@babel/core";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { assignPattern } from "../statements/pattern.ts";
import { skipRight } from "./conditional.ts";
import { explode } from "./explode.ts";
import { member, reference } from "./member.ts";

export function assignment(machine: Machine, node: t.AssignmentExpression): t.Expression {
  if (t.isArrayPattern(node.left) || t.isObjectPattern(node.left)) return destructuring(machine, node);
  switch (node.operator) {
    case "=":
      return simple(machine, node);
    case "&&=":
    case "||=":
    case "??=":
      return logical(machine, node, node.operator.slice(0, -1) as "&&");
    default:
      return compound(machine, node);
  }
}

function simple(machine: Machine, node: t.AssignmentExpression): t.Expression {
  if (t.isMemberExpression(node.left)) {
    node.left = machine.suspends(node.right) ? reference(machine, node.left) : member(machine, node.left);
  }
  node.right = explode(machine, node.right);
  return node;
}

function compound(machine: Machine, node: t.AssignmentExpression): t.Expression {
  if (!machine.suspends(node.right)) {
    if (t.isMemberExpression(node.left)) node.left = member(machine, node.left);
    return node;
  }
  const target = t.isMemberExpression(node.left) ? reference(machine, node.left, true) : (node.left as t.Identifier);
  const old = machine.temporary();
  machine.assign(old, t.cloneNode(target));
  const operator = node.operator.slice(0, -1) as "+";
  const value = t.binaryExpression(operator, t.identifier(old), explode(machine, node.right));
  return t.assignmentExpression("=", target, value);
}

function logical(machine: Machine, node: t.AssignmentExpression, operator: "&&" | "||" | "??"): t.Expression {
  if (!machine.suspends(node.right)) {
    node.left = member(machine, node.left as t.MemberExpression);
    return node;
  }
  const target = t.isMemberExpression(node.left) ? reference(machine, node.left, true) : (node.left as t.Identifier);
  const result = machine.temporary();
  const end = new Label();
  machine.assign(result, t.cloneNode(target));
  skipRight(machine, operator, result, end);
  machine.assign(result, t.assignmentExpression("=", target, explode(machine, node.right)));
  machine.listing.mark(end);
  return t.identifier(result);
}

function destructuring(machine: Machine, node: t.AssignmentExpression): t.Expression {
  const right = explode(machine, node.right);
  if (!machine.suspends(node.left)) {
    node.right = right;
    return node;
  }
  const value = machine.keepNamed(right);
  assignPattern(machine, node.left, t.identifier(value));
  return t.identifier(value);
}
