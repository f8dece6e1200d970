/**
 * `list[Symbol.iterator]`, written out: the engine's function has to stay in its place, so that syntax stays fast
 * (`prototypes.ts`), but what it gives could not be saved. The compiler lets each such reading pass here, where the engine's
 * function becomes ours. A reading under a key that is only known at run time sees the engine's.
 */
import { isCallable, mapGet, mapSet, NativeMap, NativeTypeError, reflectApply } from "../primordials.ts";
import { describe } from "../promise/operations.ts";
import { arrayIteration } from "./array-iterators.ts";
import { collectionIteration } from "./collection-iterators.ts";

const own: Map<unknown, unknown> = new NativeMap();
for (const pairs of [arrayIteration, collectionIteration]) {
  for (let i = 0; i < pairs.length; i++) mapSet(own, pairs[i]![0], pairs[i]![1]);
}

/** Ours for the engine's function, any other value as it is. */
export function ownIteration(method: unknown): unknown {
  return mapGet(own, method) ?? method;
}

/** `value[key]()`, where the key was written as `Symbol.iterator`. */
export function openIteration(value: unknown, key: PropertyKey): unknown {
  const method = ownIteration((value as Record<PropertyKey, unknown>)[key]);
  if (!isCallable(method)) throw new NativeTypeError(`${describe(value)}[Symbol.iterator] is not a function`);
  return reflectApply(method, value, []);
}
