/**
 * Function values.
 *
 *   FUNCTION definition scope:value …          as many scopes as the definition's maker takes
 *   RUNTIME_FUNCTION (-1 - definition) n scope:value …
 *   METHOD class:value ordinal                 methods and accessors of a class, found through it
 *   BOUND target:value receiver:value n argument:value …
 *   PROTOTYPE_OF function:value                the `prototype` object that was made with a function or class
 *
 * What a fresh function of a definition looks like is found out once, by making one over no scopes: a maker only closes
 * over them. Differences stand in extras.
 */
import { UNIT_BASE } from "../../dynamic/code-unit.ts";
import {
  functionBind,
  functionPrototype,
  hasOwn,
  objectGetOwnPropertyNames,
  objectKeys,
  objectSetPrototypeOf,
  reflectApply,
  reflectGetPrototypeOf,
  reflectIsExtensible,
  reflectOwnKeys,
} from "../../primordials.ts";
import { Definition, definitionAt } from "../../registry.ts";
import { BoundSlot, FunctionSlot, hasPrivateNames } from "../../slots.ts";
import { attributesOf, dataValue, descriptorOf } from "../descriptors.ts";
import { writeExtras } from "../extras.ts";
import * as format from "../format.ts";
import { corrupt } from "../heap-error.ts";
import type { BrandedKind, Decoder, HeadReader } from "../kind.ts";
import { getOwnPropertySymbols } from "../natives.ts";
import { type ClassParts, ClassPartsSlot, type OriginalProperty, OwnerSlot, propertiesOf } from "../owner-slot.ts";
import { attributesAreOrdinary } from "../suspicion.ts";
import { places, setElement } from "./array.ts";
import { indexInUnit } from "./code-unit.ts";

const objectPrototype: object = Object.prototype;

/** What every fresh function of a definition has. */
interface Fresh {
  readonly prototype: object;
  readonly properties: readonly OriginalProperty[];
}

function freshOf(definition: Definition): Fresh {
  let fresh = Definition.fresh(definition) as Fresh | undefined;
  if (fresh === undefined) {
    const sample = definition.maker!();
    fresh = { prototype: reflectGetPrototypeOf(sample)!, properties: propertiesOf(sample) };
    Definition.setFresh(definition, fresh);
  }
  return fresh;
}

/** Whether a property is still as it was made. */
export function isUnchanged(object: object, original: OriginalProperty): boolean {
  const now = descriptorOf(object, original.key);
  if (now === undefined || attributesOf(now) !== attributesOf(original.descriptor)) return false;
  if (original.key === "prototype") return isOwnedPrototype(now.value, object) && isFreshPrototype(now.value as object);
  return (
    now.value === original.descriptor.value &&
    now.get === original.descriptor.get &&
    now.set === original.descriptor.set
  );
}

export function hasChanges(object: object, originals: readonly OriginalProperty[]): boolean {
  for (let i = 0; i < originals.length; i++) if (!isUnchanged(object, originals[i]!)) return true;
  return false;
}

function closureHasChanges(value: object): boolean {
  const { properties } = freshOf(FunctionSlot.definition(value)!);
  for (let i = 0; i < properties.length; i++) {
    const original = properties[i]!;
    if (!isUnchanged(value, original) && !(original.key === "name" && hasNameOfKey(value))) return true;
  }
  return false;
}

/** Whether the name is what the maker gives for this very key: that of a method or value under a computed one. */
function hasNameOfKey(value: object): boolean {
  const scopes = FunctionSlot.scopes(value);
  if (scopes.length === 0) return false;
  const made = reflectApply(FunctionSlot.definition(value)!.maker!, undefined, scopes as unknown[]) as object;
  return isUnchanged(value, { key: "name", descriptor: descriptorOf(made, "name")! });
}

/** A `prototype` object that `owner` was made with. An ordinary function's tells by its `constructor`. */
function isOwnedPrototype(value: unknown, owner: object): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ownerOfPrototype(value) === owner;
}

/** The function whose `prototype` an object was made to be, if it still is. */
export function ownerOfPrototype(value: object): object | undefined {
  if (OwnerSlot.has(value)) {
    const owner = OwnerSlot.owner(value);
    return dataValue(owner, "prototype") === value ? owner : undefined;
  }
  const link = descriptorOf(value, "constructor");
  if (link === undefined || attributesOf(link) !== (format.WRITABLE | format.CONFIGURABLE)) return undefined;
  const owner = link.value as object;
  if (typeof owner !== "function" || !FunctionSlot.has(owner)) return undefined;
  return dataValue(owner, "prototype") === value && reflectOwnKeys(value)[0] === "constructor" ? owner : undefined;
}

function isFreshPrototype(value: object): boolean {
  const owner = ownerOfPrototype(value)!;
  const parts = ClassPartsSlot.get(owner);
  return (
    objectGetOwnPropertyNames(value).length === prototypeOf.ownPropertyCount(value) &&
    reflectOwnKeys(value).length === prototypeOf.ownPropertyCount(value) &&
    reflectGetPrototypeOf(value) === prototypeOf.prototypeOf(value) &&
    reflectIsExtensible(value) &&
    !hasPrivateNames(value) &&
    (parts === undefined || !hasChanges(value, parts.prototype))
  );
}

export const closure: BrandedKind = {
  name: "function",
  is: FunctionSlot.has,
  prototypeOf: (value) => freshOf(FunctionSlot.definition(value)!).prototype,
  ownPropertyCount: (value) => freshOf(FunctionSlot.definition(value)!).properties.length,
  isOwnProperty: () => false,
  hasChangedProperties: closureHasChanges,
  writeHead(encoder, value) {
    const { out } = encoder;
    const definition = FunctionSlot.definition(value)!;
    const { index } = definition;
    if (index <= UNIT_BASE) {
      out.byte(format.UNIT_FUNCTION);
      encoder.value(definition.unit);
      out.index(indexInUnit(index));
    } else if (index < 0) {
      out.byte(format.RUNTIME_FUNCTION);
      out.index(-1 - index);
    } else if (index < 0x800) {
      out.byte(format.FUNCTION_BASE + (index >>> 8));
      out.byte(index & 255);
    } else {
      out.byte(format.FUNCTION);
      out.index(index);
    }
    const scopes = FunctionSlot.scopes(value);
    // The program's tables say how many scopes a function of its own takes.
    if (index < 0) out.index(scopes.length);
    for (let i = 0; i < scopes.length; i++) encoder.value(scopes[i]);
    return undefined;
  },
  writeBody() {},
  visitEdges(value, visit) {
    const { unit } = FunctionSlot.definition(value)!;
    if (unit !== undefined && visit("code", unit)) return true;
    const scopes = FunctionSlot.scopes(value);
    for (let i = 0; i < scopes.length; i++) if (visit("closure", scopes[i])) return true;
    return false;
  },
};

/** In short, as long as nothing defined a property of any function: what is left is assignment, deletion and prototypes. */
export function isFreshClosure(value: object): boolean {
  const fresh = freshOf(FunctionSlot.definition(value)!);
  if (
    !attributesAreOrdinary() ||
    objectKeys(value).length > 0 ||
    getOwnPropertySymbols(value).length > 0 ||
    !hasOwn(value, "name") ||
    !hasOwn(value, "length") ||
    reflectGetPrototypeOf(value) !== fresh.prototype ||
    !reflectIsExtensible(value) ||
    hasPrivateNames(value)
  ) {
    return false;
  }
  for (let i = 2; i < fresh.properties.length; i++) if (!isUnchanged(value, fresh.properties[i]!)) return false;
  return true;
}

/** A method's own properties as its class made them: `length` and `name` are never changed by the evaluation itself. */
export const method: BrandedKind = {
  name: "method",
  is: (value) => typeof value === "function" && OwnerSlot.has(value),
  prototypeOf: () => functionPrototype,
  ownPropertyCount: (value) => partOf(value).length,
  isOwnProperty: () => false,
  hasChangedProperties: (value) => hasChanges(value, partOf(value)),
  writeHead(encoder, value) {
    encoder.out.byte(format.METHOD);
    encoder.value(OwnerSlot.owner(value));
    encoder.out.index(OwnerSlot.ordinal(value));
    return undefined;
  },
  writeBody() {},
  visitEdges: (value, visit) => visit("class", OwnerSlot.owner(value)),
};

function partOf(value: object): readonly OriginalProperty[] {
  const parts = ClassPartsSlot.get(OwnerSlot.owner(value))!;
  return parts.memberProperties[OwnerSlot.ordinal(value)]!;
}

export const prototypeOf: BrandedKind = {
  name: "prototype",
  is: (value) => typeof value === "object" && ownerOfPrototype(value) !== undefined,
  prototypeOf: (value) => freshPrototypeParent(value),
  ownPropertyCount: (value) => {
    const owner = ownerOfPrototype(value)!;
    const parts = ClassPartsSlot.get(owner);
    return parts === undefined ? (OwnerSlot.has(value) ? 0 : 1) : parts.prototype.length;
  },
  isOwnProperty: () => false,
  hasChangedProperties(value) {
    const parts = ClassPartsSlot.get(ownerOfPrototype(value)!);
    return parts === undefined ? false : hasChanges(value, parts.prototype);
  },
  writeHead(encoder, value) {
    encoder.out.byte(format.PROTOTYPE_OF);
    encoder.value(ownerOfPrototype(value));
    return undefined;
  },
  writeBody() {},
  visitEdges: (value, visit) => visit("function", ownerOfPrototype(value)),
};

/** The parent that the decoder's fresh `prototype` object has: of a class only where its parent's cannot have changed. */
function freshPrototypeParent(value: object): object | null | undefined {
  const owner = ownerOfPrototype(value)!;
  const parts: ClassParts | undefined = ClassPartsSlot.get(owner);
  if (parts !== undefined) return parts.prototypeParent;
  if (!OwnerSlot.has(value)) return objectPrototype;
  // A generator method of a class is a part of the class and has no definition of its own: its parent is written.
  const definition = FunctionSlot.definition(owner);
  return definition === undefined ? undefined : (freshOf(definition).prototype as { prototype: object }).prototype;
}

export const bound: BrandedKind = {
  alwaysWritesExtras: true,
  name: "bound function",
  is: BoundSlot.has,
  prototypeOf: () => functionPrototype,
  ownPropertyCount: () => 0,
  isOwnProperty: () => false,
  hasChangedProperties: () => true,
  writeHead(encoder, value) {
    encoder.out.byte(format.EXTRA);
    encoder.out.byte(format.BOUND);
    encoder.value(BoundSlot.target(value));
    encoder.value(BoundSlot.receiver(value));
    const args = BoundSlot.makerArguments(value);
    encoder.out.index(args.length);
    for (let i = 0; i < args.length; i++) encoder.value(args[i]);
    return undefined;
  },
  writeBody(encoder, value) {
    writeExtras(encoder, value, bound);
  },
  visitEdges(value, visit) {
    const args = BoundSlot.makerArguments(value);
    for (let i = 0; i < args.length; i++) if (visit(`bound argument ${i}`, args[i])) return true;
    return visit("bound function", BoundSlot.target(value)) || visit("bound this", BoundSlot.receiver(value));
  },
};

function readClosure(decoder: Decoder, definitionIndex: number): object {
  const index = decoder.reserve();
  const definition = definitionAt(definitionIndex);
  if (definition?.maker === undefined) corrupt("an unknown function");
  const count = definitionIndex < 0 ? decoder.reader.count() : definition.maker.length;
  const scopes = places(count);
  for (let i = 0; i < count; i++) setElement(scopes, i, decoder.value());
  const made = definition.instantiate(scopes);
  decoder.place(index, made, undefined, undefined);
  return made;
}

function functionHeads(): (readonly [number, HeadReader])[] {
  const heads: (readonly [number, HeadReader])[] = [];
  for (let i = 0; i < 8; i++) {
    heads[i] = [format.FUNCTION_BASE + i, (decoder) => readClosure(decoder, (i << 8) | decoder.reader.byte())];
  }
  return heads;
}

export const functionKindHeads: readonly (readonly [number, HeadReader])[] = [
  ...functionHeads(),
  [format.FUNCTION, (decoder) => readClosure(decoder, decoder.reader.varint())],
  [format.RUNTIME_FUNCTION, (decoder) => readClosure(decoder, -1 - decoder.reader.varint())],
  [
    format.METHOD,
    (decoder) => {
      const index = decoder.reserve();
      const parts = ClassPartsSlot.get(decoder.object());
      const made = parts?.members[decoder.reader.varint()];
      if (made === undefined) corrupt("an unknown method");
      decoder.place(index, made, undefined, undefined);
      return made;
    },
  ],
  [
    format.PROTOTYPE_OF,
    (decoder) => {
      const index = decoder.reserve();
      const made = dataValue(decoder.object(), "prototype");
      if (typeof made !== "object" || made === null) corrupt("a function without prototype");
      decoder.place(index, made, undefined, undefined);
      return made;
    },
  ],
  [
    format.BOUND,
    (decoder) => {
      const index = decoder.reserve();
      const target = decoder.object();
      const receiver = decoder.value();
      const count = decoder.reader.count();
      const args = places(count);
      for (let i = 0; i < count; i++) setElement(args, i, decoder.value());
      if (typeof target !== "function") corrupt("a bound function without target");
      const list: unknown[] = [target, receiver];
      for (let i = 0; i < count; i++) setElement(list, i + 2, args[i]);
      const made = reflectApply(functionBind, undefined, list as never) as object;
      new BoundSlot(made, target, receiver, args);
      objectSetPrototypeOf(made, functionPrototype);
      decoder.place(index, made, undefined, undefined);
      return made;
    },
  ],
];
