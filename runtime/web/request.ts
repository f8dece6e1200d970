/** `Request`: what `fetch` is asked for. */

import { type AbortSignal, abortSignal, isAbortSignal, newSignal, onAbort } from "./abort.ts";
import { Body, bodyContent, headersOf, mixBody, peekBody, setBody, setHeaders, useBody } from "./body.ts";
import { guardHeaders, Headers } from "./headers.ts";
import { byteString, defineInterface, usvString } from "./interface.ts";
import { parseUrl, serializeUrl } from "./url-record.ts";

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FORBIDDEN_METHOD = /^(?:connect|trace|track)$/i;
const NORMALIZED_METHOD = /^(?:delete|get|head|options|post|put)$/i;

interface RequestOptions {
  readonly method?: unknown;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly signal?: unknown;
  readonly mode?: unknown;
  readonly credentials?: unknown;
  readonly cache?: unknown;
  readonly redirect?: unknown;
  readonly referrer?: unknown;
  readonly referrerPolicy?: unknown;
  readonly integrity?: unknown;
  readonly keepalive?: unknown;
  readonly duplex?: unknown;
}

function urlOf(input: unknown): string {
  const text = usvString(input);
  const url = parseUrl(text);
  if (url === null) throw new TypeError(`Failed to parse URL from ${text}`);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${text}`);
  }
  return serializeUrl(url);
}

function methodOf(value: unknown): string {
  const text = byteString(value);
  if (!METHOD.test(text)) throw new TypeError(`'${text}' is not a valid HTTP method.`);
  if (FORBIDDEN_METHOD.test(text)) throw new TypeError(`'${text}' HTTP method is unsupported.`);
  return NORMALIZED_METHOD.test(text) ? text.toUpperCase() : text;
}

function choice(value: unknown, fallback: string): string {
  return value === undefined ? fallback : `${value}`;
}

export class Request extends Body {
  #method = "GET";
  #url: string;
  #signal: AbortSignal;
  #settings: Readonly<Record<string, string>>;
  #keepalive: boolean;
  /** Ends the following of somebody else's signal. */
  #unfollow: (() => void) | null = null;

  constructor(input: unknown, init: RequestOptions | null = {}) {
    super();
    const options = init ?? {};
    const from = isRequest(input) ? input : null;
    this.#url = from === null ? urlOf(input) : from.#url;
    this.#method = options.method === undefined ? (from === null ? "GET" : from.#method) : methodOf(options.method);
    const headers = guardHeaders(
      new Headers(options.headers ?? (from === null ? undefined : headersOf(from))),
      "request",
    );
    setHeaders(this, headers);
    const before = from === null ? {} : from.#settings;
    this.#settings = {
      mode: choice(options.mode, before.mode ?? "cors"),
      credentials: choice(options.credentials, before.credentials ?? "same-origin"),
      cache: choice(options.cache, before.cache ?? "default"),
      redirect: choice(options.redirect, before.redirect ?? "follow"),
      referrer: choice(options.referrer, before.referrer ?? "about:client"),
      referrerPolicy: choice(options.referrerPolicy, before.referrerPolicy ?? ""),
      integrity: choice(options.integrity, before.integrity ?? ""),
      duplex: "half",
    };
    this.#keepalive =
      options.keepalive === undefined ? (from === null ? false : from.#keepalive) : Boolean(options.keepalive);
    this.#signal = newSignal();
    const signal = options.signal === undefined && from !== null ? from.#signal : options.signal;
    if (signal !== undefined && signal !== null) this.#follow(signal);

    const hasBody = options.body !== undefined && options.body !== null;
    const isBodiless = this.#method === "GET" || this.#method === "HEAD";
    if (isBodiless && (hasBody || (from !== null && peekBody(from, "Request constructor") !== null))) {
      throw new TypeError("Request with GET/HEAD method cannot have body.");
    }
    if (hasBody) {
      const content = bodyContent(options.body)!;
      setBody(this, content.bytes);
      if (content.type && !headers.has("content-type")) headers.set("content-type", content.type);
    } else if (from !== null) {
      setBody(this, peekBody(from, "Request constructor"));
      useBody(from);
    }
  }

  #follow(signal: unknown): void {
    if (!isAbortSignal(signal)) {
      throw new TypeError("Failed to construct 'Request': member signal is not of type AbortSignal.");
    }
    if (signal.aborted) abortSignal(this.#signal, signal.reason);
    else this.#unfollow = onAbort(signal, () => abortSignal(this.#signal, signal.reason));
  }

  static release(request: Request): void {
    request.#unfollow?.();
    request.#unfollow = null;
  }

  static is(value: unknown): value is Request {
    return typeof value === "object" && value !== null && #method in value;
  }

  get method(): string {
    return this.#method;
  }

  get url(): string {
    return this.#url;
  }

  get destination(): string {
    return "";
  }

  get referrer(): string {
    return this.#settings.referrer!;
  }

  get referrerPolicy(): string {
    return this.#settings.referrerPolicy!;
  }

  get mode(): string {
    return this.#settings.mode!;
  }

  get credentials(): string {
    return this.#settings.credentials!;
  }

  get cache(): string {
    return this.#settings.cache!;
  }

  get redirect(): string {
    return this.#settings.redirect!;
  }

  get integrity(): string {
    return this.#settings.integrity!;
  }

  get keepalive(): boolean {
    return this.#keepalive;
  }

  get signal(): AbortSignal {
    return this.#signal;
  }

  get duplex(): string {
    return this.#settings.duplex!;
  }

  clone(): Request {
    const bytes = peekBody(this, "Request.clone");
    const copy = new Request(this.#url, { ...this.#settings, method: this.#method, headers: headersOf(this) });
    copy.#keepalive = this.#keepalive;
    copy.#follow(this.#signal);
    setBody(copy, bytes);
    return copy;
  }
}

const { is: isRequest } = Request;
/** The request is answered or given up: the signal that it followed holds it no more (I7). */
export const { release: releaseRequest } = Request;
for (const name of ["is", "release"]) Reflect.deleteProperty(Request, name);
mixBody(Request);
defineInterface(Request, "Request", [
  "method",
  "url",
  "destination",
  "referrer",
  "referrerPolicy",
  "mode",
  "credentials",
  "cache",
  "redirect",
  "integrity",
  "keepalive",
  "signal",
  "duplex",
  "clone",
]);
Object.defineProperty(Request, "length", { value: 1, configurable: true });
