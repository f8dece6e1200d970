/**
 * The hidden state of an object as a list of values: what a freeze does not hold, and a walk over properties does not see.
 *
 * Entries of Maps and Sets, the time of a Date, the pattern of a RegExp (`compile` changes it), the bytes of a buffer, the
 * state of a promise, the place of an iterator, private names. `undefined`: the object has none that can change. The first entry is the place at which
 * private names begin: (index of the name, or the name of a thread's own, and the value) …
 */

import type { BrandedKind } from "../heap/kind.ts";
import { arrayBuffer } from "../heap/kinds/buffers.ts";
import { map, set } from "../heap/kinds/collections.ts";
import { date } from "../heap/kinds/date.ts";
import { flagsOf, regExp } from "../heap/kinds/regexp.ts";
import { promise, suspension } from "../heap/kinds/slotted.ts";
import {
  bufferByteLength,
  bufferDetached,
  bufferResizable,
  bufferResize,
  bufferTransfer,
  dateGetTime,
  dateSetTime,
  regExpCompile,
  regExpSource,
  uint8Set,
} from "../heap/natives.ts";
import { brandOf } from "../heap/parts.ts";
import { cursorPosition, moveCursor } from "../iterators.ts";
import {
  bareList,
  mapClear,
  mapForEach,
  mapSet,
  NativeInt32Array,
  NativeUint8Array,
  objectIs,
  put,
  reflectApply,
  setAdd,
  setClear,
  setForEach,
  typedArrayBuffer,
} from "../primordials.ts";
import { addPrivateName, hasPrivateNames, privateNameIndex, privateNamesOf } from "../private-names.ts";
import { proxiesAreUsed } from "../proxy-slot.ts";
import { CollectionCursor } from "../records.ts";
import { type PrivateName, registry } from "../registry.ts";
import { PromiseSlot, ProxySlot } from "../slots.ts";
import { contentBeforeCompilation, noteCompilation } from "./compiled-patterns.ts";

/** In place of a buffer's bytes. */
const DETACHED = -1;

export type Content = readonly unknown[] | undefined;

/** What a buffer held, in one entry of a content. */
class Bytes {
  readonly bytes: Uint8Array;
  readonly length: number;

  constructor(buffer: ArrayBuffer) {
    this.length = bufferByteLength(buffer);
    this.bytes = new NativeUint8Array(this.length);
    uint8Set(this.bytes, new NativeUint8Array(buffer));
  }
}

/** The brand of an object, which never changes; `undefined` for one without hidden state of its own. */
export function brandWithContent(object: object): BrandedKind | undefined {
  return typeof object === "function" ? undefined : brandOf(object);
}

/** Its iterator is the engine's, and another one after each look at its place. */
export function isCursor(object: object): object is CollectionCursor {
  return !ProxySlot.has(object) && object instanceof CollectionCursor;
}

/** Of a proxy, which nothing else may be asked: whether it is revoked. */
export function contentOf(object: object, brand: BrandedKind | undefined): Content {
  if (proxiesAreUsed() && ProxySlot.has(object)) return [2, ProxySlot.target(object) === undefined];
  if (typeof object === "object" && isCursor(object)) return [2, cursorPosition(object)];
  if (brand === undefined && !hasPrivateNames(object)) return undefined;
  if (brand === regExp && contentBeforeCompilation(object) === undefined && !hasPrivateNames(object)) return undefined;
  return listContent(object, brand);
}

function listContent(object: object, brand: BrandedKind | undefined): Content {
  const content: unknown[] = bareList();
  put(content, 0);
  if (brand === map) {
    mapForEach(object as Map<unknown, unknown>, (value, key) => {
      put(content, key);
      put(content, value);
    });
  } else if (brand === set) {
    setForEach(object as Set<unknown>, (value) => put(content, value));
  } else if (brand === date) {
    put(content, dateGetTime(object as Date));
  } else if (brand === regExp) {
    put(content, regExpSource(object));
    put(content, flagsOf(object));
  } else if (brand === arrayBuffer) {
    put(content, bufferDetached(object) ? DETACHED : new Bytes(object as ArrayBuffer));
  } else if (brand === promise || brand === suspension) {
    const state = PromiseSlot.of(object);
    put(content, state.status);
    put(content, state.handled);
    put(content, state.payload);
    put(content, state.source);
  } else if (!hasPrivateNames(object)) {
    return undefined;
  }
  content[0] = content.length;
  return hasPrivateNames(object) ? privateContent(object, content) : content;
}

/** Before the pattern of a regular expression is replaced. */
export function notePattern(object: object): void {
  noteCompilation(object, patternOf);
}

const patternOf = (object: object): Content => listContent(object, regExp);

function privateContent(object: object, content: unknown[]): unknown[] {
  content[0] = content.length;
  const names = privateNamesOf(object);
  for (let i = 0; i < names.length; i++) {
    const index = privateNameIndex(names[i]!);
    put(content, index < 0 ? names[i] : index);
    put(content, names[i]!.get(object));
  }
  return content;
}

export function sameContent(a: Content, b: Content): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const value = a[i];
    if (value instanceof Bytes ? !isBytes(b[i], value) : !objectIs(value, b[i])) return false;
  }
  return true;
}

function isBytes(value: unknown, { bytes, length }: Bytes): boolean {
  return value instanceof Bytes && hasBytes(typedArrayBuffer(value.bytes), value.length, bytes, length);
}

/** Hidden state as a state holds it: bytes one by one. */
export function listedContent(content: readonly unknown[]): readonly unknown[] {
  if (!(content[1] instanceof Bytes)) return content;
  const { bytes, length } = content[1];
  const listed: unknown[] = bareList();
  put(listed, 1 + length);
  for (let i = 0; i < length; i++) put(listed, bytes[i]);
  for (let i = 2; i < content.length; i++) put(listed, content[i]);
  return listed;
}

/** Whether an object has this hidden state; of a Map, Set or buffer without a list of it. */
export function hasContent(object: object, brand: BrandedKind | undefined, content: Content): boolean {
  const isListed = brand !== map && brand !== set && (brand !== arrayBuffer || bufferDetached(object));
  if (content === undefined || isListed || hasPrivateNames(object)) {
    return sameContent(contentOf(object, brand), content);
  }
  if (brand === arrayBuffer) {
    const before = content[1];
    return before instanceof Bytes && hasBytes(object, bufferByteLength(object), before.bytes, before.length);
  }
  let at = 1;
  let isSame = true;
  if (brand === map) {
    mapForEach(object as Map<unknown, unknown>, (value, key) => {
      isSame &&= at < content.length && objectIs(key, content[at]) && objectIs(value, content[at + 1]);
      at += 2;
    });
  } else {
    setForEach(object as Set<unknown>, (value) => {
      isSame &&= at < content.length && objectIs(value, content[at]);
      at++;
    });
  }
  return isSame && at === content.length;
}

/** Four at a time: this is asked of every buffer of the image after each step of a shared context. */
function hasBytes(buffer: object, length: number, before: Uint8Array, beforeLength: number): boolean {
  if (length !== beforeLength) return false;
  const words = length >>> 2;
  const now = new NativeInt32Array(buffer as ArrayBuffer, 0, words);
  const then = new NativeInt32Array(typedArrayBuffer(before), 0, words);
  for (let i = 0; i < words; i++) if (now[i] !== then[i]) return false;
  const bytes = new NativeUint8Array(buffer as ArrayBuffer);
  for (let i = words << 2; i < length; i++) if (bytes[i] !== before[i]) return false;
  return true;
}

/** Puts hidden state back. */
export function setContent(object: object, content: readonly unknown[]): void {
  if (ProxySlot.has(object)) {
    if (content[1] === true && ProxySlot.target(object) !== undefined) {
      reflectApply(ProxySlot.revoke(object), undefined, []);
    }
    return;
  }
  if (isCursor(object)) {
    if (object.target !== undefined) moveCursor(object, content[1] as number);
    return;
  }
  const brand = brandWithContent(object);
  const end = content[0] as number;
  let at = 1;
  if (brand === map) {
    mapClear(object as Map<unknown, unknown>);
    for (; at < end; at += 2) mapSet(object as Map<unknown, unknown>, content[at], content[at + 1]);
  } else if (brand === set) {
    setClear(object as Set<unknown>);
    for (; at < end; at++) setAdd(object as Set<unknown>, content[at]);
  } else if (brand === date) {
    dateSetTime(object as Date, content[at++] as number);
  } else if (brand === regExp) {
    notePattern(object);
    regExpCompile(object as RegExp, content[at] as string, content[at + 1] as string);
    at += 2;
  } else if (brand === arrayBuffer) {
    setBytes(object, content, end - 1);
    at = end;
  } else if (brand === promise || brand === suspension) {
    const state = PromiseSlot.of(object);
    state.status = content[1] as number;
    state.handled = content[2] as boolean;
    state.payload = content[3];
    state.source = content[4] as never;
    at = end;
  }
  for (; at < content.length; at += 2) {
    const name = content[at];
    const own = typeof name === "number" ? registry.privateNames[name]! : (name as PrivateName);
    if (own.has(object)) own.set(object, content[at + 1]);
    else addPrivateName(object, own, content[at + 1]);
  }
}

function setBytes(buffer: object, content: readonly unknown[], length: number): void {
  if (bufferDetached(buffer)) return;
  if (content[1] === DETACHED) {
    bufferTransfer(buffer as ArrayBuffer);
    return;
  }
  if (bufferResizable(buffer)) bufferResize(buffer as ArrayBuffer, length);
  const bytes = new NativeUint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = content[i + 1] as number;
  uint8Set(new NativeUint8Array(buffer as ArrayBuffer), bytes);
}
