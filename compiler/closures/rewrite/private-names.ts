/**
 * Private names become slot classes, whose values the encoder can read:
 *
 *     o.#x          →  $p7.get(o)                          #x in o  →  $p7.has(o)
 *     o.#x = v      →  $p7.set(o, v)
 *     o.#m(1)       →  ($p8.get(o), $m10)(o, 1)            methods: one brand per class; $m10 calls $m9 for a receiver
 *
 * Where a class is evaluated more than once, its slots are fields of its scope object: `$s1["#x"].get(o)`.
 */
import { types as t } from "@babel/core";
import type { PrivateName } from "../analysis/model.ts";
import { abi, assign, at, call, field, id, sequence, text } from "./nodes.ts";
import type { PrivateFunction, Rewriter } from "./rewriter.ts";
import { compound, hold, update } from "./super.ts";
import { setterTarget } from "./targets.ts";

type Member = t.MemberExpression | t.OptionalMemberExpression;

export function privateOf(r: Rewriter, node: t.Node): PrivateName | undefined {
  if (node.type !== "MemberExpression" && node.type !== "OptionalMemberExpression") return undefined;
  return node.property.type === "PrivateName" ? r.analysis.privates.get(node.property) : undefined;
}

const on = (slot: t.Expression, method: string, ...args: t.Expression[]): t.Expression =>
  call(t.memberExpression(slot, id(method)), ...args);

/** The object of a member expression, to be evaluated once and mentioned twice. */
export function holdObject(r: Rewriter, node: t.Expression): { first: t.Expression; again: () => t.Expression } {
  return hold(r, r.expression(node));
}

/** Reads a private name of an object that is given twice over. */
export function privateGet(
  r: Rewriter,
  name: PrivateName,
  object: t.Expression,
  again: () => t.Expression,
): t.Expression {
  const place = r.places.get(name)!;
  if (name.kind === "field") return on(place.slot(), "get", object);
  const branded = on(place.slot(), "get", object);
  if (name.kind === "method") return sequence(branded, place.method.value());
  if (!name.hasGetter) return sequence(branded, abi("privateAccess", text(`#${name.name}`), text("get")));
  return sequence(branded, callOf(place.getter, again()));
}

const callOf = ({ value, caller }: PrivateFunction, ...args: t.Expression[]): t.Expression =>
  caller ? call(caller(), ...args) : abi("call", value(), ...args);

/** What calls `o.#m`, and its first argument; undefined for anything else. */
export function privateCallee(r: Rewriter, node: t.Node): { callee: t.Expression; receiver: t.Expression } | undefined {
  const name = privateOf(r, node);
  const place = name?.kind === "method" ? r.places.get(name) : undefined;
  if (!place?.method.caller || node.type !== "MemberExpression") return undefined;
  const { first, again } = holdObject(r, node.object as t.Expression);
  return { callee: at(sequence(on(place.slot(), "get", first), place.method.caller()), node), receiver: again() };
}

const missingSetter = (name: PrivateName): string => (name.kind === "method" ? "method" : "set");

/** Writes one; the value of the expression is the value written. */
function privateSet(
  r: Rewriter,
  name: PrivateName,
  object: t.Expression,
  again: () => t.Expression,
  value: t.Expression,
): t.Expression {
  const place = r.places.get(name)!;
  if (name.kind === "field") return on(place.slot(), "set", object, value);
  const held = r.temporary();
  const start = [assign(held, sequence(object, value)), on(place.slot(), "get", again())];
  if (name.kind === "method" || !name.hasSetter)
    return sequence(...start, abi("privateAccess", text(`#${name.name}`), text(missingSetter(name))));
  return sequence(...start, callOf(place.setter, again(), t.cloneNode(held)), t.cloneNode(held));
}

export function privateRead(r: Rewriter, node: Member, name: PrivateName): t.Expression {
  if (name.kind === "field" || name.kind === "method" || !name.hasGetter) {
    const object = r.expression(node.object as t.Expression);
    return at(
      privateGet(r, name, object, () => object),
      node,
    );
  }
  const { first, again } = holdObject(r, node.object as t.Expression);
  return at(privateGet(r, name, first, again), node);
}

export function privateAssign(
  r: Rewriter,
  node: t.AssignmentExpression,
  target: t.MemberExpression,
  name: PrivateName,
): t.Expression {
  const isPlain = node.operator === "=";
  if (isPlain && name.kind === "field") {
    const object = r.expression(target.object as t.Expression);
    return at(on(r.places.get(name)!.slot(), "set", object, r.expression(node.right)), node);
  }
  const held = holdObject(r, target.object as t.Expression);
  const set = (object: t.Expression, value: t.Expression): t.Expression =>
    privateSet(r, name, object, held.again, value);
  if (isPlain) return at(set(held.first, r.expression(node.right)), node);
  const get = (object: t.Expression): t.Expression => privateGet(r, name, object, held.again);
  return at(compound(node.operator, held, get, set, r.expression(node.right)), node);
}

export function privateUpdate(
  r: Rewriter,
  node: t.UpdateExpression,
  target: t.MemberExpression,
  name: PrivateName,
): t.Expression {
  const { first, again } = holdObject(r, target.object as t.Expression);
  const set = (value: t.Expression): t.Expression => privateSet(r, name, again(), again, value);
  return at(update(r, node, privateGet(r, name, first, again), set), node);
}

/** `#x in o` */
export function privateIn(r: Rewriter, node: t.BinaryExpression): t.Node | undefined {
  if (node.left.type !== "PrivateName") return undefined;
  const name = r.analysis.privates.get(node.left);
  if (!name) return undefined;
  return at(on(r.places.get(name)!.slot(), "has", r.expression(node.right)), node);
}

/** A private name that a pattern or a loop's head assigns. */
export function privateTarget(r: Rewriter, node: t.MemberExpression): t.MemberExpression {
  const name = r.analysis.privates.get(node.property)!;
  const place = r.places.get(name)!;
  const object = field(t.thisExpression(), "o");
  const slot = field(t.thisExpression(), "p");
  const value = id("value");
  const fields = [
    t.objectProperty(id("o"), r.expression(node.object as t.Expression)),
    t.objectProperty(id("p"), place.slot()),
  ];
  if (name.kind === "field") return setterTarget(r, fields, [t.expressionStatement(on(slot, "set", object, value))]);
  const body = [t.expressionStatement(on(slot, "get", object))];
  if (name.kind === "accessor" && name.hasSetter) {
    fields.push(t.objectProperty(id("f"), place.setter.value()));
    body.push(t.expressionStatement(abi("call", field(t.thisExpression(), "f"), t.cloneNode(object), value)));
  } else body.push(t.expressionStatement(abi("privateAccess", text(`#${name.name}`), text(missingSetter(name)))));
  return setterTarget(r, fields, body);
}
