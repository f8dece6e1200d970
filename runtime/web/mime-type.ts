/** MIME types of `Content-Type` (WHATWG MIME Sniffing, sections 4.4 and 4.5; Fetch, "extract a MIME type"). */

import { trimmed } from "./interface.ts";

export interface MimeType {
  /** `text/plain`, in lower case. */
  readonly essence: string;
  readonly parameters: Map<string, string>;
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const QUOTABLE = /^[\t\x20-\x7e\x80-\xff]*$/;
const ESSENCE = /^([^/;]+)\/([^\t\n\r ;][^;]*)/;
/** The value is quoted (what stands behind it is ignored) or plain. */
const PARAMETER = /;[\t\n\r ]*([^;=]*)(?:=(?:"((?:[^"\\]|\\.?)*)[^;]*|([^;]*)))?/gs;
/** One of a list: commas inside quotes do not end it. */
const LISTED = /(?:[^",]|"(?:[^"\\]|\\.?)*(?:"|$))+/gs;

function parse(text: string): MimeType | null {
  const start = ESSENCE.exec(trimmed(text));
  if (start === null) return null;
  const [type, subtype] = [start[1]!, trimmed(start[2]!)];
  if (!TOKEN.test(type) || !TOKEN.test(subtype)) return null;
  const parameters = new Map<string, string>();
  for (const [, name, quoted, plain] of trimmed(text).slice(start[0].length).matchAll(PARAMETER)) {
    const key = name!.toLowerCase();
    const value = quoted === undefined ? trimmed(plain ?? "") : quoted.replace(/\\(.)/gs, "$1");
    if (quoted === undefined && value === "") continue;
    if (TOKEN.test(key) && QUOTABLE.test(value) && !parameters.has(key)) parameters.set(key, value);
  }
  return { essence: `${type}/${subtype}`.toLowerCase(), parameters };
}

/** Of several the last that is one, with the charset of one before it that is the same but for its parameters. */
export function mimeType(header: string | null): MimeType | null {
  let found: MimeType | null = null;
  let charset: string | undefined;
  for (const text of header?.match(LISTED) ?? []) {
    const type = parse(text);
    if (type === null || type.essence === "*/*") continue;
    if (type.essence !== found?.essence) charset = type.parameters.get("charset");
    else if (charset !== undefined && !type.parameters.has("charset")) type.parameters.set("charset", charset);
    found = type;
  }
  return found;
}

export function serializeMimeType({ essence, parameters }: MimeType): string {
  let text = essence;
  for (const [name, value] of parameters) {
    text += `;${name}=${TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
  }
  return text;
}
