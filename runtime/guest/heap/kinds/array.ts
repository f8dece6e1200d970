/**
 * Arrays.
 *
 *   ARRAY length          body: elements; HOLE where none is
 *   SPARSE_ARRAY length   always with extras, which list the elements too: mostly holes, or elements that are not ordinary
 */
import {
  define,
  hasOwn,
  isArray,
  objectGetOwnPropertyNames,
  objectKeys,
  objectValues,
  reflectDeleteProperty,
  reflectGetPrototypeOf,
  reflectIsExtensible,
} from "../../primordials.ts";
import { hasMark } from "../../private-names.ts";
import { hasPrivateNames } from "../../slots.ts";
import { descriptorOf, isOrdinary } from "../descriptors.ts";
import { needsExtras, withExtras, writeExtras } from "../extras.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import { type BrandedKind, type Decoder, type Encoder, type HeadReader, HOLE, type Kind } from "../kind.ts";
import { getOwnPropertySymbols } from "../natives.ts";
import { RESTART_CAREFULLY } from "../restart.ts";
import { attributesAreOrdinary } from "../suspicion.ts";

const arrayPrototype: object = Array.prototype;
/** An array with fewer elements than one in this many places is listed. */
const SPARSE_RATIO = 4;
const SPARSE_LENGTH_MIN = 16;
const noEdges = () => false;

let elementsMayBeAssigned = false;

/** The index that a key names, or -1. */
export function elementIndex(key: PropertyKey): number {
  if (typeof key !== "string") return -1;
  const index = +key;
  return index >>> 0 === index && index !== 0xffff_ffff && `${index}` === key ? index : -1;
}

export function arrayKindOf(value: unknown[], careful: boolean): Kind {
  if (attributesAreOrdinary() && isSimple(value)) return simple;
  const names = objectGetOwnPropertyNames(value);
  const { length } = value;
  const isFull = names.length === length + 1 && names[length] === "length";
  if (careful && !elementsAreOrdinary(value, names)) return sparse;
  if (isFull) {
    return reflectGetPrototypeOf(value) === arrayPrototype &&
      reflectIsExtensible(value) &&
      getOwnPropertySymbols(value).length === 0 &&
      !hasPrivateNames(value) &&
      (attributesAreOrdinary() || descriptorOf(value, "length")!.writable === true)
      ? dense
      : denseWithExtras;
  }
  if (length > SPARSE_LENGTH_MIN && elementsIn(names) * SPARSE_RATIO < length) return sparse;
  return needsExtras(value, dense) ? denseWithExtras : dense;
}

/** As literals and `push` make them: nothing but elements, without holes. Listing the names would cost far more. */
function isSimple(value: unknown[]): boolean {
  const { length } = value;
  return (
    reflectGetPrototypeOf(value) === arrayPrototype &&
    reflectIsExtensible(value) &&
    (length === 0 ? objectKeys(value).length === 0 : objectValues(value).length === length && isFull(value, length)) &&
    getOwnPropertySymbols(value).length === 0 &&
    !hasMark(value)
  );
}

/** No holes: then reading an element asks no prototype. */
function isFull(value: unknown[], length: number): boolean {
  if (elementsMayBeAssigned) {
    // What no prototype has reads as undefined where a hole is.
    for (let i = 0; i < length; i++) if (value[i] === undefined && !hasOwn(value, i)) return false;
  } else for (let i = 0; i < length; i++) if (!hasOwn(value, i)) return false;
  return true;
}

/** Own keys list elements first. */
function elementsIn(names: readonly string[]): number {
  let elements = 0;
  while (elementIndex(names[elements]!) >= 0) elements++;
  return elements;
}

function elementsAreOrdinary(value: unknown[], names: readonly string[]): boolean {
  for (let i = 0; elementIndex(names[i]!) >= 0; i++) {
    if (!isOrdinary(descriptorOf(value, names[i]!)!)) return false;
  }
  return true;
}

function writeHead(encoder: Encoder, value: object): unknown {
  const { length } = value as unknown[];
  if (length < 16) encoder.out.byte(format.ARRAY_BASE + length);
  else {
    encoder.out.byte(format.ARRAY);
    encoder.out.index(length);
  }
  return length;
}

function writeElements(encoder: Encoder, value: object, length: unknown): void {
  if (attributesAreOrdinary() && reflectIsExtensible(value) && isFull(value as unknown[], length as number)) {
    for (let i = 0; i < (length as number); i++) encoder.value((value as unknown[])[i]);
    return;
  }
  for (let i = 0; i < (length as number); i++) {
    const descriptor = descriptorOf(value, i);
    if (descriptor === undefined) encoder.out.byte(format.HOLE);
    else {
      if (!encoder.careful && !isOrdinary(descriptor)) throw RESTART_CAREFULLY;
      encoder.value(descriptor.value);
    }
  }
}

export const dense: BrandedKind = {
  probesCheaply: true,
  name: "array",
  is: isArray,
  writeHead,
  writeBody: writeElements,
  visitEdges: noEdges,
  prototypeOf: () => arrayPrototype,
  ownPropertyCount: (value) => elementsIn(objectGetOwnPropertyNames(value)) + 1,
  isOwnProperty: (value, key) =>
    elementIndex(key) >= 0 || (key === "length" && descriptorOf(value, key)!.writable === true),
  hasChangedProperties: (value) => descriptorOf(value, "length")!.writable !== true,
};

const denseWithExtras = withExtras(dense);

/** As `dense`, known to be as simple as arrays come. */
export const simple: Kind = {
  name: "array",
  writeHead,
  writeBody(encoder, value, length) {
    const elements = value as unknown[];
    for (let i = 0; i < (length as number); i++) encoder.value(elements[i]);
  },
  visitEdges: noEdges,
};

/** As `dense`, with all elements listed. */
const sparseBase: BrandedKind = {
  ...dense,
  ownPropertyCount: () => 1,
  isOwnProperty: (value, key) => key === "length" && descriptorOf(value, key)!.writable === true,
};

const sparse: Kind = {
  name: "array",
  writeHead(encoder, value) {
    encoder.out.byte(format.EXTRA);
    encoder.out.byte(format.SPARSE_ARRAY);
    encoder.out.varint((value as unknown[]).length);
    return undefined;
  },
  writeBody(encoder, value) {
    writeExtras(encoder, value, sparseBase);
  },
  visitEdges: noEdges,
};

function readElements(decoder: Decoder, array: unknown[], length: unknown): void {
  for (let i = 0; i < (length as number); i++) {
    const value = decoder.value();
    if (value !== HOLE) setElement(array, i, value);
    else if (i < array.length) reflectDeleteProperty(array, i);
    else array.length = i + 1;
  }
  if (array.length !== length) array.length = length as number;
}

/** After load, and before each encoding where prototypes can change: whether none has elements. */
export function checkElementPrototypes(): void {
  elementsMayBeAssigned =
    elementsIn(objectGetOwnPropertyNames(arrayPrototype)) === 0 &&
    elementsIn(objectGetOwnPropertyNames(Object.prototype)) === 0 &&
    reflectGetPrototypeOf(arrayPrototype) === Object.prototype &&
    reflectGetPrototypeOf(Object.prototype) === null;
}

/** Adds an element to an array that the decoder makes. */
export function setElement(array: unknown[], index: number, value: unknown): void {
  if (!elementsMayBeAssigned) define(array, index, value);
  else array[index] = value;
}

/** An array with the places of a short one there already: one that grows takes room for more than it gets. */
export function places(length: number): unknown[] {
  switch (length) {
    case 1:
      return [undefined];
    case 2:
      return [undefined, undefined];
    case 3:
      return [undefined, undefined, undefined];
    case 4:
      return [undefined, undefined, undefined, undefined];
  }
  return [];
}

function readArray(decoder: Decoder, length: number): unknown[] {
  return decoder.add(places(length), readElements, length);
}

export const arrayHeads: readonly (readonly [number, HeadReader])[] = [
  [format.ARRAY_BASE, (decoder, tag) => readArray(decoder, tag - format.ARRAY_BASE)],
  [format.ARRAY, (decoder) => readArray(decoder, decoder.reader.count())],
  [
    format.SPARSE_ARRAY,
    (decoder) => {
      const array: unknown[] = [];
      const length = decoder.reader.varint();
      if (length > 0xffff_ffff) corrupt("an array is too long");
      array.length = length;
      return decoder.add(array, undefined, undefined);
    },
  ],
];
