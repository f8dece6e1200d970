/** `TextDecoder`: UTF-8, UTF-16 and windows-1252 with their labels; another encoding is a RangeError. */

import { bytesOf, coded, defineInterface, wrongType } from "./interface.ts";

const LABELS: Readonly<Record<string, readonly string[]>> = {
  "utf-8": ["unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8", "x-unicode20utf8"],
  "utf-16le": ["csunicode", "iso-10646-ucs-2", "ucs-2", "unicode", "unicodefeff", "utf-16", "utf-16le"],
  "utf-16be": ["unicodefffe", "utf-16be"],
  "windows-1252": [
    "ansi_x3.4-1968",
    "ascii",
    "cp1252",
    "cp819",
    "csisolatin1",
    "ibm819",
    "iso-8859-1",
    "iso-ir-100",
    "iso8859-1",
    "iso88591",
    "iso_8859-1",
    "iso_8859-1:1987",
    "l1",
    "latin1",
    "us-ascii",
    "windows-1252",
    "x-cp1252",
  ],
};

/** Bytes 0x80 to 0x9f of windows-1252. */
const WINDOWS_1252 =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
  "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

const REPLACEMENT = 0xfffd;
/** Units are joined in pieces of this many. */
const PIECE_UNITS = 4_096;

/** Gathers UTF-16 units into a string. */
class Text {
  #units: number[] = [];
  #text = "";

  add(codePoint: number): void {
    if (codePoint > 0xffff) {
      this.#units.push(0xd800 + ((codePoint - 0x10000) >> 10), 0xdc00 + ((codePoint - 0x10000) & 0x3ff));
    } else this.#units.push(codePoint);
    if (this.#units.length >= PIECE_UNITS) this.flush();
  }

  flush(): string {
    this.#text += String.fromCharCode(...this.#units);
    this.#units = [];
    return this.#text;
  }
}

/** What a decoder remembers between chunks; plain data. */
interface State {
  /** UTF-8: bits of the character so far, bytes still to come, bounds of the next. UTF-16: a byte and a surrogate. */
  codePoint: number;
  needed: number;
  lower: number;
  upper: number;
  byte: number;
  surrogate: number;
}

function freshState(): State {
  return { codePoint: 0, needed: 0, lower: 0x80, upper: 0xbf, byte: -1, surrogate: -1 };
}

type Emit = (codePoint: number) => void;

function decodeUtf8(bytes: Uint8Array, state: State, isLast: boolean, emit: Emit, fail: () => void): void {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (state.needed === 0) {
      if (byte < 0x80) emit(byte);
      else if (byte >= 0xc2 && byte <= 0xdf) begin(state, byte & 0x1f, 1);
      else if (byte >= 0xe0 && byte <= 0xef) {
        begin(state, byte & 0xf, 2);
        if (byte === 0xe0) state.lower = 0xa0;
        if (byte === 0xed) state.upper = 0x9f;
      } else if (byte >= 0xf0 && byte <= 0xf4) {
        begin(state, byte & 7, 3);
        if (byte === 0xf0) state.lower = 0x90;
        if (byte === 0xf4) state.upper = 0x8f;
      } else fail();
      continue;
    }
    if (byte < state.lower || byte > state.upper) {
      // The byte may begin a character of its own.
      begin(state, 0, 0);
      fail();
      i--;
      continue;
    }
    state.lower = 0x80;
    state.upper = 0xbf;
    state.codePoint = (state.codePoint << 6) | (byte & 0x3f);
    if (--state.needed === 0) emit(state.codePoint);
  }
  if (isLast && state.needed > 0) fail();
}

function begin(state: State, bits: number, needed: number): void {
  state.codePoint = bits;
  state.needed = needed;
  state.lower = 0x80;
  state.upper = 0xbf;
}

function decodeUtf16(
  bytes: Uint8Array,
  isBigEndian: boolean,
  state: State,
  isLast: boolean,
  emit: Emit,
  fail: () => void,
): void {
  for (let i = 0; i < bytes.length; i++) {
    if (state.byte < 0) {
      state.byte = bytes[i]!;
      continue;
    }
    const unit = isBigEndian ? (state.byte << 8) | bytes[i]! : (bytes[i]! << 8) | state.byte;
    state.byte = -1;
    if (state.surrogate >= 0) {
      const lead = state.surrogate;
      state.surrogate = -1;
      if (unit >= 0xdc00 && unit <= 0xdfff) {
        emit(0x10000 + ((lead - 0xd800) << 10) + (unit - 0xdc00));
        continue;
      }
      fail();
    }
    if (unit >= 0xd800 && unit <= 0xdbff) state.surrogate = unit;
    else if (unit >= 0xdc00 && unit <= 0xdfff) fail();
    else emit(unit);
  }
  if (isLast && (state.byte >= 0 || state.surrogate >= 0)) fail();
}

function encodingOf(label: string): string {
  const wanted = label.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, "").toLowerCase();
  for (const name of Object.keys(LABELS)) if (LABELS[name]!.includes(wanted)) return name;
  throw coded(new RangeError(`The "${label}" encoding is not supported`), "ERR_ENCODING_NOT_SUPPORTED");
}

export class TextDecoder {
  #encoding: string;
  #isFatal: boolean;
  #keepsMark: boolean;
  #state = freshState();
  #isAtStart = true;

  constructor(label: unknown = "utf-8", options: { fatal?: unknown; ignoreBOM?: unknown } | null = {}) {
    this.#encoding = encodingOf(`${label}`);
    if (options !== null && typeof options !== "object") {
      throw wrongType('The "options" argument must be of type object.');
    }
    this.#isFatal = Boolean(options?.fatal);
    this.#keepsMark = Boolean(options?.ignoreBOM);
  }

  get encoding(): string {
    return this.#encoding;
  }

  get fatal(): boolean {
    return this.#isFatal;
  }

  get ignoreBOM(): boolean {
    return this.#keepsMark;
  }

  decode(input: unknown = new Uint8Array(), options: { stream?: unknown } | null = {}): string {
    const bytes = bytesOf(input);
    if (bytes === undefined) {
      throw wrongType('The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.');
    }
    const isLast = !options?.stream;
    const text = new Text();
    const emit = (codePoint: number): void => {
      const isMark = this.#isAtStart && codePoint === 0xfeff && !this.#keepsMark;
      this.#isAtStart = false;
      if (!isMark) text.add(codePoint);
    };
    const fail = (): void => {
      if (!this.#isFatal) {
        emit(REPLACEMENT);
        return;
      }
      this.#reset();
      throw coded(
        new TypeError(`The encoded data was not valid for encoding ${this.#encoding}`),
        "ERR_ENCODING_INVALID_ENCODED_DATA",
      );
    };
    if (this.#encoding === "utf-8") decodeUtf8(bytes, this.#state, isLast, emit, fail);
    else if (this.#encoding === "windows-1252") {
      for (const byte of bytes) {
        emit(byte >= 0x80 && byte <= 0x9f ? WINDOWS_1252.charCodeAt(byte - 0x80) : byte);
      }
    } else decodeUtf16(bytes, this.#encoding === "utf-16be", this.#state, isLast, emit, fail);
    if (isLast) this.#reset();
    return text.flush();
  }

  #reset(): void {
    this.#state = freshState();
    this.#isAtStart = true;
  }
}

defineInterface(TextDecoder, "TextDecoder", ["encoding", "fatal", "ignoreBOM", "decode"]);

/** As `fetch` decodes bodies. */
export function decodeBytes(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
