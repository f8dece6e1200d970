/**
 * Objects without a brand.
 *
 *   PLAIN shape          Object.prototype, all properties ordinary          body: values in the order of the shape
 *   NEW_PLAIN keys       likewise, and the shape gets the next number
 *   NULL_OBJECT shape    null prototype
 *   INSTANCE prototype:value shape       prototype in the image
 *   DICTIONARY n         many keys; n = count * 2 + (null prototype ? 1 : 0)  body: key value …
 *   EXACT                anything else                                        body: extras, nothing but
 */
import { imageNumberOf } from "../../image/index-table.ts";
import {
  define,
  objectCreate,
  objectGetOwnPropertyNames,
  reflectGetPrototypeOf,
  reflectIsExtensible,
} from "../../primordials.ts";
import { hasMark } from "../../private-names.ts";
import { hasPrivateNames } from "../../slots.ts";
import { namesAsDecoded } from "../decoded.ts";
import { descriptorOf, isOrdinary } from "../descriptors.ts";
import { readExtras, writeExtras, writePrivateNames } from "../extras.ts";
import * as format from "../format.ts";
import type { Decoder, Encoder, HeadReader, Kind } from "../kind.ts";
import { getOwnPropertySymbols } from "../natives.ts";
import { RESTART_CAREFULLY } from "../restart.ts";
import type { ShapeTemplate } from "../shapes.ts";

const objectPrototype: object = Object.prototype;
const noEdges = () => false;

/** Names of the object that was just classified, for the head that follows at once. */
let namesAtHand: readonly string[] = [];

/** `prototype`: the object's. */
export function plainKindOf(value: object, prototype: object | null, careful: boolean): Kind {
  if (!reflectIsExtensible(value) || getOwnPropertySymbols(value).length > 0) return exact;
  const names = objectGetOwnPropertyNames(value);
  const known = prototype === objectPrototype ? namesAsDecoded(value, names) : undefined;
  if (careful && known === undefined) {
    for (let i = 0; i < names.length; i++) if (!isOrdinary(descriptorOf(value, names[i]!)!)) return exact;
  }
  // A list that is there already: what the encoder keeps of it does not have to live for the state alone.
  namesAtHand = known ?? names;
  if (prototype === objectPrototype ? hasMark(value) : hasPrivateNames(value)) {
    return prototype !== null && imageNumberOf(prototype) !== undefined ? privateInstance : exact;
  }
  if (prototype === objectPrototype) {
    if (names.length > format.SHAPE_KEYS_MAX) return dictionary;
    return known === undefined ? plain : decodedPlain;
  }
  if (prototype === null) return names.length > format.SHAPE_KEYS_MAX ? dictionary : nullObject;
  return imageNumberOf(prototype) === undefined ? exact : instance;
}

function writeValues(encoder: Encoder, value: object, names: unknown): void {
  const keys = names as string[];
  for (let i = 0; i < keys.length; i++) {
    const descriptor = descriptorOf(value, keys[i]!)!;
    if (!encoder.careful && !isOrdinary(descriptor)) throw RESTART_CAREFULLY;
    encoder.value(descriptor.value);
  }
}

const plain: Kind = {
  name: "object",
  writeHead(encoder) {
    const names = namesAtHand;
    const number = encoder.shapeNumber(names);
    const { out } = encoder;
    if (number < 0) {
      out.byte(format.NEW_PLAIN);
      encoder.keys(names);
    } else if (number < 0x1000) {
      out.byte(format.PLAIN_BASE + (number >>> 8));
      out.byte(number & 255);
    } else {
      out.byte(format.PLAIN);
      out.index(number);
    }
    return names;
  },
  writeBody: writeValues,
  visitEdges: noEdges,
};

/** As `plain`, known to have no accessors. */
const decodedPlain: Kind = {
  ...plain,
  writeBody(encoder, value, names) {
    const keys = names as string[];
    for (let i = 0; i < keys.length; i++) encoder.value((value as Record<string, unknown>)[keys[i]!]);
  },
};

const nullObject: Kind = {
  name: "object",
  writeHead(encoder) {
    const names = namesAtHand;
    encoder.out.byte(format.NULL_OBJECT);
    encoder.shape(names);
    return names;
  },
  writeBody: writeValues,
  visitEdges: noEdges,
};

function writeInstanceHead(encoder: Encoder, value: object): unknown {
  const names = namesAtHand;
  encoder.out.byte(format.INSTANCE);
  encoder.value(reflectGetPrototypeOf(value));
  encoder.shape(names);
  return names;
}

const instance: Kind = {
  name: "object",
  writeHead: writeInstanceHead,
  writeBody: writeValues,
  visitEdges: noEdges,
};

const privateInstance: Kind = {
  name: "object",
  writeHead(encoder, value) {
    encoder.out.byte(format.EXTRA);
    return writeInstanceHead(encoder, value);
  },
  writeBody(encoder, value, names) {
    writeValues(encoder, value, names);
    encoder.out.byte(format.HAS_PRIVATE_STATE);
    writePrivateNames(encoder, value);
  },
  visitEdges: noEdges,
};

const dictionary: Kind = {
  name: "object",
  writeHead(encoder, value) {
    const names = namesAtHand;
    encoder.out.byte(format.DICTIONARY);
    encoder.out.index(names.length * 2 + (reflectGetPrototypeOf(value) === null ? 1 : 0));
    return names;
  },
  writeBody(encoder, value, detail) {
    const names = detail as string[];
    for (let i = 0; i < names.length; i++) {
      const descriptor = descriptorOf(value, names[i]!)!;
      if (!encoder.careful && !isOrdinary(descriptor)) throw RESTART_CAREFULLY;
      encoder.string(names[i]!);
      encoder.value(descriptor.value);
    }
  },
  visitEdges: noEdges,
};

export const exact: Kind = {
  name: "object",
  writeHead(encoder) {
    encoder.out.byte(format.EXACT);
    return undefined;
  },
  writeBody(encoder, value) {
    writeExtras(encoder, value, undefined);
  },
  visitEdges: noEdges,
};

/** Every key is there as an own property before it is assigned, so no setter of a prototype runs. */
function readValues(decoder: Decoder, object: Record<string, unknown>, detail: unknown): void {
  const { keys } = detail as ShapeTemplate;
  for (let i = 0; i < keys.length; i++) object[keys[i]!] = decoder.value();
}

function readPlain(decoder: Decoder, shape: ShapeTemplate, index: number): object {
  const object = shape.allocate();
  decoder.place(index, object, readValues, shape);
  return object;
}

const readPlainTag: HeadReader = (decoder, tag) => {
  const number = ((tag - format.PLAIN_BASE) << 8) | decoder.reader.byte();
  return readPlain(decoder, decoder.shapeAt(number), decoder.reserve());
};

function defineAll(object: object, shape: ShapeTemplate): object {
  for (let i = 0; i < shape.keys.length; i++) define(object, shape.keys[i]!, undefined);
  return object;
}

function readEntries(decoder: Decoder, object: object, detail: unknown): void {
  for (let i = 0; i < (detail as number); i++) {
    const key = decoder.text();
    define(object, key, decoder.value());
  }
}

export const plainHeads: readonly (readonly [number, HeadReader])[] = [
  [format.PLAIN_BASE, readPlainTag],
  [
    format.PLAIN,
    (decoder) => {
      const number = decoder.reader.varint();
      return readPlain(decoder, decoder.shapeAt(number), decoder.reserve());
    },
  ],
  [
    format.NEW_PLAIN,
    (decoder) => {
      const index = decoder.reserve();
      return readPlain(decoder, decoder.newShape(), index);
    },
  ],
  [
    format.NULL_OBJECT,
    (decoder) => {
      const index = decoder.reserve();
      const shape = decoder.shape();
      const object = defineAll(objectCreate(null), shape);
      decoder.place(index, object, readValues as never, shape);
      return object;
    },
  ],
  [
    format.INSTANCE,
    (decoder) => {
      const index = decoder.reserve();
      const prototype = decoder.object();
      const shape = decoder.shape();
      const object = shape.allocateFrom(prototype);
      decoder.place(index, object, readValues as never, shape);
      return object;
    },
  ],
  [
    format.DICTIONARY,
    (decoder) => {
      const head = decoder.reader.varint();
      const object: object = head % 2 === 1 ? objectCreate(null) : {};
      return decoder.add(object, readEntries, (head - (head % 2)) / 2);
    },
  ],
  [format.EXACT, (decoder) => decoder.add({}, readExtras as never, undefined)],
];
