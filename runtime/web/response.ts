/** `Response`: what `fetch` gives, and what scripts make for themselves. */

import { atob } from "./base64.ts";
import { Body, bodyContent, headersOf, mixBody, peekBody, setBody, setHeaders } from "./body.ts";
import { guardHeaders, Headers } from "./headers.ts";
import { namedError } from "./host.ts";
import { byteString, defineInterface, usvString } from "./interface.ts";
import type { BodyContent } from "./kinds.ts";
import { encodeUtf8 } from "./text-encoder.ts";
import { parseUrl, serializeUrl } from "./url-record.ts";

/** Bytes that a body can have on its way: in base64 they fit into a record of 1 MB. */
export const FETCH_BODY_BYTES_MAX = 512 * 1024;
const NULL_BODY_STATUS = [101, 103, 204, 205, 304];
const REDIRECT_STATUS = [301, 302, 303, 307, 308];

interface ResponseOptions {
  readonly status?: unknown;
  readonly statusText?: unknown;
  readonly headers?: unknown;
}

export class Response extends Body {
  #type = "default";
  #status = 200;
  #statusText = "";
  #url = "";
  #isRedirected = false;

  constructor(body: unknown = null, init: ResponseOptions | null = {}) {
    super();
    const options = init ?? {};
    const status = options.status === undefined ? 200 : Number(options.status);
    if (!(status >= 200 && status <= 599))
      throw new RangeError('init["status"] must be in the range of 200 to 599, inclusive.');
    const statusText = options.statusText === undefined ? "" : byteString(options.statusText);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a reason phrase has no controls but the tab.
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(statusText)) throw new TypeError("Invalid statusText");
    this.#status = status;
    this.#statusText = statusText;
    setHeaders(this, guardHeaders(new Headers(options.headers), "response"));
    this.#setContent(bodyContent(body));
  }

  #setContent(content: BodyContent | null): void {
    if (content === null) return;
    if (NULL_BODY_STATUS.includes(this.#status)) {
      throw new TypeError(`Response constructor: Invalid response status code ${this.#status}`);
    }
    setBody(this, content.bytes);
    const headers = headersOf(this);
    if (content.type && !headers.has("content-type")) headers.set("content-type", content.type);
  }

  static error(): Response {
    const response = new Response();
    response.#type = "error";
    response.#status = 0;
    guardHeaders(headersOf(response), "immutable");
    return response;
  }

  static json(data: unknown, init: ResponseOptions | null = {}): Response {
    const text = JSON.stringify(data) as string | undefined;
    if (text === undefined) throw new TypeError("Value is not JSON serializable");
    const response = new Response(text, init);
    if (new Headers(init?.headers).has("content-type")) return response;
    headersOf(response).set("content-type", "application/json");
    return response;
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    const target = parseUrl(usvString(url));
    if (target === null) throw new TypeError(`Failed to parse URL from ${url}`);
    if (!REDIRECT_STATUS.includes(Number(status))) throw new RangeError(`Invalid status code ${status}`);
    const response = new Response(null);
    response.#status = Number(status);
    headersOf(response).set("location", serializeUrl(target));
    guardHeaders(headersOf(response), "immutable");
    return response;
  }

  get type(): string {
    return this.#type;
  }

  /** Of a worker's answer to a request. */
  static received(request: { readonly url: string; readonly method: string }, answer: FetchAnswer): Response {
    const { status, statusText = "", headers = [], url = request.url, redirected = url !== request.url } = answer;
    const response = new Response(null, { status, statusText, headers });
    response.#type = "basic";
    response.#url = `${url}`.replace(/#.*$/s, "");
    response.#isRedirected = Boolean(redirected);
    guardHeaders(headersOf(response), "immutable");
    const bytes = bytesOfAnswer(request.url, answer);
    const hasBody = !NULL_BODY_STATUS.includes(response.#status) && request.method !== "HEAD";
    if (hasBody) setBody(response, bytes ?? new Uint8Array());
    return response;
  }

  get url(): string {
    return this.#url;
  }

  get redirected(): boolean {
    return this.#isRedirected;
  }

  get status(): number {
    return this.#status;
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299;
  }

  get statusText(): string {
    return this.#statusText;
  }

  clone(): Response {
    const bytes = peekBody(this, "Response.clone");
    const copy = new Response(null, { statusText: this.#statusText, headers: headersOf(this) });
    copy.#status = this.#status;
    copy.#type = this.#type;
    copy.#url = this.#url;
    copy.#isRedirected = this.#isRedirected;
    if (this.#type === "basic") guardHeaders(headersOf(copy), "immutable");
    setBody(copy, bytes);
    return copy;
  }
}

const { received } = Response;
Reflect.deleteProperty(Response, "received");

/** What a worker answers (docs/RECORDS.md): all but the status may be missing. */
export interface FetchAnswer {
  readonly status: unknown;
  readonly statusText?: unknown;
  readonly headers?: unknown;
  readonly url?: unknown;
  readonly redirected?: unknown;
  readonly body?: unknown;
  readonly bodyBase64?: unknown;
}

/** @throws TypeError `fetch failed` for what is no answer; `FetchBodyTooLarge` */
export function receivedResponse(
  request: { readonly url: string; readonly method: string },
  answer: unknown,
): Response {
  try {
    if (typeof answer !== "object" || answer === null) throw new TypeError("the worker's answer is no object");
    return received(request, answer as FetchAnswer);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "FetchBodyTooLarge") throw cause;
    throw new TypeError("fetch failed", { cause });
  }
}

function bytesOfAnswer(url: string, { body, bodyBase64 }: FetchAnswer): Uint8Array | null {
  if (body === undefined && bodyBase64 === undefined) return null;
  let bytes: Uint8Array;
  if (bodyBase64 === undefined) bytes = encodeUtf8(`${body}`.toWellFormed());
  else {
    const binary = atob(bodyBase64);
    bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  }
  if (bytes.length <= FETCH_BODY_BYTES_MAX) return bytes;
  throw namedError(
    "FetchBodyTooLarge",
    `fetch("${url}"): the answer's body has ${bytes.length} bytes, ${FETCH_BODY_BYTES_MAX} are allowed.`,
  );
}

mixBody(Response);
defineInterface(Response, "Response", ["type", "url", "redirected", "status", "ok", "statusText", "clone"]);
for (const name of ["error", "json", "redirect"] as const) {
  Object.defineProperty(Response, name, {
    value: Response[name],
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
Object.defineProperty(Response, "length", { value: 0, configurable: true });
