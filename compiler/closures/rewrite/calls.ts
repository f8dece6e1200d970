/**
 * Calls, tagged templates and optional chains whose callee changes its form: the receiver has to stay what it was.
 *
 *     f(1)              →  (0, $s0.f)(1)
 *     super.m(1)        →  $k.invoke("…", $k.superGet(…), this, 1)
 *     o.#m(1)           →  ($p8.get(o), $m10)(o, 1)      where the class is evaluated once
 *     o?.#x.y(1)        →  ($t = o) == null ? void 0 : $p7.get($t).y(1)
 *     tag`a${x}`        →  tag($t1, x)        with $t1 = $k.template(…) made at load
 */
import { types as t } from "@babel/core";
import { siteText } from "../../site-text.ts";
import { unparenthesised } from "../syntax.ts";
import { abi, assign, at, call, declare, id, nothing, text } from "./nodes.ts";
import { holdObject, privateCallee, privateGet, privateOf, privateRead } from "./private-names.ts";
import { captured, detached, read } from "./references.ts";
import type { Rewriter } from "./rewriter.ts";
import { isLiftedSuper, receiver, superCall, superRead } from "./super.ts";

type Arguments = t.CallExpression["arguments"];

/**
 * V8 takes `f(a += 1, [b] = c)` for a syntax error unless the pattern is in parentheses, which printing loses: a
 * sequence keeps them.
 */
function visitArguments(r: Rewriter, args: Arguments): Arguments {
  return args.map((argument) => {
    const made = r.visit(argument) as Arguments[number];
    const isPattern = made.type === "AssignmentExpression" && t.isPattern(made.left);
    return isPattern && args.length > 1 ? t.sequenceExpression([t.numericLiteral(0), made]) : made;
  });
}

export function visitCall(r: Rewriter, node: t.CallExpression): t.Node {
  const { callee } = node;
  if (callee.type === "Super") return superCall(r, node);
  const written = text(siteText(callee));
  const direct = r.suspending ? undefined : privateCallee(r, unparenthesised(callee));
  if (direct) return at(call(direct.callee, direct.receiver, ...visitArguments(r, node.arguments)), node);
  const special = specialCallee(r, callee as t.Expression);
  if (special)
    return at(abi("invoke", written, special.callee, special.receiver(), ...visitArguments(r, node.arguments)), node);
  const reference = callee.type === "Identifier" ? captured(r, callee) : undefined;
  node.callee = reference ? at(detached(read(r, reference)), callee) : r.expression(callee as t.Expression);
  node.arguments = visitArguments(r, node.arguments);
  return node;
}

/** A callee that is not a member expression any more, and the receiver that it had. */
function specialCallee(
  r: Rewriter,
  callee: t.Expression,
): { callee: t.Expression; receiver: () => t.Expression } | undefined {
  const node = unparenthesised(callee);
  if (node.type !== "MemberExpression") {
    // `(o?.#m)(1)`: the parentheses end the chain, and keep its receiver.
    if (node.type !== "OptionalMemberExpression" || !needsLowering(r, node)) return undefined;
    const lowered = lowerChain(r, node, true);
    return { callee: at(lowered.value, node), receiver: lowered.receiver! };
  }
  if (isLiftedSuper(r, node)) {
    const object = node.object as t.Super;
    return { callee: superRead(r, node), receiver: () => receiver(r, object) };
  }
  const name = privateOf(r, node);
  if (!name) return undefined;
  const { first, again } = holdObject(r, node.object as t.Expression);
  return { callee: at(privateGet(r, name, first, again), node), receiver: again };
}

export function visitMember(r: Rewriter, node: t.MemberExpression): t.Node {
  if (isLiftedSuper(r, node)) return superRead(r, node);
  const name = privateOf(r, node);
  if (name) return privateRead(r, node, name);
  if (node.object.type !== "Super") node.object = r.expression(node.object as t.Expression);
  if (node.computed) node.property = r.expression(node.property as t.Expression);
  return node;
}

/** The template object of a site is one value for ever: it is made at load. */
export function visitTaggedTemplate(r: Rewriter, node: t.TaggedTemplateExpression): t.Node {
  const { quasis, expressions } = node.quasi;
  const name = r.context.uniqueName("t");
  const cooked = quasis.map((quasi) => (typeof quasi.value.cooked === "string" ? text(quasi.value.cooked) : nothing()));
  const raw = quasis.map((quasi) => text(quasi.value.raw));
  const index = t.numericLiteral(r.context.addTemplate());
  const made = abi("template", index, t.arrayExpression(cooked), t.arrayExpression(raw));
  r.context.hoist(declare("const", name, made));
  return visitCall(r, at(t.callExpression(node.tag, [id(name), ...(expressions as t.Expression[])]), node));
}

// Optional chains

type ChainNode = t.OptionalMemberExpression | t.OptionalCallExpression;
const isChain = (node: t.Node): node is ChainNode =>
  node.type === "OptionalMemberExpression" || node.type === "OptionalCallExpression";

/** True when something in the chain is not a plain property any more. */
function needsLowering(r: Rewriter, node: t.Node): boolean {
  let link: t.Node = node;
  while (isChain(link)) {
    if (privateOf(r, link)) return true;
    link = link.type === "OptionalMemberExpression" ? link.object : link.callee;
  }
  return isLiftedSuper(r, link) || privateOf(r, link) !== undefined;
}

export function visitChain(r: Rewriter, node: ChainNode): t.Node {
  if (needsLowering(r, node)) return at(lowerChain(r, node, false).value, node);
  if (node.type === "OptionalCallExpression") {
    const { callee } = node;
    const reference = callee.type === "Identifier" ? captured(r, callee) : undefined;
    node.callee = reference ? at(detached(read(r, reference)), callee) : r.expression(callee as t.Expression);
    node.arguments = visitArguments(r, node.arguments);
  } else {
    if (node.object.type !== ("Super" as string)) node.object = r.expression(node.object as t.Expression);
    if (node.computed) node.property = r.expression(node.property as t.Expression);
  }
  return node;
}

interface LoweredChain {
  readonly value: t.Expression;
  /** What the last property was read of; undefined where the chain ended before. */
  readonly receiver: (() => t.Expression) | undefined;
}

/** The chain as conditions: every `?.` tests a temporary. */
function lowerChain(r: Rewriter, node: ChainNode, keepsReceiver: boolean): LoweredChain {
  let receiver: (() => t.Expression) | undefined;
  const links: ChainNode[] = [];
  let base: t.Node = node;
  while (isChain(base)) {
    links.unshift(base);
    base = base.type === "OptionalMemberExpression" ? base.object : (base.callee as t.Expression);
  }
  const hold = (value: t.Expression): [t.Expression, () => t.Expression] => {
    const name = r.temporary();
    return [assign(name, value), () => t.cloneNode(name)];
  };
  const isCalledNext = (index: number): boolean => links[index]?.type === "OptionalCallExpression";

  const link = (index: number, value: t.Expression, self: (() => t.Expression) | undefined): t.Expression => {
    const current = links[index];
    if (!current) return value;
    if (!current.optional) return step(index, current, value, self);
    const [first, again] = hold(value);
    const isMissing = t.binaryExpression("==", first, t.nullLiteral());
    return t.conditionalExpression(isMissing, nothing(), step(index, current, again(), self));
  };
  const step = (
    index: number,
    current: ChainNode,
    value: t.Expression,
    self: (() => t.Expression) | undefined,
  ): t.Expression => {
    if (current.type === "OptionalCallExpression") {
      const args = visitArguments(r, current.arguments);
      const made = self ? abi("call", value, self(), ...args) : t.callExpression(detached(value), args);
      return link(index + 1, at(made, current), undefined);
    }
    const name = privateOf(r, current);
    const isLast = keepsReceiver && index === links.length - 1;
    const isHeld = isLast || isCalledNext(index + 1) || name?.kind === "accessor";
    const [object, again] = isHeld ? hold(value) : [value, () => value];
    if (isLast) receiver = again;
    const made = name
      ? privateGet(r, name, object, again)
      : t.memberExpression(
          object,
          current.computed ? r.expression(current.property as t.Expression) : (current.property as t.Identifier),
          current.computed,
        );
    return link(index + 1, at(made, current), isCalledNext(index + 1) ? again : undefined);
  };

  const special = isCalledNext(0) ? specialCallee(r, base as t.Expression) : undefined;
  const lowered = (value: t.Expression): LoweredChain => ({ value, receiver });
  if (special) return lowered(link(0, special.callee, special.receiver));
  const plain = unparenthesised(base);
  if (isCalledNext(0) && plain.type === "MemberExpression") {
    const [object, again] = hold(r.expression(plain.object as t.Expression));
    const property = plain.computed ? r.expression(plain.property as t.Expression) : plain.property;
    return lowered(link(0, at(t.memberExpression(object, property as t.Expression, plain.computed), plain), again));
  }
  return lowered(link(0, r.expression(base as t.Expression), undefined));
}
