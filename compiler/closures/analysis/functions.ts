/**
 * Functions: a frame each. Parameters and body share one scope unless a function is made in the parameter list, which
 * could tell them apart.
 */
import { types as t } from "@babel/core";
import { type FunctionNode, hasUseStrict, makesFunctions } from "../syntax.ts";
import { boundNames } from "./declarations.ts";
import type { Binding, Frame } from "./model.ts";
import type { FrameOptions, Walk } from "./walk.ts";

export function visitFunctionDeclaration(w: Walk, node: t.FunctionDeclaration): void {
  const own = w.scope.bindings.get(node.id!.name);
  if (own) w.analysis.declared.set(node, own);
  const variable = w.analysis.blockFunctionVars.get(node);
  if (own && variable) {
    own.captured = true;
    unhide(w, variable);
  }
  visitFunction(w, node, "function", { hoisted: true });
}

/** A catch parameter between the two would take the assignment, which is made by name: it moves out of the way. */
function unhide(w: Walk, variable: Binding): void {
  for (let scope = w.scope.parent; scope && scope !== variable.scope; scope = scope.parent) {
    const between = scope.bindings.get(variable.name);
    if (between) between.captured = true;
  }
}

export function visitFunctionExpression(w: Walk, node: t.FunctionExpression): void {
  const { id } = node;
  if (!id) {
    visitFunction(w, node, "function", {});
    return;
  }
  const scope = w.newScope("functionName", id);
  w.declare(scope, id.name, "functionName");
  w.within(scope, () => visitFunction(w, node, "function", {}));
}

export function visitFunction(w: Walk, node: FunctionNode, kind: Frame["kind"], options: FrameOptions): void {
  const outerStrict = w.strict;
  w.strict = outerStrict || options.memberOf !== undefined || hasUseStrict(node.body);
  const frame = w.newFrame(node, kind, options);
  w.strict = outerStrict;
  w.inFrame(frame, () => {
    const separate = node.params.some(makesFunctions);
    const top = w.newScope(separate ? "parameters" : "function", node);
    frame.top = top;
    w.scope = top;
    const names = new Set(node.params.flatMap((parameter) => boundNames(parameter)));
    const body = node.body.type === "BlockStatement" ? node.body.body : undefined;
    for (const name of names) {
      const binding = w.declare(top, name, "parameter");
      if (!separate) continue;
      binding.captured = true;
      binding.initialisedAt = Number.POSITIVE_INFINITY;
    }
    if (!separate && body) w.declareBody(body, names);
    w.inParameters = !separate;
    for (const parameter of node.params) {
      w.visit(parameter);
      if (separate) w.initialise(boundNames(parameter).map((name) => top.bindings.get(name)!));
    }
    w.inParameters = false;
    if (separate && body) {
      w.scope = w.newScope("function", node, true);
      w.declareBody(body, new Set());
    }
    if (body) w.statements(body);
    else w.visit(node.body);
  });
}

export function visitObjectExpression(w: Walk, node: t.ObjectExpression): void {
  const literal = w.newScope("literal", node);
  for (const property of node.properties) {
    if (property.type !== "ObjectMethod") {
      w.visit(property);
      continue;
    }
    if (property.computed) w.visit(property.key);
    w.within(literal, () => visitFunction(w, property, "method", { literal }));
  }
}

/** `if (x) function f() {}`, sloppy only, is as if a block stood around the function. */
export function visitIf(w: Walk, node: t.IfStatement): void {
  const blockOf = (statement: t.FunctionDeclaration): t.BlockStatement =>
    t.inherits(t.blockStatement([statement]), statement);
  if (node.consequent.type === "FunctionDeclaration") node.consequent = blockOf(node.consequent);
  if (node.alternate?.type === "FunctionDeclaration") node.alternate = blockOf(node.alternate);
  w.children(node);
}
