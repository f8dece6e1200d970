/**
 * Values in records: JSON, or with `config.serializer` what it makes of richer ones. Boundary: the text around a value
 * (`new:`, `{"ref","value"}`) is the caller's.
 */

import { effectiveConfig, type Serializer } from "./config.ts";
import { currentStep } from "./current.ts";
import { log } from "./globals/console.ts";
import { lossesOf } from "./json-losses.ts";
import {
  hasOwn,
  isCallable,
  isObject,
  jsonParse,
  jsonStringify,
  NativeTypeError,
  reflectApply,
  reflectOwnKeys,
} from "./primordials.ts";

/** What a serializer's output looks like on arrival: `{ json }` or `{ json, meta }`. */
function isSerialized(value: unknown): boolean {
  if (!isObject(value) || !hasOwn(value, "json")) return false;
  return reflectOwnKeys(value).length === (hasOwn(value, "meta") ? 2 : 1);
}

function call(serializer: Serializer, method: "serialize" | "deserialize", value: unknown): unknown {
  const run: unknown = serializer[method];
  if (!isCallable(run))
    throw new NativeTypeError(`config.serializer needs a method ${method}(value), as superjson has`);
  return reflectApply(run, serializer, [value]);
}

/** A value that JSON gave, as the script gets it. */
export function revived(value: unknown): unknown {
  const { serializer } = effectiveConfig();
  return serializer === null || !isSerialized(value) ? value : call(serializer, "deserialize", value);
}

/** A value from its text. */
export function readValue(text: string): unknown {
  return revived(jsonParse(text));
}

/**
 * The text of a value; undefined where it has no JSON form. What JSON loses of it is told in the log, once a step.
 *
 * @param name what the log calls it
 */
export function textOfValue(value: unknown, name: string): string | undefined {
  const { serializer } = effectiveConfig();
  const plain = serializer === null ? value : call(serializer, "serialize", value);
  const text = jsonStringify(plain) as string | undefined;
  warnOfLosses(plain, name);
  return text;
}

function warnOfLosses(value: unknown, name: string): void {
  const step = currentStep();
  if (step === undefined || step.lossesLeft === 0) return;
  const { text: losses, left } = lossesOf(value, name, step.lossesLeft);
  step.lossesLeft = losses === undefined ? left : 0;
  if (losses === undefined) return;
  log(
    "warn",
    `JSON does not hold all of it: ${losses}. Give plain data, or set config.serializer (superjson, for instance).`,
  );
}
