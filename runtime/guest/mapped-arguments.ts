/**
 * `arguments` of a sloppy function whose parameters live in scope objects or a frame: a proxy before the engine's own object,
 * which reads and writes the parameters (compiler/parse/mapped-arguments.ts). What a script sees is the exotic object of the
 * standard; a state holds the proxy, the object behind it, and the functions that reach the parameters.
 */
import { makeProxy } from "./globals/proxy.ts";
import {
  define,
  hasOwn,
  objectCreate,
  reflectApply,
  reflectDefineProperty,
  reflectDeleteProperty,
  reflectGet,
  reflectGetOwnPropertyDescriptor,
  reflectSet,
} from "./primordials.ts";

/** By index twice over: what reads a parameter and what writes it; null, or beyond the end, for an element of its own. */
type Parameters = (((value?: unknown) => unknown) | null)[];
type Handler = { readonly parameters: Parameters };

function placeOf({ parameters }: Handler, key: PropertyKey): number {
  if (typeof key !== "string") return -1;
  const index = +key;
  const isIndex = index >>> 0 === index && `${index}` === key;
  return isIndex && index * 2 < parameters.length && parameters[index * 2] !== null ? index * 2 : -1;
}

const read = ({ parameters }: Handler, place: number): unknown => reflectApply(parameters[place]!, undefined, []);

function write({ parameters }: Handler, place: number, value: unknown): void {
  reflectApply(parameters[place + 1]!, undefined, [value]);
}

function forget({ parameters }: Handler, place: number): void {
  parameters[place] = null;
  parameters[place + 1] = null;
}

/** The prototype of all handlers: a state names it by its path. */
export const argumentsTraps = {
  __proto__: null,
  get(this: Handler, target: object, key: PropertyKey, receiver: unknown): unknown {
    const place = placeOf(this, key);
    if (place >= 0) return read(this, place);
    // By it `Object.prototype.toString` knows the object.
    if (key === Symbol.toStringTag && !hasOwn(target, key)) return reflectGet(target, key, receiver) ?? "Arguments";
    return reflectGet(target, key, receiver);
  },
  set(this: Handler, target: object, key: PropertyKey, value: unknown, receiver: unknown): boolean {
    const place = placeOf(this, key);
    if (place < 0) return reflectSet(target, key, value, receiver);
    if (!reflectSet(target, key, value)) return false;
    write(this, place, value);
    return true;
  },
  getOwnPropertyDescriptor(this: Handler, target: object, key: PropertyKey): PropertyDescriptor | undefined {
    const descriptor = reflectGetOwnPropertyDescriptor(target, key);
    const place = placeOf(this, key);
    if (descriptor !== undefined && place >= 0) descriptor.value = read(this, place);
    return descriptor;
  },
  defineProperty(this: Handler, target: object, key: PropertyKey, property: PropertyDescriptor): boolean {
    const place = placeOf(this, key);
    if (place < 0) return reflectDefineProperty(target, key, property);
    const isAccessor = hasOwn(property, "get") || hasOwn(property, "set");
    const hasValue = hasOwn(property, "value");
    const isFixed = hasOwn(property, "writable") && property.writable !== true;
    if (!isAccessor && !hasValue && isFixed) define(property, "value", read(this, place));
    if (!reflectDefineProperty(target, key, property)) return false;
    if (hasValue && !isAccessor) write(this, place, property.value);
    if (isAccessor || isFixed) forget(this, place);
    return true;
  },
  deleteProperty(this: Handler, target: object, key: PropertyKey): boolean {
    if (!reflectDeleteProperty(target, key)) return false;
    const place = placeOf(this, key);
    if (place >= 0) forget(this, place);
    return true;
  },
};

/** `$k.mapped` */
export function mappedArguments(given: object, parameters: Parameters): object {
  const { length } = given as ArrayLike<unknown>;
  for (let i = length; i * 2 < parameters.length; i++) {
    parameters[i * 2] = null;
    parameters[i * 2 + 1] = null;
  }
  const handler = objectCreate(argumentsTraps) as Handler;
  define(handler, "parameters", parameters);
  return makeProxy(given, handler);
}
