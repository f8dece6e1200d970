/** `node:url`: the standard's classes, and paths of this kind of system as `file:` URLs. */

import { coded } from "../web/interface.ts";
import { URL } from "../web/url.ts";
import { URLSearchParams } from "../web/url-search-params.ts";
import { checkText } from "./errors.ts";

export function fileURLToPath(given: unknown): string {
  const url = typeof given === "string" ? new URL(given) : (given as URL);
  if (url.protocol !== "file:") {
    throw coded(new TypeError("The URL must be of scheme file"), "ERR_INVALID_URL_SCHEME");
  }
  if (url.hostname !== "") {
    throw coded(new TypeError('File URL host must be "localhost" or empty on linux'), "ERR_INVALID_FILE_URL_HOST");
  }
  if (/%2f/i.test(url.pathname)) {
    const message = "File URL path must not include encoded / characters";
    throw coded(new TypeError(message), "ERR_INVALID_FILE_URL_PATH");
  }
  return decodeURIComponent(url.pathname);
}

const ESCAPED = /[%\\\n\r\t?#]/g;

/** Of an absolute path: a workflow stands in no folder. */
export function pathToFileURL(path: unknown): URL {
  checkText(path, "path");
  const escaped = path.replace(ESCAPED, (one) => `%${(one.charCodeAt(0) + 0x100).toString(16).slice(1).toUpperCase()}`);
  return new URL(`file://${escaped.startsWith("/") ? "" : "/"}${escaped}`);
}

export function domainToASCII(domain: unknown): string {
  try {
    return new URL(`ws://${domain}`).hostname;
  } catch {
    return "";
  }
}

export { URL, URLSearchParams };
