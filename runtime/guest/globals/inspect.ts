/**
 * A value as text for `console`: like Node's, shorter, and without running any code of the script (no getters, no
 * `toString`, no `toJSON`).
 */

import {
  append,
  arrayJoin,
  functionToString,
  isArray,
  jsonStringify,
  mapForEach,
  mapSize,
  NativeDate,
  NativeError,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  reflectOwnKeys,
  setForEach,
  setSize,
  stringSlice,
  toStringValue,
  uncurry,
} from "../primordials.ts";
import { FULFILLED, PENDING, PromiseSlot, ProxySlot } from "../slots.ts";
import { stackWithCauses } from "../traces/stack.ts";

const MAX_DEPTH = 3;
const MAX_ENTRIES = 100;
const dateToIso = uncurry(NativeDate.prototype.toISOString);
const dateGetTime = uncurry(NativeDate.prototype.getTime);

/** An own or inherited data property, without asking getters or proxies. */
function peek(object: object, key: PropertyKey): unknown {
  for (let holder: object | null = object; holder !== null; holder = reflectGetPrototypeOf(holder)) {
    if (ProxySlot.has(holder)) return undefined;
    const descriptor = reflectGetOwnPropertyDescriptor(holder, key);
    if (descriptor !== undefined) return descriptor.value;
  }
  return undefined;
}

function nameOf(object: object): string {
  const maker = peek(object, "constructor");
  const name = typeof maker === "function" && !ProxySlot.has(maker) ? peek(maker, "name") : undefined;
  return typeof name === "string" ? name : "";
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function list(open: string, parts: string[], close: string): string {
  return parts.length === 0 ? open + close : `${open} ${arrayJoin(parts, ", ")} ${close}`;
}

function inspectObject(value: object, path: object[]): string {
  if (ProxySlot.has(value)) return "[Proxy]";
  for (let i = 0; i < path.length; i++) if (path[i] === value) return "[Circular]";
  const name = nameOf(value);
  if (path.length >= MAX_DEPTH) return isArray(value) ? "[Array]" : `[${name || "Object"}]`;
  const inner: object[] = [];
  for (let i = 0; i < path.length; i++) append(inner, path[i]!);
  append(inner, value);
  if (value instanceof NativeError) {
    return stackWithCauses(value) ?? `${peek(value, "name")}: ${peek(value, "message")}`;
  }
  const time = attempt(() => dateGetTime(value as Date));
  if (time !== undefined) return time < Infinity ? dateToIso(value as Date) : "Invalid Date";
  const promise = PromiseSlot.get(value);
  if (promise !== undefined) {
    if (promise.status === PENDING) return `${name} { <pending> }`;
    const settled = inspect(promise.payload, inner);
    return promise.status === FULFILLED ? `${name} { ${settled} }` : `${name} { <rejected> ${settled} }`;
  }
  const parts: string[] = [];
  if (isArray(value)) {
    const { length } = value;
    for (let i = 0; i < length && i < MAX_ENTRIES; i++) {
      append(
        parts,
        reflectGetOwnPropertyDescriptor(value, i) === undefined ? "<empty>" : inspect(peek(value, i), inner),
      );
    }
    if (length > MAX_ENTRIES) append(parts, `... ${length - MAX_ENTRIES} more items`);
    return list("[", parts, "]");
  }
  const mapCount = attempt(() => mapSize(value as Map<unknown, unknown>));
  if (mapCount !== undefined) {
    mapForEach(value as Map<unknown, unknown>, (item: unknown, key: unknown) => {
      if (parts.length < MAX_ENTRIES) append(parts, `${inspect(key, inner)} => ${inspect(item, inner)}`);
    });
    return list(`${name}(${mapCount}) {`, parts, "}");
  }
  const setCount = attempt(() => setSize(value as Set<unknown>));
  if (setCount !== undefined) {
    setForEach(value as Set<unknown>, (item: unknown) => {
      if (parts.length < MAX_ENTRIES) append(parts, inspect(item, inner));
    });
    return list(`${name}(${setCount}) {`, parts, "}");
  }
  if (typeof value === "function") {
    const isClass = stringSlice(functionToString(value as () => void), 0, 5) === "class";
    return `[${isClass ? "class" : "Function"} ${peek(value, "name") || "(anonymous)"}]`;
  }
  const keys = reflectOwnKeys(value);
  for (let i = 0; i < keys.length && parts.length < MAX_ENTRIES; i++) {
    const descriptor = reflectGetOwnPropertyDescriptor(value, keys[i]!)!;
    if (!descriptor.enumerable) continue;
    const key = typeof keys[i] === "symbol" ? `[${toStringValue(keys[i])}]` : (keys[i] as string);
    append(parts, `${key}: ${descriptor.get === undefined ? inspect(descriptor.value, inner) : "[Getter]"}`);
  }
  return list(name === "" || name === "Object" ? "{" : `${name} {`, parts, "}");
}

/** `path`: the objects around this value. */
export function inspect(value: unknown, path: object[]): string {
  switch (typeof value) {
    case "string":
      return path.length === 0 ? value : jsonStringify(value);
    case "bigint":
      return `${value}n`;
    case "symbol":
      return toStringValue(value);
    case "object":
    case "function":
      return value === null ? "null" : inspectObject(value, path);
    default:
      return value === 0 && 1 / (value as number) < 0 ? "-0" : `${value}`;
  }
}
