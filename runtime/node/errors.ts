/** Errors of Node's own modules, in its words and with its codes. */

import { invalidType } from "../web/buffer-errors.ts";

export function checkFunction(value: unknown, name: string): asserts value is (...values: never[]) => unknown {
  if (typeof value !== "function") throw invalidType(name, "of type function", value);
}

export function checkText(value: unknown, name: string): asserts value is string {
  if (typeof value !== "string") throw invalidType(name, "of type string", value);
}

/** As Node's own: a name and a code, the signal's reason as the cause. */
class AbortError extends Error {
  readonly code = "ABORT_ERR";
  override readonly name = "AbortError";
}

export function abortError(signal: AbortSignal): Error {
  return new AbortError("The operation was aborted", { cause: signal.reason });
}

export function checkedSignal(options: unknown): AbortSignal | undefined {
  if (options === undefined) return undefined;
  if (typeof options !== "object" || options === null) throw invalidType("options", "of type object", options);
  const { signal } = options as { readonly signal?: AbortSignal };
  if (signal !== undefined && !(typeof signal === "object" && signal !== null && "aborted" in signal)) {
    throw invalidType("options.signal", "an instance of AbortSignal", signal);
  }
  return signal;
}
