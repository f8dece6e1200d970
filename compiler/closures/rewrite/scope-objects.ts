/**
 * Scope objects: the environment records that captured variables live in.
 *
 *     const $S0 = $k.scope(0, class { constructor(a0, a1) { this.a = a0; this.b = a1; } });
 *     const $s0 = new $S0(a, $T);
 */
import { types as t } from "@babel/core";
import type { Binding, Scope } from "../analysis/model.ts";
import type { ScopeObject } from "./boundary.ts";
import { assign, declare, id, nothing, tdz } from "./nodes.ts";
import type { Rewriter } from "./rewriter.ts";

/** What a captured binding holds when its scope comes into being. */
export function initialValue(binding: Binding): t.Expression {
  switch (binding.kind) {
    case "var":
    case "function":
    case "functionName":
      return nothing();
    case "special":
      return specialValue(binding);
    default:
      return tdz();
  }
}

function specialValue(binding: Binding): t.Expression {
  switch (binding.name) {
    case "this":
      return binding.initialisedAt === 0 ? t.thisExpression() : tdz();
    case "arguments":
      return id("arguments");
    case "new.target":
      return t.metaProperty(id("new"), id("target"));
    case "super()":
      // Native for the time of the constructor: only it can run the parent's constructor and the field initialisers.
      return t.arrowFunctionExpression(
        [t.restElement(id("args"))],
        t.callExpression(t.super(), [t.spreadElement(id("args"))]),
      );
    case "class":
      return tdz();
    default:
      return nothing();
  }
}

/** `new $S0(…)` with a value for each captured binding. */
export function construct(
  object: ScopeObject,
  scope: Scope,
  valueFor: (binding: Binding) => t.Expression = initialValue,
): t.NewExpression {
  return t.newExpression(
    id(object.className),
    object.fields.map((name) => valueFor(scope.bindings.get(name)!)),
  );
}

/** Opens a scope's object: its declaration, or nothing when nothing is captured. */
export function openScope(
  r: Rewriter,
  scope: Scope | undefined,
  valueFor?: (binding: Binding) => t.Expression,
): t.Statement[] {
  const object = scope && r.open(scope);
  return object ? [declare("const", object.variable, construct(object, scope, valueFor))] : [];
}

/**
 * Opens a scope's object where only an expression can stand: an assignment to a temporary of the boundary, or a constant
 * of the module for a scope that is evaluated once.
 */
export function openInExpression(
  r: Rewriter,
  scope: Scope,
  valueFor?: (binding: Binding) => t.Expression,
): { object: ScopeObject; creation: t.Expression[] } | undefined {
  const object = r.open(scope);
  if (!object) return undefined;
  const creation = construct(object, scope, valueFor);
  if (object.once) {
    r.context.hoist(declare("const", object.variable, creation));
    r.imageValues.push(id(object.variable));
    return { object, creation: [] };
  }
  r.boundary.temporaries.push(object.variable);
  return { object, creation: [assign(id(object.variable), creation)] };
}
