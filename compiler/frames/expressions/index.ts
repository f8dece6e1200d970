/**
 * Expressions that hold a suspension: each is taken apart into instructions, and what is left (the residual) is an
 * expression free of suspensions that is to be evaluated next, exactly once.
 *
 * All side effects stay in order: before a part that suspends, every part left of it is put aside.
 */
import { types as t } from "@babel/core";
import type { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { not } from "../syntax.ts";
import { assignment } from "./assignment.ts";
import { call, newCall } from "./call.ts";
import { optionalChain } from "./chain.ts";
import { conditional, logical } from "./conditional.ts";
import { array, classValue, object } from "./literals.ts";
import { member } from "./member.ts";
import { binary, sequence, unary, update } from "./operators.ts";
import { awaitExpression, yieldExpression } from "./suspend.ts";
import { taggedTemplate, template } from "./template.ts";

type Visitor<T extends t.Node> = (machine: Machine, node: T) => t.Expression;

const visitors: { readonly [K in t.Expression["type"]]?: Visitor<Extract<t.Expression, { type: K }>> } = {
  ArrayExpression: array,
  AssignmentExpression: assignment,
  AwaitExpression: awaitExpression,
  BinaryExpression: binary,
  CallExpression: call,
  ClassExpression: classValue,
  ConditionalExpression: conditional,
  ImportExpression: (machine, node) => {
    const [source, options] = explodeList(machine, node.options ? [node.source, node.options] : [node.source]);
    node.source = source!;
    if (options) node.options = options;
    return node;
  },
  LogicalExpression: logical,
  MemberExpression: member,
  NewExpression: newCall,
  ObjectExpression: object,
  OptionalCallExpression: optionalChain,
  OptionalMemberExpression: optionalChain,
  ParenthesizedExpression: (machine, node) => explode(machine, node.expression),
  SequenceExpression: sequence,
  TaggedTemplateExpression: taggedTemplate,
  TemplateLiteral: template,
  UnaryExpression: unary,
  UpdateExpression: update,
  YieldExpression: yieldExpression,
};

/** Gives the residual of an expression. */
export function explode(machine: Machine, node: t.Expression): t.Expression {
  if (!machine.suspends(node)) return node;
  const visitor = visitors[node.type] as Visitor<t.Expression> | undefined;
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
