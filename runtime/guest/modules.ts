/**
 * Modules at run time, as the linker's part of the ABI has it (`protocol/abi.ts`): instantiation, evaluation in order,
 * CommonJS interop, namespaces, `import()`.
 */

import { MODULES_GLOBAL } from "#protocol";
import { nativeGeneratorNext } from "./frames/generator.ts";
import {
  append,
  arraySort,
  define,
  defineFixed,
  defineGetter,
  hasOwn,
  isObject,
  NativeError,
  objectCreate,
  objectGetOwnPropertyNames,
  objectKeys,
  reflectApply,
  reflectGetOwnPropertyDescriptor,
  reflectPreventExtensions,
  symbolToStringTag,
} from "./primordials.ts";
import { registry } from "./registry.ts";

type Body = (...args: unknown[]) => unknown;

export interface Module {
  readonly index: number;
  readonly kind: "esm" | "commonjs" | "json" | "script";
  readonly imports: readonly number[];
  readonly body: Body;
  /** Other than "load": the thread evaluates it, by calling `evaluate` (thread-modules.ts). */
  readonly evaluation: "load" | "sync" | "async";
  evaluate: Body | undefined;
  status: "registered" | "instantiated" | "evaluating" | "evaluated" | "failed";
  /** ES: the generator of the body. */
  generator: unknown;
  /** CommonJS: the `module` object. JSON: holds the value as `exports`. */
  readonly module: { exports: unknown };
  error: unknown;
}

const modules: Module[] = [];
const exportRecords: object[] = [];
/** By module: for import by ES modules with Node's interop, and without. */
const namespaces: { readonly node: (object | undefined)[]; readonly plain: (object | undefined)[] } = {
  node: [],
  plain: [],
};
const metas: object[] = [];
/** By module: what `require` of an ES module gives. */
const required: object[] = [];

function hasEsModuleMark(exports: unknown): exports is { default?: unknown } {
  return isObject(exports) && Boolean((exports as { __esModule?: unknown }).__esModule);
}

/** `$k.exports` */
export function exportsOf(index: number): object {
  const known = exportRecords[index];
  if (known !== undefined) return known;
  const record = objectCreate(null) as object;
  while (exportRecords.length <= index) append(exportRecords, undefined as never);
  exportRecords[index] = record;
  if (registry.tables.modules[index]!.kind !== "esm") {
    defineGetter(record, "module", () => modules[index]!.module.exports, true);
    defineGetter(
      record,
      "default",
      () => {
        const { exports } = modules[index]!.module;
        return hasEsModuleMark(exports) ? exports.default : exports;
      },
      true,
    );
  }
  return record;
}

/** `$k.module` */
export function registerModule(
  index: number,
  imports: readonly number[],
  body: Body,
  evaluation: Module["evaluation"] = "load",
): void {
  const { kind } = registry.tables.modules[index]!;
  while (modules.length <= index) append(modules, undefined as never);
  modules[index] = {
    index,
    kind,
    imports,
    body,
    evaluation,
    evaluate: undefined,
    status: "registered",
    generator: undefined,
    module: { exports: kind === "commonjs" ? {} : undefined },
    error: undefined,
  };
  if (evaluation !== "load") define(registry.base, MODULES_GLOBAL, undefined);
}

export function moduleAt(index: number): Module {
  return modules[index]!;
}

function instantiate(module: Module): void {
  if (module.status !== "registered" || module.kind !== "esm") return;
  module.status = "instantiated";
  for (let i = 0; i < module.imports.length; i++) instantiate(modules[module.imports[i]!]!);
  module.generator = reflectApply(module.body, undefined, []);
  const { value } = reflectApply(nativeGeneratorNext, module.generator, []) as IteratorResult<object>;
  const getters = value as Record<string, () => unknown>;
  const record = exportsOf(module.index);
  const names = objectKeys(getters);
  for (let i = 0; i < names.length; i++) defineGetter(record, names[i]!, getters[names[i]!]!, true);
}

function unresolved(specifier: unknown): never {
  const error = new NativeError(`Cannot find module '${specifier}': the compiler could not resolve it.`);
  defineFixed(error, "code", "MODULE_NOT_FOUND");
  throw error;
}

/** Runs what is left of an ES module's body: the module itself, or what makes the function that evaluates it. */
function finishBody(module: Module): Body | undefined {
  const { value } = reflectApply(nativeGeneratorNext, module.generator, []) as IteratorResult<unknown>;
  return value as Body | undefined;
}

/** As far as the load goes: a module that runs in the thread gives the function that does so. */
function evaluate(module: Module): void {
  if (module.status === "failed") throw module.error;
  if (module.status === "evaluating" || module.status === "evaluated") return;
  instantiate(module);
  module.status = "evaluating";
  try {
    for (let i = 0; i < module.imports.length; i++) evaluate(modules[module.imports[i]!]!);
    if (module.kind === "esm") module.evaluate = finishBody(module);
    else if (module.kind === "json") module.module.exports = module.body();
    else if (module.kind === "script") reflectApply(module.body, globalThis, []);
    else reflectApply(module.body, module.module.exports, [module.module.exports, unresolved, module.module]);
    module.status = "evaluated";
  } catch (error) {
    module.status = "failed";
    module.error = error;
    throw error;
  }
}

/**
 * Evaluates what only `import()` or a `require` inside a function reaches, and makes its namespaces: everything that a
 * module makes belongs to the program image, whichever thread asks first. A failure is thrown to whoever asks for it.
 */
export function completeModules(): void {
  for (let i = 0; i < modules.length; i++) {
    try {
      evaluate(modules[i]!);
      namespaceOf(i, true);
      namespaceOf(i, false);
      if (modules[i]!.evaluation === "load") requireModule(i);
    } catch {
      // Kept in the module: `require` and `import()` throw it.
    }
  }
}

/** Evaluates a module that the linker wants before the entry. */
export function runModule(index: number): void {
  instantiate(modules[index]!);
  evaluate(modules[index]!);
}

/** Throws the error of a module that failed at load, or is evaluated only now. */
export const evaluateLoaded: (module: Module) => void = evaluate;

let entry = -1;

export function entryIndex(): number {
  return entry;
}

/** `$k.entry` */
export function evaluateEntry(index: number): void {
  entry = index;
  runModule(index);
}

/** The script's `main`: the entry's export of that name, else its default export. */
export function entryMain(): unknown {
  const module = modules[entry]!;
  const exports = (module.kind === "esm" ? exportsOf(entry) : module.module.exports) as {
    main?: unknown;
    default?: unknown;
  };
  if (!isObject(exports)) return exports;
  return exports.main ?? exports.default ?? (module.kind === "esm" ? undefined : exports);
}

/** `$k.star` */
export function exportStar(index: number, from: number): void {
  const source = modules[from]!;
  const record = exportsOf(index);
  if (!isObject(source.module.exports)) return;
  const keys = objectKeys(source.module.exports);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    if (key === "default" || hasOwn(record, key)) continue;
    defineGetter(record, key, () => (source.module.exports as Record<string, unknown>)[key], true);
  }
}

/** `$k.namespace` */
export function namespaceOf(index: number, node: boolean): object {
  const list = node || modules[index]!.kind === "esm" ? namespaces.node : namespaces.plain;
  const known = list[index];
  if (known !== undefined) return known;
  const namespace = objectCreate(null) as object;
  while (list.length <= index) append(list, undefined as never);
  list[index] = namespace;
  const module = modules[index]!;
  const record = exportsOf(index);
  if (module.kind === "esm") {
    const names = arraySort(objectGetOwnPropertyNames(record));
    for (let i = 0; i < names.length; i++) {
      defineGetter(namespace, names[i]!, reflectGetOwnPropertyDescriptor(record, names[i]!)!.get!, true);
    }
  } else {
    const { exports } = module.module;
    const names = isObject(exports) ? objectKeys(exports) : [];
    if (!hasOwn(isObject(exports) ? exports : namespace, "default")) append(names, "default");
    arraySort(names);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const whole = name === "default" && (node || !hasEsModuleMark(exports));
      defineGetter(
        namespace,
        name,
        whole ? () => module.module.exports : () => (module.module.exports as Record<string, unknown>)[name],
        true,
      );
    }
  }
  defineFixed(namespace, symbolToStringTag, "Module");
  reflectPreventExtensions(namespace);
  return namespace;
}

/** `$k.require` */
export function requireModule(index: number): unknown {
  const module = modules[index]!;
  if (module.evaluation !== "load") {
    const error = new NativeError(
      `Module '${registry.tables.modules[index]!.id}' awaits at its top level: import() it.`,
    );
    defineFixed(error, "code", "ERR_REQUIRE_ASYNC_MODULE");
    throw error;
  }
  evaluate(module);
  if (module.kind !== "esm") return module.module.exports;
  const record = exportsOf(index) as Record<string, unknown>;
  if (hasOwn(record, "module.exports")) return record["module.exports"];
  const known = required[index];
  if (known !== undefined) return known;
  const namespace = namespaceOf(index, false);
  let given = namespace;
  if (hasOwn(record, "default") && !hasOwn(record, "__esModule")) {
    given = objectCreate(namespace) as object;
    defineFixed(given, "__esModule", true);
  }
  while (required.length <= index) append(required, undefined as never);
  required[index] = given;
  return given;
}

/** `$k.meta` */
export function metaOf(index: number): object {
  const known = metas[index];
  if (known !== undefined) return known;
  const meta = objectCreate(null) as { url: string };
  meta.url = `kawait:///${registry.tables.modules[index]!.id}`;
  while (metas.length <= index) append(metas, undefined as never);
  metas[index] = meta;
  return meta;
}

/** `    at <module id>` of the innermost module whose evaluation ended with this; "" for none. */
export function moduleThatThrew(thrown: unknown): string {
  let found = "";
  for (let i = 0; i < modules.length; i++) {
    const module = modules[i];
    if (module === undefined || module.status !== "failed" || module.error !== thrown) continue;
    if (hasFailedImport(module, thrown)) continue;
    found = `    at ${registry.tables.modules[i]!.id}`;
  }
  return found;
}

function hasFailedImport({ imports }: Module, thrown: unknown): boolean {
  for (let i = 0; i < imports.length; i++) {
    const imported = modules[imports[i]!]!;
    if (imported.status === "failed" && imported.error === thrown) return true;
  }
  return false;
}

/** `module.exports` of CommonJS, the value of JSON. */
export function moduleExports(index: number): unknown {
  return modules[index]?.module.exports;
}

/** Every object of the module system that a state may name, in fixed order. */
export function moduleObjects(): unknown[] {
  const objects: unknown[] = [];
  for (let i = 0; i < modules.length; i++) {
    // Units of global code are no modules.
    if (modules[i] === undefined) continue;
    append(objects, exportsOf(i));
    append(objects, modules[i]!.module.exports);
    append(objects, modules[i]!.module);
    append(objects, namespaces.node[i]);
    append(objects, namespaces.plain[i]);
    append(objects, metas[i]);
    append(objects, required[i]);
  }
  return objects;
}
