/**
 * An optional chain over a private name or `super` of what is around the text, which are calls there and have no `?.` of their own:
 *
 *   o?.#find(1).x     →     ($t = o) === null || $t === void 0 ? void 0 : $k.call(get($t), $t, 1).x
 *
 * A temporary is read before anything else of the function runs, so it may be a variable of the function.
 */
import { types as t } from "@babel/core";
import { abiCall } from "../../abi-syntax.ts";

type Link = t.OptionalMemberExpression | t.OptionalCallExpression | t.MemberExpression;

export interface ChainSurroundings {
  visit(node: t.Expression): t.Expression;
  /** Whether it is reached by a call. */
  isOutside(link: t.MemberExpression | t.OptionalMemberExpression): boolean;
  /** That call, for such a link. */
  access(link: t.MemberExpression | t.OptionalMemberExpression, object: t.Expression): t.Expression;
  receiverOfSuper(): t.Expression;
  temporary(): string;
}

/** From the first to the last; what the first begins with is its object or callee. */
export function linksOf(node: t.Node): Link[] {
  const links: Link[] = [];
  let at = node;
  while (t.isOptionalMemberExpression(at) || t.isOptionalCallExpression(at)) {
    if (links.length > 0 && at.extra?.parenthesized === true) return links;
    links.unshift(at);
    at = t.isOptionalCallExpression(at) ? at.callee : at.object;
  }
  // What is called at first, with its receiver.
  if (links[0]?.type === "OptionalCallExpression" && t.isMemberExpression(at)) links.unshift(at);
  return links;
}

/** What becomes of the last link; `callee`: `[function, receiver]`, of a chain in parentheses. */
export type ChainEnd = "value" | "deleted" | "callee";

export function lowerChain(links: readonly Link[], around: ChainSurroundings, end: ChainEnd): t.Expression {
  const guards: t.Expression[] = [];
  const [first] = links;
  const start = first!.type === "OptionalCallExpression" ? first!.callee : first!.object;
  const isSuper = start.type === "Super";
  let value: t.Expression = isSuper ? around.receiverOfSuper() : around.visit(start as t.Expression);
  let receiver: (() => t.Expression) | null = null;

  /** Puts the value aside; gives the assignment. */
  const keep = (): { name: string; assignment: t.Expression } => {
    const name = around.temporary();
    return { name, assignment: t.assignmentExpression("=", t.identifier(name), value) };
  };

  for (const [index, link] of links.entries()) {
    if (link.type !== "MemberExpression" && link.optional) {
      const { name, assignment } = keep();
      const nothing = t.unaryExpression("void", t.numericLiteral(0));
      const isNull = t.binaryExpression("===", assignment, t.nullLiteral());
      guards.push(t.logicalExpression("||", isNull, t.binaryExpression("===", t.identifier(name), nothing)));
      value = t.identifier(name);
    }
    if (link.type === "OptionalCallExpression") {
      const given = link.arguments.map((one) => around.visit(one as t.Expression));
      value = receiver === null ? t.callExpression(value, given) : abiCall("call", value, receiver(), ...given);
      receiver = null;
      continue;
    }
    receiver = null;
    let object = value;
    const isLast = index === links.length - 1;
    if (isLast ? end === "callee" : links[index + 1]!.type === "OptionalCallExpression") {
      if (isSuper && index === 0) receiver = () => around.receiverOfSuper();
      else {
        const { name, assignment } = keep();
        object = assignment;
        receiver = () => t.identifier(name);
      }
    }
    if (around.isOutside(link)) value = around.access(link, object);
    else {
      const property = link.computed ? around.visit(link.property as t.Expression) : link.property;
      value = t.memberExpression(object, property, link.computed);
    }
  }
  const nothing = t.unaryExpression("void", t.numericLiteral(0));
  let short: t.Expression = nothing;
  if (end === "deleted") {
    value = t.unaryExpression("delete", value);
    short = t.booleanLiteral(true);
  } else if (end === "callee") {
    value = t.arrayExpression([value, receiver === null ? nothing : receiver()]);
    short = t.arrayExpression([]);
  }
  return guards.reduceRight((rest, guard) => t.conditionalExpression(guard, t.cloneNode(short), rest), value);
}
