/**
 * What JSON makes empty or otherwise than it was, without a word: told in the thread's log, with the path to it (I4).
 *
 *   { items: new Map(), mean: NaN }   →   result.items: a Map becomes {}; result.mean: NaN becomes null
 *
 * Boundary: what JSON is known to do is not told: properties that are `undefined` are left out, a Date is a text, methods of a class are
 * gone. No code of the script runs: what a getter, a `toJSON` or a proxy gives is not looked at.
 */
import { brandOf } from "./heap/classify.ts";
import { boxedBigInt, boxedBoolean, boxedNumber, boxedString } from "./heap/kinds/boxed.ts";
import { typedArray } from "./heap/kinds/buffers.ts";
import { date } from "./heap/kinds/date.ts";
import { dateGetTime } from "./heap/natives.ts";
import {
  append,
  arrayJoin,
  isArray,
  isCallable,
  jsonStringify,
  NativeSet,
  objectKeys,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
  setAdd,
  setHas,
  stringCharCodeAt,
} from "./primordials.ts";
import { hasPrivateNames } from "./private-names.ts";
import { PromiseSlot, ProxySlot } from "./slots.ts";

/** So many values are looked at in a step: records are small as a rule, and nobody shall wait for a warning. */
export const LOOKED_AT_MAX = 1_000;
const DEPTH_MAX = 100;
/** So many are told of. */
const TOLD_MAX = 5;

class Search {
  readonly found: string[] = [];
  readonly #seen: Set<object> = new NativeSet();
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  get left(): number {
    return this.#left;
  }

  look(value: unknown, path: string, depth: number, isElement: boolean): void {
    if (this.found.length > TOLD_MAX || this.#left === 0) return;
    this.#left--;
    switch (typeof value) {
      case "number":
        if (!(value > -Infinity && value < Infinity)) this.#tell(path, `${value} becomes null`);
        else if (value === 0 && 1 / value < 0) this.#tell(path, "-0 becomes 0");
        return;
      case "bigint":
        this.#tell(path, "a BigInt has no JSON");
        return;
      case "undefined":
        if (isElement) this.#tell(path, "undefined becomes null");
        return;
      case "function":
      case "symbol":
        // Of the value as a whole the caller tells.
        if (depth > 0) this.#tell(path, `a ${typeof value} ${isElement ? "becomes null" : "is left out"}`);
        return;
      case "object":
        if (value !== null) this.#lookInto(value, path, depth);
    }
  }

  #lookInto(value: object, path: string, depth: number): void {
    if (depth > DEPTH_MAX || setHas(this.#seen, value) || ProxySlot.has(value)) return;
    setAdd(this.#seen, value);
    if (this.#hasOwnJson(value, path)) return;
    if (isArray(value)) {
      for (let i = 0; i < value.length && this.#left > 0; i++) {
        const element = reflectGetOwnPropertyDescriptor(value, i);
        if (element === undefined || element.get === undefined)
          this.look(element?.value, `${path}[${i}]`, depth + 1, true);
      }
      return;
    }
    const loss = lossOf(value);
    if (loss !== undefined) {
      this.#tell(path, loss);
      return;
    }
    const keys = objectKeys(value);
    for (let i = 0; i < keys.length && this.#left > 0; i++) {
      const property = reflectGetOwnPropertyDescriptor(value, keys[i]!);
      if (property !== undefined && property.get === undefined)
        this.look(property.value, path + keyText(keys[i]!), depth + 1, false);
    }
  }

  /** Whether the author, or the engine for a Date, says what stands for the value. */
  #hasOwnJson(value: object, path: string): boolean {
    for (let holder: object | null = value; holder !== null; holder = reflectGetPrototypeOf(holder)) {
      if (ProxySlot.has(holder)) return true;
      const property = reflectGetOwnPropertyDescriptor(holder, "toJSON");
      if (property === undefined) continue;
      if (brandOf(value) === date && !(dateGetTime(value as Date) < Infinity))
        this.#tell(path, "an invalid Date becomes null");
      return property.get !== undefined || isCallable(property.value);
    }
    return false;
  }

  #tell(path: string, loss: string): void {
    append(this.found, this.found.length < TOLD_MAX ? `${path}: ${loss}` : "…");
  }
}

/** What is lost of an object as such. */
function lossOf(value: object): string | undefined {
  const kind = brandOf(value);
  if (kind === undefined)
    return hasPrivateNames(value) ? `${named(value, "object")} loses its private state` : undefined;
  if (kind === boxedNumber || kind === boxedString || kind === boxedBoolean) return undefined;
  if (kind === boxedBigInt) return "a BigInt has no JSON";
  const name = named(value, kind.name);
  if (kind === typedArray) return `${name} becomes an object`;
  if (PromiseSlot.has(value)) return `${name} becomes {}: await it first`;
  return objectKeys(value).length === 0 ? `${name} becomes {}` : `${name} loses all but its properties`;
}

/** By its class, without asking a getter. */
function named(value: object, otherwise: string): string {
  let name = otherwise;
  for (let holder: object | null = value; holder !== null; holder = reflectGetPrototypeOf(holder)) {
    if (ProxySlot.has(holder)) break;
    const maker: unknown = reflectGetOwnPropertyDescriptor(holder, "constructor")?.value;
    if (!isCallable(maker)) continue;
    const own: unknown = ProxySlot.has(maker) ? undefined : reflectGetOwnPropertyDescriptor(maker, "name")?.value;
    if (typeof own === "string" && own !== "") name = own;
    break;
  }
  const first = stringCharCodeAt(name, 0) | 32;
  const isVowel = first === 97 || first === 101 || first === 105 || first === 111;
  return `${isVowel ? "an" : "a"} ${name}`;
}

/** `.name`, or `["any other key"]`. */
function keyText(key: string): string {
  for (let i = 0; i < key.length; i++) {
    const code = stringCharCodeAt(key, i);
    const isLetter =
      (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 36 || code === 95 || code > 127;
    if (!isLetter && (i === 0 || code < 48 || code > 57)) return `[${jsonStringify(key)}]`;
  }
  return key === "" ? '[""]' : `.${key}`;
}

export interface Losses {
  /** As one line; undefined: none were seen. */
  readonly text: string | undefined;
  /** How many values may still be looked at. */
  readonly left: number;
}

/**
 * @param root what the value is called, for instance `result`
 * @param most how many values are looked at
 */
export function lossesOf(value: unknown, root: string, most: number): Losses {
  const search = new Search(most);
  search.look(value, root, 0, false);
  return { text: search.found.length === 0 ? undefined : arrayJoin(search.found, "; "), left: search.left };
}
