/**
 * Intrinsics by path: every object of the language that code can reach, so that a state made by one version of the engine is
 * read by another (indexes would shift; paths do not).
 *
 *   path    := "" (the global object) | (root | segment) ("." segment)*
 *   root    := "%name%" (reached by syntax alone)
 *   segment := key | "@@" symbol | "get " key | "set " key | "<prototype>"
 *
 * The shortest path wins; among equals the first in key order. A path is resolved by walking it, so it may differ between
 * engines and still lead to the same object.
 */

import { stackGetter, stackSetter } from "../heap/stack.ts";
import { WELL_KNOWN_SYMBOLS } from "../heap/well-known-symbols.ts";
import { nativePrototypes, ownPrototypes, sharedPrototypes } from "../natives/prototypes.ts";
import {
  append,
  mapGet,
  mapSet,
  NativeMap,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  reflectOwnKeys,
  stringIndexOf,
  stringSlice,
} from "../primordials.ts";

function strictArguments(): object {
  // biome-ignore lint/complexity/noArguments: the object itself is wanted, for its poisoned `callee`.
  return arguments;
}

/** Reached by syntax alone, or hidden behind what is replaced. Only ever append. */
const hiddenRoots: readonly (readonly [string, object])[] = [
  ["%GeneratorFunction%", function* () {}.constructor],
  ["%AsyncFunction%", (async () => {}).constructor],
  ["%AsyncGeneratorFunction%", async function* () {}.constructor],
  ["%ArrayIteratorPrototype%", ownPrototypes.arrayIterator],
  ["%MapIteratorPrototype%", ownPrototypes.mapIterator],
  ["%SetIteratorPrototype%", ownPrototypes.setIterator],
  ["%StringIteratorPrototype%", ownPrototypes.stringIterator],
  ["%RegExpStringIteratorPrototype%", sharedPrototypes.regExpStringIterator],
  ["%ThrowTypeError%", Object.getOwnPropertyDescriptor(strictArguments(), "callee")!.get!],
  ["%ErrorStackGetter%", stackGetter],
  ["%ErrorStackSetter%", stackSetter],
  ["%IteratorHelperPrototype%", sharedPrototypes.iteratorHelper],
  ["%WrapForValidIteratorPrototype%", sharedPrototypes.wrapForValidIterator],
  ["%SegmentsPrototype%", sharedPrototypes.segments],
  ["%SegmentIteratorPrototype%", sharedPrototypes.segmentIterator],
  ["%NativeArrayIteratorPrototype%", nativePrototypes.arrayIterator],
  ["%NativeMapIteratorPrototype%", nativePrototypes.mapIterator],
  ["%NativeSetIteratorPrototype%", nativePrototypes.setIterator],
  ["%NativeStringIteratorPrototype%", nativePrototypes.stringIterator],
];

const symbolNames: Map<symbol, string> = new NativeMap();
for (const name of Object.getOwnPropertyNames(Symbol)) {
  const value = (Symbol as unknown as Record<string, unknown>)[name];
  if (typeof value === "symbol" && WELL_KNOWN_SYMBOLS.includes(value)) mapSet(symbolNames, value, name);
}

const paths: Map<unknown, string> = new NativeMap();
const objects: object[] = [];
/** What was resolved so far: paths → objects. */
const resolved: Map<string, object> = new NativeMap();
const globalObject: object = globalThis;

export function intrinsicPath(value: unknown): string | undefined {
  return mapGet(paths, value);
}

/** All intrinsics, in the order of the walk. */
export function intrinsics(): readonly object[] {
  return objects;
}

function add(value: unknown, path: string): void {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return;
  if (mapGet(paths, value) !== undefined) return;
  mapSet(paths, value, path);
  append(objects, value as object);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function segment(key: string | symbol): string | undefined {
  if (typeof key === "string") return key;
  const name = mapGet(symbolNames, key);
  return name === undefined ? undefined : `@@${name}`;
}

/** Gives every intrinsic its path; runs after the runtime installed its globals and before any code of a program. */
export function walkIntrinsics(runtimeRoots: readonly object[]): void {
  add(globalObject, "");
  for (let i = 0; i < hiddenRoots.length; i++) add(hiddenRoots[i]![1], hiddenRoots[i]![0]);
  for (let i = 0; i < runtimeRoots.length; i++) add(runtimeRoots[i], `%runtime${i}%`);
  walkFrom(0);
}

/** What the host put on the global object since then, for a context of units of global code: it goes by path as well. */
export function walkLateGlobals(): void {
  const from = objects.length;
  addProperties(globalObject);
  walkFrom(from);
}

function walkFrom(first: number): void {
  for (let i = first; i < objects.length; i++) {
    const holder = objects[i]!;
    addProperties(holder);
    add(reflectGetPrototypeOf(holder), join(mapGet(paths, holder)!, "<prototype>"));
  }
  for (let i = first; i < objects.length; i++) mapSet(resolved, mapGet(paths, objects[i])!, objects[i]!);
}

function addProperties(holder: object): void {
  const path = mapGet(paths, holder)!;
  const keys = reflectOwnKeys(holder);
  for (let k = 0; k < keys.length; k++) {
    const name = segment(keys[k]!);
    if (name === undefined) continue;
    const descriptor = reflectGetOwnPropertyDescriptor(holder, keys[k]!)!;
    add(descriptor.value, join(path, name));
    add(descriptor.get, join(path, `get ${name}`));
    add(descriptor.set, join(path, `set ${name}`));
  }
}

/** `undefined` when this engine has nothing there. */
export function intrinsicAt(path: string): object | undefined {
  const known = mapGet(resolved, path);
  if (known !== undefined) return known;
  const dot = lastDot(path);
  if (dot < 0 && stringSlice(path, 0, 1) === "%") return undefined;
  const holder = dot < 0 ? globalObject : intrinsicAt(stringSlice(path, 0, dot));
  return holder === undefined ? undefined : follow(holder, stringSlice(path, dot + 1));
}

function lastDot(path: string): number {
  let last = -1;
  for (let at = stringIndexOf(path, "."); at >= 0; at = stringIndexOf(path, ".", at + 1)) last = at;
  return last;
}

function follow(holder: object, name: string): object | undefined {
  if (name === "<prototype>") return reflectGetPrototypeOf(holder) ?? undefined;
  const isGetter = stringSlice(name, 0, 4) === "get ";
  const isSetter = stringSlice(name, 0, 4) === "set ";
  const wanted = isGetter || isSetter ? stringSlice(name, 4) : name;
  const keys = reflectOwnKeys(holder);
  for (let i = 0; i < keys.length; i++) {
    if (segment(keys[i]!) !== wanted) continue;
    const descriptor = reflectGetOwnPropertyDescriptor(holder, keys[i]!)!;
    return (isGetter ? descriptor.get : isSetter ? descriptor.set : descriptor.value) as object | undefined;
  }
  return undefined;
}
