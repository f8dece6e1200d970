/**
 * Node's own modules: a workflow has none of them (I5). Importing one is a warning, since packages do so for paths that
 * are never taken; using what it exports throws the named error.
 */
import { builtinModules } from "node:module";

const BUILTINS = new Set(builtinModules.map((name) => name.replace(/^node:/, "")));

/** The name without `node:` when the specifier names a module of Node. */
export function builtinName(specifier: string): string | null {
  if (specifier.startsWith("node:")) return specifier.slice("node:".length);
  return BUILTINS.has(specifier) ? specifier : null;
}

/** Objects of a module whose members are there too; others may tell of this machine (`process.env`), and throw. */
const GROUPS = new Set(["constants", "posix", "promises", "types", "webcrypto", "win32"]);
const FUNCTION = 0;
const VALUE = 1;

interface Members {
  readonly [name: string]: typeof FUNCTION | typeof VALUE | Members;
}

function membersOf(value: object): Members {
  const members: Record<string, Members[string]> = {};
  for (const name of Object.keys(value).sort()) {
    const member = Object.getOwnPropertyDescriptor(value, name)!.value as unknown;
    if (typeof member === "function") members[name] = FUNCTION;
    else members[name] = typeof member === "object" && member !== null && GROUPS.has(name) ? membersOf(member) : VALUE;
  }
  return members;
}

/**
 * A CommonJS module whose exports are there (so `const { promisify } = require("util")` and `class extends EventEmitter` at
 * load pass) and throw at the first use: functions when they are called, values when they are read.
 */
export function builtinSource(name: string): string {
  const module = process.getBuiltinModule(name) as object | undefined;
  const members = JSON.stringify(module === undefined ? {} : membersOf(module));
  return `"use strict";
function refuse(what) {
  return function () {
    $k.unsupported(what + "()");
  };
}
function define(target, what, members) {
  for (const name of Object.keys(members)) {
    const inner = what + "." + name;
    const kind = members[name];
    if (kind === ${VALUE}) {
      const get = () => $k.unsupported(inner);
      Object.defineProperty(target, name, { get, enumerable: true, configurable: true });
    } else target[name] = kind === ${FUNCTION} ? refuse(inner) : define({}, inner, kind);
  }
  return target;
}
const what = ${JSON.stringify(`node:${name}`)};
module.exports = define(${typeof module === "function" ? "refuse(what)" : "{}"}, what, ${members});
`;
}
