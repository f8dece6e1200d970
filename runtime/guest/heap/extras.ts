/**
 * What any object can have on top of its kind: another prototype, no extensibility, properties of its own, private names.
 *
 *   extras   := flags [proto:value] [count property*] [count (name value)*]
 *   property := key:value attributes (value | getter:value setter:value | stack:value)
 *
 * With HAS_PROPERTIES the list holds all properties but elements; order, attributes and deletions come out exactly.
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
import { addPrivateName, hasPrivateNames, isPrivateName, privateNameIndex, privateNamesOf } from "../private-names.ts";
import { registry } from "../registry.ts";
import { restoreStack, savedStackOf } from "../traces/stack.ts";
import { attributesOf, descriptorOf } from "./descriptors.ts";
import * as format from "./format.ts";
import { corrupt } from "./heap-error.ts";
import type { BrandedKind, Decoder, EdgeVisitor, Encoder, Kind } from "./kind.ts";
import { getOwnPropertySymbols } from "./natives.ts";
import { noteOddProperties } from "./property-definitions.ts";
import { watched } from "./prototype-changes.ts";
import { isStack, stackGetter, stackSetter } from "./stack.ts";
import { attributesAreOrdinary } from "./suspicion.ts";

const objectPrototype: object = Object.prototype;

export function needsExtras(value: object, kind: BrandedKind): boolean {
  return (
    reflectGetPrototypeOf(value) !== kind.prototypeOf(value) ||
    !reflectIsExtensible(value) ||
    hasOtherProperties(value, kind) ||
    hasPrivateNames(value) ||
    kind.hasChangedProperties(value)
  );
}

function hasOtherProperties(value: object, kind: BrandedKind): boolean {
  const symbols = getOwnPropertySymbols(value).length;
  if (symbols === 0 && attributesAreOrdinary() && kind.hasNoOtherNames?.(value) === true) return false;
  return objectGetOwnPropertyNames(value).length + symbols !== kind.ownPropertyCount(value);
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
    encoder.value(savedStackOf(value));
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
  const names = privateNamesOf(value);
  encoder.out.index(names.length);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const index = privateNameIndex(name);
    encoder.out.index(index + 1);
    if (index < 0) encoder.value(name);
    encoder.value(name.get(value));
  }
}

export function readExtras(decoder: Decoder, object: object): void {
  const { reader } = decoder;
  const flags = reader.byte();
  if ((flags & format.HAS_PROTOTYPE) !== 0) setPrototype(object, decoder.value());
  if ((flags & format.HAS_PROPERTIES) !== 0) readProperties(decoder, object);
  if ((flags & format.HAS_PRIVATE_STATE) !== 0) {
    const count = reader.count();
    for (let i = 0; i < count; i++) {
      const number = reader.varint();
      const name = number === 0 ? decoder.value() : registry.privateNames[number - 1];
      if (!isPrivateName(name)) corrupt("an unknown private name");
      addPrivateName(object, name, decoder.value());
    }
  }
  if ((flags & format.NOT_EXTENSIBLE) !== 0) reflectPreventExtensions(object);
}

/**
 * Fresh properties that stand where the list has them stay; from the others on, all that can be deleted is, so that what is
 * defined afterwards comes in the order of the list.
 */
function readProperties(decoder: Decoder, object: object): void {
  noteOddProperties(object);
  const count = decoder.reader.count();
  const keys: PropertyKey[] = [];
  const properties: PropertyDescriptor[] = [];
  for (let i = 0; i < count; i++) {
    keys[i] = decoder.key();
    properties[i] = readPropertyDescriptor(decoder, object);
  }
  const fresh = reflectOwnKeys(object);
  let at = 0;
  // Elements stand before all other keys, whenever they were defined.
  while (at < count && typeof keys[at] === "string" && isElement(keys[at] as string)) at++;
  for (let i = 0; i < fresh.length; i++) {
    const key = fresh[i]!;
    if (at < count && keys[at] === key) at++;
    else if (typeof key === "symbol" || !isElement(key)) reflectDeleteProperty(object, key);
  }
  for (let i = 0; i < count; i++) {
    if (!reflectDefineProperty(object, keys[i]!, properties[i]!)) corrupt("a property that cannot be defined");
  }
}

/** Elements come from the body and stay. A body without elements has none to lose. */
export function isElement(key: string): boolean {
  const index = +key;
  return index >>> 0 === index && `${index}` === key;
}

function setPrototype(object: object, prototype: unknown): void {
  const type = typeof prototype;
  if (type !== "object" && type !== "function") corrupt("a prototype was expected");
  if (!watched(object, () => reflectSetPrototypeOf(object, prototype as object | null))) {
    corrupt("a prototype that cannot be set");
  }
}

export function readPropertyDescriptor(decoder: Decoder, object: object): PropertyDescriptor {
  const attributes = decoder.reader.byte();
  const property = {
    __proto__: null,
    enumerable: (attributes & format.ENUMERABLE) !== 0,
    configurable: (attributes & format.CONFIGURABLE) !== 0,
  } as PropertyDescriptor;
  if ((attributes & format.STACK) !== 0) {
    restoreStack(object, decoder.value());
    property.get = stackGetter as () => unknown;
    property.set = stackSetter;
  } else if ((attributes & format.ACCESSOR) !== 0) {
    property.get = decoder.value() as () => unknown;
    property.set = decoder.value() as (value: unknown) => void;
  } else {
    property.writable = (attributes & format.WRITABLE) !== 0;
    property.value = decoder.value();
  }
  return property;
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
    const names = privateNamesOf(value);
    for (let i = 0; i < names.length; i++) {
      if (visit("private name", names[i]!.get(value)) || visit("private name's class", names[i])) return true;
    }
  }
  return visit("prototype", reflectGetPrototypeOf(value));
}
