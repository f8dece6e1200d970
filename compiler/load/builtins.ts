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

/**
 * A CommonJS module whose exports are there (so `const { promisify } = require("util")` at load passes) and throw at
 * the first use. Symbol keys and what interop asks for answer as on an empty object.
 */
export function builtinSource(name: string): string {
  return `const thrower = (what) => new Proxy(function () {}, {
  get: (_, key) => (typeof key === "symbol" ? undefined : $k.unsupported(what + "." + key)),
  set: () => $k.unsupported(what),
  apply: () => $k.unsupported(what + "()"),
  construct: () => $k.unsupported("new " + what + "()"),
});
const members = new Map();
module.exports = new Proxy({}, {
  get(_, key) {
    if (typeof key === "symbol" || key === "__esModule" || key === "then") return undefined;
    if (!members.has(key)) members.set(key, thrower(${JSON.stringify(`node:${name}`)} + "." + key));
    return members.get(key);
  },
});
`;
}
