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
  bareList,
  mapGet,
  mapSet,
  NativeMap,
  put,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  reflectIsExtensible,
  reflectOwnKeys,
  stringIndexOf,
  stringSlice,
} from "../primordials.ts";
import { BARE_KEYS } from "./bare-functions.ts";

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

/** Objects of the image and the language → image index, or `-1 - i` for the intrinsic `i` (index-table.ts). */
export const numbers: Map<unknown, number> = new NativeMap();
const objects: object[] = bareList();
/** For each intrinsic: the one where the walk found it (-1: a root), and the last segment of its path. */
const holders: number[] = bareList();
const names: string[] = bareList();
/** Functions that had no keys but those of `BARE_KEYS`, by number: before any code of a program. */
const bareOnes: boolean[] = bareList();
/** Where the finds of an intrinsic begin: they stand together, since the walk is breadth first. */
const finds: number[] = bareList();
let lateFrom = 0;
let lateTo = 0;
const globalObject: object = globalThis;

export function intrinsicPath(index: number): string {
  const holder = holders[index]!;
  return holder < 0 ? names[index]! : join(intrinsicPath(holder), names[index]!);
}

/** All intrinsics, in the order of the walk. */
export function intrinsics(): readonly object[] {
  return objects;
}

/** Whether a value is an object that has no path yet. */
function isNew(value: unknown): value is object {
  const isObject = (typeof value === "object" && value !== null) || typeof value === "function";
  return isObject && mapGet(numbers, value) === undefined;
}

function add(value: object, holder: number, name: string): void {
  mapSet(numbers, value, -1 - objects.length);
  put(objects, value);
  put(holders, holder);
  put(names, name);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function segment(key: PropertyKey): string | undefined {
  if (typeof key === "string") return key;
  const name = mapGet(symbolNames, key as symbol);
  return name === undefined ? undefined : `@@${name}`;
}

/** Who wants to see what the walk reads: of an object its properties one by one and then the rest; of a bare function nothing else. */
export interface Look {
  property(descriptor: PropertyDescriptor): void;
  object(object: object, keys: readonly PropertyKey[], prototype: object | null): void;
  bare(value: object, prototype: object | null): void;
}

/** Gives every intrinsic its path; runs after the runtime installed its globals and before any code of a program. */
export function walkIntrinsics(runtimeRoots: readonly object[], look?: Look): void {
  add(globalObject, -1, "");
  for (let i = 0; i < hiddenRoots.length; i++) addRoot(hiddenRoots[i]![1], hiddenRoots[i]![0]);
  for (let i = 0; i < runtimeRoots.length; i++) addRoot(runtimeRoots[i]!, `%runtime${i}%`);
  walkFrom(0, look);
}

/** What the host put on the global object since then, for a context of units of global code: it goes by path as well. */
export function walkLateGlobals(): void {
  lateFrom = objects.length;
  current = 0;
  visitProperties(globalObject, reflectOwnKeys(globalObject), undefined);
  lateTo = objects.length;
  walkFrom(lateFrom, undefined);
}

/** Whether this one was a bare function before any code of a program. */
export function wasBare(index: number): boolean {
  return bareOnes[index] === true;
}

/** The intrinsic that is walked. */
let current = 0;

function walkFrom(first: number, look: Look | undefined): void {
  for (current = first; current < objects.length; current++) {
    put(finds, objects.length);
    const holder = objects[current]!;
    const keys = reflectOwnKeys(holder);
    const isBare = lateFrom === 0 && typeof holder === "function" && hasBareKeys(keys) && reflectIsExtensible(holder);
    put(bareOnes, isBare);
    if (!isBare) visitProperties(holder, keys, look);
    const prototype = reflectGetPrototypeOf(holder);
    if (isBare) look?.bare(holder, prototype);
    else look?.object(holder, keys, prototype);
    if (isNew(prototype)) add(prototype, current, "<prototype>");
  }
}

function hasBareKeys(keys: readonly PropertyKey[]): boolean {
  return keys.length === 2 && keys[0] === BARE_KEYS[0] && keys[1] === BARE_KEYS[1];
}

function addRoot(value: object, name: string): void {
  if (isNew(value)) add(value, -1, name);
}

function visitProperties(holder: object, keys: readonly PropertyKey[], look: Look | undefined): void {
  for (let k = 0; k < keys.length; k++) {
    const descriptor = reflectGetOwnPropertyDescriptor(holder, keys[k]!)!;
    look?.property(descriptor);
    addProperty(keys[k]!, descriptor);
  }
}

function addProperty(key: PropertyKey, descriptor: PropertyDescriptor): void {
  if (descriptor.writable !== undefined) {
    addFound(key, "", descriptor.value);
    return;
  }
  addFound(key, "get ", descriptor.get);
  addFound(key, "set ", descriptor.set);
}

function addFound(key: PropertyKey, prefix: string, value: unknown): void {
  if (!isNew(value)) return;
  const name = segment(key);
  if (name !== undefined) add(value, current, prefix === "" ? name : prefix + name);
}

/** `undefined` when this engine has nothing there. */
export function intrinsicAt(path: string): object | undefined {
  const index = indexOf(path);
  if (index >= 0) return objects[index];
  const dot = lastDot(path);
  if (dot < 0 && stringSlice(path, 0, 1) === "%") return undefined;
  const holder = dot < 0 ? globalObject : intrinsicAt(stringSlice(path, 0, dot));
  return holder === undefined ? undefined : follow(holder, stringSlice(path, dot + 1));
}

/** -1: no intrinsic has this path. A name with a dot in it is none of the language's. */
function indexOf(path: string): number {
  const dot = lastDot(path);
  const name = stringSlice(path, dot + 1);
  const holder = dot < 0 ? 0 : indexOf(stringSlice(path, 0, dot));
  if (holder < 0) return -1;
  if (dot < 0) {
    for (let i = 0; i < finds[0]!; i++) if (names[i] === name) return i;
    for (let i = lateFrom; i < lateTo; i++) if (names[i] === name) return i;
  }
  const to = holder + 1 < finds.length ? finds[holder + 1]! : objects.length;
  for (let i = finds[holder]!; i < to; i++) if (holders[i] === holder && names[i] === name) return i;
  return -1;
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
