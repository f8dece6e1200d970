/**
 * Graph → bytes. One queue, breadth first; no recursion over the graph, so a list of 200,000 nodes passes.
 *
 * Boundary: values, strings, shapes and indexes are here; what an object of some kind consists of is in `kinds/`.
 * Holds I2: the bytes depend on the reachable graph alone. Holds I5: nothing here or in `kinds/` calls into a script.
 */

import { imageNumberOf, intrinsicPathAt } from "../image/index-table.ts";
import { wellKnownIntrinsicIndex } from "../image/well-known-intrinsics.ts";
import { floor, mapGet, mapSet, NativeMap, objectIs, reflectGetPrototypeOf } from "../primordials.ts";
import { proxiesAreUsed } from "../proxy-slot.ts";
import { RuntimeRecord } from "../records.ts";
import { TDZ } from "../registry.ts";
import { PromiseSlot, type PromiseState, ProxySlot } from "../slots.ts";
import { fixedByPrototype } from "./brands.ts";
import { kindOf, objectKindOf } from "./classify.ts";
import { isNextDecoded } from "./decoded.ts";
import * as format from "./format.ts";
import { hasInputs, missingInputs } from "./inputs.ts";
import type { Encoder, Kind } from "./kind.ts";
import { simple } from "./kinds/array.ts";
import { isPromisePrototype, plainPromiseKind } from "./kinds/slotted.ts";
import { List } from "./list.ts";
import { symbolDescription, symbolKeyFor } from "./natives.ts";
import { writeBigInt } from "./numbers.ts";
import { ShapeIndex } from "./shapes.ts";
import { hashed, hashOf, StringIndex } from "./string-index.ts";
import { prototypesMayLie } from "./suspicion.ts";
import { tableShapes, tableStrings } from "./tables.ts";
import { wellKnownSymbolIndex } from "./well-known-symbols.ts";
import { Writer } from "./writer.ts";

const arrayPrototype: object = Array.prototype;
const objectPrototype: object = Object.prototype;

/** The buffer is given back when one state has blown it up beyond this many bytes. */
const BUFFER_KEPT_BYTES = 4 * 1024 * 1024;

/** Of no object: that one would have names. */
const noKeys: readonly string[] = [""];

function isSameList(keys: readonly string[], others: readonly string[]): boolean {
  if (keys === others) return true;
  const { length } = keys;
  if (length !== others.length || others === noKeys) return false;
  for (let i = 0; i < length; i++) if (keys[i] !== others[i]) return false;
  return true;
}

/** Longer strings are looked up before they are written: one that was met before takes no room. */
const DRAFT_MAX = 1024;

export class GraphEncoder implements Encoder {
  readonly out: Writer = new Writer();
  /** Check the attributes of properties before an object's head is written, not while its body is. */
  careful = false;
  readonly objects: List<object | symbol> = new List();
  readonly kinds: List<Kind | undefined> = new List();
  readonly details: List<unknown> = new List();
  /** Index of the object in whose head or body this one was first met; -1: a root. */
  readonly parents: List<number> = new List();
  private count = 0;
  /** Marks of promises and records are the places of their objects, counted from here on; below it they are of states before. */
  private base = 1;
  private current = -1;
  /** The object whose head or body is being written. */
  private holder = -1;
  private indexes: Map<object | symbol, number> = new NativeMap();
  private isAnyIndexed = false;
  /**
   * Indexes of objects that are not in `indexes` yet. An object that was decoded behind the last one of those decoded is new here,
   * as a rule, and if nothing is mentioned twice behind it, it need never be looked up.
   */
  private readonly unlisted: List<number> = new List();
  private unlistedCount = 0;
  /** Whether the object whose head comes next is such a one. */
  private isNext = false;
  /** Numbered behind those of the program's table. */
  private readonly strings = new StringIndex();
  private shapes: ShapeIndex | undefined = undefined;
  private shapeCount = 0;
  /** The shape that was asked for last: objects of one often stand in a row. */
  private lastKeys: readonly string[] = noKeys;
  private lastShape = -1;

  begin(careful: boolean): void {
    // Encoding starts again.
    if (this.count > 0) this.forget();
    this.careful = careful;
    this.out.at = 0;
    this.count = 0;
    this.current = -1;
    this.holder = -1;
    this.shapeCount = tableShapes.count;
  }

  /** Writes the bodies of all objects met so far, and of those that they reach. */
  drain(): void {
    const objects = this.objects.items;
    const kinds = this.kinds.items;
    const details = this.details.items;
    for (let i = this.current + 1; i < this.count; i++) {
      this.current = i;
      this.holder = i;
      const kind = kinds[i];
      if (kind !== undefined) kind.writeBody(this, objects[i] as object, details[i]);
    }
  }

  /** Forgets the graph, so that nothing of a thread outlives its step here. */
  end(): void {
    this.forget();
    this.objects.clear(this.count);
    this.details.clear(this.count);
    this.out.trim(BUFFER_KEPT_BYTES);
  }

  private forget(): void {
    this.base += this.count;
    if (this.isAnyIndexed) this.indexes = new NativeMap();
    this.isAnyIndexed = false;
    this.unlistedCount = 0;
    this.isNext = false;
    this.strings.clear();
    this.shapes = undefined;
    this.lastKeys = noKeys;
  }

  reachedCount(): number {
    return this.count;
  }

  reachedAt(index: number): object | symbol {
    return this.objects.items[index]!;
  }

  /** `undefined`: not reached, or of the image. */
  reachedIndexOf(value: object | symbol): number | undefined {
    if (typeof value === "object") {
      const state = PromiseSlot.get(value);
      if (state !== undefined) return this.placeOf(state.mark);
      if (RuntimeRecord.has(value)) return this.placeOf(RuntimeRecord.mark(value));
    }
    return this.indexOf(value);
  }

  /** Of an object without a mark, or a symbol. */
  private indexOf(value: object | symbol): number | undefined {
    if (this.unlistedCount > 0) this.list();
    return mapGet(this.indexes, value);
  }

  /** Puts into `indexes` what was left out of it. */
  private list(): void {
    const objects = this.objects.items;
    const unlisted = this.unlisted.items;
    for (let i = 0; i < this.unlistedCount; i++) this.note(objects[unlisted[i]!]!, unlisted[i]!);
    this.unlistedCount = 0;
  }

  private note(value: object | symbol, index: number): void {
    this.isAnyIndexed = true;
    mapSet(this.indexes, value, index);
  }

  private placeOf(mark: number): number | undefined {
    return mark < this.base ? undefined : mark - this.base;
  }

  /** Whose part the next values are; -1: nobody's. */
  startEntry(holder: number): void {
    this.holder = holder;
  }

  /** The objects through which the culprit was reached, from the roots on. */
  trail(): object[] {
    const reversed: number[] = [];
    let depth = 0;
    for (let i = this.parents.items[this.count - 1]!; i >= 0; i = this.parents.items[i]!) reversed[depth++] = i;
    const trail: object[] = [];
    for (let i = 0; i < depth; i++) trail[i] = this.objects.items[reversed[depth - 1 - i]!] as object;
    return trail;
  }

  /** The object whose head could not be written. */
  culprit(): object {
    return this.objects.items[this.count - 1] as object;
  }

  value(value: unknown): void {
    const { out } = this;
    // Comparisons one by one are a look at the value each; a `switch` first makes the string that `typeof` gives.
    if (typeof value === "string") this.string(value);
    else if (typeof value === "number") this.number(value);
    else if (value === undefined) out.byte(format.UNDEFINED);
    else if (value === null) out.byte(format.NULL);
    else if (value === true) out.byte(format.TRUE);
    else if (value === false) out.byte(format.FALSE);
    else if (typeof value === "symbol") this.symbol(value);
    else if (typeof value === "bigint") writeBigInt(out, value);
    else this.object(value as object);
  }

  private number(value: number): void {
    const { out } = this;
    if ((value | 0) === value) {
      if (value < 0 || value > 31) {
        out.byte(format.INTEGER);
        out.varint(value < 0 ? -2 * value - 1 : 2 * value);
      } else if (value === 0 && 1 / value < 0) out.byte(format.NEGATIVE_ZERO);
      else out.byte(format.INTEGER_BASE + value);
    } else if (floor(value) === value && value < 4503599627370496 && value > -4503599627370496) {
      out.byte(format.INTEGER);
      out.varint(value < 0 ? -2 * value - 1 : 2 * value);
    } else if (objectIs(value, NaN)) {
      out.byte(format.NAN);
    } else {
      out.byte(format.FLOAT);
      out.float(value);
    }
  }

  string(value: string): void {
    const { out } = this;
    const isShort = value.length < DRAFT_MAX;
    const hash = isShort ? out.draft(value, format.NEW_STRING) : hashOf(value);
    const isWide = isShort ? out.isDraftWide : hashed.isWide;
    let number = tableStrings.index.find(value, hash);
    if (number < 0) {
      number = this.strings.find(value, hash);
      if (number >= 0) number += tableStrings.count;
    }
    if (number < 0) {
      this.strings.add(value, hash);
      if (isWide) out.wideString(value, format.NEW_WIDE_STRING);
      else if (isShort) out.acceptDraft();
      else out.narrowString(value, format.NEW_STRING);
    } else if (number < 0x1000) {
      out.byte(format.STRING_BASE + (number >>> 8));
      out.byte(number & 255);
    } else {
      out.byte(format.STRING);
      out.index(number);
    }
  }

  private symbol(value: symbol): void {
    const { out } = this;
    const wellKnown = wellKnownSymbolIndex(value);
    if (wellKnown !== undefined) {
      out.byte(format.WELL_KNOWN_SYMBOL);
      out.index(wellKnown);
      return;
    }
    const key = symbolKeyFor(value);
    if (key !== undefined) {
      out.byte(format.REGISTERED_SYMBOL);
      this.string(key);
      return;
    }
    const known = mapGet(this.indexes, value);
    if (known !== undefined) {
      this.back(known);
      return;
    }
    const imageIndex = imageNumberOf(value);
    if (imageIndex !== undefined) {
      this.image(imageIndex);
      return;
    }
    this.note(value, this.register(value, undefined));
    out.byte(format.UNIQUE_SYMBOL);
    this.value(symbolDescription(value));
  }

  private back(index: number): void {
    const { out } = this;
    if (index < 32) out.byte(format.BACK_BASE + index);
    else {
      out.byte(format.BACK);
      out.index(index);
    }
  }

  /** An object of the image by its index, an intrinsic by its path. */
  private image(index: number): void {
    const { out } = this;
    if (index < 0) {
      const path = intrinsicPathAt(index);
      const wellKnown = wellKnownIntrinsicIndex(path);
      out.byte(format.INTRINSIC);
      out.index(wellKnown + 1);
      if (wellKnown < 0) this.string(path);
    } else if (index < 0x1000) {
      out.byte(format.IMAGE_BASE + (index >>> 8));
      out.byte(index & 255);
    } else {
      out.byte(format.IMAGE);
      out.index(index);
    }
  }

  /** Gives an object the next index; where it is noted is the caller's. */
  private register(value: object | symbol, kind: Kind | undefined): number {
    const index = this.count++;
    this.objects.items[index] = value;
    this.kinds.items[index] = kind;
    this.parents.items[index] = this.holder;
    return index;
  }

  private object(value: object): void {
    if (typeof value === "function" || (proxiesAreUsed() && ProxySlot.has(value))) {
      if (!this.isWritten(value)) this.headWithInputs(value);
      return;
    }
    const prototype = reflectGetPrototypeOf(value);
    if (prototype === objectPrototype || prototype === null || prototype === arrayPrototype) {
      // What has such a prototype and is a promise has changed it, and then prototypes may lie.
      const state = prototypesMayLie() ? PromiseSlot.get(value) : undefined;
      if (state !== undefined) this.promise(value, state, prototype);
      else if (!this.isWritten(value)) this.head(value, objectKindOf(value, prototype, this.careful));
      return;
    }
    if (isPromisePrototype(prototype) && PromiseSlot.has(value)) {
      this.promise(value, PromiseSlot.of(value), prototype);
      return;
    }
    const fixed = mapGet(fixedByPrototype, prototype);
    if (fixed?.isMutable === true) {
      this.record(value as RuntimeRecord, fixed);
      return;
    }
    const state = fixed === undefined ? PromiseSlot.get(value) : undefined;
    if (state !== undefined) this.promise(value, state, prototype);
    else if (!this.isWritten(value)) this.head(value, fixed ?? objectKindOf(value, prototype, this.careful));
  }

  /** Writes what was met before, or is of the program, in short. */
  private isWritten(value: object): boolean {
    const isNext = isNextDecoded(value);
    // The decoder made it: it is not of the program.
    if (isNext && !this.isAnyIndexed) {
      this.isNext = true;
      return false;
    }
    const known = isNext ? mapGet(this.indexes, value) : this.indexOf(value);
    if (known !== undefined) {
      this.back(known);
      return true;
    }
    const imageIndex = imageNumberOf(value);
    if (imageIndex !== undefined) {
      this.image(imageIndex);
      return true;
    }
    if (value === TDZ) {
      this.out.byte(format.TDZ);
      return true;
    }
    this.isNext = isNext;
    return false;
  }

  private headWithInputs(value: object): void {
    const { isNext } = this;
    this.isNext = false;
    if (hasInputs(value)) {
      const missing = missingInputs(this, value);
      if (missing !== undefined) {
        this.out.byte(format.WITH);
        this.out.index(missing.length);
        for (let i = 0; i < missing.length; i++) this.head(missing[i]!, kindOf(missing[i]!, this.careful));
      }
    }
    this.isNext = isNext;
    this.head(value, kindOf(value, this.careful));
  }

  private promise(value: object, state: PromiseState, prototype: object | null): void {
    if (state.mark >= this.base) {
      this.back(state.mark - this.base);
      return;
    }
    const imageIndex = imageNumberOf(value);
    if (imageIndex !== undefined) {
      this.image(imageIndex);
      return;
    }
    const kind = plainPromiseKind(value, prototype) ?? objectKindOf(value, prototype, this.careful);
    const index = this.register(value, kind);
    isNextDecoded(value);
    state.mark = this.base + index;
    // Nothing of a promise stands in its head but the tag.
    this.details.items[index] = kind.writeHead(this, value);
  }

  /** A record of the runtime's, at its place in the graph. */
  private record(value: RuntimeRecord, kind: Kind): void {
    const mark = RuntimeRecord.mark(value);
    if (mark >= this.base) {
      this.back(mark - this.base);
      return;
    }
    const imageIndex = imageNumberOf(value);
    if (imageIndex !== undefined) {
      this.image(imageIndex);
      return;
    }
    const index = this.register(value, kind);
    isNextDecoded(value);
    RuntimeRecord.setMark(value, this.base + index);
    this.details.items[index] = kind.writeHead(this, value);
  }

  ownList(list: readonly unknown[]): void {
    isNextDecoded(list);
    this.details.items[this.register(list, simple)] = simple.writeHead(this, list);
  }

  private head(value: object, kind: Kind): void {
    const index = this.register(value, kind);
    if (this.isNext) {
      this.isNext = false;
      this.unlisted.put(this.unlistedCount++, index);
    } else this.note(value, index);
    const { holder } = this;
    this.holder = index;
    this.details.items[index] = kind.writeHead(this, value);
    this.holder = holder;
  }

  /** Whether a value needs no head any more. */
  isKnown(value: object): boolean {
    return this.reachedIndexOf(value) !== undefined || imageNumberOf(value) !== undefined;
  }

  /** The number of a key list, or -1 when it is new: then it has the next number from here on. */
  shapeNumber(keys: readonly string[]): number {
    if (isSameList(keys, this.lastKeys)) return this.lastShape;
    const number = this.findShape(keys);
    this.lastKeys = keys;
    this.lastShape = number < 0 ? this.shapeCount - 1 : number;
    return number;
  }

  private findShape(keys: readonly string[]): number {
    let number = tableShapes.index.find(keys);
    if (number >= 0) return number;
    if (this.shapes === undefined) this.shapes = new ShapeIndex();
    number = this.shapes.find(keys);
    if (number < 0) this.shapes.add(keys, this.shapeCount++);
    return number;
  }

  /** A list of keys that was not there before. */
  keys(keys: readonly string[]): void {
    this.out.index(keys.length);
    for (let i = 0; i < keys.length; i++) this.string(keys[i]!);
  }

  /** A shape where no tag can carry its number: 0 and the keys when it is new. */
  shape(keys: readonly string[]): void {
    const number = this.shapeNumber(keys);
    this.out.index(number + 1);
    if (number < 0) this.keys(keys);
  }
}
