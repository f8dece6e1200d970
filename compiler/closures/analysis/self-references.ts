/**
 * What `this`, `new.target`, `super` and private names refer to: those of the nearest function that is no arrow function,
 * natively where the code stands in it, else through a field of that function's or class's scope object.
 */
import type { types as t } from "@babel/core";
import type { Binding, ClassScope, Frame, Scope } from "./model.ts";
import type { Walk } from "./walk.ts";

/** The frame that gives `this` its meaning. */
function owner(w: Walk): Frame {
  let { frame } = w;
  while (frame.kind === "arrow" && frame.parent) frame = frame.parent;
  return frame;
}

/** The binding that `this` has to be read from here; undefined: native `this`. */
function thisBinding(w: Walk): Binding | undefined {
  const frame = owner(w);
  if (frame.kind === "program") return undefined;
  if (frame.kind === "static") {
    if (frame === w.frame && !frame.detached) return undefined;
    return w.special(frame.memberOf!, "class");
  }
  if (frame === w.frame) return undefined;
  const binding = w.special(frame.top, "this");
  if (frame.kind === "constructor" && frame.memberOf!.derived) binding.initialisedAt = Number.POSITIVE_INFINITY;
  return binding;
}

export function visitThis(w: Walk, node: t.Node): void {
  const binding = thisBinding(w);
  if (!binding) return;
  w.refer(node, binding);
  binding.captured = true;
}

export function visitMetaProperty(w: Walk, node: t.MetaProperty): void {
  if (node.meta.name !== "new") return;
  const frame = owner(w);
  if (frame.kind === "program") return;
  if (frame.kind === "field" || frame.kind === "static") w.analysis.undefinedTargets.add(node);
  else if (frame !== w.frame) w.refer(node, w.special(frame.top, "new.target"));
}

export function visitSuperCall(w: Walk, node: t.Super): void {
  const frame = owner(w);
  if (frame === w.frame) {
    w.analysis.constructors.set(node, frame);
    return;
  }
  let scope = w.analysis.superCalls.get(frame.node);
  if (!scope) {
    scope = { ...frame.top, bindings: new Map() };
    w.analysis.superCalls.set(frame.node, scope);
    // What is left of it when the constructor has ended begins at the class.
    w.special(frame.memberOf!, "class").captured = true;
  }
  w.refer(node, w.special(scope, "super()"));
  const self = w.special(frame.top, "this");
  self.captured = true;
  self.initialisedAt = Number.POSITIVE_INFINITY;
}

/** `super` of a member expression. */
export function visitSuperMember(w: Walk, node: t.Super): void {
  const home = homeOf(w);
  if (!home) return;
  const { captured } = home;
  w.refer(node, home);
  home.captured = captured;
  const self = thisBinding(w);
  if (!self) return;
  self.captured = true;
  w.analysis.receivers.set(node, { binding: self, frame: w.frame, order: w.order, native: false, early: false });
}

/** The binding that leads to the home object; undefined: native `super`. */
function homeOf(w: Walk): Binding | undefined {
  const frame = owner(w);
  const isDirect = frame === w.frame && !frame.detached;
  if (frame.memberOf) {
    if (isDirect) return undefined;
    const home = w.special(frame.memberOf, "class");
    home.captured = true;
    return home;
  }
  if (!frame.literal) return undefined;
  // A literal that is made once, at load, keeps its methods; they read the field only if others need it.
  const home = w.special(frame.literal, "super");
  if (!isDirect || !frame.literal.once) home.captured = true;
  return home;
}

export function visitPrivateName(w: Walk, node: t.PrivateName): void {
  for (let scope: Scope | undefined = w.scope; scope; scope = scope.parent) {
    const name = scope.kind === "class" ? (scope as ClassScope).privates.get(node.id.name) : undefined;
    if (!name) continue;
    w.analysis.privates.set(node, name);
    return;
  }
}
