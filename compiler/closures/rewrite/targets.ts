/**
 * Targets that are more than a place, where a pattern or a loop's head assigns them: an object with a setter, made when
 * the target is evaluated and forgotten right after.
 *
 *     [x] = v          →  [{ s: $s0, set to(value) { if (this.s.x === $T) $k.tdz("x"); this.s.x = value; } }.to] = v
 *     [o.#x] = v       →  [{ o, p: $p7, set to(value) { this.p.set(this.o, value); } }.to] = v
 *
 * In a function that suspends, a pattern may be saved half done: there the setter is a definition.
 */
import { types as t } from "@babel/core";
import { isInitialised, type Reference } from "../analysis/model.ts";
import { define } from "./definitions.ts";
import { abi, assign, field, id, nothing, run, tdz, text } from "./nodes.ts";
import { writability } from "./references.ts";
import type { Rewriter } from "./rewriter.ts";

/** A captured variable whose assignment is checked, fails or is ignored. */
export function checkedTarget(r: Rewriter, reference: Reference): t.MemberExpression {
  const { binding } = reference;
  const variable = field(field(t.thisExpression(), "s"), binding.name);
  const body: t.Statement[] = [];
  if (!isInitialised(reference))
    body.push(t.ifStatement(t.binaryExpression("===", variable, tdz()), run(abi("tdz", text(binding.name)))));
  const kind = writability(reference);
  if (kind === "error") body.push(run(abi("constAssign", text(binding.name))));
  if (kind === "plain") body.push(run(assign(t.cloneNode(variable), id("value"))));
  return setterTarget(r, [t.objectProperty(id("s"), r.useScope(binding.scope))], body);
}

/** `({ …fields, set to(value) { … } }).to` */
export function setterTarget(r: Rewriter, fields: t.ObjectProperty[], body: t.Statement[]): t.MemberExpression {
  const { suspending } = r;
  const block = t.blockStatement(body);
  if (!suspending)
    return t.memberExpression(
      t.objectExpression([...fields, t.objectMethod("set", id("to"), [id("value")], block)]),
      id("to"),
    );
  const setter = t.objectMethod("method", id("to"), [id("value")], block);
  const index = r.context.addFunction(setter, "method", r.context.ids.derive(r.context.ids.of(suspending), "target"));
  const creation = define(r, index, [], field(t.objectExpression([setter]), "to"), false);
  const object = abi("accessor", t.objectExpression(fields), text("to"), nothing(), creation);
  return t.memberExpression(object, id("to"));
}
