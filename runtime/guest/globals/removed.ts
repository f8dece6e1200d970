/**
 * What a durable script must not have: channels between threads of a realm (legacy RegExp statics), memory and promises
 * that no state can hold (WebAssembly, SharedArrayBuffer, Atomics.waitAsync). Removed, so that using one is a plain error.
 */

import { reflectDeleteProperty } from "../primordials.ts";

const REGEXP_STATICS = ["input", "$_", "lastMatch", "$&", "lastParen", "$+", "leftContext", "$`", "rightContext", "$'"];

export function removeGlobals(global: object): void {
  for (const name of REGEXP_STATICS) reflectDeleteProperty(RegExp, name);
  for (let i = 1; i <= 9; i++) reflectDeleteProperty(RegExp, `$${i}`);
  reflectDeleteProperty(global, "WebAssembly");
  reflectDeleteProperty(global, "SharedArrayBuffer");
  reflectDeleteProperty(Atomics, "waitAsync");
  // An engine's own, with a position inside; Node has none.
  reflectDeleteProperty(Intl, "v8BreakIterator");
}
