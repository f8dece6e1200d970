/** What generator objects inherit from. */

import { suspectPrototypes } from "../heap/suspicion.ts";
import { isObject } from "../primordials.ts";

const objectPrototype: object = Object.prototype;

/** The prototype of a new generator object: the function's `prototype`, where that is an object. */
export function prototypeFor(owner: unknown, fallback: object): object {
  const { prototype } = owner as { prototype: unknown };
  if (prototype === objectPrototype) suspectPrototypes();
  return isObject(prototype) ? prototype : fallback;
}
