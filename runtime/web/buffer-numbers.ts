/** `readUInt8` … `writeDoubleBE`, and those of any number of bytes: methods of `Buffer`, checked as in Node. */

import { invalidType, outOfBounds, outOfRange } from "./buffer-errors.ts";

type Method = (this: Uint8Array, ...values: never[]) => unknown;
type Kind =
  | "Int8"
  | "Uint8"
  | "Int16"
  | "Uint16"
  | "Int32"
  | "Uint32"
  | "BigInt64"
  | "BigUint64"
  | "Float32"
  | "Float64";

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The offset, when `size` bytes are there from it on. */
function checkedOffset(bytes: Uint8Array, offset: unknown, size: number): number {
  if (typeof offset !== "number") throw invalidType("offset", "of type number", offset);
  const last = bytes.length - size;
  if (Number.isInteger(offset) && offset >= 0 && offset <= last) return offset;
  if (!Number.isInteger(offset)) throw outOfRange("offset", "an integer", offset);
  if (last < 0) throw outOfBounds();
  throw outOfRange("offset", `>= 0 and <= ${last}`, offset);
}

function checkedValue(value: number | bigint, min: number | bigint, max: number | bigint, size: number): void {
  if (!(value > max || value < min)) return;
  const unit = typeof min === "bigint" ? "n" : "";
  let range = `>= ${min}${unit} and <= ${max}${unit}`;
  if (size > 4) {
    const bits = size * 8;
    const isUnsigned = min === 0 || min === 0n;
    range = isUnsigned
      ? `>= 0${unit} and < 2${unit} ** ${bits}${unit}`
      : `>= -(2${unit} ** ${bits - 1}${unit}) and < 2${unit} ** ${bits - 1}${unit}`;
  }
  throw outOfRange("value", range, value);
}

const methods: Record<string, Method> = {};

function fixed(names: readonly string[], kind: Kind, size: number, little: boolean): void {
  const view = DataView.prototype as unknown as Record<string, (this: DataView, ...values: unknown[]) => unknown>;
  const get = view[`get${kind}`]!;
  const set = view[`set${kind}`]!;
  const isFloat = kind.startsWith("Float");
  const isBig = kind.startsWith("Big");
  const signed = !kind.includes("Uint");
  const bits = size * 8;
  const min = isBig ? (signed ? -(2n ** 63n) : 0n) : signed ? -(2 ** (bits - 1)) : 0;
  const max = isBig ? (signed ? 2n ** 63n - 1n : 2n ** 64n - 1n) : signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  for (const name of names) {
    methods[`read${name}`] = function (offset: unknown = 0) {
      return get.call(viewOf(this), checkedOffset(this, offset, size), little);
    };
    methods[`write${name}`] = function (given: unknown, offset: unknown = 0) {
      const value = isBig ? (given as bigint) : Number(given);
      if (!isFloat) checkedValue(value, min, max, size);
      const at = checkedOffset(this, offset, size);
      // Other types cannot be mixed with these: the operation says so.
      set.call(viewOf(this), at, isBig ? (value as bigint) & -1n : value, little);
      return at + size;
    };
  }
}

function both(name: string, also: string | null, kind: Kind, size: number): void {
  for (const order of ["LE", "BE"]) {
    const names = also === null ? [name + order] : [name + order, also + order];
    fixed(names, kind, size, order === "LE");
  }
}

fixed(["UInt8", "Uint8"], "Uint8", 1, false);
fixed(["Int8"], "Int8", 1, false);
both("UInt16", "Uint16", "Uint16", 2);
both("Int16", null, "Int16", 2);
both("UInt32", "Uint32", "Uint32", 4);
both("Int32", null, "Int32", 4);
both("BigUInt64", "BigUint64", "BigUint64", 8);
both("BigInt64", null, "BigInt64", 8);
both("Float", null, "Float32", 4);
both("Double", null, "Float64", 8);

function checkedLength(length: unknown): number {
  if (typeof length !== "number") throw invalidType("byteLength", "of type number", length);
  if (!Number.isInteger(length)) throw outOfRange("byteLength", "an integer", length);
  if (length < 1 || length > 6) throw outOfRange("byteLength", ">= 1 and <= 6", length);
  return length;
}

function ofAnyLength(names: readonly string[], isSigned: boolean, little: boolean): void {
  for (const name of names) {
    methods[`read${name}`] = function (offset: unknown, length: unknown) {
      if (offset === undefined) throw invalidType("offset", "of type number", offset);
      const size = checkedLength(length);
      const at = checkedOffset(this, offset, size);
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + this[little ? at + size - 1 - i : at + i]!;
      return isSigned && value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value;
    };
    methods[`write${name}`] = function (given: unknown, offset: unknown, length: unknown) {
      const size = checkedLength(length);
      const value = Number(given);
      const max = isSigned ? 2 ** (8 * size - 1) - 1 : 2 ** (8 * size) - 1;
      checkedValue(value, isSigned ? -max - 1 : 0, max, size);
      const at = checkedOffset(this, offset, size);
      let rest = Math.trunc(value) || 0;
      if (rest < 0) rest += 2 ** (8 * size);
      for (let i = 0; i < size; i++) {
        this[little ? at + i : at + size - 1 - i] = rest % 256;
        rest = Math.floor(rest / 256);
      }
      return at + size;
    };
  }
}

ofAnyLength(["UIntLE", "UintLE"], false, true);
ofAnyLength(["UIntBE", "UintBE"], false, false);
ofAnyLength(["IntLE"], true, true);
ofAnyLength(["IntBE"], true, false);

/** By name. */
export const numberMethods: Readonly<Record<string, Method>> = methods;
