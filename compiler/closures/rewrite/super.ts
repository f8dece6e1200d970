/**
 * `super` where the method's body does not stand in its class or literal any more (arrow functions, async and generator
 * bodies, private methods):
 *
 *     super.x          →  $k.superGet($s1.class.prototype, "x", this)
 *     super.m(1)       →  $k.call($k.superGet(…), this, 1)
 *     super.x = v      →  $k.superSet($s1.class.prototype, "x", v, this)
 *     delete super.x   →  { m(key) { delete super[key]; } }.m("x")
 *     () => super(v)   →  () => $s1.this = $s1["super()"](v)
 *
 * A class's `prototype` cannot be replaced, so the class alone is kept.
 */
import { types as t } from "@babel/core";
import { beforeFields } from "./early-this.ts";
import { abi, assign, at, field, id, isSimple, sequence, text } from "./nodes.ts";
import { captured, place, read } from "./references.ts";
import type { Rewriter } from "./rewriter.ts";
import { setterTarget } from "./targets.ts";

type Member = t.MemberExpression | t.OptionalMemberExpression;

/** The member expression is a `super.x` that cannot stay native. */
export const isLiftedSuper = (r: Rewriter, node: t.Node): boolean =>
  (node.type === "MemberExpression" || node.type === "OptionalMemberExpression") &&
  node.object.type === "Super" &&
  captured(r, node.object) !== undefined;

/** The object whose prototype `super` starts from. */
function home(r: Rewriter, node: t.Super): t.Expression {
  const reference = captured(r, node)!;
  const object = place(r, reference);
  if (reference.binding.name === "super") return object;
  let { frame } = reference;
  while (frame.kind === "arrow" && frame.parent) frame = frame.parent;
  return frame.isStatic ? object : t.memberExpression(object, id("prototype"));
}

/** What `this` is at a `super`. */
export function receiver(r: Rewriter, node: t.Super): t.Expression {
  const reference = r.analysis.receivers.get(node);
  return reference ? read(r, reference) : t.thisExpression();
}

function key(r: Rewriter, node: Member): t.Expression {
  if (node.computed) return r.expression(node.property as t.Expression);
  return text((node.property as t.Identifier).name);
}

export function superRead(r: Rewriter, node: Member): t.Expression {
  const object = node.object as t.Super;
  return at(abi("superGet", home(r, object), key(r, node), receiver(r, object)), node);
}

/** Sloppy code says so: there a write that fails is silent. */
function superWrite(r: Rewriter, object: t.Super, name: t.Expression, value: t.Expression): t.Expression {
  const { strict } = captured(r, object)!.frame;
  const written = abi("superSet", home(r, object), name, value, receiver(r, object));
  if (!strict) written.arguments.push(t.booleanLiteral(true));
  return written;
}

/** Any assignment to a lifted `super.x`. */
export function superAssign(r: Rewriter, node: t.AssignmentExpression, target: t.MemberExpression): t.Expression {
  const object = target.object as t.Super;
  const set = (name: t.Expression, value: t.Expression): t.Expression => superWrite(r, object, name, value);
  const name = key(r, target);
  if (node.operator === "=") return at(set(name, r.expression(node.right)), node);
  const get = (of: t.Expression): t.Expression => abi("superGet", home(r, object), of, receiver(r, object));
  return at(compound(node.operator, hold(r, name), get, set, r.expression(node.right)), node);
}

export function superUpdate(r: Rewriter, node: t.UpdateExpression, target: t.MemberExpression): t.Expression {
  const object = target.object as t.Super;
  const held = hold(r, key(r, target));
  const current = abi("superGet", home(r, object), held.first, receiver(r, object));
  return at(
    update(r, node, current, (value) => superWrite(r, object, held.again(), value)),
    node,
  );
}

/** Nothing of `super` can be deleted: the key is evaluated, and the engine's own refusal comes before it is made a name. */
export function superDelete(r: Rewriter, node: t.UnaryExpression, target: Member): t.Expression {
  const name = "key";
  const deleted = t.unaryExpression("delete", t.memberExpression(t.super(), id(name), true));
  const refusing = t.objectMethod("method", id("m"), [id(name)], t.blockStatement([t.expressionStatement(deleted)]));
  const refusal = t.memberExpression(t.objectExpression([refusing]), id("m"));
  return at(t.callExpression(refusal, [key(r, target)]), node);
}

/** A `super.x` that a pattern or a loop's head assigns. */
export function superTarget(r: Rewriter, node: Member): t.MemberExpression {
  const object = node.object as t.Super;
  const part = (name: string): t.Expression => field(t.thisExpression(), name);
  return setterTarget(
    r,
    [
      t.objectProperty(id("h"), home(r, object)),
      t.objectProperty(id("k"), key(r, node)),
      t.objectProperty(id("r"), receiver(r, object)),
    ],
    [t.expressionStatement(abi("superSet", part("h"), part("k"), id("value"), part("r")))],
  );
}

/** A call of the parent's constructor, from the constructor itself or from an arrow function in it. */
export function superCall(r: Rewriter, node: t.CallExpression): t.Expression {
  const callee = node.callee as t.Super;
  node.arguments = node.arguments.map((argument) => r.visit(argument)) as typeof node.arguments;
  const reference = captured(r, callee);
  if (reference) {
    const { frame } = reference.binding.scope;
    const self = field(r.useScope(frame.top), "this");
    return beforeFields(r, frame, at(assign(self, t.callExpression(place(r, reference), node.arguments)), node));
  }
  const owner = r.analysis.constructors.get(callee);
  const self = owner?.top.bindings.get("this");
  if (!owner || !r.isCaptured(self)) return node;
  return beforeFields(r, owner, at(assign(field(r.useScope(self.scope), "this"), node), node));
}

/** An expression that is needed twice: as itself first, from a temporary afterwards. */
export function hold(r: Rewriter, node: t.Expression): { first: t.Expression; again: () => t.Expression } {
  if (isSimple(node)) return { first: node, again: () => t.cloneNode(node) };
  const name = r.temporary();
  return { first: assign(name, node), again: () => t.cloneNode(name) };
}

/** `place ∘= right` on a place that is read and written by expressions over something evaluated once. */
export function compound(
  operator: string,
  held: { first: t.Expression; again: () => t.Expression },
  get: (of: t.Expression) => t.Expression,
  set: (of: t.Expression, value: t.Expression) => t.Expression,
  right: t.Expression,
): t.Expression {
  const plain = operator.slice(0, -1);
  if (plain === "||" || plain === "&&" || plain === "??")
    return t.logicalExpression(plain, get(held.first), set(held.again(), right));
  return set(held.first, t.binaryExpression(plain as t.BinaryExpression["operator"], get(held.again()), right));
}

/** `current++` and its kin on such a place; the native operator on a temporary does numbers and BigInts alike. */
export function update(
  r: Rewriter,
  node: t.UpdateExpression,
  current: t.Expression,
  set: (value: t.Expression) => t.Expression,
): t.Expression {
  const value = r.scratch();
  const changed = t.updateExpression(node.operator, t.cloneNode(value), node.prefix);
  if (node.prefix) return sequence(assign(value, current), changed, set(t.cloneNode(value)));
  const old = r.temporary();
  return sequence(assign(value, current), assign(old, changed), set(t.cloneNode(value)), t.cloneNode(old));
}
