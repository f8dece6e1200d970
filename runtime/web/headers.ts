/** `Headers` (WHATWG Fetch, section 5.1): names in lower case, sorted when iterated, values of one name joined. */

// biome-ignore-all lint/complexity/noArguments: how many were given counts, and a rest parameter would not show in `length`.

import { byteString, coded, defineInterface, defineIterator, trimmed } from "./interface.ts";

type Guard = "none" | "request" | "response" | "immutable";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const COOKIE = "set-cookie";

function checkedName(name: unknown, method: string): string {
  const text = byteString(name);
  if (!TOKEN.test(text)) throw new TypeError(`Headers.${method}: ${text} is an invalid header name.`);
  return text.toLowerCase();
}

function checkedValue(value: unknown, method: string): string {
  const text = trimmed(byteString(value));
  if (/[\0\n\r]/.test(text)) throw new TypeError(`Headers.${method}: ${text} is an invalid header value.`);
  return text;
}

function needs(given: number, needed: number, method: string): void {
  if (given >= needed) return;
  throw coded(
    new TypeError(
      `Headers.${method}: ${needed} argument${needed > 1 ? "s" : ""} required, but${given > 0 ? " only" : ""} ${given} present.`,
    ),
    "ERR_MISSING_ARGS",
  );
}

class HeadersIterator {
  #list: () => readonly [string, string][];
  #pick: (pair: [string, string]) => unknown;
  #index = 0;

  constructor(list: () => readonly [string, string][], pick: (pair: [string, string]) => unknown) {
    this.#list = list;
    this.#pick = pick;
  }

  next(): { value: unknown; done: boolean } {
    const pair = this.#list()[this.#index];
    if (pair === undefined) return { value: undefined, done: true };
    this.#index++;
    return { value: this.#pick(pair), done: false };
  }
}

defineIterator(HeadersIterator, "Headers Iterator");

export class Headers {
  /** In the order in which they came. */
  #list: [name: string, value: string][] = [];
  #guard: Guard = "none";

  constructor(init: unknown = undefined) {
    if (init !== undefined) this.#fill(init);
  }

  append(name: unknown, value: unknown): void {
    needs(arguments.length, 2, "append");
    const key = checkedName(name, "append");
    const text = checkedValue(value, "append");
    this.#checkGuard();
    this.#list.push([key, text]);
  }

  delete(name: unknown): void {
    needs(arguments.length, 1, "delete");
    const key = checkedName(name, "delete");
    this.#checkGuard();
    this.#list = this.#list.filter((pair) => pair[0] !== key);
  }

  get(name: unknown): string | null {
    needs(arguments.length, 1, "get");
    const key = checkedName(name, "get");
    const values = this.#list.filter((pair) => pair[0] === key).map((pair) => pair[1]);
    return values.length === 0 ? null : values.join(", ");
  }

  has(name: unknown): boolean {
    needs(arguments.length, 1, "has");
    const key = checkedName(name, "has");
    return this.#list.some((pair) => pair[0] === key);
  }

  set(name: unknown, value: unknown): void {
    needs(arguments.length, 2, "set");
    const key = checkedName(name, "set");
    const text = checkedValue(value, "set");
    this.#checkGuard();
    const first = this.#list.findIndex((pair) => pair[0] === key);
    if (first < 0) this.#list.push([key, text]);
    else {
      this.#list[first] = [key, text];
      this.#list = this.#list.filter((pair, index) => index <= first || pair[0] !== key);
    }
  }

  getSetCookie(): string[] {
    return this.#list.filter((pair) => pair[0] === COOKIE).map((pair) => pair[1]);
  }

  keys(): HeadersIterator {
    return new HeadersIterator(
      () => this.#sorted(),
      (pair) => pair[0],
    );
  }

  values(): HeadersIterator {
    return new HeadersIterator(
      () => this.#sorted(),
      (pair) => pair[1],
    );
  }

  entries(): HeadersIterator {
    return new HeadersIterator(
      () => this.#sorted(),
      (pair) => [pair[0], pair[1]],
    );
  }

  forEach(callback: unknown, receiver: unknown = undefined): void {
    needs(arguments.length, 1, "forEach");
    if (typeof callback !== "function") {
      throw new TypeError("Failed to execute 'forEach' on 'Headers': parameter 1 is not of type 'Function'.");
    }
    for (let i = 0; i < this.#sorted().length; i++) {
      const [name, value] = this.#sorted()[i]!;
      callback.call(receiver, value, name, this);
    }
  }

  /** Sorted by name; cookies stay apart. */
  #sorted(): [string, string][] {
    const names = [...new Set(this.#list.map((pair) => pair[0]))].sort();
    return names.flatMap((name): [string, string][] =>
      name === COOKIE ? this.getSetCookie().map((value): [string, string] => [name, value]) : [[name, this.get(name)!]],
    );
  }

  #checkGuard(): void {
    if (this.#guard === "immutable") throw new TypeError("immutable");
  }

  #fill(init: unknown): void {
    if (typeof init !== "object" || init === null) {
      throw new TypeError(
        "Headers constructor: Argument 1 could not be converted to any of: sequence<sequence<ByteString>>, record<ByteString, ByteString>.",
      );
    }
    const iterate = (init as { [Symbol.iterator]?: unknown })[Symbol.iterator];
    if (typeof iterate === "function") {
      for (const item of init as Iterable<Iterable<unknown>>) {
        const parts = [...item];
        if (parts.length !== 2) {
          throw new TypeError(`Headers constructor: expected name/value pair to be length 2, found ${parts.length}.`);
        }
        this.append(parts[0], parts[1]);
      }
      return;
    }
    for (const key of Reflect.ownKeys(init)) {
      if (Reflect.getOwnPropertyDescriptor(init, key)?.enumerable !== true) continue;
      this.append(key, (init as Record<PropertyKey, unknown>)[key]);
    }
  }

  static guard(headers: Headers, guard: Guard): Headers {
    headers.#guard = guard;
    return headers;
  }
}

/** Apart from its members, so that a script does not find it. */
export const { guard: guardHeaders } = Headers;
Reflect.deleteProperty(Headers, "guard");
defineInterface(Headers, "Headers", [
  "append",
  "delete",
  "get",
  "has",
  "set",
  "getSetCookie",
  "keys",
  "values",
  "entries",
  "forEach",
]);
Object.defineProperty(Headers.prototype, Symbol.iterator, {
  value: Headers.prototype.entries,
  writable: true,
  configurable: true,
});
