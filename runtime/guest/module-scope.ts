/**
 * Module scope objects (`$k.g`): the module-level bindings that can change after load, one object per thread, with the
 * names of `tables.globals` as own data properties. Its values after load are the base; a thread saves what differs.
 */

import { define, objectSetPrototypeOf } from "./primordials.ts";
import { registry } from "./registry.ts";

// Objects of a class with one order of properties share a shape, which one without prototype made by hand would not.
export class ModuleScope {}
objectSetPrototypeOf(ModuleScope.prototype, null);

/** A module scope object as a new thread gets it. */
export function newModuleScope(): object {
  const scope = new ModuleScope();
  const base = registry.base as Record<string, unknown>;
  const { globals } = registry.tables;
  for (let i = 0; i < globals.length; i++) define(scope, globals[i]!, base[globals[i]!]);
  return scope;
}
