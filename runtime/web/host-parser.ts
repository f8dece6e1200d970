/** Hosts of URLs: domains, IPv4 and IPv6 addresses, opaque hosts (WHATWG URL, section 3). */

import { domainToAscii } from "./idna.ts";
import { C0_CONTROL, percentDecode, percentEncode } from "./percent.ts";
import { decodeBytes } from "./text-decoder.ts";

const FORBIDDEN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

/** The serialized host, `null` for a failure. */
export function parseHost(text: string, isOpaque: boolean): string | null {
  if (text.startsWith("[")) {
    if (!text.endsWith("]")) return null;
    const pieces = parseIpv6(text.slice(1, -1));
    return pieces === null ? null : `[${serializeIpv6(pieces)}]`;
  }
  if (isOpaque) return FORBIDDEN_HOST.test(text) ? null : percentEncode(text, C0_CONTROL);
  const domain = domainToAscii(decodeBytes(percentDecode(text)));
  if (domain === null || domain === "" || FORBIDDEN_DOMAIN.test(domain)) return null;
  return endsInNumber(domain) ? parseIpv4(domain) : domain;
}

function endsInNumber(domain: string): boolean {
  const parts = domain.split(".");
  if (parts.at(-1) === "") {
    if (parts.length === 1) return false;
    parts.pop();
  }
  const last = parts.at(-1)!;
  return /^[0-9]+$/.test(last) || /^0[xX][0-9a-fA-F]*$/.test(last);
}

/** NaN for what is no number. */
function ipv4Number(text: string): number {
  if (text === "") return Number.NaN;
  if (/^0[xX]/.test(text)) {
    const digits = text.slice(2);
    return digits === "" ? 0 : /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
  }
  if (text.length > 1 && text.startsWith("0")) return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  return /^[0-9]+$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
}

function parseIpv4(domain: string): string | null {
  const parts = domain.split(".");
  if (parts.at(-1) === "" && parts.length > 1) parts.pop();
  if (parts.length > 4) return null;
  const numbers = parts.map(ipv4Number);
  if (numbers.some(Number.isNaN) || numbers.slice(0, -1).some((number) => number > 255)) return null;
  const last = numbers.at(-1)!;
  if (last >= 256 ** (5 - numbers.length)) return null;
  let address = last;
  for (const [index, number] of numbers.slice(0, -1).entries()) address += number * 256 ** (3 - index);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

function parseIpv6(text: string): number[] | null {
  const pieces = [0, 0, 0, 0, 0, 0, 0, 0];
  let index = 0;
  let compress = -1;
  let at = 0;
  if (text.startsWith(":")) {
    if (!text.startsWith("::")) return null;
    at = 2;
    compress = ++index;
  }
  while (at < text.length) {
    if (index === 8) return null;
    if (text[at] === ":") {
      if (compress >= 0) return null;
      at++;
      compress = ++index;
      continue;
    }
    const digits = /^[0-9a-fA-F]{0,4}/.exec(text.slice(at))![0];
    at += digits.length;
    if (text[at] === ".") {
      if (digits === "" || index > 6) return null;
      const quad = text.slice(at - digits.length).split(".");
      if (quad.length !== 4) return null;
      for (const [n, part] of quad.entries()) {
        if (!/^(?:0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return null;
        pieces[index] = pieces[index]! * 256 + Number(part);
        if (n === 1 || n === 3) index++;
      }
      break;
    }
    if (text[at] === ":") {
      if (++at === text.length) return null;
    } else if (at < text.length) return null;
    pieces[index++] = Number.parseInt(digits, 16);
  }
  if (compress >= 0) {
    const moved = pieces.slice(compress, index);
    pieces.fill(0, compress);
    for (const [n, piece] of moved.entries()) pieces[8 - moved.length + n] = piece;
  } else if (index !== 8) return null;
  return pieces;
}

function serializeIpv6(pieces: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && pieces[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
  }
  let out = "";
  for (let i = 0; i < 8; i++) {
    if (i === start) {
      out += i === 0 ? "::" : ":";
      i += length - 1;
      continue;
    }
    out += pieces[i]!.toString(16);
    if (i < 7) out += ":";
  }
  return out;
}
