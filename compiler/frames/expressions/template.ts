/** Template literals, plain and tagged. */
import { types as t } from "@babel/core";
import type { Machine } from "../machine.ts";
import { abi } from "../syntax.ts";
import { explodeArguments, fixCallee } from "./call.ts";
import { explode } from "./explode.ts";

/** Each part becomes a string at its time, before the next is evaluated. */
export function template(machine: Machine, node: t.TemplateLiteral): t.Expression {
  const last = node.expressions.findLastIndex((part) => machine.suspends(part));
  node.expressions = (node.expressions as t.Expression[]).map((part, index) => {
    if (index > last) return part;
    const residual = explode(machine, part);
    if (index === last || t.isStringLiteral(residual)) return residual;
    return machine.keep(asString(residual));
  });
  return node;
}

function asString(value: t.Expression): t.Expression {
  const quasi = (tail: boolean): t.TemplateElement => t.templateElement({ raw: "", cooked: "" }, tail);
  return t.templateLiteral([quasi(false), quasi(true)], [value]);
}

export function taggedTemplate(machine: Machine, node: t.TaggedTemplateExpression): t.Expression {
  const parts = node.quasi.expressions as t.Expression[];
  if (!parts.some((part) => machine.suspends(part))) {
    node.tag = explode(machine, node.tag);
    return node;
  }
  const fixed = fixCallee(machine, node.tag);
  const values = explodeArguments(machine, parts);
  if (!fixed.receiver) {
    node.tag = fixed.callee;
    node.quasi.expressions = values;
    return node;
  }
  // The literal's own place gives the template object, so that it stays the same at each evaluation.
  const strings = t.identifier("strings");
  node.tag = t.arrowFunctionExpression([strings], t.cloneNode(strings));
  node.quasi.expressions = values.map(() => t.numericLiteral(0));
  return abi("call", fixed.callee, fixed.receiver, node, ...values);
}
