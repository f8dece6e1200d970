/**
 * Destructuring that suspends inside the pattern (in defaults, computed keys, targets). What does not suspend stays a
 * native pattern; targets are evaluated before the value is read, defaults after it.
 */
import { types as t } from "@babel/core";
import { iteratedText } from "../../site-text.ts";
import { explode, explodeTest } from "../expressions/explode.ts";
import { reference } from "../expressions/member.ts";
import { Label } from "../listing.ts";
import type { Machine } from "../machine.ts";
import { abi, isAnonymousFunction, nameOf, voidZero } from "../syntax.ts";
import { withCleanup } from "./cleanup.ts";

/** Assigns `value` (a residual) to a pattern or to a simple target. */
export function assignPattern(machine: Machine, pattern: t.Node, value: t.Expression): void {
  if (!machine.suspends(pattern)) {
    // An empty statement's braces must not start a block: the printer puts parentheses.
    machine.effect(t.assignmentExpression("=", pattern as t.LVal, value));
    return;
  }
  if (t.isObjectPattern(pattern)) assignObject(machine, pattern, value);
  else if (t.isArrayPattern(pattern)) assignArray(machine, pattern, value);
  else if (t.isMemberExpression(pattern)) {
    const kept = machine.keep(value);
    machine.effect(t.assignmentExpression("=", reference(machine, pattern), kept));
  } else {
    machine.context.error("SuspensionNotCovered", pattern, "This target cannot be assigned around a suspension.");
  }
}

function assignObject(machine: Machine, pattern: t.ObjectPattern, value: t.Expression): void {
  const source = machine.keepNamed(value);
  const hasRest = t.isRestElement(pattern.properties.at(-1));
  const keys: t.Expression[] = [];
  // null and undefined cannot be destructured, whatever the pattern holds; a property that is read first says so itself.
  if (!readsAtOnce(machine, pattern))
    machine.effect(t.assignmentExpression("=", t.objectPattern([]), t.identifier(source)));
  let native: t.ObjectProperty[] = [];
  const flush = (): void => {
    if (native.length === 0) return;
    machine.effect(t.assignmentExpression("=", t.objectPattern(native), t.identifier(source)));
    native = [];
  };
  for (const property of pattern.properties) {
    if (t.isRestElement(property)) {
      flush();
      const rest = abi("omit", t.identifier(source), t.arrayExpression(keys));
      assignPattern(machine, property.argument, rest);
      continue;
    }
    const key = property.key as t.Expression;
    const keepsKey = property.computed && (hasRest || machine.suspends(property));
    if (!machine.suspends(property) && !keepsKey) {
      native.push(property);
      if (hasRest) keys.push(literalKey(key));
      continue;
    }
    flush();
    const fixedKey = property.computed ? machine.keep(abi("key", explode(machine, key))) : key;
    if (hasRest) keys.push(property.computed ? t.cloneNode(fixedKey) : literalKey(key));
    const read = t.memberExpression(t.identifier(source), fixedKey, property.computed || !t.isIdentifier(key));
    assignElement(machine, property.value, () => read);
  }
  flush();
}

/** Whether nothing comes before the first property's own read. */
function readsAtOnce(machine: Machine, { properties: [first] }: t.ObjectPattern): boolean {
  if (!t.isObjectProperty(first) || first.computed || !machine.suspends(first)) return false;
  return t.isIdentifier(t.isAssignmentPattern(first.value) ? first.value.left : first.value);
}

function literalKey(key: t.Expression): t.Expression {
  if (t.isIdentifier(key)) return t.stringLiteral(key.name);
  return t.isNumericLiteral(key) ? t.stringLiteral(String(key.value)) : t.cloneNode(key);
}

/** `{ set v($) { … } }.v` stands for a local: to evaluate it does nothing, and it must not live across a suspension. */
function isSetterOfLocal(target: t.MemberExpression): boolean {
  return t.isObjectExpression(target.object) && t.isObjectMethod(target.object.properties[0], { kind: "set" });
}

/** One element: its target is fixed, then the value is read, then the default is evaluated, then it is written. */
function assignElement(machine: Machine, element: t.Node, read: () => t.Expression): void {
  const target = t.isAssignmentPattern(element) ? element.left : element;
  const fixed = t.isMemberExpression(target) && !isSetterOfLocal(target) ? reference(machine, target) : target;
  if (!t.isAssignmentPattern(element)) {
    if (fixed === target) assignPattern(machine, target, read());
    else machine.effect(t.assignmentExpression("=", fixed as t.LVal, read()));
    return;
  }
  const local = machine.temporary();
  machine.assign(local, read());
  const present = new Label();
  explodeTest(machine, t.binaryExpression("===", t.identifier(local), voidZero()), present);
  const fallback = explode(machine, element.right);
  const takesName = t.isIdentifier(target) && isAnonymousFunction(fallback);
  machine.assign(local, takesName ? nameOf(target.name, fallback) : fallback);
  machine.listing.mark(present);
  if (fixed === target) assignPattern(machine, target, t.identifier(local));
  else machine.effect(t.assignmentExpression("=", fixed as t.LVal, t.identifier(local)));
}

function assignArray(machine: Machine, pattern: t.ArrayPattern, value: t.Expression): void {
  const iterator = machine.temporary();
  machine.assign(iterator, abi("iterator", value, t.stringLiteral(iteratedText(value))));
  withCleanup(
    machine,
    () => {
      for (const element of pattern.elements) {
        if (!element) machine.effect(abi("step", t.identifier(iterator)));
        else if (t.isRestElement(element)) {
          const { argument } = element;
          const target =
            t.isMemberExpression(argument) && !isSetterOfLocal(argument) ? reference(machine, argument) : argument;
          const rest = abi("rest", t.identifier(iterator));
          if (target === argument) assignPattern(machine, target, rest);
          else machine.effect(t.assignmentExpression("=", target as t.LVal, rest));
        } else assignElement(machine, element, () => abi("step", t.identifier(iterator)));
      }
    },
    {
      leaving: () => machine.effect(abi("close", t.identifier(iterator), t.booleanLiteral(false))),
      throwing: () => machine.effect(abi("close", t.identifier(iterator), t.booleanLiteral(true))),
      completing: true,
    },
  );
}
