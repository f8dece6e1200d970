/** Arrays, objects and classes: the parts are evaluated in order, the whole is made at the end. */
import { types as t } from "@babel/core";
import type { Machine } from "../machine.ts";
import { abi } from "../syntax.ts";
import { explodeArguments } from "./call.ts";
import { explode } from "./explode.ts";

export function array(machine: Machine, node: t.ArrayExpression): t.Expression {
  node.elements = explodeArguments(machine, node.elements as (t.Expression | t.SpreadElement | null)[]);
  return node;
}

export function object(machine: Machine, node: t.ObjectExpression): t.Expression {
  const last = node.properties.findLastIndex((property) => machine.suspends(property));
  for (const [index, property] of node.properties.entries()) {
    if (index > last) break;
    if (t.isSpreadElement(property)) {
      const source = explode(machine, property.argument);
      // Its properties are read now; the copy is spread again at the end.
      property.argument = index < last ? machine.keep(t.objectExpression([t.spreadElement(source)])) : source;
      continue;
    }
    const valueSuspends = t.isObjectProperty(property) && machine.suspends(property.value);
    if (property.computed) {
      const key = explode(machine, property.key as t.Expression);
      property.key = index < last || valueSuspends ? keepKey(machine, key) : key;
    }
    if (!t.isObjectProperty(property)) continue;
    const value = explode(machine, property.value as t.Expression);
    property.value = index < last ? machine.keep(value) : value;
  }
  return node;
}

/** A class whose heritage or keys suspend. Heritage comes first, then the keys in order. */
export function classValue(machine: Machine, node: t.Class): t.Expression {
  const members = node.body.body.filter((member) => "computed" in member && member.computed);
  const last = members.findLastIndex((member) => machine.suspends((member as t.ClassMethod).key));
  if (node.superClass) {
    const parent = explode(machine, node.superClass);
    node.superClass = last >= 0 ? machine.keep(parent) : parent;
  }
  for (const [index, member] of (members as t.ClassMethod[]).entries()) {
    if (index > last) break;
    const key = explode(machine, member.key as t.Expression);
    member.key = index < last ? keepKey(machine, key) : key;
  }
  if (t.isClassExpression(node)) return node;
  const made = t.classExpression(node.id, node.superClass, node.body, node.decorators);
  if (node.extra) made.extra = node.extra;
  return made;
}

/** A computed key is converted to a property key at its time. */
function keepKey(machine: Machine, key: t.Expression): t.Expression {
  return t.isStringLiteral(key) || t.isNumericLiteral(key) ? key : machine.keep(abi("key", key));
}
