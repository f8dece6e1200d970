/**
 * Objects that come into being with a function or class: its `prototype` object, a class's methods and accessors. Each is
 * stamped with its owner and its ordinal there, so that a state names it through the owner.
 */
import {
  append,
  functionPrototype,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  reflectOwnKeys,
} from "../primordials.ts";
import { registry } from "../registry.ts";
import { BoundSlot, FunctionSlot, ProxySlot } from "../slots.ts";

class Identity {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the return-override is what stamps a private name onto any object.
    return object;
  }
}

let threadsHaveOwners = false;

/** Whether a thread ever made something that is stamped so: else nobody has to be asked for it but the image. */
export function ownersAreInThreads(): boolean {
  return threadsHaveOwners;
}

export class OwnerSlot extends Identity {
  #owner: object;
  #ordinal: number;

  constructor(target: object, owner: object, ordinal: number) {
    super(target);
    if (registry.isLoaded) threadsHaveOwners = true;
    this.#owner = owner;
    this.#ordinal = ordinal;
  }

  static has(target: object): boolean {
    return #owner in target;
  }

  static owner(target: object): object {
    return (target as OwnerSlot).#owner;
  }

  static ordinal(target: object): number {
    return (target as OwnerSlot).#ordinal;
  }
}

const objectPrototype: object = Object.prototype;

/** A property as the evaluation of a class left it. */
export interface OriginalProperty {
  readonly key: PropertyKey;
  readonly descriptor: PropertyDescriptor;
}

/** What the evaluation of a class made. */
export interface ClassParts {
  /** By ordinal; 0 is the `prototype` object. */
  readonly members: object[];
  readonly own: OriginalProperty[];
  readonly prototype: OriginalProperty[];
  /** By ordinal: the properties of a member. */
  readonly memberProperties: OriginalProperty[][];
  /** The parent of the `prototype` object that every evaluation gives it; `undefined` where that is not certain. */
  readonly prototypeParent: object | null | undefined;
  /** What the class itself inherits from. */
  readonly parent: object | null;
}

export class ClassPartsSlot extends Identity {
  #parts: ClassParts;

  constructor(target: object, parts: ClassParts) {
    super(target);
    this.#parts = parts;
  }

  static get(target: object): ClassParts | undefined {
    return #parts in target ? target.#parts : undefined;
  }
}

/**
 * Whether every evaluation of a class with this parent finds the same `prototype`, and asks no script for it: that of a class or a
 * native. A function's can be replaced, what is bound has the one that a script gave it, and a proxy answers itself.
 */
export function hasFixedPrototype(parent: object): boolean {
  if (FunctionSlot.has(parent) || BoundSlot.has(parent) || ProxySlot.has(parent)) return false;
  const found = reflectGetOwnPropertyDescriptor(parent, "prototype");
  return found !== undefined && found.configurable === false && found.writable === false;
}

/** Stamps the parts of a class that was just evaluated. */
export function stampClassParts(made: object): void {
  const prototype = reflectGetOwnPropertyDescriptor(made, "prototype")!.value as object;
  const members: object[] = [];
  append(members, prototype);
  new OwnerSlot(prototype, made, 0);
  const own = originals(made, made, members);
  const onPrototype = originals(prototype, made, members);
  const memberProperties: OriginalProperty[][] = [];
  append(memberProperties, onPrototype);
  for (let i = 1; i < members.length; i++) append(memberProperties, propertiesOf(members[i]!));
  const parent = reflectGetPrototypeOf(made);
  const inherited = reflectGetPrototypeOf(prototype);
  const isCertain =
    (parent === functionPrototype || hasFixedPrototype(parent!)) &&
    (inherited === objectPrototype || (inherited !== null && OwnerSlot.has(inherited)));
  const prototypeParent = isCertain ? inherited : undefined;
  new ClassPartsSlot(made, {
    members,
    own,
    prototype: onPrototype,
    memberProperties,
    prototypeParent,
    parent,
  });
}

/** The own properties of an object, in order. */
export function propertiesOf(object: object): OriginalProperty[] {
  const keys = reflectOwnKeys(object);
  const properties: OriginalProperty[] = [];
  for (let i = 0; i < keys.length; i++) {
    append(properties, { key: keys[i]!, descriptor: reflectGetOwnPropertyDescriptor(object, keys[i]!)! });
  }
  return properties;
}

function originals(home: object, owner: object, members: object[]): OriginalProperty[] {
  const properties = propertiesOf(home);
  for (let i = 0; i < properties.length; i++) {
    const { descriptor } = properties[i]!;
    stampMember(descriptor.value, owner, members);
    stampMember(descriptor.get, owner, members);
    stampMember(descriptor.set, owner, members);
  }
  return properties;
}

function stampMember(value: unknown, owner: object, members: object[]): void {
  if (typeof value !== "function" || value === owner || FunctionSlot.has(value) || OwnerSlot.has(value)) return;
  new OwnerSlot(value, owner, members.length);
  append(members, value);
}

/** A `prototype` object that was made with its function, and is found by nothing else. */
export function stampPrototype(prototype: object, owner: object): void {
  new OwnerSlot(prototype, owner, 0);
}
