/**
 * Prototypes of the language that no global reaches, and those of ours that stand in their place.
 *
 * V8 runs `for…of`, spread and destructuring of arrays, Maps, Sets and strings without their iterators as long as nobody
 * has touched `Array.prototype[Symbol.iterator]`, `%ArrayIteratorPrototype%.next` and their kin. So those stay as they are:
 * syntax uses them, and what `list.values()` gives a script is an iterator of ours with a prototype of its own.
 */
import { objectCreate, reflectGetPrototypeOf, symbolIterator } from "../primordials.ts";

const prototypeOf = (value: object): object => reflectGetPrototypeOf(value)!;

/** The engine's, which only syntax uses. */
export const nativePrototypes = {
  arrayIterator: prototypeOf([][symbolIterator]()),
  mapIterator: prototypeOf(new Map()[symbolIterator]()),
  setIterator: prototypeOf(new Set()[symbolIterator]()),
  stringIterator: prototypeOf(""[symbolIterator]()),
};

/** %IteratorPrototype% */
export const iteratorPrototype: object = Iterator.prototype;

/** Ours, in their place. */
export const ownPrototypes = {
  arrayIterator: objectCreate(iteratorPrototype) as object,
  mapIterator: objectCreate(iteratorPrototype) as object,
  setIterator: objectCreate(iteratorPrototype) as object,
  stringIterator: objectCreate(iteratorPrototype) as object,
};

const segments = new Intl.Segmenter().segment("");

/** The engine's, whose methods are replaced by ours: nothing is faster without. */
export const sharedPrototypes = {
  regExpStringIterator: prototypeOf("".matchAll(/x/g)),
  iteratorHelper: prototypeOf(Iterator.prototype.map.call([].values(), (value) => value)),
  wrapForValidIterator: prototypeOf(Iterator.from({ next: () => ({ done: true, value: undefined }) })),
  segments: prototypeOf(segments),
  segmentIterator: prototypeOf(segments[symbolIterator]()),
};
