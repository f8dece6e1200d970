/** Bodies of requests and responses: bytes, held whole and saved with the thread; there are no streams. */

import type { Headers } from "./headers.ts";
import { namedError } from "./host.ts";
import { bytesOf } from "./interface.ts";
import { type BodyContent, kinds } from "./kinds.ts";
import { type MimeType, mimeType, serializeMimeType } from "./mime-type.ts";
import { decodeBytes } from "./text-decoder.ts";
import { encodeUtf8 } from "./text-encoder.ts";
import { URLSearchParams } from "./url-search-params.ts";

/** `null` for no body. */
export function bodyContent(init: unknown): BodyContent | null {
  if (init === null || init === undefined) return null;
  if (init instanceof URLSearchParams) {
    return { bytes: encodeUtf8(init.toString()), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  const bytes = bytesOf(init);
  if (bytes !== undefined) return { bytes: bytes.slice(), type: null };
  if (kinds.form?.is(init)) return kinds.form.contentOf(init);
  if (kinds.blob?.is(init)) return kinds.blob.contentOf(init);
  if (typeof (init as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === "function") {
    throw namedError("UnsupportedAtRunTime", "A body that is a stream: there are none in a workflow; give its bytes.");
  }
  return { bytes: encodeUtf8(`${init}`.toWellFormed()), type: "text/plain;charset=UTF-8" };
}

/** The compiler puts the global into programs that have the member's name; code made at run time may bring it along. */
function notNamed(member: string, global: string): never {
  throw namedError(
    "UnsupportedAtRunTime",
    `${member}(): the program has no \`${global}\`; name it in the program's text.`,
  );
}

export abstract class Body {
  #bytes: Uint8Array | null = null;
  #isUsed = false;
  #headers!: Headers;

  get headers(): Headers {
    return this.#headers;
  }

  get body(): null {
    if (this.#bytes === null) return null;
    throw namedError(
      "UnsupportedAtRunTime",
      "`body`: there are no streams in a workflow; use text(), json() or bytes().",
    );
  }

  get bodyUsed(): boolean {
    return this.#isUsed;
  }

  async text(): Promise<string> {
    return decodeBytes(this.#take());
  }

  async json(): Promise<unknown> {
    return JSON.parse(decodeBytes(this.#take()));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#take().slice().buffer as ArrayBuffer;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#take().slice();
  }

  async blob(): Promise<object> {
    const { make } = kinds.blob ?? notNamed("blob", "Blob");
    const bytes = this.#take();
    const type = this.#mimeType();
    return make(bytes, type === null ? "" : serializeMimeType(type));
  }

  async formData(): Promise<object> {
    const { parse } = kinds.form ?? notNamed("formData", "FormData");
    return parse(this.#take(), this.#mimeType());
  }

  #mimeType(): MimeType | null {
    return mimeType(this.#headers.get("content-type"));
  }

  #take(): Uint8Array {
    if (this.#isUsed) throw new TypeError("Body is unusable: Body has already been read");
    if (this.#bytes === null) return new Uint8Array();
    this.#isUsed = true;
    return this.#bytes;
  }

  static set(body: Body, bytes: Uint8Array | null): void {
    body.#bytes = bytes;
  }

  static setHeaders(body: Body, headers: Headers): void {
    body.#headers = headers;
  }

  static headersOf(body: Body): Headers {
    return body.#headers;
  }

  /** The bytes for a copy; a body that was read has none to give. */
  static peek(body: Body, what: string): Uint8Array | null {
    if (body.#isUsed) throw new TypeError(`${what}: Body has already been consumed.`);
    return body.#bytes;
  }

  static use(body: Body): void {
    if (body.#bytes !== null) body.#isUsed = true;
  }
}

/** Apart from its members, so that a script does not find them. */
export const { set: setBody, setHeaders, headersOf, peek: peekBody, use: useBody } = Body;
for (const name of ["set", "setHeaders", "headersOf", "peek", "use"]) Reflect.deleteProperty(Body, name);

const MEMBERS = ["headers", "body", "bodyUsed", "text", "json", "arrayBuffer", "bytes", "blob", "formData"];

/** The standard's mixin: its members are of the interface itself, and nothing stands between it and `Object`. */
export function mixBody(target: { prototype: object }): void {
  for (const name of MEMBERS) {
    const descriptor = Object.getOwnPropertyDescriptor(Body.prototype, name)!;
    Object.defineProperty(target.prototype, name, { ...descriptor, enumerable: true });
  }
  Object.setPrototypeOf(target.prototype, Object.prototype);
}
