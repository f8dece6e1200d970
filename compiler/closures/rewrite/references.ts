/**
 * Captured variables read, written, called.
 *
 *     x            →  $s0.x                      where it is certainly initialised
 *     x            →  ($s0.x === $T ? $k.tdz("x") : $s0.x)
 *     x(1)         →  (0, $s0.x)(1)              the scope object is never a receiver
 *     x = v        →  $s0.x = v
 *     c = v        →  (v, $k.constAssign("c"))
 */
import { types as t } from "@babel/core";
import { isInitialised, type Reference } from "../analysis/model.ts";
import { isSeenNatively } from "../analysis/walk.ts";
import { unparenthesised } from "../syntax.ts";
import { named } from "./names.ts";
import { abi, assign, at, field, nothing, sequence, tdz, text } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";

/** The reference when the identifier lives in a scope object here. */
export function captured(r: Rewriter, node: t.Node): Reference | undefined {
  const reference = r.analysis.references.get(node);
  if (!reference || reference.native || !r.isCaptured(reference.binding)) return undefined;
  // A class's or function's own name is read natively inside it, although others read it from the scope object.
  return isSeenNatively(reference.frame, reference.binding) ? undefined : reference;
}

/** `$s0.x` */
export function place(r: Rewriter, reference: Reference): t.MemberExpression {
  const made = field(r.useScope(reference.binding.scope), reference.binding.name);
  if (reference.binding.kind === "special") made.extra = { kawaitConstant: true };
  return made;
}

/** `$s0.x === $T && $k.tdz("x")`, or nothing when the variable is certainly initialised. */
function check(r: Rewriter, reference: Reference): t.Expression[] {
  if (isInitialised(reference)) return [];
  const isEmpty = t.binaryExpression("===", place(r, reference), tdz());
  return [t.logicalExpression("&&", isEmpty, abi("tdz", text(reference.binding.name)))];
}

export function read(r: Rewriter, reference: Reference): t.Expression {
  if (isInitialised(reference)) return place(r, reference);
  const { name } = reference.binding;
  return t.conditionalExpression(
    t.binaryExpression("===", place(r, reference), tdz()),
    abi("tdz", text(name)),
    place(r, reference),
  );
}

export function visitIdentifier(r: Rewriter, node: t.Node): t.Node {
  const reference = captured(r, node);
  return reference ? at(read(r, reference), node) : node;
}

/** A callee or tag that is read from a scope object must not have the object as receiver. */
export function detached(made: t.Expression): t.Expression {
  return made.type === "MemberExpression" ? t.sequenceExpression([t.numericLiteral(0), made]) : made;
}

/** What writing to the binding does. */
export function writability(reference: Reference): "plain" | "silent" | "error" {
  switch (reference.binding.kind) {
    case "const":
    case "className":
      return "error";
    case "functionName":
      return reference.frame.strict ? "error" : "silent";
    default:
      return "plain";
  }
}

/** True when `$s0.x` itself may be the target of any assignment. */
export const isPlainTarget = (reference: Reference): boolean =>
  writability(reference) === "plain" && isInitialised(reference);

/** An assignment whose left side is a captured identifier. */
export function assignCaptured(r: Rewriter, node: t.AssignmentExpression, reference: Reference): t.Expression {
  const { name } = reference.binding;
  const isFunction = node.operator === "=" || /^(\|\||&&|\?\?)=$/.test(node.operator);
  const right = isFunction ? named(r, node.right, name, true) : r.expression(node.right);
  const kind = writability(reference);
  if (kind === "plain") {
    if (node.operator !== "=")
      return sequence(...check(r, reference), t.assignmentExpression(node.operator, place(r, reference), right));
    const checks = check(r, reference);
    if (checks.length === 0) return assign(place(r, reference), right);
    const value = r.temporary();
    return sequence(assign(value, right), ...checks, assign(place(r, reference), t.cloneNode(value)));
  }
  const fail = (): t.Expression[] => (kind === "error" ? [abi("constAssign", text(name))] : []);
  if (node.operator === "=") return sequence(right, ...check(r, reference), ...fail());
  const operator = node.operator.slice(0, -1);
  if (operator === "||" || operator === "&&" || operator === "??")
    return t.logicalExpression(operator, read(r, reference), sequence(right, ...fail()));
  const computed = t.binaryExpression(operator as t.BinaryExpression["operator"], read(r, reference), right);
  return sequence(computed, ...fail());
}

export function visitUpdate(r: Rewriter, node: t.UpdateExpression): t.Node {
  const reference = captured(r, unparenthesised(node.argument));
  if (!reference) {
    r.children(node);
    return node;
  }
  const kind = writability(reference);
  if (kind === "plain")
    return at(
      sequence(...check(r, reference), t.updateExpression(node.operator, place(r, reference), node.prefix)),
      node,
    );
  const value = r.temporary();
  const update = t.updateExpression(node.operator, t.cloneNode(value), node.prefix);
  const parts: t.Expression[] = [assign(value, read(r, reference)), update];
  if (kind === "error") parts.push(abi("constAssign", text(reference.binding.name)));
  return at(sequence(...parts), node);
}

export function visitUnary(r: Rewriter, node: t.UnaryExpression): t.Node {
  // What is no reference is deleted with success: `this` must not become a name before it is.
  if (node.operator === "delete" && unparenthesised(node.argument).type === "ThisExpression")
    return at(t.booleanLiteral(true), node);
  // Deleting a variable does nothing; only sloppy code may say it.
  if (node.operator === "delete" && captured(r, unparenthesised(node.argument)))
    return at(t.booleanLiteral(false), node);
  r.children(node);
  return node;
}

/** A write from the initialisation of a declaration: never checked. */
export const initialise = (r: Rewriter, node: t.Node, value: t.Expression = nothing()): t.Expression =>
  assign(place(r, captured(r, node)!), value);
