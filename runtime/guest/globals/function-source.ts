/**
 * `Function.prototype.toString`: the author's text of what was compiled; of what replaces natives, that of a native function.
 * Packages tell a polyfill from the real thing by it, and would put their own `Promise` in the place of one that shows its source.
 */

import { sourceText } from "../dynamic/source-text.ts";
import {
  defineHidden,
  functionToString,
  isObject,
  NativeSet,
  reflectGetOwnPropertyDescriptor,
  reflectOwnKeys,
  setAdd,
  setHas,
} from "../primordials.ts";
import { FunctionSlot } from "../slots.ts";

const builtins = new NativeSet<unknown>();

function isRuntimes(value: object): boolean {
  if (setHas(builtins, value)) return true;
  const definition = FunctionSlot.definition(value);
  return definition !== undefined && definition.index < 0 && definition.unit === undefined;
}

const methods = {
  toString(this: unknown): string {
    if (isObject(this) && isRuntimes(this)) {
      const name = reflectGetOwnPropertyDescriptor(this, "name")?.value;
      return `function ${typeof name === "string" ? name : ""}() { [native code] }`;
    }
    return isObject(this) ? sourceText(this) : functionToString(this as never);
  },
};

/** A function of ours that stands for one of the language. */
export function markNative(made: unknown): void {
  if (typeof made === "function") setAdd(builtins, made);
}

function add(holder: object): void {
  for (const key of reflectOwnKeys(holder)) {
    const { value, get, set } = reflectGetOwnPropertyDescriptor(holder, key)!;
    for (const made of [value, get, set]) if (typeof made === "function") setAdd(builtins, made);
  }
}

/** Last of all that is installed: `replaced` are the globals that hold functions of ours. */
export function installFunctionSource(
  global: object,
  replaced: readonly string[],
  prototypes: readonly object[],
): void {
  for (const name of replaced) {
    const { value } = reflectGetOwnPropertyDescriptor(global, name)!;
    setAdd(builtins, value);
    add(value as object);
    const prototype = reflectGetOwnPropertyDescriptor(value as object, "prototype")?.value;
    if (isObject(prototype)) add(prototype);
  }
  for (const prototype of prototypes) add(prototype);
  defineHidden(Function.prototype, "toString", methods.toString);
  setAdd(builtins, methods.toString);
}
