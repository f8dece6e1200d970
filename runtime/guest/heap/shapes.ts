/**
 * Key lists by number: those of the program's tables first, then a state's own in the order in which they are first met.
 *
 * The encoder finds a shape by its first key; the decoder allocates an object from a template, so that every property is
 * there before it is assigned and no setter of a prototype can run (I5).
 */
import {
  define,
  mapGet,
  mapSet,
  NativeMap,
  objectAssign,
  objectCreate,
  reflectGetPrototypeOf,
  reflectHas,
} from "../primordials.ts";
import { ProxySlot } from "../slots.ts";

type Keys = readonly string[];

const objectPrototype: object = Object.prototype;
/** So many copies of a template in one decoding, and it is asked which way of copying is open. */
const FEW = 16;
let decoding = 0;

/** What prototypes hold may have changed since. */
export function startCopies(): void {
  decoding++;
}

/** Key list → number. */
export class ShapeIndex {
  private readonly byFirstKey: Map<string, ShapeEntry> = new NativeMap();
  private emptyNumber = -1;

  find(keys: Keys): number {
    const { length } = keys;
    if (length === 0) return this.emptyNumber;
    let entry = mapGet(this.byFirstKey, keys[0]!);
    while (entry !== undefined) {
      const candidate = entry.keys;
      if (candidate.length === length) {
        let i = 1;
        while (i < length && candidate[i] === keys[i]) i++;
        if (i === length) return entry.number;
      }
      entry = entry.next;
    }
    return -1;
  }

  add(keys: Keys, number: number): void {
    if (keys.length === 0) {
      if (this.emptyNumber < 0) this.emptyNumber = number;
      return;
    }
    const next = mapGet(this.byFirstKey, keys[0]!);
    mapSet(this.byFirstKey, keys[0]!, new ShapeEntry(keys, number, next));
  }
}

class ShapeEntry {
  readonly keys: Keys;
  readonly number: number;
  readonly next: ShapeEntry | undefined;

  constructor(keys: Keys, number: number, next: ShapeEntry | undefined) {
    this.keys = keys;
    this.number = number;
    this.next = next;
  }
}

/** What objects of one key list are copied from. */
export class ShapeTemplate {
  readonly keys: Keys;
  /** An engine's own `stack` can come to stand in its place, without a definition. */
  readonly hasStack: boolean;
  private template: object | undefined = undefined;
  /** The decoding that `copies` counts for. */
  private decoding = 0;
  private copies = 0;
  private mayAssign = false;

  constructor(keys: Keys) {
    this.keys = keys;
    let hasStack = false;
    for (let i = 0; i < keys.length; i++) if (keys[i] === "stack") hasStack = true;
    this.hasStack = hasStack;
  }

  /** A plain object with every key present and `undefined`. */
  allocate(): Record<string, unknown> {
    if (this.template === undefined) {
      const template = {};
      const { keys } = this;
      for (let i = 0; i < keys.length; i++) define(template, keys[i]!, undefined);
      this.template = template;
    }
    if (this.decoding !== decoding) {
      this.decoding = decoding;
      this.copies = 0;
    }
    // To the engine `assign` is the quicker one where many shapes meet; but it would run a setter of `Object.prototype`.
    if (this.copies < FEW) this.copies++;
    else if (this.copies === FEW) {
      this.copies++;
      this.mayAssign = this.isUnknownToObjects();
    } else if (this.mayAssign) return objectAssign({}, this.template) as Record<string, unknown>;
    return { ...this.template };
  }

  private isUnknownToObjects(): boolean {
    const { keys } = this;
    for (let i = 0; i < keys.length; i++) if (reflectHas(objectPrototype, keys[i]!)) return false;
    return true;
  }

  /** Likewise, with this prototype. */
  allocateFrom(prototype: object): object {
    const object = objectCreate(prototype) as Record<string, unknown>;
    const { keys } = this;
    const mayAssign = !hasProxy(prototype);
    for (let i = 0; i < keys.length; i++) {
      if (mayAssign && !reflectHas(prototype, keys[i]!)) object[keys[i]!] = undefined;
      else define(object, keys[i]!, undefined);
    }
    return object;
  }
}

/** A proxy among the prototypes would be asked when a property is assigned, or looked for. */
function hasProxy(prototype: object): boolean {
  for (let link: object | null = prototype; link !== null; link = reflectGetPrototypeOf(link)) {
    if (ProxySlot.has(link)) return true;
  }
  return false;
}
