/**
 * What a function object is, beyond its code: kinds of compiled wrappers (`$k.kind`), bound functions, classes.
 */

import { asyncGeneratorFunctionPrototype } from "./frames/async-generator.ts";
import { generatorFunctionPrototype } from "./frames/generator.ts";
import { hasFixedPrototype, stampClassParts, stampPrototype } from "./heap/owner-slot.ts";
import {
  append,
  defineHidden,
  functionBind,
  NativeTypeError,
  objectCreate,
  objectDefineProperty,
  objectSetPrototypeOf,
  reflectApply,
  reflectGetOwnPropertyDescriptor,
  reflectGetPrototypeOf,
} from "./primordials.ts";
import { type Maker, registry } from "./registry.ts";
import { BoundSlot, ClassSlot } from "./slots.ts";

const asyncFunctionPrototype = reflectGetPrototypeOf(async () => {}) as object;

/** `$k.kind` */
export function setKind(wrapper: object, kind: "async" | "generator" | "asyncGenerator"): object {
  if (kind === "async") return objectSetPrototypeOf(wrapper, asyncFunctionPrototype);
  const parent = kind === "generator" ? generatorFunctionPrototype : asyncGeneratorFunctionPrototype;
  objectSetPrototypeOf(wrapper, parent);
  const prototype = objectCreate(parent.prototype) as object;
  stampPrototype(prototype, wrapper);
  objectDefineProperty(wrapper, "prototype", {
    __proto__: null,
    value: prototype,
    writable: true,
    enumerable: false,
    configurable: false,
  } as object);
  return wrapper;
}

/** `$k.method`: the same for a method that a class has defined; gives the function. */
export function method(target: object, key: PropertyKey, kind: "async" | "generator" | "asyncGenerator"): object {
  return setKind(reflectGetOwnPropertyDescriptor(target, key)!.value, kind);
}

/** `$k.cls` */
export function classCreator(index: number, maker: Maker): (...makerArguments: unknown[]) => object {
  registry.classes[index] = maker;
  return (...makerArguments) => makeClass(index, makerArguments);
}

/** A class value for these maker arguments, stamped. */
function makeClass(index: number, makerArguments: readonly unknown[]): object {
  return classOf(registry.classes[index]!, index, makerArguments, undefined);
}

/** The same for a class of code made at run time. */
export function makeUnitClass(unit: object, index: number, maker: Maker, makerArguments: readonly unknown[]): object {
  return classOf(maker, index, makerArguments, unit);
}

/** Stands for a parent whose `prototype` is not to be asked for: what the class inherits from is set. */
class StandIn {}

/**
 * A class value of a state: no script is asked, and the parent need not be complete. Where its `prototype` is not fixed the state
 * says what the class's inherits from.
 * @param parentAt where the parent stands among the arguments
 */
export function remakeClass(
  maker: Maker,
  index: number,
  makerArguments: readonly unknown[],
  parentAt: number,
  unit: object | undefined,
): object {
  const parent = makerArguments[parentAt];
  if (typeof parent !== "function" || hasFixedPrototype(parent)) return classOf(maker, index, makerArguments, unit);
  const given: unknown[] = [];
  for (let i = 0; i < makerArguments.length; i++) append(given, i === parentAt ? StandIn : makerArguments[i]);
  const made = reflectApply(maker, undefined, given) as object;
  objectSetPrototypeOf(made, parent);
  return stamped(made, index, makerArguments, unit);
}

function classOf(maker: Maker, index: number, makerArguments: readonly unknown[], unit: object | undefined): object {
  return stamped(reflectApply(maker, undefined, makerArguments as unknown[]) as object, index, makerArguments, unit);
}

function stamped(made: object, index: number, makerArguments: readonly unknown[], unit: object | undefined): object {
  new ClassSlot(made, index, makerArguments, unit);
  stampClassParts(made);
  return made;
}

export function boundTo(target: unknown, receiver: unknown, args: readonly unknown[]): object {
  if (typeof target !== "function") throw new NativeTypeError("Bind must be called on a function");
  const list: unknown[] = [target, receiver];
  for (let i = 0; i < args.length; i++) append(list, args[i]);
  const bound = reflectApply(functionBind, undefined, list as never) as object;
  new BoundSlot(bound, target, receiver, args);
  return bound;
}

const bindMethods = {
  bind(this: unknown, receiver: unknown, ...args: unknown[]): object {
    return boundTo(this, receiver, args);
  },
};

/** Bound functions remember what they bind. */
export function installBind(): void {
  objectDefineProperty(bindMethods.bind, "length", { value: 1 });
  defineHidden(Function.prototype, "bind", bindMethods.bind);
}
