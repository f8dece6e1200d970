/**
 * The program image: image index ⇄ object. Intrinsics are not in it, they go by path (`intrinsics.ts`); what a state has to
 * know of both is one lookup in a Map (6 ns for a miss; a private name on objects of many shapes takes 8).
 */
import { bareList, mapGet, mapSet, put } from "../primordials.ts";
import { intrinsicPath, numbers } from "./intrinsics.ts";

const objects: (object | symbol)[] = bareList();

/** `undefined`: neither of the image nor an intrinsic. */
export function imageNumberOf(value: unknown): number | undefined {
  return mapGet(numbers, value);
}

export function imageObjectAt(index: number): object | symbol | undefined {
  return index < objects.length ? objects[index] : undefined;
}

export function intrinsicPathAt(number: number): string {
  return intrinsicPath(-1 - number);
}

/** All objects of the image, by index. */
export function imageObjects(): readonly (object | symbol)[] {
  return objects;
}

/** Gives a value the next index, unless it has one or is an intrinsic. */
export function addToImage(value: object | symbol): void {
  if (mapGet(numbers, value) !== undefined) return;
  mapSet(numbers, value, objects.length);
  put(objects, value);
}
