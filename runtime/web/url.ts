/** `URL` (WHATWG URL, section 6.1), with Node's errors. */

// biome-ignore-all lint/complexity/noArguments: how many were given counts, and a rest parameter would not show in `length`.

import { coded, defineInterface, requireArguments, usvString } from "./interface.ts";
import { percentEncode, USERINFO } from "./percent.ts";
import { isSpecial, parseInto, parseUrl, serializePath, serializeUrl, type UrlRecord } from "./url-record.ts";
import { paramsOf, resetParams, type URLSearchParams } from "./url-search-params.ts";

/** A setter that fails must change nothing. */
function copyOf(url: UrlRecord): UrlRecord {
  return { ...url, path: typeof url.path === "string" ? url.path : [...url.path] };
}

function parse(input: unknown, base: unknown): UrlRecord | null {
  const parsedBase = base === undefined ? null : parseUrl(usvString(base));
  if (base !== undefined && parsedBase === null) return null;
  return parseUrl(usvString(input), parsedBase);
}

function invalid(input: string, base: unknown): TypeError {
  const error = coded(new TypeError("Invalid URL"), "ERR_INVALID_URL") as TypeError & { input: string; base?: string };
  error.input = input;
  if (base !== undefined) error.base = usvString(base);
  return error;
}

export class URL {
  #url: UrlRecord;
  #params: URLSearchParams | null = null;

  constructor(input: unknown, base: unknown = undefined) {
    requireArguments(arguments.length, 1, '"url"');
    const text = usvString(input);
    const url = parse(text, base);
    if (url === null) throw invalid(text, base);
    this.#url = url;
  }

  toString(): string {
    return this.href;
  }

  static canParse(input: unknown, base: unknown = undefined): boolean {
    requireArguments(arguments.length, 1, '"url"');
    return parse(input, base) !== null;
  }

  static parse(input: unknown, base: unknown = undefined): URL | null {
    requireArguments(arguments.length, 1, '"url"');
    return parse(input, base) === null ? null : new URL(input, base);
  }

  get href(): string {
    return serializeUrl(this.#url);
  }

  set href(value: unknown) {
    const text = usvString(value);
    const url = parseUrl(text);
    if (url === null) throw invalid(text, undefined);
    this.#url = url;
    this.#resetParams();
  }

  get origin(): string {
    const { scheme, path } = this.#url;
    if (scheme === "blob" && this.#url.host === null) {
      const inner = parseUrl(typeof path === "string" ? path : serializePath(this.#url));
      return inner !== null && /^https?$/.test(inner.scheme) ? originOf(inner) : "null";
    }
    return originOf(this.#url);
  }

  get protocol(): string {
    return `${this.#url.scheme}:`;
  }

  set protocol(value: unknown) {
    this.#change((url) => parseInto(url, `${usvString(value)}:`, "scheme start"));
  }

  get username(): string {
    return this.#url.username;
  }

  set username(value: unknown) {
    const text = usvString(value);
    if (this.#hasAuthority()) this.#url.username = encodeUserinfo(text);
  }

  get password(): string {
    return this.#url.password;
  }

  set password(value: unknown) {
    const text = usvString(value);
    if (this.#hasAuthority()) this.#url.password = encodeUserinfo(text);
  }

  get host(): string {
    const { host, port } = this.#url;
    if (host === null) return "";
    return port === null ? host : `${host}:${port}`;
  }

  set host(value: unknown) {
    const text = usvString(value);
    if (typeof this.#url.path !== "string") this.#changeHost(text, "host");
  }

  get hostname(): string {
    return this.#url.host ?? "";
  }

  set hostname(value: unknown) {
    const text = usvString(value);
    if (typeof this.#url.path !== "string") this.#changeHost(text, "hostname");
  }

  get port(): string {
    return this.#url.port === null ? "" : `${this.#url.port}`;
  }

  set port(value: unknown) {
    const text = usvString(value);
    if (!this.#hasAuthority()) return;
    if (text === "") this.#url.port = null;
    else this.#change((url) => parseInto(url, text, "port"));
  }

  get pathname(): string {
    return serializePath(this.#url);
  }

  set pathname(value: unknown) {
    const text = usvString(value);
    if (typeof this.#url.path === "string") return;
    this.#url.path = [];
    parseInto(this.#url, text, "path start");
  }

  get search(): string {
    const { query } = this.#url;
    return query === null || query === "" ? "" : `?${query}`;
  }

  set search(value: unknown) {
    const text = usvString(value);
    if (text === "") this.#url.query = null;
    else {
      this.#url.query = "";
      parseInto(this.#url, text.startsWith("?") ? text.slice(1) : text, "query");
    }
    this.#resetParams();
  }

  get searchParams(): URLSearchParams {
    this.#params ??= paramsOf(this.#url.query ?? "", (query) => {
      this.#url.query = query === "" ? null : query;
    });
    return this.#params;
  }

  get hash(): string {
    const { fragment } = this.#url;
    return fragment === null || fragment === "" ? "" : `#${fragment}`;
  }

  set hash(value: unknown) {
    const text = usvString(value);
    if (text === "") {
      this.#url.fragment = null;
      return;
    }
    this.#url.fragment = "";
    parseInto(this.#url, text.startsWith("#") ? text.slice(1) : text, "fragment");
  }

  toJSON(): string {
    return this.href;
  }

  #hasAuthority(): boolean {
    const { host, scheme } = this.#url;
    return host !== null && host !== "" && scheme !== "file";
  }

  #change(action: (url: UrlRecord) => boolean): void {
    const url = copyOf(this.#url);
    if (action(url)) this.#url = url;
  }

  /** A port behind the host counts even where it is wrong: then the host alone changes. */
  #changeHost(text: string, state: "host" | "hostname"): void {
    const url = copyOf(this.#url);
    if (parseInto(url, text, state) || (state === "host" && url.host !== this.#url.host && url.host !== null)) {
      this.#url = url;
    }
  }

  #resetParams(): void {
    if (this.#params !== null) resetParams(this.#params, this.#url.query ?? "");
  }
}

function originOf(url: UrlRecord): string {
  if (!isSpecial(url) || url.scheme === "file") return "null";
  return `${url.scheme}://${url.host}${url.port === null ? "" : `:${url.port}`}`;
}

function encodeUserinfo(text: string): string {
  return percentEncode(text, USERINFO);
}

defineInterface(URL, "URL", [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "searchParams",
  "hash",
  "toString",
  "toJSON",
]);
for (const name of ["canParse", "parse"] as const) {
  Object.defineProperty(URL, name, { value: URL[name], writable: true, enumerable: true, configurable: true });
}
