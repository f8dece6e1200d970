/**
 * Named errors as a script sees them: plain `Error` objects with `name` and `code`, so that they can be saved like any
 * other error.
 */

import type { ErrorCode } from "#protocol";
import { defineHidden, NativeError } from "./primordials.ts";

export type { ErrorCode };

export interface GuestError extends Error {
  readonly code: ErrorCode;
}

export function guestError(code: ErrorCode, message: string): GuestError {
  const error = new NativeError(message);
  defineHidden(error, "name", code);
  defineHidden(error, "code", code);
  return error as GuestError;
}
