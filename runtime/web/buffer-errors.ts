/** The errors of `Buffer`, in Node's words and with its codes. */

import { inspect } from "./host.ts";
import { coded } from "./interface.ts";

/** What Node says of a value that is not what was asked for. */
export function received(value: unknown): string {
  if (value === null || value === undefined) return ` Received ${value}`;
  if (typeof value === "function") return ` Received function ${value.name}`;
  if (typeof value === "object") {
    const name = (value as { constructor?: { name?: string } }).constructor?.name;
    return name ? ` Received an instance of ${name}` : ` Received ${inspect(value)}`;
  }
  let shown = typeof value === "string" ? `'${value}'` : typeof value === "bigint" ? `${value}n` : String(value);
  if (shown.length > 28) shown = `${shown.slice(0, 25)}...`;
  return ` Received type ${typeof value} (${shown})`;
}

export function invalidType(name: string, expected: string, value: unknown): TypeError {
  const what = name.includes(" ") ? `The ${name}` : `The "${name}" argument`;
  return coded(new TypeError(`${what} must be ${expected}.${received(value)}`), "ERR_INVALID_ARG_TYPE");
}

function grouped(value: number | bigint): string {
  const text = String(value);
  const start = text.startsWith("-") ? 1 : 0;
  return text.slice(0, start) + text.slice(start).replace(/\B(?=(?:\d{3})+$)/g, "_");
}

function shownNumber(value: unknown): string {
  if (typeof value === "bigint") return `${value > 2n ** 32n || value < -(2n ** 32n) ? grouped(value) : value}n`;
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) > 2 ** 32) return grouped(value);
  return inspect(value);
}

export function outOfRange(name: string, range: string, value: unknown): RangeError {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${shownNumber(value)}`;
  return coded(new RangeError(message), "ERR_OUT_OF_RANGE");
}

export function outOfBounds(name?: string): RangeError {
  const message =
    name === undefined ? "Attempt to access memory outside buffer bounds" : `"${name}" is outside of buffer bounds`;
  return coded(new RangeError(message), "ERR_BUFFER_OUT_OF_BOUNDS");
}

export function unknownEncoding(encoding: unknown): TypeError {
  return coded(new TypeError(`Unknown encoding: ${encoding}`), "ERR_UNKNOWN_ENCODING");
}

/** @param max inclusive */
export function checkNumber(value: unknown, name: string, min: number, max: number): asserts value is number {
  if (typeof value !== "number") throw invalidType(name, "of type number", value);
  if (!(value >= min && value <= max)) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}
