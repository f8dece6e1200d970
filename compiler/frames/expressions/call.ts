/** Calls: callee and receiver are fixed before the arguments are evaluated. */
import { types as t } from "@babel/core";
import { siteText } from "../../site-text.ts";
import type { Machine } from "../machine.ts";
import { abi } from "../syntax.ts";
import { explode } from "./explode.ts";
import { member } from "./member.ts";

type Argument = t.CallExpression["arguments"][number];

/** A function value and, when it was reached as a property, the object. */
export interface Callee {
  readonly callee: t.Expression;
  readonly receiver: t.Expression | undefined;
  /** Of the callee as it stood, where it is put aside. */
  readonly text?: string;
}

export function call(machine: Machine, node: t.CallExpression): t.Expression {
  const callee = node.callee as t.Expression;
  if (!node.arguments.some((argument) => machine.suspends(argument))) {
    node.callee = t.isMemberExpression(callee) ? member(machine, callee) : bare(explode(machine, callee));
    return node;
  }
  const fixed = fixCallee(machine, callee);
  return applied(fixed, explodeArguments(machine, node.arguments));
}

export function newCall(machine: Machine, node: t.NewExpression): t.Expression {
  const written = siteText(node.callee);
  const callee = explode(machine, node.callee as t.Expression);
  const suspends = node.arguments.some((argument) => machine.suspends(argument));
  node.callee = suspends ? machine.keep(callee, written) : callee;
  node.arguments = explodeArguments(machine, node.arguments);
  return node;
}

/** `f(a)`, or `$k.invoke("o.f", f, receiver, a)` when the receiver was put aside. */
export function applied(fixed: Callee, args: Argument[]): t.Expression {
  if (!fixed.receiver) return t.callExpression(fixed.callee, args);
  const { callee, receiver, text } = fixed;
  return text === undefined
    ? abi("call", callee, receiver, ...args)
    : abi("invoke", t.stringLiteral(text), callee, receiver, ...args);
}

/** Evaluates the callee now. */
export function fixCallee(machine: Machine, callee: t.Expression): Callee {
  if (!t.isMemberExpression(callee)) {
    const written = siteText(attached(callee));
    return { callee: machine.keep(explode(machine, callee), written), receiver: undefined };
  }
  if (isAtHand(machine, callee)) return { callee, receiver: undefined };
  const text = siteText(callee);
  const reached = member(machine, callee);
  const receiver = machine.keep(reached.object as t.Expression);
  reached.object = receiver;
  return { callee: machine.keep(reached), receiver: t.cloneNode(receiver), text };
}

const HOLDERS = ["api", "resources"];

/**
 * Functions that compiled code itself reaches, at a place that does not change: those of `$k`, of the module namespace
 * `$k.api`, of `$k.resources` (`using a = await open()`), and the accesses of private names (`$p7.set`, `$s1["#p"].set`). They
 * are native: a frame cannot hold them.
 */
function isAtHand(machine: Machine, callee: t.MemberExpression): boolean {
  if (callee.computed) return false;
  if (machine.isStable(callee) || machine.isDefinition(callee.object)) return true;
  const { object } = callee;
  if (!t.isMemberExpression(object)) return false;
  if (t.isIdentifier(object.property) && HOLDERS.includes(object.property.name)) return machine.isStable(object);
  const isPrivateName = t.isStringLiteral(object.property) && object.property.value.startsWith("#");
  return isPrivateName && object.computed && machine.isStable(object.object as t.Expression);
}

/** Residuals of arguments or array elements; a spread that comes before a suspension is spread at its time. */
export function explodeArguments<T extends Argument | null>(machine: Machine, nodes: readonly T[]): T[] {
  const last = nodes.findLastIndex((node) => machine.suspends(node));
  return nodes.map((node, index) => {
    if (!node || index > last) return node;
    if (t.isSpreadElement(node)) {
      const iterated = explode(machine, node.argument);
      const list = index < last ? machine.keep(t.arrayExpression([t.spreadElement(iterated)])) : iterated;
      return t.spreadElement(list) as T;
    }
    const residual = explode(machine, node as t.Expression);
    return (index < last ? machine.keep(residual) : residual) as T;
  });
}

/** `f` of `(0, $s.f)`, as calls of captured variables are written. */
function attached(callee: t.Expression): t.Expression {
  const isDetached = t.isSequenceExpression(callee) && t.isNumericLiteral(callee.expressions[0], { value: 0 });
  return isDetached ? callee.expressions.at(-1)! : callee;
}

/** A residual must not become a method call by standing in a callee's place. */
function bare(callee: t.Expression): t.Expression {
  return t.isMemberExpression(callee) ? t.sequenceExpression([t.numericLiteral(0), callee]) : callee;
}
