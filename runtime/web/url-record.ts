/**
 * The URL record and its parser: the state machine of WHATWG URL, section 4.4, with the names of its states.
 *
 * Boundary: hosts are `host-parser.ts`'s; the class `URL` only reads and writes records. The length is that of the standard's
 * machine: its states share one buffer and one pointer.
 */

import { parseHost } from "./host-parser.ts";
import { C0_CONTROL, FRAGMENT, PATH, percentEncode, QUERY, SPECIAL_QUERY, USERINFO } from "./percent.ts";

export interface UrlRecord {
  scheme: string;
  username: string;
  password: string;
  host: string | null;
  port: number | null;
  /** A string: an opaque path. */
  path: string[] | string;
  query: string | null;
  fragment: string | null;
}

export type State =
  | "scheme start"
  | "scheme"
  | "no scheme"
  | "special relative or authority"
  | "path or authority"
  | "relative"
  | "relative slash"
  | "special authority slashes"
  | "special authority ignore slashes"
  | "authority"
  | "host"
  | "hostname"
  | "port"
  | "file"
  | "file slash"
  | "file host"
  | "path start"
  | "path"
  | "opaque path"
  | "query"
  | "fragment";

/** Special schemes and their default ports. */
export const SPECIAL: Readonly<Record<string, number | null>> = {
  ftp: 21,
  file: null,
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
};

const FAILURE = Symbol("failure");
const DONE = Symbol("done");
const END = "";

export function isSpecial(url: UrlRecord): boolean {
  return Object.hasOwn(SPECIAL, url.scheme);
}

function isWindowsLetter(text: string): boolean {
  return /^[a-zA-Z][:|]$/.test(text);
}

function startsWithWindowsLetter(text: string): boolean {
  return /^[a-zA-Z][:|](?:$|[/\\?#])/.test(text);
}

function isSingleDot(segment: string): boolean {
  return /^(?:\.|%2e)$/i.test(segment);
}

function isDoubleDot(segment: string): boolean {
  return /^(?:\.|%2e){2}$/i.test(segment);
}

function shorten(url: UrlRecord): void {
  const path = url.path as string[];
  if (url.scheme === "file" && path.length === 1 && /^[a-zA-Z]:$/.test(path[0]!)) return;
  path.pop();
}

class Parser {
  readonly url: UrlRecord;
  readonly #base: UrlRecord | null;
  readonly #input: readonly string[];
  readonly #override: State | null;
  #state: State;
  #at = 0;
  #buffer = "";
  #atSignSeen = false;
  #insideBrackets = false;
  #passwordTokenSeen = false;

  constructor(input: string, base: UrlRecord | null, url: UrlRecord | null, override: State | null) {
    let text = input;
    if (url === null) {
      text = text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "");
    }
    text = text.replace(/[\t\n\r]/g, "");
    this.url = url ?? {
      scheme: "",
      username: "",
      password: "",
      host: null,
      port: null,
      path: [],
      query: null,
      fragment: null,
    };
    this.#base = base;
    this.#input = [...text];
    this.#override = override;
    this.#state = override ?? "scheme start";
  }

  /** False: failure. The URL is then as far as it was parsed. */
  run(): boolean {
    for (; ; this.#at++) {
      const c = this.#input[this.#at] ?? END;
      const outcome = this.#step(c);
      if (outcome === FAILURE) return false;
      if (outcome === DONE || c === END) {
        // A state may have gone back behind the end.
        if (outcome === DONE || this.#at >= this.#input.length) return true;
      }
    }
  }

  #rest(from: number): string {
    return this.#input.slice(from).join("");
  }

  #enter(state: State): void {
    this.#state = state;
  }

  /** The next state sees the same character. */
  #again(state: State): void {
    this.#state = state;
    this.#at--;
  }

  #step(c: string): typeof FAILURE | typeof DONE | undefined {
    switch (this.#state) {
      case "scheme start":
        return this.#schemeStart(c);
      case "scheme":
        return this.#scheme(c);
      case "no scheme":
        return this.#noScheme(c);
      case "special relative or authority":
        if (c === "/" && this.#input[this.#at + 1] === "/") {
          this.#enter("special authority ignore slashes");
          this.#at++;
        } else this.#again("relative");
        return undefined;
      case "path or authority":
        if (c === "/") this.#enter("authority");
        else this.#again("path");
        return undefined;
      case "relative":
        return this.#relative(c);
      case "relative slash":
        return this.#relativeSlash(c);
      case "special authority slashes":
        this.#enter("special authority ignore slashes");
        if (c === "/" && this.#input[this.#at + 1] === "/") this.#at++;
        else this.#at--;
        return undefined;
      case "special authority ignore slashes":
        if (c !== "/" && c !== "\\") this.#again("authority");
        return undefined;
      case "authority":
        return this.#authority(c);
      case "host":
      case "hostname":
        return this.#host(c);
      case "port":
        return this.#port(c);
      case "file":
        return this.#file(c);
      case "file slash":
        return this.#fileSlash(c);
      case "file host":
        return this.#fileHost(c);
      case "path start":
        return this.#pathStart(c);
      case "path":
        return this.#path(c);
      case "opaque path":
        return this.#opaquePath(c);
      case "query":
        return this.#query(c);
      case "fragment":
        if (c !== END) this.url.fragment += percentEncode(c, FRAGMENT);
        return undefined;
    }
  }

  #schemeStart(c: string): typeof FAILURE | undefined {
    if (/^[a-zA-Z]$/.test(c)) {
      this.#buffer += c.toLowerCase();
      this.#enter("scheme");
    } else if (this.#override === null) this.#again("no scheme");
    else return FAILURE;
    return undefined;
  }

  #scheme(c: string): typeof FAILURE | typeof DONE | undefined {
    const { url } = this;
    if (/^[a-zA-Z0-9+\-.]$/.test(c)) {
      this.#buffer += c.toLowerCase();
      return undefined;
    }
    if (c !== ":") {
      if (this.#override !== null) return FAILURE;
      this.#buffer = "";
      this.#at = -1;
      this.#enter("no scheme");
      return undefined;
    }
    if (this.#override !== null) {
      if (isSpecial(url) !== Object.hasOwn(SPECIAL, this.#buffer)) return DONE;
      if (this.#buffer === "file" && (url.username !== "" || url.password !== "" || url.port !== null)) return DONE;
      if (url.scheme === "file" && (url.host === null || url.host === "")) return DONE;
      url.scheme = this.#buffer;
      if (url.port === SPECIAL[url.scheme]) url.port = null;
      return DONE;
    }
    url.scheme = this.#buffer;
    this.#buffer = "";
    if (url.scheme === "file") this.#enter("file");
    else if (isSpecial(url)) {
      const isRelative = this.#base !== null && this.#base.scheme === url.scheme;
      this.#enter(isRelative ? "special relative or authority" : "special authority slashes");
    } else if (this.#input[this.#at + 1] === "/") {
      this.#enter("path or authority");
      this.#at++;
    } else {
      url.path = "";
      this.#enter("opaque path");
    }
    return undefined;
  }

  #noScheme(c: string): typeof FAILURE | undefined {
    const { url } = this;
    const base = this.#base;
    if (base === null) return FAILURE;
    if (typeof base.path === "string") {
      if (c !== "#") return FAILURE;
      url.scheme = base.scheme;
      url.path = base.path;
      url.query = base.query;
      url.fragment = "";
      this.#enter("fragment");
    } else this.#again(base.scheme === "file" ? "file" : "relative");
    return undefined;
  }

  #takeAuthority(base: UrlRecord): void {
    const { url } = this;
    url.username = base.username;
    url.password = base.password;
    url.host = base.host;
    url.port = base.port;
  }

  #relative(c: string): undefined {
    const { url } = this;
    const base = this.#base!;
    url.scheme = base.scheme;
    if (c === "/") this.#enter("relative slash");
    else if (isSpecial(url) && c === "\\") this.#enter("relative slash");
    else {
      this.#takeAuthority(base);
      url.path = [...base.path];
      url.query = base.query;
      if (c === "?") {
        url.query = "";
        this.#enter("query");
      } else if (c === "#") {
        url.fragment = "";
        this.#enter("fragment");
      } else if (c !== END) {
        url.query = null;
        shorten(url);
        this.#again("path");
      }
    }
    return undefined;
  }

  #relativeSlash(c: string): undefined {
    const { url } = this;
    if (isSpecial(url) && (c === "/" || c === "\\")) this.#enter("special authority ignore slashes");
    else if (c === "/") this.#enter("authority");
    else {
      this.#takeAuthority(this.#base!);
      this.#again("path");
    }
    return undefined;
  }

  #endsAuthority(c: string): boolean {
    return c === END || c === "/" || c === "?" || c === "#" || (isSpecial(this.url) && c === "\\");
  }

  #authority(c: string): typeof FAILURE | undefined {
    const { url } = this;
    if (c === "@") {
      if (this.#atSignSeen) this.#buffer = `%40${this.#buffer}`;
      this.#atSignSeen = true;
      for (const character of this.#buffer) {
        if (character === ":" && !this.#passwordTokenSeen) {
          this.#passwordTokenSeen = true;
          continue;
        }
        const encoded = percentEncode(character, USERINFO);
        if (this.#passwordTokenSeen) url.password += encoded;
        else url.username += encoded;
      }
      this.#buffer = "";
    } else if (this.#endsAuthority(c)) {
      if (this.#atSignSeen && this.#buffer === "") return FAILURE;
      this.#at -= [...this.#buffer].length + 1;
      this.#buffer = "";
      this.#enter("host");
    } else this.#buffer += c;
    return undefined;
  }

  #host(c: string): typeof FAILURE | typeof DONE | undefined {
    const { url } = this;
    if (this.#override !== null && url.scheme === "file") {
      this.#again("file host");
      return undefined;
    }
    if (c === ":" && !this.#insideBrackets) {
      if (this.#buffer === "") return FAILURE;
      if (this.#override === "hostname") return FAILURE;
      if (!this.#takeHost()) return FAILURE;
      this.#enter("port");
      return undefined;
    }
    if (this.#endsAuthority(c)) {
      this.#at--;
      if (isSpecial(url) && this.#buffer === "") return FAILURE;
      const hasMore = url.username !== "" || url.password !== "" || url.port !== null;
      if (this.#override !== null && this.#buffer === "" && hasMore) return FAILURE;
      if (!this.#takeHost()) return FAILURE;
      this.#enter("path start");
      return this.#override === null ? undefined : DONE;
    }
    if (c === "[") this.#insideBrackets = true;
    if (c === "]") this.#insideBrackets = false;
    this.#buffer += c;
    return undefined;
  }

  #takeHost(): boolean {
    const host = this.#buffer === "" ? "" : parseHost(this.#buffer, !isSpecial(this.url));
    if (host === null) return false;
    this.url.host = host;
    this.#buffer = "";
    return true;
  }

  #port(c: string): typeof FAILURE | typeof DONE | undefined {
    const { url } = this;
    if (/^[0-9]$/.test(c)) {
      this.#buffer += c;
      return undefined;
    }
    if (!this.#endsAuthority(c) && this.#override === null) return FAILURE;
    if (this.#buffer !== "") {
      const port = Number(this.#buffer);
      if (port > 65_535) return FAILURE;
      url.port = port === SPECIAL[url.scheme] ? null : port;
      this.#buffer = "";
      if (this.#override !== null) return DONE;
    }
    if (this.#override !== null) return FAILURE;
    this.#again("path start");
    return undefined;
  }

  #file(c: string): undefined {
    const { url } = this;
    const base = this.#base;
    url.scheme = "file";
    url.host = "";
    if (c === "/" || c === "\\") this.#enter("file slash");
    else if (base !== null && base.scheme === "file") {
      url.host = base.host;
      url.path = [...base.path];
      url.query = base.query;
      if (c === "?") {
        url.query = "";
        this.#enter("query");
      } else if (c === "#") {
        url.fragment = "";
        this.#enter("fragment");
      } else if (c !== END) {
        url.query = null;
        if (startsWithWindowsLetter(this.#rest(this.#at))) url.path = [];
        else shorten(url);
        this.#again("path");
      }
    } else this.#again("path");
    return undefined;
  }

  #fileSlash(c: string): undefined {
    const { url } = this;
    const base = this.#base;
    if (c === "/" || c === "\\") {
      this.#enter("file host");
      return undefined;
    }
    if (base !== null && base.scheme === "file") {
      url.host = base.host;
      const letter = (base.path as string[])[0] ?? "";
      if (!startsWithWindowsLetter(this.#rest(this.#at)) && /^[a-zA-Z]:$/.test(letter)) {
        (url.path as string[]).push(letter);
      }
    }
    this.#again("path");
    return undefined;
  }

  #fileHost(c: string): typeof FAILURE | typeof DONE | undefined {
    const { url } = this;
    if (c !== END && c !== "/" && c !== "\\" && c !== "?" && c !== "#") {
      this.#buffer += c;
      return undefined;
    }
    this.#at--;
    if (this.#override === null && isWindowsLetter(this.#buffer)) {
      this.#enter("path");
      return undefined;
    }
    if (this.#buffer === "") url.host = "";
    else {
      const host = parseHost(this.#buffer, !isSpecial(url));
      if (host === null) return FAILURE;
      url.host = host === "localhost" ? "" : host;
    }
    if (this.#override !== null) return DONE;
    this.#buffer = "";
    this.#enter("path start");
    return undefined;
  }

  #pathStart(c: string): undefined {
    const { url } = this;
    if (isSpecial(url)) {
      this.#enter("path");
      if (c !== "/" && c !== "\\") this.#at--;
    } else if (this.#override === null && c === "?") {
      url.query = "";
      this.#enter("query");
    } else if (this.#override === null && c === "#") {
      url.fragment = "";
      this.#enter("fragment");
    } else if (c !== END) {
      this.#enter("path");
      if (c !== "/") this.#at--;
    } else if (this.#override !== null && url.host === null) (url.path as string[]).push("");
    return undefined;
  }

  #path(c: string): undefined {
    const { url } = this;
    const path = url.path as string[];
    const isSlash = c === "/" || (isSpecial(url) && c === "\\");
    const ends = this.#override === null && (c === "?" || c === "#");
    if (c !== END && !isSlash && !ends) {
      this.#buffer += percentEncode(c, PATH);
      return undefined;
    }
    if (isDoubleDot(this.#buffer)) {
      shorten(url);
      if (!isSlash) path.push("");
    } else if (isSingleDot(this.#buffer)) {
      if (!isSlash) path.push("");
    } else {
      if (url.scheme === "file" && path.length === 0 && isWindowsLetter(this.#buffer)) {
        this.#buffer = `${this.#buffer[0]}:`;
      }
      path.push(this.#buffer);
    }
    this.#buffer = "";
    if (c === "?") {
      url.query = "";
      this.#enter("query");
    }
    if (c === "#") {
      url.fragment = "";
      this.#enter("fragment");
    }
    return undefined;
  }

  #opaquePath(c: string): undefined {
    const { url } = this;
    if (c === "?") {
      url.query = "";
      this.#enter("query");
    } else if (c === "#") {
      url.fragment = "";
      this.#enter("fragment");
    } else if (c === " ") {
      // A space before the query or fragment would be lost when it is parsed again.
      const next = this.#input[this.#at + 1];
      url.path += next === "?" || next === "#" ? "%20" : " ";
    } else if (c !== END) url.path += percentEncode(c, C0_CONTROL);
    return undefined;
  }

  #query(c: string): undefined {
    const { url } = this;
    if ((this.#override === null && c === "#") || c === END) {
      url.query += percentEncode(this.#buffer, isSpecial(url) ? SPECIAL_QUERY : QUERY);
      this.#buffer = "";
      if (c === "#") {
        url.fragment = "";
        this.#enter("fragment");
      }
    } else this.#buffer += c;
    return undefined;
  }
}

/** `null` for what is no URL. */
export function parseUrl(input: string, base: UrlRecord | null = null): UrlRecord | null {
  const parser = new Parser(input, base, null, null);
  return parser.run() ? parser.url : null;
}

/** A setter of `URL`: parses into the record from a state on; what fails leaves it as far as it came. */
export function parseInto(url: UrlRecord, input: string, state: State): boolean {
  return new Parser(input, null, url, state).run();
}

export function serializePath(url: UrlRecord): string {
  if (typeof url.path === "string") return url.path;
  return url.path.map((segment) => `/${segment}`).join("");
}

export function serializeUrl(url: UrlRecord): string {
  let out = `${url.scheme}:`;
  if (url.host !== null) {
    out += "//";
    if (url.username !== "" || url.password !== "") {
      out += url.username;
      if (url.password !== "") out += `:${url.password}`;
      out += "@";
    }
    out += url.host;
    if (url.port !== null) out += `:${url.port}`;
  } else if (typeof url.path !== "string" && url.path.length > 1 && url.path[0] === "") out += "/.";
  out += serializePath(url);
  if (url.query !== null) out += `?${url.query}`;
  if (url.fragment !== null) out += `#${url.fragment}`;
  return out;
}
