/**
 * Map and Set: live entries in order, never a trace of deleted ones. Entries of weak collections stand apart (`ephemerons.ts`).
 *
 *   MAP size              body: key value …
 *   SET size              body: value …
 *   WEAK_MAP, WEAK_SET
 */
import {
  mapForEach,
  mapSet,
  mapSize,
  NativeMap,
  NativeSet,
  NativeWeakMap,
  NativeWeakSet,
  setAdd,
  setForEach,
  setSize,
  weakMapHas,
  weakSetHas,
} from "../../primordials.ts";
import * as format from "../format.ts";
import type { BrandedKind, Decoder, HeadReader } from "../kind.ts";
import { passes } from "../natives.ts";

const mapPrototype: object = Map.prototype;
const setPrototype: object = Set.prototype;

const bare = {
  ownPropertyCount: () => 0,
  isOwnProperty: () => false,
  hasChangedProperties: () => false,
};

export const map: BrandedKind = {
  ...bare,
  name: "Map",
  is: (value) => passes(mapSize, value),
  prototypeOf: () => mapPrototype,
  writeHead(encoder, value) {
    encoder.out.byte(format.MAP);
    encoder.out.index(mapSize(value as Map<unknown, unknown>));
    return undefined;
  },
  writeBody(encoder, value) {
    mapForEach(value as Map<unknown, unknown>, (entry, key) => {
      encoder.value(key);
      encoder.value(entry);
    });
  },
  visitEdges(value, visit) {
    let found = false;
    let i = 0;
    mapForEach(value as Map<unknown, unknown>, (entry, key) => {
      const name = typeof key === "string" ? `entry ${key}` : `entry ${i}`;
      found ||= visit(`key ${i}`, key) || visit(name, entry);
      i++;
    });
    return found;
  },
};

export const set: BrandedKind = {
  ...bare,
  name: "Set",
  is: (value) => passes(setSize, value),
  prototypeOf: () => setPrototype,
  writeHead(encoder, value) {
    encoder.out.byte(format.SET);
    encoder.out.index(setSize(value as Set<unknown>));
    return undefined;
  },
  writeBody(encoder, value) {
    setForEach(value as Set<unknown>, (entry) => encoder.value(entry));
  },
  visitEdges(value, visit) {
    let found = false;
    let i = 0;
    setForEach(value as Set<unknown>, (entry) => {
      found ||= visit(`entry ${i++}`, entry);
    });
    return found;
  },
};

function weak(
  name: string,
  tag: number,
  prototype: object,
  probe: (receiver: never, key: never) => boolean,
): BrandedKind {
  return {
    ...bare,
    name,
    is: (value) => passes(probe as (receiver: never) => unknown, value),
    prototypeOf: () => prototype,
    writeHead(encoder) {
      encoder.out.byte(tag);
      return undefined;
    },
    writeBody() {},
    visitEdges: () => false,
  };
}

export const weakMap: BrandedKind = weak("WeakMap", format.WEAK_MAP, WeakMap.prototype, weakMapHas);
export const weakSet: BrandedKind = weak("WeakSet", format.WEAK_SET, WeakSet.prototype, weakSetHas);

export function readMapEntries(decoder: Decoder, target: Map<unknown, unknown>, size: unknown): void {
  for (let i = 0; i < (size as number); i++) {
    const key = decoder.value();
    mapSet(target, key, decoder.value());
  }
}

export function readSetEntries(decoder: Decoder, target: Set<unknown>, size: unknown): void {
  for (let i = 0; i < (size as number); i++) setAdd(target, decoder.value());
}

export const collectionHeads: readonly (readonly [number, HeadReader])[] = [
  [format.MAP, (decoder) => decoder.add(new NativeMap<unknown, unknown>(), readMapEntries, decoder.reader.count())],
  [format.SET, (decoder) => decoder.add(new NativeSet<unknown>(), readSetEntries, decoder.reader.count())],
  [format.WEAK_MAP, (decoder) => decoder.add(new NativeWeakMap<WeakKey, unknown>(), undefined, undefined)],
  [format.WEAK_SET, (decoder) => decoder.add(new NativeWeakSet<WeakKey>(), undefined, undefined)],
];
