/**
 * Own keys of an object, of a typed array only its names: its elements are numbers, which the bytes of its buffer tell, and
 * listing them takes a hundred nanoseconds each.
 */
import {
  bareList,
  isArray,
  NativeUint8Array,
  objectValues,
  put,
  reflectIsExtensible,
  reflectOwnKeys,
  reflectPreventExtensions,
  typedArrayLength,
} from "../primordials.ts";
import {
  getOwnPropertySymbols,
  isSealed,
  isView,
  typedArrayBuffer,
  typedArrayByteLength,
  typedArrayByteOffset,
  typedArrayTag,
  uint8Fill,
  uint8Set,
} from "./natives.ts";
import { viewsAreOrdinary } from "./suspicion.ts";

const none: readonly PropertyKey[] = [];

export function ownNames(object: object): readonly PropertyKey[] {
  if (isArray(object) || !isView(object) || typedArrayTag(object) === undefined) return reflectOwnKeys(object);
  if (hasElementsOnly(object)) return none;
  const keys = reflectOwnKeys(object);
  const elements = typedArrayLength(object as Uint8Array);
  const names = bareList<PropertyKey>();
  for (let i = elements; i < keys.length; i++) put(names, keys[i]!);
  return names;
}

/**
 * The same, of a typed array that is made to stay as it is: the engine tells at once whether one that nothing can be added to has a
 * name that can be deleted, which all assigned ones can.
 */
export function fixedNames(object: object): readonly PropertyKey[] {
  if (isArray(object) || !isView(object)) return reflectOwnKeys(object);
  const mayTell = viewsAreOrdinary() && reflectIsExtensible(object);
  return mayTell && reflectPreventExtensions(object) && isSealed(object) ? none : ownNames(object);
}

/** A property that is not enumerable comes by a definition alone, which tells (`property-definitions.ts`). */
function hasElementsOnly(view: object): boolean {
  return (
    viewsAreOrdinary() &&
    getOwnPropertySymbols(view).length === 0 &&
    hasNoEnumerableNames(view as Uint8Array, typedArrayLength(view as Uint8Array))
  );
}

/** From so many elements on, boxes cost more than the bytes. */
const LONG = 256;

/**
 * The engine has no quicker way to tell than to list all elements. Each number that is no small integer takes a box there, so
 * they are zero for a moment: nothing else runs meanwhile, and the bytes come back as they were.
 */
export function hasNoEnumerableNames(view: Uint8Array, length: number): boolean {
  if (length < LONG || !((typedArrayTag(view) as string) in BOXED)) return objectValues(view).length === length;
  const byteLength = typedArrayByteLength(view);
  const bytes = new NativeUint8Array(typedArrayBuffer(view), typedArrayByteOffset(view), byteLength);
  const kept = new NativeUint8Array(byteLength);
  uint8Set(kept, bytes);
  uint8Fill(bytes, 0);
  const isSo = objectValues(view).length === length;
  uint8Set(bytes, kept);
  return isSo;
}

/** Types whose elements are not always small integers to the engine. */
const BOXED: object = {
  __proto__: null,
  Float16Array: 1,
  Float32Array: 1,
  Float64Array: 1,
  Uint32Array: 1,
  Int32Array: 1,
};
