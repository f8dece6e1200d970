/**
 * What any object can have on top of its kind: another prototype, no extensibility, properties of its own, private names.
 *
 *   extras   := flags [proto:value] [count property*] [count (name value)*]
 *   property := key:value attributes (value | getter:value setter:value | stack:value)
 *
 * With HAS_PROPERTIES the decoder first deletes what a fresh object of the kind can lose, then defines the list in order:
 * order, attributes and deletions come out exactly.
 */
import {
  objectGetOwnPropertyNames,
  reflectDefineProperty,
  reflectDeleteProperty,
  reflectGetPrototypeOf,
  reflectIsExtensible,
  reflectOwnKeys,
  reflectPreventExtensions,
  reflectSetPrototypeOf,
} from "../primordials.ts";
import { registry } from "../registry.ts";
import { hasPrivateNames } from "../slots.ts";
import type { Decoder } from "./decoder.ts";
import { attributesOf, descriptorOf } from "./descriptors.ts";
import type { Encoder } from "./encoder.ts";
import * as format from "./format.ts";
import { corrupt } from "./heap-error.ts";
import type { BrandedKind, EdgeVisitor, Kind } from "./kind.ts";
import { getOwnPropertySymbols } from "./natives.ts";
import { installStack, isStack, stackOf } from "./stack.ts";

const objectPrototype: object = Object.prototype;

export function needsExtras(value: object, kind: BrandedKind): boolean {
  return (
    reflectGetPrototypeOf(value) !== kind.prototypeOf(value) ||
    !reflectIsExtensible(value) ||
    objectGetOwnPropertyNames(value).length + getOwnPropertySymbols(value).length !== kind.ownPropertyCount(value) ||
    hasPrivateNames(value) ||
    kind.hasChangedProperties(value)
  );
}

/** `kind` undefined: an object without a brand, all of whose properties are listed. */
export function writeExtras(encoder: Encoder, value: object, kind: BrandedKind | undefined): void {
  const { out } = encoder;
  const prototype = reflectGetPrototypeOf(value);
  const keys = reflectOwnKeys(value);
  const total = keys.length;
  let listed = 0;
  for (let i = 0; i < total; i++) {
    if (kind === undefined || !kind.isOwnProperty(value, keys[i]!)) keys[listed++] = keys[i]!;
  }
  const hasPrototype = prototype !== (kind === undefined ? objectPrototype : kind.prototypeOf(value));
  const isPrivate = hasPrivateNames(value);
  const hasProperties =
    kind === undefined ? listed > 0 : total !== kind.ownPropertyCount(value) || kind.hasChangedProperties(value);
  out.byte(
    (hasPrototype ? format.HAS_PROTOTYPE : 0) |
      (reflectIsExtensible(value) ? 0 : format.NOT_EXTENSIBLE) |
      (hasProperties ? format.HAS_PROPERTIES : 0) |
      (isPrivate ? format.HAS_PRIVATE_STATE : 0),
  );
  if (hasPrototype) encoder.value(prototype);
  if (hasProperties) {
    out.index(listed);
    for (let i = 0; i < listed; i++) writeProperty(encoder, value, keys[i]!);
  }
  if (isPrivate) writePrivateNames(encoder, value);
}

/** The kind as it is written where a value has extras. */
export function withExtras(kind: BrandedKind): Kind {
  return {
    name: kind.name,
    writeHead(encoder, value) {
      encoder.out.byte(format.EXTRA);
      return kind.writeHead(encoder, value);
    },
    writeBody(encoder, value, detail) {
      kind.writeBody(encoder, value, detail);
      writeExtras(encoder, value, kind);
    },
    visitEdges: kind.visitEdges,
  };
}

export function writeProperty(encoder: Encoder, value: object, key: PropertyKey): void {
  const descriptor = descriptorOf(value, key)!;
  const attributes = attributesOf(descriptor);
  encoder.value(key);
  if (isStack(key, descriptor)) {
    encoder.out.byte(attributes | format.STACK);
    encoder.value(stackOf(value));
    return;
  }
  encoder.out.byte(attributes);
  if ((attributes & format.ACCESSOR) === 0) encoder.value(descriptor.value);
  else {
    encoder.value(descriptor.get);
    encoder.value(descriptor.set);
  }
}

export function writePrivateNames(encoder: Encoder, value: object): void {
  const { privateNames } = registry;
  let count = 0;
  for (let i = 0; i < privateNames.length; i++) if (privateNames[i]!.has(value)) count++;
  encoder.out.index(count);
  for (let i = 0; i < privateNames.length; i++) {
    if (!privateNames[i]!.has(value)) continue;
    encoder.out.index(i);
    encoder.value(privateNames[i]!.get(value));
  }
}

export function readExtras(decoder: Decoder, object: object): void {
  const { reader } = decoder;
  const flags = reader.byte();
  if ((flags & format.HAS_PROTOTYPE) !== 0) setPrototype(object, decoder.value());
  if ((flags & format.HAS_PROPERTIES) !== 0) {
    const fresh = reflectOwnKeys(object);
    for (let i = 0; i < fresh.length; i++) {
      if (typeof fresh[i] === "symbol" || !isElement(fresh[i] as string)) reflectDeleteProperty(object, fresh[i]!);
    }
    const count = reader.count();
    for (let i = 0; i < count; i++) readProperty(decoder, object);
  }
  if ((flags & format.HAS_PRIVATE_STATE) !== 0) {
    const count = reader.count();
    for (let i = 0; i < count; i++) {
      const PrivateName = registry.privateNames[reader.varint()];
      if (PrivateName === undefined) corrupt("an unknown private name");
      new PrivateName(object, decoder.value());
    }
  }
  if ((flags & format.NOT_EXTENSIBLE) !== 0) reflectPreventExtensions(object);
}

/** Elements come from the body and stay. A body without elements has none to lose. */
function isElement(key: string): boolean {
  const index = +key;
  return index >>> 0 === index && `${index}` === key;
}

function setPrototype(object: object, prototype: unknown): void {
  const type = typeof prototype;
  if (type !== "object" && type !== "function") corrupt("a prototype was expected");
  if (!reflectSetPrototypeOf(object, prototype as object | null)) corrupt("a prototype that cannot be set");
}

export function readProperty(decoder: Decoder, object: object): void {
  const key = decoder.key();
  const attributes = decoder.reader.byte();
  if ((attributes & format.STACK) !== 0) installStack(object, decoder.value());
  const isAccessor = (attributes & format.ACCESSOR) !== 0;
  const shared = {
    __proto__: null,
    enumerable: (attributes & format.ENUMERABLE) !== 0,
    configurable: (attributes & format.CONFIGURABLE) !== 0,
  } as PropertyDescriptor;
  if ((attributes & format.STACK) !== 0) {
    reflectDefineProperty(object, key, shared);
    return;
  }
  if (isAccessor) {
    shared.get = decoder.value() as () => unknown;
    shared.set = decoder.value() as (value: unknown) => void;
  } else {
    shared.writable = (attributes & format.WRITABLE) !== 0;
    shared.value = decoder.value();
  }
  if (!reflectDefineProperty(object, key, shared)) corrupt("a property that cannot be defined");
}

/** Own properties and prototype, for paths in errors. */
export function visitProperties(value: object, visit: EdgeVisitor): boolean {
  const keys = reflectOwnKeys(value);
  for (let i = 0; i < keys.length; i++) {
    const own = descriptorOf(value, keys[i]!)!;
    const label = typeof keys[i] === "symbol" ? "property [symbol]" : `property ${keys[i] as string}`;
    if (visit(label, own.value) || visit(`getter of ${label}`, own.get) || visit(`setter of ${label}`, own.set))
      return true;
  }
  if (hasPrivateNames(value)) {
    const { privateNames } = registry;
    for (let i = 0; i < privateNames.length; i++) {
      if (privateNames[i]!.has(value) && visit("private name", privateNames[i]!.get(value))) return true;
    }
  }
  return visit("prototype", reflectGetPrototypeOf(value));
}
