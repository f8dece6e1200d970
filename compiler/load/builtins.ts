/**
 * Node's own modules. What they do by themselves, modules of `runtime/node/` do here; what asks the machine a workflow has not
 * (I5). Importing one of the others is a warning, since packages do so for paths that are never taken; using what it exports
 * throws the named error.
 */
import { builtinModules } from "node:module";

const BUILTINS = new Set(builtinModules.map((name) => name.replace(/^node:/, "")));

/** The name without `node:` when the specifier names a module of Node. */
export function builtinName(specifier: string): string | null {
  if (specifier.startsWith("node:")) return specifier.slice("node:".length);
  return BUILTINS.has(specifier) ? specifier : null;
}

const STAND_INS: ReadonlySet<string> = new Set([
  "buffer",
  "crypto",
  "events",
  "path",
  "path/posix",
  "timers",
  "timers/promises",
  "url",
  "util",
  "util/types",
]);

/** The file, from `runtime/` on, of what stands for the module `node:…`. */
export function standInFor(id: string): string | undefined {
  const name = id.startsWith("node:") ? id.slice("node:".length) : undefined;
  return name !== undefined && STAND_INS.has(name) ? `node/${name.replace("/", "-")}.ts` : undefined;
}

/** Objects of a module whose members are there too; others may tell of this machine (`process.env`), and throw. */
const GROUPS = new Set(["constants", "posix", "promises", "types", "webcrypto", "win32"]);
const NO_GROUPS: ReadonlySet<string> = new Set();
const FUNCTION = 0;
const VALUE = 1;

interface Members {
  readonly [name: string]: typeof FUNCTION | typeof VALUE | Members;
}

/** Groups have none themselves: `path.posix.posix` goes on for ever. */
function membersOf(value: object, groups: ReadonlySet<string> = GROUPS): Members {
  const members: Record<string, Members[string]> = {};
  for (const name of Object.keys(value).sort()) {
    const member = Object.getOwnPropertyDescriptor(value, name)!.value as unknown;
    if (typeof member === "function") members[name] = FUNCTION;
    else {
      const isGroup = typeof member === "object" && member !== null && groups.has(name);
      members[name] = isGroup ? membersOf(member, NO_GROUPS) : VALUE;
    }
  }
  return members;
}

/**
 * A CommonJS module whose exports are there (so `const { promisify } = require("util")` and `class extends EventEmitter` at
 * load pass) and throw at the first use: functions when they are called, values when they are read.
 */
export function builtinSource(name: string): string {
  const hasStandIn = standInFor(`node:${name}`) !== undefined;
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
    if (Object.hasOwn(target, name)) continue;
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
${hasStandIn ? standInText(`node:${name}`, members) : `module.exports = define(${typeof module === "function" ? "refuse(what)" : "{}"}, what, ${members});`}
`;
}

/** What stands for the module is there, and what it lacks refuses. */
function standInText(id: string, members: string): string {
  return `const own = require(${JSON.stringify(id)});
const target = own.default ?? {};
for (const name in own) if (!/^(?:default|__esModule)$/.test(name) && !Object.hasOwn(target, name)) target[name] = own[name];
module.exports = define(target, what, ${members});`;
}
