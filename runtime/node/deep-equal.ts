/** `util.isDeepStrictEqual`: same values, prototypes, tags and own enumerable properties; Maps and Sets without an order. */

import { kindOf } from "../web/host.ts";
import { bytesOf } from "../web/interface.ts";

type Pairs = Map<object, object>;

/** Own enumerable keys, symbols too. */
function keysOf(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

function sameProperties(a: object, b: object, seen: Pairs): boolean {
  const keys = keysOf(a);
  if (keys.length !== keysOf(b).length) return false;
  const [left, right] = [a, b] as Record<PropertyKey, unknown>[];
  return keys.every((key) => Object.prototype.propertyIsEnumerable.call(b, key) && same(left![key], right![key], seen));
}

function sameSets(a: Set<unknown>, b: Set<unknown>, seen: Pairs): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b].filter((item) => !a.has(item));
  return [...a].every((item) => {
    if (b.has(item)) return true;
    const at = rest.findIndex((other) => typeof item === "object" && same(item, other, seen));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

function sameMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>, seen: Pairs): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b].filter(([key]) => !a.has(key));
  return [...a].every(([key, value]) => {
    if (b.has(key)) return same(value, b.get(key), seen);
    const at = rest.findIndex(
      ([other, theirs]) => typeof key === "object" && same(key, other, seen) && same(value, theirs, seen),
    );
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

function sameBytes(a: object, b: object): boolean {
  const left = bytesOf(a);
  const right = bytesOf(b);
  if (left === undefined || right === undefined) return left === right;
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

function sameContents(kind: string, a: object, b: object, seen: Pairs): boolean {
  switch (kind) {
    case "Map":
      return sameMaps(a as Map<unknown, unknown>, b as Map<unknown, unknown>, seen);
    case "Set":
      return sameSets(a as Set<unknown>, b as Set<unknown>, seen);
    case "Date":
      return Object.is(Number(a), Number(b));
    case "RegExp":
      return String(a) === String(b) && (a as RegExp).lastIndex === (b as RegExp).lastIndex;
    case "Error": {
      const [left, right] = [a, b] as Error[];
      return left!.name === right!.name && left!.message === right!.message && same(left!.cause, right!.cause, seen);
    }
    case "WeakMap":
    case "WeakSet":
    case "Promise":
    case "function":
      return false;
    default:
      if (kind.endsWith(" object")) return Object.is(a.valueOf(), b.valueOf());
      return sameBytes(a, b);
  }
}

function same(a: unknown, b: unknown, seen: Pairs): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Object.prototype.toString.call(a) !== Object.prototype.toString.call(b)) return false;
  const kind = kindOf(a);
  if (kind !== kindOf(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false;
  // A cycle is the same where the other has one too.
  if (seen.has(a)) return seen.get(a) === b;
  seen.set(a, b);
  const isSame = sameContents(kind, a, b, seen) && sameProperties(a, b, seen);
  seen.delete(a);
  return isSame;
}

export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return same(a, b, new Map());
}
