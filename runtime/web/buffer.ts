/**
 * `Buffer`, as in Node: a `Uint8Array` with methods of its own. There is no pool, so each holds its own bytes and no more: a
 * state would hold the rest.
 */

import { type Encoding, encodingNamed, UTF8 } from "./buffer-encodings.ts";
import { checkNumber, invalidType, outOfBounds, outOfRange, unknownEncoding } from "./buffer-errors.ts";
import { numberMethods } from "./buffer-numbers.ts";
import { inspect } from "./host.ts";
import { bytesOf, coded, isArrayBuffer } from "./interface.ts";

/** The most that a call of Node's takes. */
export const K_MAX_LENGTH: number = Number.MAX_SAFE_INTEGER;
export const K_STRING_MAX_LENGTH = 536_870_888;
const SHOWN_BYTES_MAX = 50;
const BYTES = "an instance of Buffer or Uint8Array";
const SOURCES = "of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object";

class FastBuffer extends Uint8Array {}

type BufferClass = typeof FastBuffer;
type Bytes = FastBuffer;

function encodingOf(name: unknown): Encoding {
  if (name === undefined || name === null || name === "") return UTF8;
  const encoding = encodingNamed(name);
  if (encoding === undefined) throw unknownEncoding(name);
  return encoding;
}

/** The bytes themselves, as a Buffer. */
function wrap(bytes: Uint8Array): Bytes {
  return new FastBuffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function checkBytes(value: unknown, name: string): asserts value is Uint8Array {
  if (!isBytes(value)) throw invalidType(name, BYTES, value);
}

function checkSize(size: unknown): number {
  checkNumber(size, "size", 0, K_MAX_LENGTH);
  return Math.trunc(size);
}

/** As `%TypedArray%.prototype.slice` takes its arguments. */
function relative(value: unknown, length: number, otherwise: number): number {
  if (value === undefined) return otherwise;
  const at = Math.trunc(Number(value)) || 0;
  return at < 0 ? Math.max(0, at + length) : Math.min(at, length);
}

function copyOf(list: ArrayLike<unknown>): Bytes {
  const buffer = new FastBuffer(list.length > 0 ? Number(list.length) : 0);
  for (let i = 0; i < buffer.length; i++) buffer[i] = list[i] as number;
  return buffer;
}

function fromArrayBuffer(buffer: ArrayBuffer, offset: unknown, length: unknown): Bytes {
  const start = offset === undefined ? 0 : Number(offset) || 0;
  const room = buffer.byteLength - start;
  if (room < 0) throw outOfBounds("offset");
  let size = room;
  if (length !== undefined) {
    const wanted = Number(length);
    size = wanted > 0 ? wanted : 0;
    if (size > room) throw outOfBounds("length");
  }
  return new FastBuffer(buffer, start, size);
}

function fromObject(value: object): Bytes | undefined {
  const { length, buffer, type, data } = value as Record<string, unknown>;
  if (length !== undefined || isArrayBuffer(buffer)) return copyOf(value as ArrayLike<unknown>);
  return type === "Buffer" && Array.isArray(data) ? copyOf(data) : undefined;
}

function from(value: unknown, encodingOrOffset?: unknown, length?: unknown): Bytes {
  if (typeof value === "string") {
    const encoding = typeof encodingOrOffset === "string" ? encodingOf(encodingOrOffset) : UTF8;
    return wrap(encoding.encode(value));
  }
  if (typeof value === "object" && value !== null) {
    if (isArrayBuffer(value)) return fromArrayBuffer(value, encodingOrOffset, length);
    const plain: unknown = value.valueOf?.();
    if (plain !== null && plain !== undefined && plain !== value && /^(?:string|object)$/.test(typeof plain)) {
      return from(plain, encodingOrOffset, length);
    }
    const made = fromObject(value);
    if (made !== undefined) return made;
    const primitive = (value as { [Symbol.toPrimitive]?: unknown })[Symbol.toPrimitive];
    if (typeof primitive === "function") {
      const text: unknown = primitive.call(value, "string");
      if (typeof text === "string") return from(text, encodingOrOffset);
    }
  }
  throw invalidType("first argument", SOURCES, value);
}

const statics = {
  poolSize: 8192,
  from(value: unknown, encodingOrOffset?: unknown, length?: unknown): Bytes {
    return from(value, encodingOrOffset, length);
  },
  copyBytesFrom(view: ArrayBufferView, offset?: number, length?: number): Bytes {
    const elements = view as Uint8Array;
    if (bytesOf(view) === undefined || typeof elements.BYTES_PER_ELEMENT !== "number") {
      throw invalidType("view", "an instance of TypedArray", view);
    }
    const end = length === undefined ? elements.length : (offset ?? 0) + length;
    return wrap(bytesOf(elements.slice(offset ?? 0, end))!);
  },
  of(...items: number[]): Bytes {
    return copyOf(items);
  },
  alloc(size: number, fill?: unknown, encoding?: unknown): Bytes {
    const buffer = new FastBuffer(checkSize(size));
    return fill === undefined || fill === 0 || buffer.length === 0 ? buffer : filled(buffer, fill, 0, encoding);
  },
  allocUnsafe(size: number): Bytes {
    return new FastBuffer(checkSize(size));
  },
  allocUnsafeSlow(size: number): Bytes {
    return new FastBuffer(checkSize(size));
  },
  isBuffer(value: unknown): boolean {
    return value instanceof Buffer;
  },
  compare(a: unknown, b: unknown): number {
    checkBytes(a, "buf1");
    checkBytes(b, "buf2");
    return order(a, b);
  },
  isEncoding(name: unknown): boolean {
    return typeof name === "string" && name.length !== 0 && encodingNamed(name) !== undefined;
  },
  concat(list: unknown, length?: unknown): Bytes {
    if (!Array.isArray(list)) throw invalidType("list", "an instance of Array", list);
    if (list.length === 0) return new FastBuffer(0);
    if (length !== undefined) checkNumber(length, "length", 0, K_MAX_LENGTH);
    for (let i = 0; i < list.length; i++) checkBytes(list[i], `list[${i}]`);
    const parts = list as Uint8Array[];
    const size = length ?? parts.reduce((sum, part) => sum + part.length, 0);
    const whole = new FastBuffer(size as number);
    let at = 0;
    for (const part of parts) {
      if (at >= whole.length) break;
      whole.set(part.length > whole.length - at ? part.subarray(0, whole.length - at) : part, at);
      at += part.length;
    }
    return whole;
  },
  byteLength(value: unknown, encoding?: unknown): number {
    if (typeof value === "string") return (encodingNamed(encoding) ?? UTF8).byteLength(value);
    const length = isArrayBuffer(value) ? value.byteLength : bytesOf(value)?.byteLength;
    if (length !== undefined) return length;
    throw invalidType("string", "of type string or an instance of Buffer or ArrayBuffer", value);
  },
};

function order(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

function filled(buffer: Bytes, value: unknown, start: number, encoding: unknown, end = buffer.length): Bytes {
  if (typeof value !== "string" && !isBytes(value)) {
    Uint8Array.prototype.fill.call(buffer, Number(value) & 255, start, end);
    return buffer;
  }
  const pattern = typeof value === "string" ? encodingOf(encoding).encode(value) : value;
  if (pattern.length === 0) {
    if ((value as string | Uint8Array).length > 0 || isBytes(value)) {
      throw coded(
        new TypeError(
          `The argument 'value' is invalid. Received ${typeof value === "string" ? `'${value}'` : inspect(value)}`,
        ),
        "ERR_INVALID_ARG_VALUE",
      );
    }
    Uint8Array.prototype.fill.call(buffer, 0, start, end);
    return buffer;
  }
  for (let i = start; i < end; i++) buffer[i] = pattern[(i - start) % pattern.length]!;
  return buffer;
}

/** Where `part` begins, from `at` on in the given direction; a unit of two bytes begins at an even place. */
function find(bytes: Uint8Array, part: Uint8Array, at: number, isForward: boolean, unit: number): number {
  const step = isForward ? unit : -unit;
  for (let i = at; i >= 0 && i + part.length <= bytes.length; i += step) {
    let same = 0;
    while (same < part.length && bytes[i + same] === part[same]) same++;
    if (same === part.length) return i;
  }
  return -1;
}

function search(buffer: Bytes, value: unknown, offset: unknown, encodingName: unknown, isForward: boolean): number {
  let name = encodingName;
  let start = offset;
  if (typeof start === "string") {
    name = start;
    start = undefined;
  }
  let at = Number(start);
  if (start === undefined || Number.isNaN(at)) at = isForward ? 0 : buffer.length;
  at = Math.trunc(Math.max(-0x8000_0000, Math.min(0x7fff_ffff, at)));
  let part: Uint8Array;
  let unit = 1;
  if (typeof value === "number") part = new Uint8Array([value]);
  else if (typeof value === "string") {
    const encoding = encodingOf(name);
    part = encoding.encode(value);
    unit = encoding.unit === 2 ? 2 : 1;
  } else if (isBytes(value)) part = value;
  else {
    throw invalidType("value", "one of type number or string or an instance of Buffer or Uint8Array", value);
  }
  at = firstPlace(at, buffer.length, part.length, isForward);
  return part.length === 0 ? at : find(buffer, part, Math.min(at, buffer.length - part.length), isForward, unit);
}

/** Where a search begins; below zero: nowhere. */
function firstPlace(offset: number, length: number, size: number, isForward: boolean): number {
  if (offset < 0) return offset + length >= 0 ? offset + length : isForward || size === 0 ? 0 : -1;
  if (offset + size <= length) return offset;
  if (size === 0) return length;
  return isForward ? -1 : length - 1;
}

/** How many bytes of the text were written. */
function written(buffer: Bytes, text: string, offset: number, length: number, encoding: Encoding): number {
  const bytes = encoding.encode(text);
  let size = Math.min(bytes.length, length, buffer.length - offset);
  if (encoding.unit === 2) size -= size % 2;
  // No part of a character.
  else if (encoding.unit === 0 && size < bytes.length) while ((bytes[size]! & 0xc0) === 0x80) size--;
  buffer.set(bytes.subarray(0, size), offset);
  return size;
}

function swapped(buffer: Bytes, size: number): Bytes {
  if (buffer.length % size !== 0) {
    const message = `Buffer size must be a multiple of ${size * 8}-bits`;
    throw coded(new RangeError(message), "ERR_INVALID_BUFFER_SIZE");
  }
  for (let i = 0; i < buffer.length; i += size) Uint8Array.prototype.reverse.call(buffer.subarray(i, i + size));
  return buffer;
}

function text(buffer: Bytes, encoding: Encoding, start: unknown, end: unknown): string {
  const from = Math.max(0, Math.trunc(Number(start)) || 0);
  const to = end === undefined ? buffer.length : Math.min(buffer.length, Math.trunc(Number(end)) || 0);
  if (from >= buffer.length || to <= from) return "";
  return encoding.decode(new Uint8Array(buffer.buffer, buffer.byteOffset + from, to - from));
}

/** A bound of a part that is compared or copied. */
function bound(value: unknown, name: string, otherwise: number, max: number): number {
  if (value === undefined) return otherwise;
  checkNumber(value, name, 0, max);
  return Math.trunc(value);
}

const methods: Record<string, (this: Bytes, ...values: never[]) => unknown> & ThisType<Bytes> = {
  ...numberMethods,
  copy(target: unknown, targetStart?: unknown, sourceStart?: unknown, sourceEnd?: unknown): number {
    checkBytes(target, "target");
    const at = targetStart === undefined ? 0 : Math.trunc(Number(targetStart)) || 0;
    if (at < 0) throw outOfRange("targetStart", ">= 0", targetStart);
    const start = sourceStart === undefined ? 0 : Math.trunc(Number(sourceStart)) || 0;
    if (start < 0 || start > this.length) throw outOfRange("sourceStart", `>= 0 && <= ${this.length}`, sourceStart);
    const end = sourceEnd === undefined ? this.length : Math.trunc(Number(sourceEnd)) || 0;
    if (end < 0) throw outOfRange("sourceEnd", ">= 0", sourceEnd);
    if (at >= target.length || start >= end) return 0;
    const size = Math.min(end - start, this.length - start, target.length - at);
    target.set(new Uint8Array(this.buffer, this.byteOffset + start, size), at);
    return size;
  },
  toString(encoding?: unknown, start?: unknown, end?: unknown): string {
    return text(this, encodingOf(encoding), start, end);
  },
  equals(other: unknown): boolean {
    checkBytes(other, "otherBuffer");
    return this === other || (this.length === other.length && order(this, other) === 0);
  },
  inspect(): string {
    const shown = text(this, encodingOf("hex"), 0, SHOWN_BYTES_MAX).replace(/(.{2})(?=.)/g, "$1 ");
    const rest = this.length - SHOWN_BYTES_MAX;
    const more = rest > 0 ? ` ... ${rest} more byte${rest > 1 ? "s" : ""}` : "";
    return `<${this.constructor.name}${shown === "" ? "" : ` ${shown}`}${more}>`;
  },
  compare(other: unknown, otherStart?: unknown, otherEnd?: unknown, thisStart?: unknown, thisEnd?: unknown): number {
    checkBytes(other, "target");
    const from = bound(otherStart, "targetStart", 0, K_MAX_LENGTH);
    const to = bound(otherEnd, "targetEnd", other.length, other.length);
    const start = bound(thisStart, "sourceStart", 0, K_MAX_LENGTH);
    const end = bound(thisEnd, "sourceEnd", this.length, this.length);
    if (start >= end) return from >= to ? 0 : -1;
    return from >= to ? 1 : order(this.subarray(start, end), other.subarray(from, to));
  },
  indexOf(value: unknown, offset?: unknown, encoding?: unknown): number {
    return search(this, value, offset, encoding, true);
  },
  lastIndexOf(value: unknown, offset?: unknown, encoding?: unknown): number {
    return search(this, value, offset, encoding, false);
  },
  includes(value: unknown, offset?: unknown, encoding?: unknown): boolean {
    return search(this, value, offset, encoding, true) !== -1;
  },
  fill(value: unknown, offset?: unknown, end?: unknown, encoding?: unknown): Bytes {
    if (typeof value === "string" && typeof offset === "string") return filled(this, value, 0, offset);
    if (typeof value === "string" && typeof end === "string") {
      return filled(this, value, bound(offset, "offset", 0, K_MAX_LENGTH), end);
    }
    const start = bound(offset, "offset", 0, K_MAX_LENGTH);
    const stop = bound(end, "end", this.length, this.length);
    return start < stop ? filled(this, value, start, encoding, stop) : this;
  },
  write(value: unknown, offset?: unknown, length?: unknown, encodingName?: unknown): number {
    if (typeof value !== "string") throw coded(new TypeError("argument must be a string"), "ERR_INVALID_ARG_TYPE");
    if (typeof offset === "string") return written(this, value, 0, this.length, encodingOf(offset));
    const start = bound(offset, "offset", 0, this.length);
    const room = this.length - start;
    if (typeof length === "string") return written(this, value, start, room, encodingOf(length));
    return written(this, value, start, bound(length, "length", room, room), encodingOf(encodingName));
  },
  toJSON(): { type: "Buffer"; data: number[] } {
    return { type: "Buffer", data: Array.from(this) };
  },
  subarray(start?: unknown, end?: unknown): Bytes {
    const from = relative(start, this.length, 0);
    const to = relative(end, this.length, this.length);
    return new FastBuffer(this.buffer as ArrayBuffer, this.byteOffset + from, Math.max(0, to - from));
  },
  slice(start?: unknown, end?: unknown): Bytes {
    return this.subarray(start as number, end as number) as Bytes;
  },
  swap16(): Bytes {
    return swapped(this, 2);
  },
  swap32(): Bytes {
    return swapped(this, 4);
  },
  swap64(): Bytes {
    return swapped(this, 8);
  },
};

// What packages call for speed: one encoding each.
for (const name of ["ascii", "base64", "base64url", "latin1", "hex", "ucs2", "utf8"]) {
  const encoding = encodingOf(name);
  methods[`${name}Slice`] = function (start?: unknown, end?: unknown) {
    return text(this, encoding, start, end);
  };
  methods[`${name}Write`] = function (this: Bytes, value: string, offset = 0, length = this.length - offset) {
    return written(this, value, offset, length, encoding);
  };
}

/** `Buffer(…)` and `new Buffer(…)` are the old ways to write `alloc` and `from`. */
export const Buffer = function Buffer(value: unknown, encodingOrOffset?: unknown, length?: unknown): Bytes {
  if (typeof value !== "number") return from(value, encodingOrOffset, length);
  if (typeof encodingOrOffset === "string") throw invalidType("string", "of type string", value);
  return new FastBuffer(checkSize(value));
} as unknown as BufferClass & typeof statics;

Object.setPrototypeOf(Buffer, Uint8Array);
Object.assign(Buffer, statics);
Object.defineProperty(Buffer, Symbol.species, { get: () => FastBuffer, configurable: true, enumerable: true });
Object.defineProperty(Buffer, "prototype", { value: FastBuffer.prototype, writable: true });
FastBuffer.prototype.constructor = Buffer;
for (const name of Object.keys(methods)) {
  const value = methods[name]!;
  if (value.name !== name && !/^(?:read|write)Uint/.test(name)) Object.defineProperty(value, "name", { value: name });
  Object.defineProperty(FastBuffer.prototype, name, { value, writable: true, enumerable: true, configurable: true });
}
Object.defineProperties(FastBuffer.prototype, {
  toLocaleString: { value: methods.toString, writable: true, enumerable: true, configurable: true },
  parent: {
    enumerable: true,
    get(this: Bytes) {
      return this instanceof Buffer ? this.buffer : undefined;
    },
  },
  offset: {
    enumerable: true,
    get(this: Bytes) {
      return this instanceof Buffer ? this.byteOffset : undefined;
    },
  },
});
