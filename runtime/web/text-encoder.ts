/** `TextEncoder`: UTF-8. */

import { defineInterface, usvString, wrongType } from "./interface.ts";

/** Writes the text from `at` on, as many whole characters as fit; gives UTF-16 units read and bytes written. */
function write(text: string, bytes: Uint8Array): { read: number; written: number } {
  let read = 0;
  let written = 0;
  while (read < text.length) {
    const code = text.codePointAt(read)!;
    const units = code > 0xffff ? 2 : 1;
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (written + size > bytes.length) break;
    if (size === 1) bytes[written] = code;
    else {
      for (let i = size - 1; i > 0; i--) bytes[written + i] = ((code >> (6 * (size - 1 - i))) & 0x3f) | 0x80;
      bytes[written] = (code >> (6 * (size - 1))) | (size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0);
    }
    written += size;
    read += units;
  }
  return { read, written };
}

export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length * 3);
  const { written } = write(text, bytes);
  // A copy: a state would hold the whole buffer behind a view of its start.
  return bytes.slice(0, written);
}

export class TextEncoder {
  get encoding(): string {
    return "utf-8";
  }

  encode(input: unknown = ""): Uint8Array<ArrayBuffer> {
    return encodeUtf8(usvString(input));
  }

  encodeInto(source: unknown, destination: unknown): { read: number; written: number } {
    if (typeof source !== "string") throw wrongType('The "src" argument must be of type string.');
    if (!(destination instanceof Uint8Array)) {
      throw wrongType('The "dest" argument must be an instance of Uint8Array.');
    }
    return write(source.toWellFormed(), destination);
  }
}

defineInterface(TextEncoder, "TextEncoder", ["encoding", "encode", "encodeInto"]);
