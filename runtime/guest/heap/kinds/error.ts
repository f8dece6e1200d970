/**
 * Errors: anything with [[ErrorData]].
 *
 *   ERROR                  always with extras: all own properties, `stack` among them as plain data
 *
 * The prototype in the extras tells a TypeError from a RangeError; `cause` and `errors` are own properties.
 */
import { NativeError, reflectDeleteProperty, reflectOwnKeys } from "../../primordials.ts";
import { writeExtras } from "../extras.ts";
import * as format from "../format.ts";
import type { BrandedKind, HeadReader } from "../kind.ts";
import { isError } from "../natives.ts";

const errorPrototype: object = Error.prototype;

export const error: BrandedKind = {
  probesCheaply: true,
  alwaysWritesExtras: true,
  name: "Error",
  is: isError,
  prototypeOf: () => errorPrototype,
  ownPropertyCount: () => 0,
  isOwnProperty: () => false,
  hasChangedProperties: () => false,
  writeHead(encoder) {
    encoder.out.byte(format.EXTRA);
    encoder.out.byte(format.ERROR);
    return undefined;
  },
  writeBody(encoder, value) {
    writeExtras(encoder, value, error);
  },
  visitEdges: () => false,
};

/** An error without any property: `stack` would hold positions of the runtime. */
export function bareError(): Error {
  const made = new NativeError();
  const keys = reflectOwnKeys(made);
  for (let i = 0; i < keys.length; i++) reflectDeleteProperty(made, keys[i]!);
  return made;
}

export const errorHeads: readonly (readonly [number, HeadReader])[] = [
  [format.ERROR, (decoder) => decoder.add(bareError(), undefined, undefined)],
];
