/** `Blob` and `File` (W3C File API): bytes that nobody can change, held whole and saved with the thread; there are no streams. */

// biome-ignore-all lint/complexity/noArguments: how many were given counts, and a rest parameter would not show in `length`.

import { namedError, nowMs } from "./host.ts";
import { bytesOf, coded, defineInterface, requireArguments, usvString, wrongType } from "./interface.ts";
import { kinds } from "./kinds.ts";
import { decodeBytes } from "./text-decoder.ts";
import { encodeUtf8 } from "./text-encoder.ts";

interface Options {
  readonly endings?: unknown;
  readonly type?: unknown;
  readonly lastModified?: unknown;
}

/** What a part is made of: bytes, not copied yet, or a text. */
type Part = Uint8Array | string;

function partOf(value: unknown): Part {
  if (isBlob(value)) return contentOfBlob(value).bytes;
  const bytes = bytesOf(value);
  if (bytes !== undefined) return bytes;
  if (typeof value === "symbol") throw wrongType("Value[0] is a Symbol and cannot be converted to a string.");
  return `${value}`;
}

function partsOf(value: unknown): Part[] {
  const isObject = typeof value === "object" && value !== null;
  const iterate = isObject ? (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] : undefined;
  if (typeof iterate !== "function") throw wrongType("Value cannot be converted to sequence.");
  const parts: Part[] = [];
  for (const item of { [Symbol.iterator]: (): Iterator<unknown> => iterate.call(value) }) parts.push(partOf(item));
  return parts;
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** In lower case; none when it has a character that no type has. */
function typeOf(value: unknown): string {
  const text = `${value}`;
  return /[^\x20-\x7e]/.test(text) ? "" : text.toLowerCase();
}

/** Web IDL's `[Clamp] long long`: to the nearest integer, of two the even one. */
function clamped(value: unknown, name: string): number {
  if (typeof value === "bigint" || typeof value === "symbol") {
    const kind = typeof value === "bigint" ? "BigInt" : "Symbol";
    throw wrongType(`${name} is a ${kind} and cannot be converted to a number.`);
  }
  const number = Math.min(Math.max(+(value as number), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  const floor = Math.floor(number);
  const isDown = number - floor < 0.5 || (number - floor === 0.5 && floor % 2 === 0);
  return Number.isNaN(number) ? 0 : isDown ? floor : floor + 1;
}

function wrongThis(name: string): TypeError {
  return coded(new TypeError(`Value of "this" must be of type ${name}`), "ERR_INVALID_THIS");
}

export class Blob {
  #bytes: Uint8Array;
  #type: string;

  constructor(parts: unknown = [], options: unknown = undefined) {
    const sources = partsOf(parts);
    if (options !== undefined && options !== null && typeof options !== "object" && typeof options !== "function") {
      throw wrongType('The "options" argument must be a dictionary.');
    }
    const { endings = "transparent", type = "" } = (options ?? {}) as Options;
    const ends = `${endings}`;
    if (ends !== "transparent" && ends !== "native") {
      const what = `The property 'options.endings' is invalid. Received '${ends}'`;
      throw coded(new TypeError(what), "ERR_INVALID_ARG_VALUE");
    }
    this.#bytes = joined(
      sources.map((part) => {
        if (typeof part !== "string") return part;
        return encodeUtf8((ends === "native" ? part.replace(/\r\n|\r/g, "\n") : part).toWellFormed());
      }),
    );
    this.#type = typeOf(type);
  }

  get type(): string {
    return Blob.#checked(this).#type;
  }

  get size(): number {
    return Blob.#checked(this).#bytes.length;
  }

  slice(start: unknown = 0, end: unknown = undefined, type: unknown = ""): Blob {
    const bytes = Blob.#checked(this).#bytes;
    const from = clamped(start, "start");
    const to = end === undefined ? bytes.length : clamped(end, "end");
    // A copy: a state would hold all the bytes for as long as the program has some of them.
    return makeBlob(bytes.slice(from, to), `${type}`);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return Blob.#checked(this).#bytes.slice().buffer as ArrayBuffer;
  }

  async text(): Promise<string> {
    return decodeBytes(Blob.#checked(this).#bytes);
  }

  async bytes(): Promise<Uint8Array> {
    return Blob.#checked(this).#bytes.slice();
  }

  stream(): never {
    Blob.#checked(this);
    throw noStreams("stream");
  }

  textStream(): never {
    Blob.#checked(this);
    throw noStreams("textStream");
  }

  static #checked(value: unknown): Blob {
    if (isBlob(value)) return value;
    throw wrongThis("Blob");
  }

  static is(value: unknown): value is Blob {
    return typeof value === "object" && value !== null && #bytes in value;
  }

  static make(bytes: Uint8Array, type: string): Blob {
    const blob = new Blob();
    blob.#bytes = bytes;
    blob.#type = typeOf(type);
    return blob;
  }

  /** The file gets the bytes of the blob. */
  static share(blob: Blob, file: Blob): void {
    file.#bytes = blob.#bytes;
    file.#type = blob.#type;
  }

  /** The bytes are not to be changed. */
  static contentOf(blob: Blob): { bytes: Uint8Array; type: string } {
    return { bytes: blob.#bytes, type: blob.#type };
  }
}

function noStreams(name: string): Error {
  return namedError(
    "UnsupportedAtRunTime",
    `\`${name}()\`: there are no streams in a workflow; use text(), bytes() or arrayBuffer().`,
  );
}

/** Apart from its members, so that a script does not find them. */
export const { is: isBlob, contentOf: contentOfBlob, make: makeBlob } = Blob;
const { share } = Blob;
for (const name of ["is", "contentOf", "make", "share"]) Reflect.deleteProperty(Blob, name);
defineInterface(Blob, "Blob", ["type", "size", "slice", "arrayBuffer", "text", "bytes", "stream", "textStream"]);

export class File extends Blob {
  #name: string;
  #lastModified: number;

  constructor(parts: unknown, name: unknown, options: unknown = {}) {
    requireArguments(arguments.length, 2, '"fileBits" and "fileName"');
    super(parts, options);
    const { lastModified } = (options ?? {}) as Options;
    this.#lastModified = lastModified === undefined ? nowMs() : +(lastModified as number) || 0;
    this.#name = usvString(name);
  }

  get name(): string {
    return File.#checked(this).#name;
  }

  get lastModified(): number {
    return File.#checked(this).#lastModified;
  }

  static #checked(value: unknown): File {
    if (isFile(value)) return value;
    throw wrongThis("File");
  }

  static isFile(value: unknown): value is File {
    return typeof value === "object" && value !== null && #name in value;
  }

  /** A file of the blob's bytes and type. */
  static of(blob: Blob, name: string, lastModified: number): File {
    const file = new File([], name, { lastModified });
    share(blob, file);
    return file;
  }

  /** Made anew, for `structuredClone`. */
  static copy(blob: Blob): Blob {
    if (isFile(blob)) return fileOf(blob, blob.#name, blob.#lastModified);
    const copy = new Blob();
    share(blob, copy);
    return copy;
  }
}

export const { isFile, of: fileOf } = File;
const { copy } = File;
for (const name of ["isFile", "of", "copy"]) Reflect.deleteProperty(File, name);
defineInterface(File, "File", ["name", "lastModified"]);

kinds.blob = {
  is: isBlob,
  contentOf: (blob) => contentOfBlob(blob as Blob),
  make: makeBlob,
  copy: (blob) => copy(blob as Blob),
};
