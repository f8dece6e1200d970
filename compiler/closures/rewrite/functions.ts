/**
 * Nested functions become definitions at module level.
 *
 *     function counter(start) { let n = start; return () => ++n; }
 *
 *     const $d1 = $k.def(1, ($s0) => () => ++$s0.n);
 *     function counter(start) { const $s0 = new $S0(start); … return $d1($s0); }
 *
 * Functions at module level that use no scope object stay where they are. Re-running a maker with the same scope objects
 * gives an equivalent function (I3): everything with a side effect is at the creation, not in the maker.
 */
import { types as t } from "@babel/core";
import type { FunctionKind } from "#protocol";
import type { FunctionNode } from "../syntax.ts";
import { functionBody } from "./blocks.ts";
import type { Boundary, ScopeObject } from "./boundary.ts";
import { define } from "./definitions.ts";
import { constructorBody } from "./early-this.ts";
import type { Name } from "./name.ts";
import { naming, namingByKey } from "./names.ts";
import { assign, at, field, id, nothing, sequence, text } from "./nodes.ts";
import { rewriteParameters } from "./parameters.ts";
import type { Rewriter } from "./rewriter.ts";
import { openInExpression } from "./scope-objects.ts";

export function kindOf(node: FunctionNode): FunctionKind {
  if (node.generator) return node.async ? "asyncGenerator" : "generator";
  if (node.async) return "async";
  switch (node.type) {
    case "ArrowFunctionExpression":
      return "arrow";
    case "ObjectMethod":
    case "ClassMethod":
    case "ClassPrivateMethod":
      if (node.kind === "get") return "getter";
      if (node.kind === "set") return "setter";
      return node.kind === "constructor" ? "constructor" : "method";
    default:
      return "normal";
  }
}

/** Rewrites parameters and body in place, inside a boundary of its own. */
export function insideOf(r: Rewriter, node: FunctionNode): Boundary {
  const frame = r.analysis.frames.get(node)!;
  return r.inside({ strict: frame.strict, fn: node }, () => {
    const prologue = rewriteParameters(r, node);
    const opening = functionBody(r, node, prologue);
    constructorBody(r, node, opening);
  }).boundary;
}

/** A function that uses nothing of its surroundings and is made at load stays where it is. */
export const staysNative = (r: Rewriter, boundary: Boundary): boolean =>
  r.boundary.moduleLevel && boundary.uses.size === 0;

/** A function expression or arrow function. */
export function functionValue(
  r: Rewriter,
  node: t.FunctionExpression | t.ArrowFunctionExpression,
  name: Name | undefined,
): t.Expression {
  const nameScope = node.type === "FunctionExpression" && node.id ? r.analysis.scopes.get(node.id) : undefined;
  const own = nameScope && openInExpression(r, nameScope, () => nothing());
  const boundary = insideOf(r, node);
  const made = staysNative(r, boundary) ? native(r, node) : defineFunction(r, node, boundary, name);
  if (!own) return made;
  const variable = field(r.use(own.object), nameScope.node.type === "Identifier" ? nameScope.node.name : "");
  return at(sequence(...own.creation, assign(variable, made)), node);
}

function native(r: Rewriter, node: FunctionNode): t.Expression {
  r.context.addFunction(node, kindOf(node));
  return node as t.Expression;
}

function defineFunction(
  r: Rewriter,
  node: t.FunctionExpression | t.ArrowFunctionExpression,
  boundary: Boundary,
  name: Name | undefined,
): t.Expression {
  const index = r.context.addFunction(node, kindOf(node));
  const needs = r.needs(boundary);
  const { strict } = boundary;
  if (name?.kind === "key") {
    const key = keyInput(r);
    const creation = define(r, index, [...needs, key], namingByKey(id(key.variable), node), strict);
    creation.arguments[creation.arguments.length - 1] = name.key();
    return at(creation, node);
  }
  const isPlain = name === undefined || (node.type === "FunctionExpression" && node.id);
  return at(define(r, index, needs, isPlain ? node : naming(name.name, node), strict), node);
}

/**
 * The input of a maker that is no scope object but the property key which names the function: whole when the maker runs
 * again, for it is a primitive.
 */
function keyInput(r: Rewriter): ScopeObject {
  const layout = r.context.addScope(["key"]);
  const variable = r.context.uniqueName("key");
  const order = Number.MAX_SAFE_INTEGER;
  return { layout, className: "", variable, fields: ["key"], order, owner: r.boundary, once: false };
}

/** A hoisted function declaration as a value; undefined when it may stay a declaration. */
export function declaredFunction(r: Rewriter, node: t.FunctionDeclaration, mayStay: boolean): t.Expression | undefined {
  const boundary = insideOf(r, node);
  const isNative = staysNative(r, boundary);
  if (isNative && mayStay) {
    r.context.addFunction(node, kindOf(node));
    return undefined;
  }
  const { name } = node.id!;
  // As an expression's own name these would be keywords of its body.
  const isKeyword = (name === "yield" && node.generator) || (name === "await" && node.async);
  const made = t.functionExpression(
    isKeyword ? null : node.id!,
    node.params as t.FunctionParameter[],
    node.body,
    node.generator,
    node.async,
  );
  at(made, node);
  if (node.extra) made.extra = node.extra;
  if (!isNative) return defineFunction(r, made, boundary, { kind: "static", name });
  return isKeyword ? naming(name, native(r, made)) : native(r, made);
}

/**
 * A method or accessor that does not stay where it is written: made as a method (no [[Construct]]) of the given name.
 * `name.kind === "key"` carries the finished name or key.
 */
export function methodValue(
  r: Rewriter,
  node: t.ObjectMethod | t.ClassPrivateMethod,
  boundary: Boundary,
  name: Name,
): t.Expression {
  const index = r.context.addFunction(node, kindOf(node));
  const needs = r.needs(boundary);
  if (name.kind === "static")
    return at(define(r, index, needs, methodNamed(node, text(name.name)), boundary.strict), node);
  const key = keyInput(r);
  const made = methodNamed(node, id(key.variable));
  const creation = define(r, index, [...needs, key], made, boundary.strict);
  creation.arguments[creation.arguments.length - 1] = name.key();
  return at(creation, node);
}

/** `({ [key](…) { … } })[key]` */
export function methodNamed(node: t.ObjectMethod | t.ClassPrivateMethod, key: t.Expression): t.Expression {
  const name = key.type === "StringLiteral" ? key.value : undefined;
  const isPlain = name !== undefined && t.isValidIdentifier(name, false) && name !== "__proto__";
  const made = t.objectMethod(
    "method",
    isPlain ? id(name) : key,
    node.params as t.FunctionParameter[],
    node.body,
    !isPlain,
    node.generator,
    node.async,
  );
  at(made, node);
  if (node.extra) made.extra = node.extra;
  const object = t.objectExpression([made]);
  return isPlain ? field(object, name) : t.memberExpression(object, t.cloneNode(key), true);
}
