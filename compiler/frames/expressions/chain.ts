/** Optional chains: a nullish link ends the whole chain with undefined. */
import { types as t } from "@babel/core";
import { siteText } from "../../site-text.ts";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { isNullish, voidZero } from "../syntax.ts";
import { applied, type Callee, explodeArguments } from "./call.ts";
import { explode } from "./explode.ts";
import { member } from "./member.ts";

type Chain = t.OptionalMemberExpression | t.OptionalCallExpression;

const isChain = (node: t.Node): node is Chain => t.isOptionalMemberExpression(node) || t.isOptionalCallExpression(node);

export function optionalChain(machine: Machine, node: Chain): t.Expression {
  if (onlyBaseSuspends(machine, node)) return withResidualBase(machine, node);
  const result = machine.temporary();
  const end = new Label();
  machine.assign(result, voidZero());
  machine.assign(result, link(machine, node, end).callee);
  machine.listing.mark(end);
  return t.identifier(result);
}

/** `delete a?.[await k]` */
export function deleteChain(machine: Machine, node: t.UnaryExpression): t.Expression {
  const chain = node.argument as t.OptionalMemberExpression;
  if (onlyBaseSuspends(machine, chain)) {
    node.argument = withResidualBase(machine, chain);
    return node;
  }
  const result = machine.temporary();
  const end = new Label();
  machine.assign(result, t.booleanLiteral(true));
  machine.assign(result, t.unaryExpression("delete", link(machine, chain, end).callee));
  machine.listing.mark(end);
  return t.identifier(result);
}

function onlyBaseSuspends(machine: Machine, node: Chain): boolean {
  for (let at: t.Node = node; isChain(at); at = t.isOptionalCallExpression(at) ? at.callee : at.object) {
    const parts: t.Node[] = t.isOptionalCallExpression(at) ? at.arguments : at.computed ? [at.property] : [];
    if (parts.some((part) => machine.suspends(part))) return false;
  }
  return true;
}

function withResidualBase(machine: Machine, node: Chain): Chain {
  let at: Chain = node;
  for (;;) {
    const inner: t.Node = t.isOptionalCallExpression(at) ? at.callee : at.object;
    if (isChain(inner)) {
      at = inner;
      continue;
    }
    if (t.isOptionalCallExpression(at)) {
      at.callee = t.isMemberExpression(inner) ? member(machine, inner) : explode(machine, inner as t.Expression);
    } else at.object = explode(machine, inner as t.Expression);
    return node;
  }
}

/** The value of a link (its last access not yet made) and the object that it was reached through. */
function link(machine: Machine, node: t.Expression, end: Label): Callee {
  if (t.isOptionalMemberExpression(node)) {
    const object = machine.keepNamed(link(machine, node.object, end).callee);
    if (node.optional) machine.listing.branch(isNullish(object), end);
    const property = node.computed ? explode(machine, node.property as t.Expression) : node.property;
    return {
      callee: t.memberExpression(t.identifier(object), property as t.Expression, node.computed),
      receiver: t.identifier(object),
    };
  }
  if (t.isOptionalCallExpression(node)) {
    const text = siteText(node.callee);
    const reached = link(machine, node.callee, end);
    const callee = machine.keepNamed(reached.callee);
    if (node.optional) machine.listing.branch(isNullish(callee), end);
    const args = explodeArguments(machine, node.arguments);
    const fixed = { callee: t.identifier(callee), receiver: reached.receiver, text };
    return { callee: applied(fixed, args), receiver: undefined };
  }
  if (t.isMemberExpression(node)) {
    const reached = member(machine, node);
    const object = machine.keep(reached.object as t.Expression);
    reached.object = object;
    return { callee: reached, receiver: t.cloneNode(object) };
  }
  return { callee: explode(machine, node), receiver: undefined };
}
