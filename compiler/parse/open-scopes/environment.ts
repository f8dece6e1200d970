/**
 * What a place in the source sees, from the inside out: scopes whose names stand in the source, and *layers*, whose names are
 * known only at run time: the object of a `with`, and the variables that texts of sloppy direct `eval`s have declared.
 */
import { types as t } from "@babel/core";
import { SCRIPT_NAMES } from "../../phase.ts";

export interface NameScope {
  readonly kind: "names";
  readonly names: ReadonlySet<string>;
  /**
   * What a `var` of the text of an `eval` inside means that has one of these names: `barred`: it may not; `variables`: it is
   * that variable; `passed`: another variable.
   */
  readonly role: "barred" | "variables" | "passed";
  /** How its names are reached, where they are no variables here: in the text of an `eval`. */
  readonly via: ((name: string, isRead?: boolean) => t.Expression) | undefined;
  readonly outer: Environment | null;
}

export interface Layer {
  readonly kind: "layer";
  readonly isWith: boolean;
  readonly object: () => t.Expression;
  readonly outer: Environment | null;
}

export type Environment = NameScope | Layer;

export interface Resolution {
  /** Those that are asked before, from the inside out. */
  readonly layers: readonly Layer[];
  readonly via: NameScope["via"];
  readonly isBound: boolean;
}

const NOTHING: Resolution = { layers: [], via: undefined, isBound: false };

export function resolve(environment: Environment | null, name: string): Resolution {
  // Of the compiler's own.
  if (name === SCRIPT_NAMES.abi || name === SCRIPT_NAMES.tdz) return NOTHING;
  const layers: Layer[] = [];
  for (let at = environment; at !== null; at = at.outer) {
    if (at.kind === "layer") layers.push(at);
    else if (at.names.has(name)) return { layers, via: at.via, isBound: true };
  }
  return { layers, via: undefined, isBound: false };
}

export function names(
  list: Iterable<string>,
  outer: Environment | null,
  role: NameScope["role"],
  via?: NameScope["via"],
): Environment | null {
  const set = new Set(list);
  return set.size === 0 ? outer : { kind: "names", names: set, role, via, outer };
}

export function layer(variable: string, isWith: boolean, outer: Environment | null): Layer {
  return { kind: "layer", isWith, object: () => t.identifier(variable), outer };
}
