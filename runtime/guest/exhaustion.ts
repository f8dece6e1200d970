/**
 * A step that ran out of stack, or of memory for a buffer, ends there, whatever the script makes of the error: how deep a
 * stack goes depends on what the engine has compiled by then, so nothing that follows may hang on it (I2). The end is
 * recorded, never derived again. A step that writes more than it may ends likewise, and at once: from there on whatever
 * would swallow an error throws it on.
 */
import type { ErrorCode } from "#protocol";
import { type GuestError, guestError } from "./errors.ts";
import { isError } from "./heap/natives.ts";
import { isObject, NativeRangeError, reflectGetOwnPropertyDescriptor, reflectGetPrototypeOf } from "./primordials.ts";

/** The language's own words, of its own RangeError: a script that throws the same ends its step likewise. */
const STACK_WORDS = "Maximum call stack size exceeded";
const MEMORY_WORDS = "Array buffer allocation failed";
const rangeErrorPrototype: object = RangeError.prototype;

let exhausted: Extract<ErrorCode, "StackOverflow" | "StepMemoryLimit" | "OutputLimit"> | undefined;
let flood: GuestError | undefined;

export function beginUnexhausted(): void {
  exhausted = undefined;
  flood = undefined;
}

/** What the step at hand ran out of. */
export function exhaustion(): typeof exhausted {
  return exhausted;
}

/** The stack is too full for the runtime's own work; gives the error to throw. */
export function exhaustStack(): RangeError {
  exhausted = "StackOverflow";
  return new NativeRangeError(STACK_WORDS);
}

/** The step has written more than it may; gives the error to throw. */
export function exhaustOutputs(message: string): GuestError {
  exhausted = "OutputLimit";
  flood ??= guestError("OutputLimit", message);
  return flood;
}

/** What ends the step by its outputs, if something does. */
export function outputFlood(): GuestError | undefined {
  return flood;
}

/** For every error that a `catch` clause or a rejection may swallow. */
export function noteExhaustion(error: unknown): void {
  if (exhausted !== undefined || !isObject(error) || !isError(error)) return;
  if (reflectGetPrototypeOf(error) !== rangeErrorPrototype) return;
  const message: unknown = reflectGetOwnPropertyDescriptor(error, "message")?.value;
  if (message === STACK_WORDS) exhausted = "StackOverflow";
  else if (message === MEMORY_WORDS) exhausted = "StepMemoryLimit";
}
