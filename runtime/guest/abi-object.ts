/**
 * `$k`: what compiled code calls (docs/ARCHITECTURE.md, "The ABI object"; `protocol/abi.ts`).
 *
 * The object is built once and handed to the program's function; no global reaches it. `g` alone changes: it is the
 * current thread's module scope object.
 */

import { api, cancelling } from "./api/index.ts";
import { construction } from "./construction.ts";
import { decorate, decorateParameter, typeMetadata } from "./decorate.ts";
import { setUnitSurroundings } from "./dynamic/code-unit.ts";
import { evaluateDirectly } from "./dynamic/install.ts";
import { guestError } from "./errors.ts";
import { startAsync, suspendOnAwait } from "./frames/async.ts";
import { startAsyncGenerator } from "./frames/async-generator.ts";
import { startGenerator, suspendOnDelegate, suspendOnYield } from "./frames/generator.ts";
import { classCreator, makeUnitClass, method, setKind } from "./function-kinds.ts";
import { noteError } from "./image/breach.ts";
import { importUnknown } from "./import-unknown.ts";
import {
  forInKeys,
  getAsyncIterator,
  getIterator,
  iteratorClose,
  iteratorNext,
  iteratorRest,
  iteratorResult,
  iteratorStep,
} from "./iterators.ts";
import { mappedArguments } from "./mapped-arguments.ts";
import { evaluateEntry, exportStar, exportsOf, metaOf, namespaceOf, registerModule, requireModule } from "./modules.ts";
import { walk } from "./natives/consumed-iteration.ts";
import { openIteration, ownIteration } from "./natives/explicit-iteration.ts";
import {
  accessor,
  accessorName,
  applied,
  defineOwn,
  extend,
  invoke,
  omit,
  propertyKey,
  superGet,
  superSet,
} from "./object-operations.ts";
import { openScopes } from "./open-scopes.ts";
import {
  append,
  define,
  defineFixed,
  defineHidden,
  NativeReferenceError,
  NativeTypeError,
  objectFreeze,
  reflectHas,
  stringSlice,
  uncurry,
} from "./primordials.ts";
import { Field, makePrivateName, registerHome, stampPrivateName } from "./private-names.ts";
import {
  type Definition,
  type Maker,
  type PrivateName,
  programDefinition,
  registry,
  type ScopeClass,
  type SlotClass,
  type StepFunction,
  TDZ,
} from "./registry.ts";
import { resources } from "./resources.ts";
import { FunctionSlot } from "./slots.ts";
import { Stamp } from "./stamp.ts";
import { importModule } from "./thread-modules.ts";
import { defineWebGlobals, host } from "./web-host.ts";

const noScopes: readonly unknown[] = objectFreeze([]);

function at<T>(list: T[], index: number, value: T): void {
  while (list.length <= index) append(list, undefined as never);
  list[index] = value;
}

/** Makers of few scopes are called without a list to apply: creating a closure is hot. */
function def(index: number, maker: Maker): Maker {
  const definition = programDefinition(index);
  definition.maker = maker;
  switch (maker.length) {
    case 0:
      return () => {
        const made = maker();
        new FunctionSlot(made, definition, noScopes);
        return made;
      };
    case 1:
      return (first) => {
        const made = maker(first);
        new FunctionSlot(made, definition, first);
        return made;
      };
    case 2:
      return (first, second) => {
        const made = maker(first, second);
        new FunctionSlot(made, definition, [first, second]);
        return made;
      };
    default:
      return (...scopes) => definition.instantiate(scopes);
  }
}

function frame(index: number, step: StepFunction): Definition {
  const definition = programDefinition(index);
  definition.step = step;
  return definition;
}

function handler(table: readonly number[], pc: number, error: unknown): number {
  for (let i = 0; i < table.length; i += 3) {
    if (pc >= table[i]! && pc < table[i + 1]!) return table[i + 2]!;
  }
  throw error;
}

function template(index: number, cooked: unknown[], raw: unknown[]): object {
  defineHidden(cooked, "raw", objectFreeze(raw));
  defineFixed(cooked, "raw", raw);
  at(registry.templates, index, objectFreeze(cooked));
  return cooked;
}

export const abi = {
  /** The current thread's module scope object; while modules load, the base. */
  g: registry.base,
  TDZ,
  tdz(name: string): never {
    throw new NativeReferenceError(`Cannot access '${name}' before initialization`);
  },
  constAssign(_name: string): never {
    throw new NativeTypeError("Assignment to constant variable.");
  },
  scope(layout: number, scopeClass: ScopeClass): ScopeClass {
    at(registry.scopes, layout, scopeClass);
    return scopeClass;
  },
  def,
  kind: setKind,
  frame,
  async: startAsync,
  generator: startGenerator,
  asyncGenerator: startAsyncGenerator,
  await: suspendOnAwait,
  yield: suspendOnYield,
  delegate: suspendOnDelegate,
  handler,
  cls: classCreator,
  /** `index`: among the classes of the program's tables; programs of earlier compilers give none. */
  slot(slotClass: SlotClass, index = registry.privateNames.length): PrivateName {
    // One that comes into being later belongs to a thread, and is saved by the class definition that made it.
    stampPrivateName(slotClass, registry.isLoaded ? -1 : index);
    if (!registry.isLoaded) at(registry.privateNames, index, slotClass);
    return slotClass;
  },
  name(slotClass: SlotClass): PrivateName {
    const { privateNames, tables, isLoaded } = registry;
    // Behind those that have a place in the tables.
    const index = privateNames.length < tables.classes.length ? tables.classes.length : privateNames.length;
    const name = makePrivateName(slotClass, isLoaded ? -1 : index);
    if (!isLoaded) at(privateNames, index, name);
    return name;
  },
  home: registerHome,
  Field,
  Stamp,
  base(name: string, value: unknown): void {
    define(registry.base, name, value);
  },
  module: registerModule,
  direct: evaluateDirectly,
  entry: evaluateEntry,
  exports: exportsOf,
  star: exportStar,
  namespace: namespaceOf,
  require: requireModule,
  import: importModule,
  importing: importUnknown,
  meta: metaOf,
  /** A module may hand over several lists; their order is that of evaluation, which is the program's. */
  bindings(index: number, values: readonly unknown[]): void {
    append(registry.bindings, values);
    append(registry.bindingModules, index);
  },
  template,
  api,
  cancelling,
  caught: noteError,
  superGet,
  superSet,
  ...openScopes,
  mapped: mappedArguments,
  /** ToPropertyKey */
  key: propertyKey,
  call(callee: unknown, receiver: unknown, ...args: unknown[]): unknown {
    return applied(callee, receiver, args);
  },
  invoke,
  apply: applied,
  caller: uncurry,
  define: defineOwn,
  accessor,
  accessorName,
  extend,
  omit,
  method,
  privateAccess(name: string, access: "get" | "set" | "method"): never {
    if (access === "method") throw new NativeTypeError(`Private method '${name}' is not writable`);
    throw new NativeTypeError(`'${name}' was defined without a ${access}ter`);
  },
  forIn: forInKeys,
  iterator: getIterator,
  asyncIterator: getAsyncIterator,
  step: iteratorStep,
  rest: iteratorRest,
  close: iteratorClose,
  next: iteratorNext,
  iterate: openIteration,
  iteration: ownIteration,
  walk,
  result: iteratorResult,
  construction,
  resources,
  decorate,
  decorateParameter,
  metadata: typeMetadata,
  noThrow(): never {
    throw new NativeTypeError("The iterator does not provide a 'throw' method.");
  },
  global: globalThis as object,
  /** A name of the global object that a function around compiled code would shadow. */
  free(name: string): unknown {
    if (reflectHas(globalThis, name)) return (globalThis as Record<string, unknown>)[name];
    throw new NativeReferenceError(`${name} is not defined`);
  },
  globals: defineWebGlobals,
  host,
  /** A global of Node's that a workflow has not, unless the script made one of that name. */
  absent(name: string): unknown {
    if (reflectHas(globalThis, name)) return (globalThis as Record<string, unknown>)[name];
    throw guestError("UnsupportedAtRunTime", `\`${name}\` does not exist in a workflow: it is Node's.`);
  },
  unsupported(what: string): never {
    if (stringSlice(what, 0, 5) === "node:") {
      throw guestError("UnsupportedAtRunTime", `${what} does not exist in a workflow: it is Node's.`);
    }
    throw guestError("UnsupportedAtRunTime", `${what} stayed native in a package and cannot be run durably.`);
  },
};

setUnitSurroundings({
  abi,
  classCreator:
    (unit, index, maker) =>
    (...makerArguments: unknown[]) =>
      makeUnitClass(unit, index, maker, makerArguments),
  makePrivateName: (slotClass) => makePrivateName(slotClass, -1),
});
