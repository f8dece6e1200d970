/**
 * The module scope object of a thread: only what differs from its values after load.
 *
 *   MODULE_SCOPE          body: n (index into `tables.globals`, value) …
 */
import { ModuleScope, newModuleScope } from "../../module-scope.ts";
import { objectIs } from "../../primordials.ts";
import { registry } from "../../registry.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import type { BodyReader, HeadReader, Kind } from "../kind.ts";

type Bindings = Record<string, unknown>;

export const moduleScopePrototype: object = ModuleScope.prototype;

export const moduleScope: Kind = {
  name: "module bindings",
  writeHead(encoder) {
    encoder.out.byte(format.MODULE_SCOPE);
    return undefined;
  },
  writeBody(encoder, value) {
    const { globals } = registry.tables;
    const base = registry.base as Bindings;
    let count = 0;
    for (let i = 0; i < globals.length; i++) {
      if (!objectIs((value as Bindings)[globals[i]!], base[globals[i]!])) count++;
    }
    encoder.out.index(count);
    for (let i = 0; i < globals.length && count > 0; i++) {
      const binding = (value as Bindings)[globals[i]!];
      if (objectIs(binding, base[globals[i]!])) continue;
      encoder.out.index(i);
      encoder.value(binding);
    }
  },
  visitEdges(value, visit) {
    const { globals } = registry.tables;
    for (let i = 0; i < globals.length; i++) if (visit(globals[i]!, (value as Bindings)[globals[i]!])) return true;
    return false;
  },
};

const readBindings: BodyReader = (decoder, scope) => {
  const { globals } = registry.tables;
  const count = decoder.reader.count();
  for (let i = 0; i < count; i++) {
    const name = globals[decoder.reader.varint()];
    if (name === undefined) corrupt("an unknown module binding");
    (scope as Bindings)[name] = decoder.value();
  }
};

export const moduleScopeHeads: readonly (readonly [number, HeadReader])[] = [
  [format.MODULE_SCOPE, (decoder) => decoder.add(newModuleScope(), readBindings, undefined)],
];
