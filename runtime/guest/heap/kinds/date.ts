/**
 * Dates.
 *
 *   DATE time:value        NaN for an invalid one
 */
import { NativeDate } from "../../primordials.ts";
import * as format from "../format.ts";
import type { BrandedKind, HeadReader } from "../kind.ts";
import { dateGetTime, dateSetTime, passes } from "../natives.ts";

const datePrototype: object = Date.prototype;

export const date: BrandedKind = {
  name: "Date",
  is: (value) => passes(dateGetTime, value),
  prototypeOf: () => datePrototype,
  ownPropertyCount: () => 0,
  isOwnProperty: () => false,
  hasChangedProperties: () => false,
  writeHead(encoder, value) {
    encoder.out.byte(format.DATE);
    encoder.value(dateGetTime(value as Date));
    return undefined;
  },
  writeBody() {},
  visitEdges: () => false,
};

export const dateHeads: readonly (readonly [number, HeadReader])[] = [
  [
    format.DATE,
    (decoder) => {
      const index = decoder.reserve();
      const made = new NativeDate(0);
      dateSetTime(made, decoder.value() as number);
      decoder.place(index, made, undefined, undefined);
      return made;
    },
  ],
];
