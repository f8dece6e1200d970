/** Percent-encoding and the sets of code points that parts of a URL escape (WHATWG URL, section 1.3). */

import { encodeUtf8 } from "./text-encoder.ts";

/** ASCII characters beside controls that a part escapes. */
export type PercentSet = string;

export const C0_CONTROL: PercentSet = "";
export const FRAGMENT: PercentSet = ' "<>`';
export const QUERY: PercentSet = ' "#<>';
export const SPECIAL_QUERY: PercentSet = `${QUERY}'`;
export const PATH: PercentSet = `${QUERY}?^\`{}`;
export const USERINFO: PercentSet = `${PATH}/:;=@[\\]|`;
/** `application/x-www-form-urlencoded`; a space is a plus there. */
export const FORM: PercentSet = `${USERINFO}!$%&'()+,~`.replace(" ", "");

function escaped(byte: number): string {
  return `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
}

/** Escapes controls, everything beyond ASCII, and the characters of the set. */
export function percentEncode(text: string, set: PercentSet): string {
  let out = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code > 0x1f && code < 0x7f && !set.includes(character)) {
      out += character;
      continue;
    }
    if (code < 0x80) out += escaped(code);
    else for (const byte of encodeUtf8(character.toWellFormed())) out += escaped(byte);
  }
  return out;
}

/** UTF-8 bytes of the text with its escapes undone. */
export function percentDecode(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  if (!text.includes("%")) return bytes;
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const hex = bytes[i] === 0x25 ? String.fromCharCode(bytes[i + 1] ?? 0, bytes[i + 2] ?? 0) : "";
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      bytes[length++] = Number.parseInt(hex, 16);
      i += 2;
    } else bytes[length++] = bytes[i]!;
  }
  return bytes.slice(0, length);
}
