/** `URLSearchParams`, alone or as the query of a `URL`. */

// biome-ignore-all lint/complexity/noArguments: how many were given counts, and a rest parameter would not show in `length`.

import { coded, defineInterface, defineIterator, requireArguments, usvString, wrongType } from "./interface.ts";
import { FORM, percentDecode, percentEncode } from "./percent.ts";
import { decodeBytes } from "./text-decoder.ts";

type Pair = [name: string, value: string];

export function parseForm(text: string): Pair[] {
  const pairs: Pair[] = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const plain = part.replaceAll("+", " ");
    const split = plain.indexOf("=");
    const name = split < 0 ? plain : plain.slice(0, split);
    const value = split < 0 ? "" : plain.slice(split + 1);
    pairs.push([decodeForm(name), decodeForm(value)]);
  }
  return pairs;
}

/** Without removal of a byte order mark: it is text here. */
function decodeForm(text: string): string {
  const bytes = percentDecode(text);
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return (hasMark ? "\ufeff" : "") + decodeBytes(bytes);
}

function encodeForm(text: string): string {
  // A space is escaped as a control would be, and no plus is left by then.
  return text
    .split(" ")
    .map((part) => percentEncode(part, FORM))
    .join("+");
}

function pairsOf(init: unknown): Pair[] {
  if (init === undefined || init === null) return [];
  if (typeof init !== "object" && typeof init !== "function") {
    const text = usvString(init);
    return parseForm(text.startsWith("?") ? text.slice(1) : text);
  }
  const iterate = (init as { [Symbol.iterator]?: unknown })[Symbol.iterator];
  if (iterate !== undefined && iterate !== null) {
    if (typeof iterate !== "function") throw notTuples("Query pairs must be iterable", "ERR_ARG_NOT_ITERABLE");
    const pairs: Pair[] = [];
    for (const item of init as Iterable<unknown>) {
      const isIterable = Object(item) === item && typeof (item as Iterable<unknown>)[Symbol.iterator] === "function";
      if (!isIterable) throw notTuples("Each query pair must be an iterable [name, value] tuple");
      const parts = [...(item as Iterable<unknown>)];
      if (parts.length !== 2) throw notTuples("Each query pair must be an iterable [name, value] tuple");
      pairs.push([usvString(parts[0]), usvString(parts[1])]);
    }
    return pairs;
  }
  const record = new Map<string, string>();
  for (const key of Reflect.ownKeys(init)) {
    if (Reflect.getOwnPropertyDescriptor(init, key)?.enumerable !== true) continue;
    record.set(usvString(key as string), usvString((init as Record<PropertyKey, unknown>)[key]));
  }
  return [...record];
}

function notTuples(message: string, code = "ERR_INVALID_TUPLE"): TypeError {
  return coded(new TypeError(message), code);
}

class PairIterator {
  #pairs: () => readonly Pair[];
  #pick: (pair: Pair) => unknown;
  #index = 0;

  constructor(pairs: () => readonly Pair[], pick: (pair: Pair) => unknown) {
    this.#pairs = pairs;
    this.#pick = pick;
  }

  next(): { value: unknown; done: boolean } {
    const pair = this.#pairs()[this.#index];
    if (pair === undefined) return { value: undefined, done: true };
    this.#index++;
    return { value: this.#pick(pair), done: false };
  }
}

defineIterator(PairIterator, "URLSearchParams Iterator");

export class URLSearchParams {
  #pairs: Pair[] = [];
  /** Of the params of a `URL`: writes the query. */
  #update: ((query: string) => void) | null = null;

  constructor(init: unknown = undefined) {
    this.#pairs = pairsOf(init);
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, '"name" and "value"');
    this.#pairs.push([usvString(name), usvString(value)]);
    this.#changed();
  }

  delete(name: unknown, value: unknown = undefined): void {
    requireArguments(arguments.length, 1, '"name"');
    const wantedName = usvString(name);
    const wantedValue = value === undefined ? undefined : usvString(value);
    this.#pairs = this.#pairs.filter(
      (pair) => pair[0] !== wantedName || (wantedValue !== undefined && pair[1] !== wantedValue),
    );
    this.#changed();
  }

  get(name: unknown): string | null {
    requireArguments(arguments.length, 1, '"name"');
    const wanted = usvString(name);
    return this.#pairs.find((pair) => pair[0] === wanted)?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    requireArguments(arguments.length, 1, '"name"');
    const wanted = usvString(name);
    return this.#pairs.filter((pair) => pair[0] === wanted).map((pair) => pair[1]);
  }

  has(name: unknown, value: unknown = undefined): boolean {
    requireArguments(arguments.length, 1, '"name"');
    const wantedName = usvString(name);
    const wantedValue = value === undefined ? undefined : usvString(value);
    return this.#pairs.some((pair) => pair[0] === wantedName && (wantedValue === undefined || pair[1] === wantedValue));
  }

  set(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, '"name" and "value"');
    const wanted = usvString(name);
    const text = usvString(value);
    const first = this.#pairs.findIndex((pair) => pair[0] === wanted);
    if (first < 0) this.#pairs.push([wanted, text]);
    else {
      this.#pairs[first]![1] = text;
      this.#pairs = this.#pairs.filter((pair, index) => index <= first || pair[0] !== wanted);
    }
    this.#changed();
  }

  /** By code units, stable. */
  sort(): void {
    this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed();
  }

  entries(): PairIterator {
    return new PairIterator(
      () => this.#pairs,
      (pair) => [pair[0], pair[1]],
    );
  }

  forEach(callback: unknown, receiver: unknown = undefined): void {
    requireArguments(arguments.length, 1, '"callback"');
    if (typeof callback !== "function") throw wrongType('The "callback" argument must be of type function.');
    for (let i = 0; i < this.#pairs.length; i++) callback.call(receiver, this.#pairs[i]![1], this.#pairs[i]![0], this);
  }

  keys(): PairIterator {
    return new PairIterator(
      () => this.#pairs,
      (pair) => pair[0],
    );
  }

  values(): PairIterator {
    return new PairIterator(
      () => this.#pairs,
      (pair) => pair[1],
    );
  }

  toString(): string {
    return this.#pairs.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join("&");
  }

  #changed(): void {
    this.#update?.(this.toString());
  }

  /** The params of a URL. */
  static of(query: string, update: (query: string) => void): URLSearchParams {
    const params = new URLSearchParams();
    params.#pairs = parseForm(query);
    params.#update = update;
    return params;
  }

  static reset(params: URLSearchParams, query: string): void {
    params.#pairs = parseForm(query);
  }
}

/** Apart from its members, so that a script does not find them. */
export const { of: paramsOf, reset: resetParams } = URLSearchParams;
for (const name of ["of", "reset"]) Reflect.deleteProperty(URLSearchParams, name);
defineInterface(URLSearchParams, "URLSearchParams", [
  "size",
  "append",
  "delete",
  "get",
  "getAll",
  "has",
  "set",
  "sort",
  "entries",
  "forEach",
  "keys",
  "values",
  "toString",
]);
Object.defineProperty(URLSearchParams.prototype, Symbol.iterator, {
  value: URLSearchParams.prototype.entries,
  writable: true,
  configurable: true,
});
