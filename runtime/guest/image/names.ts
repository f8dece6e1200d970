/**
 * What the author calls an object of the program's image: the shortest way to it from what modules export and declare.
 *
 *   trip.ts › exports.queue      trip.ts › limits › property perDay      trip.ts › book
 *
 * Boundary: asked of a context that has loaded the program, for people who look at a thread; it runs no step afterwards. Exports
 * are read as an importer reads them.
 */
import { namesFrom } from "../heap/path.ts";
import { exportsOf, moduleExports } from "../modules.ts";
import {
  append,
  isObject,
  mapGet,
  mapSet,
  NativeMap,
  objectGetOwnPropertyNames,
  reflectGetOwnPropertyDescriptor,
  stringIndexOf,
  stringSlice,
  symbolDescription,
} from "../primordials.ts";
import { registry } from "../registry.ts";
import { ClassSlot, FunctionSlot, ProxySlot } from "../slots.ts";
import { imageObjectAt } from "./index-table.ts";

export interface NamedRoot {
  readonly name: string;
  readonly value: object;
}

/** By image index: the name, "" for what has none. */
export function imageNames(indexes: readonly number[]): string[] {
  const wanted: Map<object, string | undefined> = new NativeMap();
  for (let i = 0; i < indexes.length; i++) {
    const value = imageObjectAt(indexes[i]!);
    if (isObject(value)) mapSet(wanted, value, undefined);
  }
  namesFrom(namedRoots(), wanted);
  const names: string[] = [];
  for (let i = 0; i < indexes.length; i++) append(names, nameOf(imageObjectAt(indexes[i]!), wanted));
  return names;
}

function nameOf(value: unknown, found: Map<object, string | undefined>): string {
  if (typeof value === "symbol") return `Symbol(${symbolDescription(value) ?? ""})`;
  return isObject(value) ? (mapGet(found, value) ?? ownId(value) ?? "") : "";
}

/** A function or class of the program has an id in its tables. */
function ownId(value: object): string | undefined {
  if (typeof value !== "function" || ProxySlot.has(value)) return undefined;
  const { functions, classes } = registry.tables;
  const definition = FunctionSlot.definition(value);
  if (definition !== undefined) return definition.unit === undefined ? functions[definition.index]?.id : undefined;
  return ClassSlot.has(value) && ClassSlot.unit(value) === undefined ? classes[ClassSlot.index(value)]?.id : undefined;
}

function namedRoots(): NamedRoot[] {
  const { tables, base, bindings, bindingModules } = registry;
  const roots: NamedRoot[] = [];
  const add = (name: string, value: unknown): void => {
    if (isObject(value)) append(roots, { name, value });
  };
  for (let i = 0; i < tables.modules.length; i++) {
    const { id, kind } = tables.modules[i]!;
    if (kind !== "esm") {
      add(`${id} › module.exports`, moduleExports(i));
      continue;
    }
    const record = exportsOf(i) as Record<string, unknown>;
    const names = objectGetOwnPropertyNames(record);
    for (let n = 0; n < names.length; n++) add(`${id} › exports.${names[n]!}`, exported(record, names[n]!));
  }
  const names = objectGetOwnPropertyNames(base);
  for (let n = 0; n < names.length; n++) {
    const at = stringIndexOf(names[n]!, "#");
    const name = `${stringSlice(names[n]!, 0, at)} › ${stringSlice(names[n]!, at + 1)}`;
    if (at > 0) add(name, reflectGetOwnPropertyDescriptor(base, names[n]!)?.value);
  }
  for (let i = 0; i < bindings.length; i++)
    for (let j = 0; j < bindings[i]!.length; j++)
      add(`${tables.modules[bindingModules[i]!]!.id} › ${constantName(bindings[i]![j])}`, bindings[i]![j]);
  return roots;
}

/** Of constants only the values are known, and what functions and classes are called. */
function constantName(value: unknown): string {
  const own: unknown =
    typeof value === "function" && !ProxySlot.has(value) && reflectGetOwnPropertyDescriptor(value, "name")?.value;
  return typeof own === "string" && own !== "" ? own : "a top-level constant";
}

/** One that the load has not come to cannot be read. */
function exported(record: Record<string, unknown>, name: string): unknown {
  try {
    return record[name];
  } catch {
    return undefined;
  }
}
