/**
 * Boxed primitives: objects with [[NumberData]] and its kin.
 *
 *   BOXED value
 */
import * as format from "../format.ts";
import type { BrandedKind, HeadReader } from "../kind.ts";
import {
  bigIntValueOf,
  booleanValueOf,
  NativeObject,
  numberValueOf,
  passes,
  stringValueOf,
  symbolValueOf,
} from "../natives.ts";
import { elementIndex } from "./array.ts";

const bare = {
  ownPropertyCount: () => 0,
  isOwnProperty: () => false,
  hasChangedProperties: () => false,
  writeBody() {},
};

function boxed(name: string, prototype: object, read: (receiver: never) => unknown): BrandedKind {
  return {
    ...bare,
    name,
    is: (value) => passes(read, value),
    prototypeOf: () => prototype,
    writeHead(encoder, value) {
      encoder.out.byte(format.BOXED);
      encoder.value(read(value as never));
      return undefined;
    },
    visitEdges: () => false,
  };
}

export const boxedNumber = boxed("Number object", Number.prototype, numberValueOf);
export const boxedBoolean = boxed("Boolean object", Boolean.prototype, booleanValueOf);
export const boxedSymbol = boxed("Symbol object", Symbol.prototype, symbolValueOf);
export const boxedBigInt = boxed("BigInt object", BigInt.prototype, bigIntValueOf);

/** Has its code units and `length` as own properties that nothing can change. */
export const boxedString: BrandedKind = {
  ...boxed("String object", String.prototype, stringValueOf),
  ownPropertyCount: (value) => stringValueOf(value as unknown as string).length + 1,
  isOwnProperty(value, key) {
    const index = elementIndex(key);
    return key === "length" || (index >= 0 && index < stringValueOf(value as unknown as string).length);
  },
};

export const boxedHeads: readonly (readonly [number, HeadReader])[] = [
  [
    format.BOXED,
    (decoder) => {
      const index = decoder.reserve();
      const box = NativeObject(decoder.value()) as object;
      decoder.place(index, box, undefined, undefined);
      return box;
    },
  ],
];
