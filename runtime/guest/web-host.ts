/**
 * `$k.host`: what the modules of `runtime/web/` need of the runtime and cannot write themselves (`runtime/web/host.ts` has
 * the types). No module of a script reaches it: the compiler binds it by the file's name.
 */

import { CancelToken } from "./cancel.ts";
import { currentThread } from "./current.ts";
import { type ErrorCode, guestError } from "./errors.ts";
import { log } from "./globals/console.ts";
import { nowMs } from "./globals/date.ts";
import { inspect } from "./globals/inspect.ts";
import { fillRandom } from "./globals/random.ts";
import { isError, typedArrayTag } from "./heap/natives.ts";
import { brandOf } from "./heap/parts.ts";
import { exportsOf, runModule } from "./modules.ts";
import { canRequest, sendRequest } from "./outputs.ts";
import { unregister } from "./pending.ts";
import { defineHidden, isArray, jsonStringify, objectDefineProperty, typedArrayLength } from "./primordials.ts";
import { rejectPromise } from "./promise/operations.ts";
import { ProxySlot } from "./slots.ts";
import { keepId, suspend } from "./suspensions.ts";

/** What an object is to `structuredClone`: an array, an object without a brand, or the name of its kind in the heap. */
function kindOf(value: object): string {
  if (ProxySlot.has(value)) return "Proxy";
  if (typeof value === "function") return "function";
  if (isArray(value)) return "Array";
  if (isError(value)) return "Error";
  return brandOf(value)?.name ?? "object";
}

export const host = {
  fillRandom(bytes: Uint8Array): void {
    fillRandom(bytes, typedArrayLength(bytes));
  },
  kindOf,
  typedArrayTag: (view: object) => typedArrayTag(view),
  hasThread: () => currentThread() !== undefined,
  nowMs,
  log,
  /** Strings as they are. */
  inspect: (value: unknown) => inspect(value, []),
  quote: (text: string) => jsonStringify(text),
  canRequest,
  suspendRequest: () => suspend(),
  sendRequest: (request: object) => sendRequest(jsonStringify(request)),
  rejectSuspension(suspension: object, reason: unknown): void {
    if (!unregister(suspension)) return;
    keepId(suspension);
    rejectPromise(suspension, reason);
  },
  isCancelation: (error: unknown) => error instanceof CancelToken,
  namedError: (code: ErrorCode, message: string) => guestError(code, message),
};

type Form = "class" | "function" | "object";

/** `$k.globals`: evaluates the modules that make web globals, and puts those on the global object as Node does. */
export function defineWebGlobals(globals: readonly (readonly [module: number, name: string, form: Form])[]): void {
  for (let i = 0; i < globals.length; i++) {
    const [module, name, form] = globals[i]!;
    runModule(module);
    const value = (exportsOf(module) as Record<string, unknown>)[name];
    if (form === "class") defineHidden(globalThis, name, value);
    else if (form === "function") {
      objectDefineProperty(globalThis, name, { value, writable: true, enumerable: true, configurable: true });
    } else objectDefineProperty(globalThis, name, { get: () => value, enumerable: true, configurable: true });
  }
}
