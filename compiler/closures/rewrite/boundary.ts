/**
 * Boundaries and scope objects: what closure conversion moves, and what it moves variables into.
 *
 *     const $S0 = $k.scope(0, class { constructor(a0, a1) { this.a = a0; this.b = a1; } });
 */
import { types as t } from "@babel/core";
import type { ModuleContext } from "../../phase.ts";
import type { FunctionNode } from "../syntax.ts";
import { abi, assign, declare, field, fieldName, id, run } from "./nodes.ts";

/** What will be moved away from its surroundings, or evaluated apart from them. */
export interface Boundary {
  readonly parent: Boundary | undefined;
  /** Code that runs once, at load, where it is written: the module itself and static parts of its classes. */
  moduleLevel: boolean;
  readonly strict: boolean;
  /** The function whose body this is. */
  readonly fn: FunctionNode | undefined;
  readonly uses: Set<ScopeObject>;
  temporaries: string[];
  /** `var`s whose declarations were taken apart. */
  readonly vars: Set<string>;
}

export interface BoundaryOptions {
  readonly strict: boolean;
  readonly fn?: FunctionNode;
  readonly moduleLevel?: boolean;
}

/** A boundary inside another. */
export function newBoundary(parent: Boundary | undefined, options: BoundaryOptions): Boundary {
  const { strict, fn, moduleLevel = false } = options;
  return { parent, moduleLevel, strict, fn, uses: new Set(), temporaries: [], vars: new Set() };
}

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
  const layout = context.addScope(fields.map(fieldName));
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
