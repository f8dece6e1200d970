/**
 * Own keys of an object, of a typed array only its names: its elements are numbers, which the bytes of its buffer tell, and
 * listing them takes a hundred nanoseconds each.
 */
import { bareList, isArray, objectValues, put, reflectOwnKeys, typedArrayLength } from "../primordials.ts";
import { getOwnPropertySymbols, isView, typedArrayTag } from "./natives.ts";
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

/** A property that is not enumerable comes by a definition alone, which tells (`property-definitions.ts`). */
function hasElementsOnly(view: object): boolean {
  return (
    viewsAreOrdinary() &&
    getOwnPropertySymbols(view).length === 0 &&
    objectValues(view).length === typedArrayLength(view as Uint8Array)
  );
}
