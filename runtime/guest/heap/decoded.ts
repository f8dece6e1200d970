/**
 * The objects of the state that was decoded last, until it is encoded: those that were made from a shape have ordinary properties
 * alone as long as nobody defines any (`suspicion.ts`), so these need not be asked for their attributes. A state is mostly written
 * in the order in which it was read, so an object is looked for where the last one was found.
 *
 * Changes no byte: what is not found is asked.
 */

import { ShapeTemplate } from "./shapes.ts";
import { propertiesAreAsDecoded } from "./suspicion.ts";

const none: readonly unknown[] = [];
/** How far it is looked for the next one. Further, where so many in a row were not found that it makes no difference. */
const NEAR = 4;

let objects: readonly unknown[] = none;
let details: readonly unknown[] = none;
let count = 0;
let at = 0;
let strangers = 0;

/** `parts`: of each object what its body was read with. The lists are given back by `forgetDecoded`. */
export function keepDecoded(made: readonly unknown[], parts: readonly unknown[], length: number): void {
  objects = made;
  details = parts;
  count = length;
}

export function forgetDecoded(): void {
  objects = none;
  details = none;
  count = 0;
}

/** Before the state is written. */
export function startAtFirstDecoded(): void {
  at = 0;
  strangers = 0;
}

/**
 * These names, as the list of its shape, if the object that is written now, and was found, was decoded with them, in this order,
 * and is known to have no other attributes since.
 */
export function namesAsDecoded(object: object, names: readonly string[]): readonly string[] | undefined {
  if (at === 0 || objects[at - 1] !== object || !propertiesAreAsDecoded()) return undefined;
  const shape = details[at - 1];
  return shape instanceof ShapeTemplate && !shape.hasStack && hasNames(shape.keys, names) ? shape.keys : undefined;
}

/** Whether an object is the next one of those decoded, or near it. None is found twice. */
export function isNextDecoded(object: object): boolean {
  if (objects[at] === object && at < count) {
    at++;
    strangers = 0;
    return true;
  }
  return count > 0 && isNear(object);
}

function isNear(object: object): boolean {
  const reach = (strangers & (strangers - 1)) === 0 ? NEAR + strangers * NEAR : NEAR;
  const end = at + reach < count ? at + reach : count;
  for (let i = at; i < end; i++) {
    if (objects[i] !== object) continue;
    at = i + 1;
    strangers = 0;
    return true;
  }
  strangers++;
  return false;
}

function hasNames(keys: readonly string[], names: readonly string[]): boolean {
  const { length } = keys;
  if (length !== names.length) return false;
  for (let i = 0; i < length; i++) if (keys[i] !== names[i]) return false;
  return true;
}
