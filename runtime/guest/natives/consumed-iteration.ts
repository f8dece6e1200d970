/**
 * `map.values()` and its kin where the call is consumed on the spot: in the head of a `for…of` without a suspension, in a spread, as
 * what an array pattern takes apart. Nobody gets hold of that iterator and no state holds it, so it need not be one of ours, which
 * are slower; it is the engine's, or whatever gives the same values sooner.
 *
 * What a script has put in the place of `values`, or onto the prototype of such iterators, counts as before.
 */
import {
  hasOwn,
  isArray,
  isCallable,
  isObject,
  mapEntries,
  mapKeys,
  mapValues,
  NativeObject,
  NativeTypeError,
  objectFreeze,
  objectSetPrototypeOf,
  reflectApply,
  reflectGetPrototypeOf,
  reflectHas,
  setEntries,
  setValues,
  symbolIterator,
  uncurry,
} from "../primordials.ts";
import { proxiesAreUsed } from "../proxy-slot.ts";
import { ProxySlot } from "../slots.ts";
import { arrayMethods } from "./array-iterators.ts";
import { collectionMethods } from "./collection-iterators.ts";
import { iteratorPrototype, ownPrototypes } from "./prototypes.ts";

type AnyMap = Map<unknown, unknown>;
type AnySet = Set<unknown>;
type Holder = Record<PropertyKey, unknown>;

const arrayPrototype = Array.prototype;
const nativeArrayValues = Array.prototype.values;
const arrayValues = uncurry(nativeArrayValues);
const arrayKeys = uncurry(Array.prototype.keys);
const arrayEntries = uncurry(Array.prototype.entries);
const ofArrays = arrayMethods;
const { map: ofMaps, set: ofSets } = collectionMethods;
const arrayIterator = ownPrototypes.arrayIterator as Holder;
const mapIterator = ownPrototypes.mapIterator as Holder;
const setIterator = ownPrototypes.setIterator as Holder;
const openIterator = (iteratorPrototype as Holder)[symbolIterator];
const noArguments: readonly [] = objectFreeze([]);
/** As they were made. */
let nextOfArrays: unknown;
let nextOfMaps: unknown;
let nextOfSets: unknown;

/** After the methods of ours stand in their places. */
export function prepareConsumedIteration(): void {
  nextOfArrays = arrayIterator.next;
  nextOfMaps = mapIterator.next;
  nextOfSets = setIterator.next;
  // What a loop asks further of them, `return`, would hand them to a script's getter on `Object.prototype`.
  objectSetPrototypeOf(Walk.prototype, null);
}

/** Nothing that a loop asks of such an iterator is a script's. */
function isAsMade({ return: close, [symbolIterator]: open }: Holder): boolean {
  return close === undefined && open === openIterator;
}

const isOfArrays = (method: unknown, own: unknown): boolean =>
  method === own && arrayIterator.next === nextOfArrays && isAsMade(arrayIterator);
const isOfMaps = (method: unknown, own: unknown): boolean =>
  method === own && mapIterator.next === nextOfMaps && isAsMade(mapIterator);
const isOfSets = (method: unknown, own: unknown): boolean =>
  method === own && setIterator.next === nextOfSets && isAsMade(setIterator);

/** Its own result: what walks reads one before it asks for the next, and nothing else sees it. */
abstract class Walk {
  readonly list: ArrayLike<unknown>;
  index = 0;
  value: unknown = undefined;
  done = false;

  constructor(list: ArrayLike<unknown>) {
    this.list = list;
  }

  [symbolIterator](): this {
    return this;
  }
}

class KeysWalk extends Walk {
  next(): this {
    const { list, index } = this;
    if (index >= list.length) this.done = true;
    else {
      this.index = index + 1;
      this.value = index;
    }
    return this;
  }
}

class EntriesWalk extends Walk {
  next(): this {
    const { list, index } = this;
    if (index >= list.length) this.done = true;
    else {
      this.index = index + 1;
      this.value = [index, list[index]];
    }
    return this;
  }
}

const isProxy = (value: unknown): boolean => proxiesAreUsed() && isObject(value) && ProxySlot.has(value);

/** The values of a plain array are those of the array itself, over which syntax is fastest. */
function walkOfValues(list: unknown[]): object {
  const isPlain =
    isArray(list) &&
    !isProxy(list) &&
    reflectGetPrototypeOf(list) === arrayPrototype &&
    !hasOwn(list, symbolIterator) &&
    arrayPrototype[symbolIterator] === nativeArrayValues;
  return isPlain ? list : arrayValues(list);
}

/** What cannot be iterated is told in the engine's words, which would name what stands in the call's place. */
function called(value: unknown, method: unknown, text: string): unknown {
  const made: unknown = isCallable(method) ? reflectApply(method, value, noArguments) : undefined;
  const isIterable =
    made !== undefined && made !== null && (isProxy(made) || reflectHas(NativeObject(made) as object, symbolIterator));
  if (!isIterable) throw new NativeTypeError(`${text} is not a function or its return value is not iterable`);
  return made;
}

/** By the method's name: `value.values()`. `text` is what was written, for the error. */
export const walk = {
  values(value: { readonly values: unknown }, text: string): unknown {
    const method = value.values;
    if (isOfMaps(method, ofMaps.values)) return mapValues(value as AnyMap);
    if (isOfSets(method, ofSets.values)) return setValues(value as AnySet);
    return isOfArrays(method, ofArrays.values) ? walkOfValues(value as never) : called(value, method, text);
  },
  keys(value: { readonly keys: unknown }, text: string): unknown {
    const method = value.keys;
    if (isOfMaps(method, ofMaps.keys)) return mapKeys(value as AnyMap);
    if (isOfSets(method, ofSets.values)) return setValues(value as AnySet);
    if (!isOfArrays(method, ofArrays.keys)) return called(value, method, text);
    return isArray(value) ? new KeysWalk(value) : arrayKeys(value as never);
  },
  entries(value: { readonly entries: unknown }, text: string): unknown {
    const method = value.entries;
    if (isOfMaps(method, ofMaps.entries)) return mapEntries(value as AnyMap);
    if (isOfSets(method, ofSets.entries)) return setEntries(value as AnySet);
    if (!isOfArrays(method, ofArrays.entries)) return called(value, method, text);
    return isArray(value) ? new EntriesWalk(value) : arrayEntries(value as never);
  },
};
