/**
 * Scope objects: the environment records that captured variables live in.
 *
 *     const $S0 = $k.scope(0, class { constructor(a0, a1) { this.a = a0; this.b = a1; } });
 *     const $s0 = new $S0(a, $T);
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import type { Binding, Scope } from "../analysis/model.ts";
import { abi, assign, declare, field, id, nothing, run, tdz } from "./nodes.ts";
import type { Boundary, Rewriter } from "./rewriter.ts";

export interface ScopeObject {
  readonly layout: number;
  readonly className: string;
  readonly variable: string;
  readonly fields: readonly string[];
  readonly order: number;
  readonly owner: Boundary;
  /** A constant of the module: seen natively from everywhere. */
  readonly once: boolean;
}

/** Registers a layout at module level. */
export function layoutOf(context: ModuleContext, fields: readonly string[]): { layout: number; className: string } {
  const layout = context.addScope(fields);
  const className = context.uniqueName("S");
  const initialise = t.classMethod(
    "constructor",
    id("constructor"),
    fields.map((_, index) => id(`a${index}`)),
    t.blockStatement(fields.map((name, index) => run(assign(field(t.thisExpression(), name), id(`a${index}`))))),
  );
  const layoutClass = t.classExpression(null, null, t.classBody([initialise]));
  context.hoist(declare("const", className, abi("scope", t.numericLiteral(layout), layoutClass)));
  return { layout, className };
}

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
