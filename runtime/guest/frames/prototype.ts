/** What generator objects inherit from. */

import { isObject } from "../primordials.ts";

/** The prototype of a new generator object: the function's `prototype`, where that is an object. */
export function prototypeFor(owner: unknown, fallback: object): object {
  const { prototype } = owner as { prototype: unknown };
  return isObject(prototype) ? prototype : fallback;
}
