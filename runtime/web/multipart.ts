/**
 * Forms as `multipart/form-data` (HTML, section 4.10.21.8; RFC 7578):
 *
 *   form   := part* "--" boundary "--"
 *   part   := "--" boundary CRLF (header CRLF)* CRLF content CRLF
 *   header := Content-Disposition: form-data; name="…"; filename="…" | Content-Type: … | Content-Transfer-Encoding: base64
 *
 * Line breaks and quotes in names are %0D, %0A, %22. What stands before the first boundary and behind the last, and other
 * headers count for nothing.
 */

import { atob } from "./base64.ts";
import { contentOfBlob, type File, fileOf, joined, makeBlob } from "./blob.ts";
import { fillRandom, nowMs } from "./host.ts";
import { trimmed } from "./interface.ts";
import type { BodyContent } from "./kinds.ts";
import { decodeBytes, TextDecoder } from "./text-decoder.ts";
import { encodeUtf8 } from "./text-encoder.ts";

export type Entry = [name: string, value: File | string];

const CRLF = "\r\n";
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** `; name="value"`, `; name=value` or `; name*=utf-8''value`. */
const ATTRIBUTE = /[\t ]*;[\t ]*([!#$%&'+\-.^_`{|}~0-9A-Za-z]+)(\*?)=[\t ]*(?:"([^"]*)("?)|([^\t ;"]*))/y;
const BOUNDARY_NUMBERS = 1e11;

/** As Node writes it, with a boundary of the step's random values. */
export function serializeMultipart(entries: readonly Entry[]): BodyContent {
  const boundary = newBoundary();
  const chunks: Uint8Array[] = [];
  for (const [name, value] of entries) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escaped(brokenLines(name))}"`;
    if (typeof value === "string") {
      chunks.push(encodeUtf8(`${head}\r\n\r\n${brokenLines(value)}\r\n`));
      continue;
    }
    const { bytes, type } = contentOfBlob(value);
    const filename = value.name === "" ? "" : `; filename="${escaped(value.name)}"`;
    chunks.push(encodeUtf8(`${head}${filename}\r\nContent-Type: ${type || "application/octet-stream"}\r\n\r\n`));
    chunks.push(bytes, encodeUtf8(CRLF));
  }
  chunks.push(encodeUtf8(`--${boundary}--\r\n`));
  return { bytes: joined(chunks), type: `multipart/form-data; boundary=${boundary}` };
}

function newBoundary(): string {
  const random = new Uint8Array(6);
  fillRandom(random);
  const number = random.reduce((sum, byte) => sum * 256 + byte, 0) % BOUNDARY_NUMBERS;
  return `----formdata-undici-0${`${number}`.padStart(11, "0")}`;
}

function brokenLines(text: string): string {
  return text.replace(/\r?\n|\r/g, CRLF);
}

function escaped(name: string): string {
  return name.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}

function failed(why: string): TypeError {
  return new TypeError("Failed to parse body as FormData.", { cause: new TypeError(why) });
}

/** Bytes as characters of the same codes. */
function binary(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function unbinary(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

interface Headers {
  name: string;
  /** `null`: the value is a string. */
  filename: string | null;
  type: string;
  isBase64: boolean;
}

/** @throws TypeError with the reason as its cause */
export function parseMultipart(bytes: Uint8Array, boundary: string | undefined): Entry[] {
  if (boundary === undefined) throw failed("missing boundary in content-type header");
  const text = binary(bytes);
  const mark = binary(encodeUtf8(`--${boundary}`));
  const entries: Entry[] = [];
  let at = text.indexOf(mark);
  if (at < 0) throw failed("no boundary found in multipart body");
  for (;;) {
    at += mark.length;
    if (text.startsWith("--", at)) return entries;
    if (!text.startsWith(CRLF, at)) throw failed("expected CRLF");
    const lines: string[] = [];
    for (at += CRLF.length; !text.startsWith(CRLF, at); ) {
      const end = text.indexOf(CRLF, at);
      if (end < 0) throw failed("expected CRLF");
      lines.push(text.slice(at, end));
      at = end + CRLF.length;
    }
    at += CRLF.length;
    const end = text.indexOf(CRLF + mark, at);
    if (end < 0) throw failed("expected boundary after body");
    entries.push(entryOf(headersOf(lines), bytes.slice(at, end)));
    at = end + CRLF.length;
  }
}

function entryOf({ name, filename, type, isBase64 }: Headers, raw: Uint8Array): Entry {
  const content = isBase64 ? fromBase64(raw) : raw;
  if (filename !== null) return [name, fileOf(makeBlob(content, type), filename, nowMs())];
  return [name, new TextDecoder("utf-8", { ignoreBOM: true }).decode(content)];
}

function fromBase64(raw: Uint8Array): Uint8Array {
  try {
    return unbinary(atob(binary(raw)));
  } catch {
    throw failed("content is not base64");
  }
}

function headersOf(lines: readonly string[]): Headers {
  let disposition: Pick<Headers, "name" | "filename"> | undefined;
  let type = "text/plain";
  let isBase64 = false;
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = trimmed(line.slice(0, colon < 0 ? line.length : colon));
    if (!TOKEN.test(name)) throw failed("header name does not match the field-name token production");
    if (colon < 0) throw failed("expected :");
    const value = trimmed(line.slice(colon + 1));
    switch (name.toLowerCase()) {
      case "content-disposition":
        disposition = dispositionOf(value);
        break;
      case "content-type":
        type = value;
        break;
      case "content-transfer-encoding":
        isBase64 = value === "base64";
    }
  }
  if (disposition === undefined) throw failed("header name is null");
  return { ...disposition, type, isBase64 };
}

function dispositionOf(value: string): Pick<Headers, "name" | "filename"> {
  const start = /^form-data(?=[\t ;]|$)/i.exec(value);
  if (start === null) throw failed("expected form-data for content-disposition header");
  const found = new Map<string, string>();
  ATTRIBUTE.lastIndex = start[0].length;
  for (let match = ATTRIBUTE.exec(value); match !== null; match = ATTRIBUTE.exec(value)) {
    const [, key, star, quoted, quote, plain] = match;
    if (quote === "") throw failed("Closing quote not found");
    const name = `${key!.toLowerCase()}${star}`;
    if (star === "*") found.set(name, extended(plain ?? ""));
    else if (quoted === undefined) found.set(name, decodeBytes(unbinary(plain!)));
    else found.set(name, unescaped(decodeBytes(unbinary(quoted))));
  }
  const name = found.get("name*") ?? found.get("name");
  if (name === undefined) throw failed("name attribute is required in content-disposition header");
  return { name, filename: found.get("filename*") ?? found.get("filename") ?? null };
}

function unescaped(name: string): string {
  return name.replace(/%0a/gi, "\n").replace(/%0d/gi, "\r").replaceAll("%22", '"');
}

/** `utf-8''%e2%82%ac` */
function extended(text: string): string {
  const parts = /^utf-8'[^']*'(.*)$/is.exec(text);
  if (parts === null) throw failed("unknown encoding, expected utf-8''");
  try {
    return decodeURIComponent(parts[1]!);
  } catch {
    throw failed("an extended value is not percent-encoded UTF-8");
  }
}
