/**
 * Units of global code (compiler/script): registered one by one in a context that has no other program, run by the thread.
 *
 * Each unit counts its functions, scopes and classes from zero; here they get their places behind those of the units
 * before. Registering makes nothing but definitions and template objects, so contexts that registered the same units in
 * one order know each other's states. Lexical bindings of global code are native; while a thread is out of its context
 * their values are held by its module scope object.
 */

import type { ProgramTables } from "#protocol";
import { abi } from "./abi-object.ts";
import { extendImage } from "./image/index.ts";
import { runModule } from "./modules.ts";
import {
  append,
  define,
  hasOwn,
  jsonParse,
  NativeTypeError,
  objectCreate,
  objectFreeze,
  reflectApply,
  reflectDefineProperty,
  reflectGet,
  reflectGetOwnPropertyDescriptor,
  reflectIsExtensible,
  reflectSet,
} from "./primordials.ts";
import { type Maker, registry, type ScopeClass, type SlotClass, type StepFunction, TDZ } from "./registry.ts";
import { evaluateInThread } from "./thread-modules.ts";

type Lexical = readonly [name: string, get: () => unknown, set: (value: unknown) => void, isConstant: boolean];

interface Unit {
  readonly name: string;
  /** Names of its bindings in the module scope object. */
  readonly globals: readonly string[];
  lexical: readonly Lexical[];
  run: () => unknown;
}

const units: Unit[] = [];
const globalObject: object = globalThis;

/** CreateGlobalFunctionBinding */
function declareFunction(name: string, value: unknown): void {
  const existing = reflectGetOwnPropertyDescriptor(globalObject, name);
  const isWritable = existing?.writable === true && existing.enumerable === true;
  const isAllowed =
    existing === undefined ? reflectIsExtensible(globalObject) : existing.configurable === true || isWritable;
  if (!isAllowed) throw new NativeTypeError(`Cannot redefine global function '${name}'`);
  // All attributes, since an embedder's global object may take absent ones for false.
  const descriptor = objectCreate(null) as PropertyDescriptor;
  descriptor.value = value;
  descriptor.writable = true;
  descriptor.enumerable = true;
  descriptor.configurable = false;
  reflectDefineProperty(globalObject, name, descriptor);
  reflectSet(globalObject, name, value);
}

/** What is about to be assigned to a name that its script does not declare: to no constant of another. */
function assigned(name: string, value?: unknown): unknown {
  forEachLexical((_, lexical) => {
    if (lexical[0] !== name) return;
    if (lexical[1]() === TDZ) abi.tdz(name);
    if (lexical[3]) abi.constAssign(name);
  });
  return value;
}

/** The ABI object of one unit: indexes are moved behind those of the units before. */
function abiOfUnit(unit: Unit, before: ProgramTables): object {
  const functions = before.functions.length;
  const scopes = before.scopes.length;
  const classes = before.classes.length;
  const modules = before.modules.length;
  const templates = registry.templates.length;
  return {
    __proto__: abi,
    def: (index: number, maker: Maker) => abi.def(index + functions, maker),
    frame: (index: number, step: StepFunction) => abi.frame(index + functions, step),
    scope: (layout: number, scopeClass: ScopeClass) => abi.scope(layout + scopes, scopeClass),
    cls: (index: number, maker: Maker) => abi.cls(index + classes, maker),
    slot: (slotClass: SlotClass, index: number) => abi.slot(slotClass, index + classes),
    template: (index: number, cooked: unknown[], raw: unknown[]) => abi.template(index + templates, cooked, raw),
    exports: (index: number) => abi.exports(index + modules),
    meta: (index: number) => abi.meta(index + modules),
    namespace: (index: number, node: boolean) => abi.namespace(index + modules, node),
    import: (index: number, node: boolean) => abi.import(index + modules, node),
    module(index: number, imports: readonly number[], body: never, evaluation: never): void {
      abi.module(index + modules, imports, body, evaluation);
    },
    entry(index: number): void {
      runModule(index + modules);
      unit.run = () => evaluateInThread(index + modules);
    },
    freeze: objectFreeze,
    assigned,
    declareFunction,
    setGlobal(name: string, value: unknown): void {
      reflectSet(globalObject, name, value);
    },
    script(lexical: readonly Lexical[], run: () => unknown): void {
      unit.lexical = lexical;
      unit.run = run;
      for (let i = 0; i < lexical.length; i++) lexical[i]![2](TDZ);
    },
  };
}

function joined(
  before: ProgramTables,
  { functions, classes, scopes, globals, modules, strings, shapes }: ProgramTables,
) {
  const moved = <E extends { readonly scopes: readonly number[] }>(entries: readonly E[]): E[] => {
    const list: E[] = [];
    for (let i = 0; i < entries.length; i++) {
      const own: number[] = [];
      for (let k = 0; k < entries[i]!.scopes.length; k++) append(own, entries[i]!.scopes[k]! + before.scopes.length);
      append(list, { ...entries[i]!, scopes: own });
    }
    return list;
  };
  const tables: ProgramTables = {
    functions: chain(before.functions, moved(functions)),
    classes: chain(before.classes, moved(classes)),
    scopes: chain(before.scopes, scopes),
    globals: chain(before.globals, globals),
    modules: chain(before.modules, modules),
    entry: 0,
    strings: chain(before.strings, strings),
    shapes: chain(before.shapes, shapes),
  };
  return tables;
}

function chain<T>(first: readonly T[], second: readonly T[]): T[] {
  const list: T[] = [];
  for (let i = 0; i < first.length; i++) append(list, first[i]!);
  for (let i = 0; i < second.length; i++) append(list, second[i]!);
  return list;
}

/** Registers a unit; nothing of it runs. */
export function addUnit(name: string, code: (abi: object) => void, tablesJson: string): void {
  const tables = jsonParse(tablesJson) as ProgramTables;
  const before = registry.tables;
  const unit: Unit = { name, globals: tables.globals, lexical: [], run: () => undefined };
  append(units, unit);
  registry.tables = joined(before, tables);
  for (let i = 0; i < tables.globals.length; i++) define(registry.base, tables.globals[i]!, TDZ);
  code(abiOfUnit(unit, before));
  extendImage();
}

/** Whether this context is one for units instead of a program. */
export function hasUnits(): boolean {
  return units.length > 0;
}

/** Runs a unit; gives what its function gives: for one that suspends, its promise. */
export function runUnit(name: string, scope: object): unknown {
  for (let i = units.length - 1; i >= 0; i--) {
    const { name: itsName, globals, run } = units[i]!;
    if (itsName !== name) continue;
    // The thread may be older than the unit.
    for (let k = 0; k < globals.length; k++) {
      if (!hasOwn(scope, globals[k]!)) define(scope, globals[k]!, reflectGet(registry.base, globals[k]!));
    }
    return reflectApply(run, globalObject, []);
  }
  throw new NativeTypeError(`No unit ${name} is registered.`);
}

/** The values of lexical bindings of global code, into a thread's module scope object. */
export function saveLexical(scope: object): void {
  forEachLexical((name, lexical) => define(scope, name, lexical[1]()));
}

export function restoreLexical(scope: object): void {
  // By index: a pattern would ask the script's own iterator.
  forEachLexical((name, lexical) => lexical[2](hasOwn(scope, name) ? reflectGet(scope, name) : TDZ));
}

function forEachLexical(visit: (name: string, lexical: Lexical) => void): void {
  for (let i = 0; i < units.length; i++) {
    const { globals, lexical } = units[i]!;
    for (let k = 0; k < lexical.length; k++) visit(globals[k]!, lexical[k]!);
  }
}
