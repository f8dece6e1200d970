/**
 * The `arguments` object of a call.
 *
 *   ARGUMENTS              body: extras, nothing but
 *
 * One of sloppy code shares its elements with the parameters. No call is under way when a state is written, and a function
 * that keeps such parameters stays native and cannot be saved itself, so what is left of it are its properties.
 */
import { NativeFunction, objectToString, reflectGetPrototypeOf, symbolToStringTag } from "../../primordials.ts";
import { ProxySlot } from "../../slots.ts";
import { attributesOf, descriptorOf } from "../descriptors.ts";
import { readExtras, writeExtras } from "../extras.ts";
import * as format from "../format.ts";
import { unserializable } from "../heap-error.ts";
import type { HeadReader, Kind } from "../kind.ts";

/** Sloppy, because only there can every property be defined anew. */
const makeArguments = NativeFunction("return arguments") as () => object;

/** Whether the engine can be asked for its own name of the object, without a property or a script in between. */
function tellsItsTag(value: object): boolean {
  for (let link: object | null = value; link !== null; link = reflectGetPrototypeOf(link)) {
    if (ProxySlot.has(link)) return false;
    const tag = descriptorOf(link, symbolToStringTag);
    if (tag !== undefined) return tag.get === undefined && tag.set === undefined && typeof tag.value !== "string";
  }
  return true;
}

/** Where a script hides the engine's name, what looks like an `arguments` object counts as one, and is refused. */
export function isArguments(value: object): boolean {
  return tellsItsTag(value) ? objectToString(value) === "[object Arguments]" : looksLikeArguments(value);
}

function looksLikeArguments(value: object): boolean {
  const length = descriptorOf(value, "length");
  const callee = descriptorOf(value, "callee");
  return (
    length !== undefined &&
    callee !== undefined &&
    (attributesOf(length) & format.ENUMERABLE) === 0 &&
    (attributesOf(callee) & format.ENUMERABLE) === 0
  );
}

export const argumentsObject: Kind = {
  name: "arguments",
  writeHead(encoder, value) {
    if (!tellsItsTag(value)) {
      unserializable(
        "an `arguments` object behind a Symbol.toStringTag or a Proxy cannot be saved: copy it to an array",
      );
    }
    encoder.out.byte(format.ARGUMENTS);
    return undefined;
  },
  writeBody(encoder, value) {
    writeExtras(encoder, value, undefined);
  },
  visitEdges: () => false,
};

export const argumentsHeads: readonly (readonly [number, HeadReader])[] = [
  [format.ARGUMENTS, (decoder) => decoder.add(makeArguments(), readExtras as never, undefined)],
];
