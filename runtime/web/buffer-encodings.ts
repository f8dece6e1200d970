/** The encodings of `Buffer`: text to bytes and back, as Node does both. */

import { decodeBytes } from "./text-decoder.ts";
import { encodeUtf8 } from "./text-encoder.ts";

export interface Encoding {
  readonly name: string;
  readonly encode: (text: string) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => string;
  /** Without making them. */
  readonly byteLength: (text: string) => number;
  /** Bytes of a unit that `write` does not cut; 0: by characters of UTF-8. */
  readonly unit: number;
}

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_DIGITS = DIGITS.replace("+/", "-_");
/** By character code: the six bits; both alphabets. */
const SIX_BITS = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) {
  SIX_BITS[DIGITS.charCodeAt(i)] = i;
  SIX_BITS[URL_DIGITS.charCodeAt(i)] = i;
}
/** Arguments of a call. */
const CHUNK = 4_096;

function fromUnits(units: ArrayLike<number> & { subarray(start: number, end: number): ArrayLike<number> }): string {
  let text = "";
  for (let i = 0; i < units.length; i += CHUNK) {
    text += String.fromCharCode.apply(null, units.subarray(i, i + CHUNK) as unknown as number[]);
  }
  return text;
}

function encodeLatin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function encodeUtf16(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[2 * i] = unit;
    bytes[2 * i + 1] = unit >> 8;
  }
  return bytes;
}

function decodeUtf16(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length >> 1);
  for (let i = 0; i < units.length; i++) units[i] = bytes[2 * i]! | (bytes[2 * i + 1]! << 8);
  return fromUnits(units);
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Up to the first pair that is none. */
function encodeHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) {
    const high = hexDigit(text.charCodeAt(2 * i));
    const low = hexDigit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) return bytes.slice(0, i);
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

function decodeHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += (bytes[i]! + 0x100).toString(16).slice(1);
  return text;
}

/** Both alphabets, up to the padding; other characters are passed over. */
function encodeBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 61) break;
    const six = code < 128 ? SIX_BITS[code]! : -1;
    if (six < 0) continue;
    bits = ((bits << 6) | six) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[length++] = bits >> count;
  }
  return bytes.slice(0, length);
}

function decodeBase64(bytes: Uint8Array, digits: string, padding: string): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i]!;
    const b = bytes[i + 1];
    const c = bytes[i + 2];
    text += digits[a >> 2]! + digits[((a & 3) << 4) | ((b ?? 0) >> 4)]!;
    text += b === undefined ? padding : digits[((b & 15) << 2) | ((c ?? 0) >> 6)]!;
    text += c === undefined ? padding : digits[c & 63]!;
  }
  return text;
}

/** What Node takes for the length before it has looked at the characters. */
function base64Length(text: string): number {
  const padded = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return text.length <= 1 ? 0 : ((text.length - padded) * 3) >>> 2;
}

function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else {
      length += 3;
      const next = unit >= 0xd800 && unit < 0xdc00 ? text.charCodeAt(i + 1) : 0;
      if (next < 0xdc00 || next > 0xdfff) continue;
      length += 1;
      i++;
    }
  }
  return length;
}

const utf8: Encoding = {
  name: "utf8",
  encode: (text) => encodeUtf8(text.toWellFormed()),
  decode: decodeBytes,
  byteLength: utf8Length,
  unit: 0,
};
const utf16: Encoding = {
  name: "utf16le",
  encode: encodeUtf16,
  decode: decodeUtf16,
  byteLength: (text) => text.length * 2,
  unit: 2,
};
const latin1: Encoding = {
  name: "latin1",
  encode: encodeLatin1,
  decode: fromUnits,
  byteLength: (text) => text.length,
  unit: 1,
};
const ascii: Encoding = {
  ...latin1,
  name: "ascii",
  decode: (bytes) => fromUnits(bytes.map((byte) => byte & 0x7f)),
};
const hex: Encoding = {
  name: "hex",
  encode: encodeHex,
  decode: decodeHex,
  byteLength: (text) => text.length >>> 1,
  unit: 1,
};
const base64: Encoding = {
  name: "base64",
  encode: encodeBase64,
  decode: (bytes) => decodeBase64(bytes, DIGITS, "="),
  byteLength: base64Length,
  unit: 1,
};
const base64url: Encoding = { ...base64, name: "base64url", decode: (bytes) => decodeBase64(bytes, URL_DIGITS, "") };

const BY_NAME = new Map<string, Encoding>([
  ["utf8", utf8],
  ["utf-8", utf8],
  ["ucs2", utf16],
  ["ucs-2", utf16],
  ["utf16le", utf16],
  ["utf-16le", utf16],
  ["latin1", latin1],
  ["binary", latin1],
  ["ascii", ascii],
  ["hex", hex],
  ["base64", base64],
  ["base64url", base64url],
]);

export const UTF8: Encoding = utf8;

export function encodingNamed(name: unknown): Encoding | undefined {
  return typeof name === "string" ? (BY_NAME.get(name) ?? BY_NAME.get(name.toLowerCase())) : undefined;
}
