/**
 * Scopes whose names are known only when code runs (compiler/parse/open-scopes): the object of a `with`, and the layer of
 * variables that texts of a direct `eval` have declared in a function, an object without a prototype.
 *
 * Boundary: members of `$k`. What is asked here is the script's business: its getters and proxies answer.
 */
import { boundTo } from "./function-kinds.ts";
import { touch } from "./image/breach.ts";
import { applied } from "./object-operations.ts";
import {
  append,
  hasOwn,
  isObject,
  NativeObject,
  NativeReferenceError,
  NativeTypeError,
  objectCreate,
  reflectDeleteProperty,
  reflectGet,
  reflectHas,
  reflectSet,
} from "./primordials.ts";

const { unscopables } = Symbol;
type Found = readonly [callee: unknown, receiver: unknown];

/** HasBinding of an object environment. */
function withHas(object: object, name: string): boolean {
  if (!reflectHas(object, name)) return false;
  const hidden = reflectGet(object, unscopables);
  return !(isObject(hidden) && reflectGet(hidden, name));
}

function missing(name: string): never {
  throw new NativeReferenceError(`${name} is not defined`);
}

export const openScopes = {
  layer: (): object => objectCreate(null) as object,
  /** Variables of a text: those that are there stay. */
  declare(layer: Record<string, unknown>, names: readonly string[]): void {
    for (let i = 0; i < names.length; i++) if (!hasOwn(layer, names[i]!)) layer[names[i]!] = undefined;
  },
  /** What a `with` looks into. */
  object(value: unknown): object {
    if (value === null || value === undefined) {
      throw new NativeTypeError("Cannot convert undefined or null to object");
    }
    return NativeObject(value) as object;
  },
  withHas,
  /** GetBindingValue */
  withGet(object: object, name: string, isStrict: boolean): unknown {
    if (!reflectHas(object, name)) return isStrict ? missing(name) : undefined;
    return reflectGet(object, name);
  },
  /** SetMutableBinding */
  withSet(object: object, name: string, value: unknown, isStrict: boolean): void {
    if (!reflectHas(object, name) && isStrict) missing(name);
    if (reflectSet(object, name, value)) return;
    touch(object);
    if (isStrict) throw new NativeTypeError(`Cannot assign to read only property '${name}' of object`);
  },
  withDelete(object: object, name: string): boolean {
    const succeeded = reflectDeleteProperty(object, name);
    if (!succeeded) touch(object);
    return succeeded;
  },
  /** What `name` is a property of: the first layer that has it, else the last. `…layers` is (layer, what reaches a `with`, or null) … */
  find(name: string, ...layers: readonly unknown[]): unknown {
    const last = layers.length - 1;
    for (let i = 0; i < last; i += 2) {
      const layer = layers[i] as object;
      if (layers[i + 1] === null ? hasOwn(layer, name) : withHas(layer, name)) return layers[i + 1] ?? layer;
    }
    return layers[last];
  },
  callFound: (found: Found, ...args: unknown[]): unknown => applied(found[0], found[1], args),
  /** A tag that knows its receiver. */
  bound(found: Found): unknown {
    return found[1] === undefined ? found[0] : boundTo(found[0], found[1], []);
  },
  /** Calls what takes a layer before its arguments. */
  enter(inner: unknown, first: readonly unknown[], rest: readonly unknown[]): unknown {
    const list: unknown[] = [openScopes.layer()];
    for (let i = 0; i < first.length; i++) append(list, first[i]);
    for (let i = 0; i < rest.length; i++) append(list, rest[i]);
    return applied(inner, undefined, list);
  },
  /** The arguments from a place on. */
  given(args: ArrayLike<unknown>, from: number): unknown[] {
    const list: unknown[] = [];
    for (let i = from; i < args.length; i++) append(list, args[i]);
    return list;
  },
  /** `o.#m` as what is called, where `#m` is of what is around the text. */
  found: (receiver: unknown, get: (receiver: unknown) => unknown): Found => [get(receiver), receiver],
};
