/**
 * Regular expressions.
 *
 *   REGEXP source:string flags:string      body: lastIndex:value
 *
 * `lastIndex` is an own property that a script can make read-only: then extras list it.
 */

import { descriptorOf } from "../descriptors.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import type { BodyReader, BrandedKind, HeadReader } from "../kind.ts";
import { NativeRegExp, passes, regExpFlags, regExpSource } from "../natives.ts";

const regExpPrototype: object = RegExp.prototype;

/** A getter that throws for everything but a regular expression and `RegExp.prototype`, which the image holds. */
export const regExpBrand = regExpFlags[1]![1];

export function flagsOf(value: object): string {
  let flags = "";
  for (let i = 0; i < regExpFlags.length; i++) if (regExpFlags[i]![1](value)) flags += regExpFlags[i]![0];
  return flags;
}

export const regExp: BrandedKind = {
  name: "RegExp",
  is: (value) => passes(regExpBrand, value),
  prototypeOf: () => regExpPrototype,
  ownPropertyCount: () => 1,
  isOwnProperty: (value, key) => key === "lastIndex" && descriptorOf(value, key)!.writable === true,
  hasChangedProperties: (value) => descriptorOf(value, "lastIndex")!.writable !== true,
  writeHead(encoder, value) {
    encoder.out.byte(format.REGEXP);
    encoder.string(regExpSource(value));
    encoder.string(flagsOf(value));
    return undefined;
  },
  writeBody(encoder, value) {
    encoder.value(descriptorOf(value, "lastIndex")!.value);
  },
  visitEdges: () => false,
};

export const regExpHeads: readonly (readonly [number, HeadReader])[] = [
  [
    format.REGEXP,
    (decoder) => {
      const index = decoder.reserve();
      const source = decoder.text();
      const flags = decoder.text();
      let made: RegExp;
      try {
        made = new NativeRegExp(source, flags);
      } catch {
        return corrupt("an invalid regular expression");
      }
      decoder.place(index, made, readLastIndex, undefined);
      return made;
    },
  ],
];

const readLastIndex: BodyReader = (decoder, made) => {
  (made as RegExp).lastIndex = decoder.value() as number;
};
