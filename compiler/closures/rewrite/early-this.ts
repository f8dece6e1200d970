/**
 * Constructors that arrow functions outlive: of derived classes, where an arrow uses `this` or `super()` itself.
 *
 *     class C extends B { x = this.early(); constructor() { super(() => this.y); } }
 *     class C extends B {
 *       #$i0 = void ($k.construction.fields(this), …x…);
 *       constructor() {
 *         const $s0 = new $S0($T), $c = $k.construction.begin();
 *         try { $k.construction.calling($s0), $s0.this = super($d1($s0)); } finally { $k.construction.end($c); }
 *       }
 *     }
 *
 * A constructor never suspends, so what is under construction is never saved; the arrow that calls `super()` is native
 * for that time, and becomes what is left of it at the end: a function that constructs the parent and throws.
 */
import { types as t } from "@babel/core";
import type { Frame } from "../analysis/model.ts";
import type { FunctionNode } from "../syntax.ts";
import { assign, call, declare, field, id, run, sequence } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";

const construction = (name: string, ...args: t.Expression[]): t.CallExpression =>
  call(t.memberExpression(t.memberExpression(id("$k"), id("construction")), id(name)), ...args);

const seesEarly = (r: Rewriter, frame: Frame): boolean =>
  frame.memberOf !== undefined &&
  r.analysis.earlyThis.has(frame.memberOf.node) &&
  frame.top.bindings.get("this")?.captured === true;

/** `super(…)`: says whose fields come next. */
export function beforeFields(r: Rewriter, frame: Frame, made: t.Expression): t.Expression {
  if (!seesEarly(r, frame)) return made;
  return sequence(construction("calling", r.useScope(frame.top)), made);
}

/** The first field's part of it; nothing for other classes. */
export function firstField(r: Rewriter, node: t.Class): t.Expression[] {
  const method = node.body.body.find((member) => t.isClassMethod(member, { kind: "constructor" }));
  const frame = method && r.analysis.frames.get(method);
  return frame && seesEarly(r, frame) ? [construction("fields", t.thisExpression())] : [];
}

/** Puts the body of such a constructor between its beginning and its end. */
export function constructorBody(r: Rewriter, node: FunctionNode, prologue: number): void {
  const frame = r.analysis.frames.get(node)!;
  if (frame.kind !== "constructor" || node.body.type !== "BlockStatement") return;
  const superCalls = r.analysis.superCalls.get(node);
  const isEarly = seesEarly(r, frame);
  if (!superCalls && !isEarly) return;
  const { body } = node.body;
  const opening = body.slice(0, prologue);
  const ending: t.Statement[] = [];
  if (superCalls) {
    const self = t.binaryExpression("!==", field(r.useScope(frame.top), "this"), id("$T"));
    const left = construction(
      "superAgain",
      field(r.useScope(frame.memberOf!), "class"),
      t.metaProperty(id("new"), id("target")),
      self,
    );
    ending.push(run(assign(field(r.useScope(superCalls), "super()"), left)));
  }
  if (isEarly) {
    const begun = r.context.uniqueName("c");
    opening.push(declare("const", begun, construction("begin")));
    ending.push(run(construction("end", id(begun))));
  }
  const attempt = t.tryStatement(t.blockStatement(body.slice(prologue)), null, t.blockStatement(ending));
  node.body.body = [...opening, attempt];
}
