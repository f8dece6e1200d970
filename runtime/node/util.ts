/** `node:util`: what needs nothing of the machine. Values are shown as `console` shows them. */

import { invalidType } from "../web/buffer-errors.ts";
import { format } from "../web/console.ts";
import { kindOf, log, quote, inspect as show, typedArrayTag } from "../web/host.ts";
import { coded, isArrayBuffer } from "../web/interface.ts";
import { TextDecoder } from "../web/text-decoder.ts";
import { TextEncoder } from "../web/text-encoder.ts";
import { isDeepStrictEqual } from "./deep-equal.ts";
import { checkFunction, checkText } from "./errors.ts";

type Callback = (error: unknown, ...values: unknown[]) => void;
// biome-ignore lint/suspicious/noExplicitAny: functions of every sort.
type AnyFunction = (...values: any[]) => any;
type Constructor = { prototype: object; super_?: unknown };

const CUSTOM_PROMISIFY: unique symbol = Symbol.for("nodejs.util.promisify.custom");
const CUSTOM_INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

export function promisify(original: AnyFunction): AnyFunction {
  checkFunction(original, "original");
  const custom = (original as unknown as Record<symbol, unknown>)[CUSTOM_PROMISIFY];
  if (custom !== undefined) {
    if (typeof custom !== "function") throw invalidType("util.promisify.custom", "of type function", custom);
    return Object.defineProperty(custom as AnyFunction, CUSTOM_PROMISIFY, { value: custom, configurable: true });
  }
  function promisified(this: unknown, ...values: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const done: Callback = (error, value) => (error ? reject(error) : resolve(value));
      const made: unknown = original.call(this, ...values, done);
      if (typeof made === "object" && made !== null && kindOf(made) === "Promise") {
        log("warn", "Warning: Calling promisify on a function that returns a Promise is likely a mistake.");
      }
    });
  }
  Object.setPrototypeOf(promisified, Object.getPrototypeOf(original));
  Object.defineProperty(promisified, CUSTOM_PROMISIFY, { value: promisified, configurable: true });
  return Object.defineProperties(promisified, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = CUSTOM_PROMISIFY;

export function callbackify(original: AnyFunction): AnyFunction {
  checkFunction(original, "original");
  function callbackified(this: unknown, ...values: unknown[]): void {
    const done = values.pop() as Callback;
    checkFunction(done, "last argument");
    Reflect.apply(original, this, values).then(
      (value: unknown) => queueMicrotask(() => done.call(this, null, value)),
      (reason: unknown) => queueMicrotask(() => done.call(this, reason || falsyRejection(reason))),
    );
  }
  Object.defineProperties(callbackified, Object.getOwnPropertyDescriptors(original));
  Object.defineProperty(callbackified, "length", { value: original.length + 1, configurable: true });
  const name = `${original.name}Callbackified`;
  return Object.defineProperty(callbackified, "name", { value: name, configurable: true });
}

function falsyRejection(reason: unknown): Error {
  return Object.assign(coded(new Error("Promise was rejected with falsy value"), "ERR_FALSY_VALUE_REJECTION"), {
    reason,
  });
}

export function inherits(child: Constructor, parent: Constructor): void {
  checkFunction(child, "ctor");
  checkFunction(parent, "superCtor");
  Object.defineProperty(child, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf((child as Constructor).prototype, (parent as Constructor).prototype);
}

const deprecations = new Set<string>();

export function deprecate<F extends AnyFunction>(original: F, message: string, code?: string): F {
  let isSaid = false;
  function deprecated(this: unknown, ...values: unknown[]): unknown {
    if (!isSaid && !(code !== undefined && deprecations.has(code))) {
      isSaid = true;
      if (code !== undefined) deprecations.add(code);
      log("warn", `${code === undefined ? "" : `[${code}] `}DeprecationWarning: ${message}`);
    }
    return new.target ? Reflect.construct(original, values, new.target) : Reflect.apply(original, this, values);
  }
  Object.setPrototypeOf(deprecated, original);
  if (original.prototype) deprecated.prototype = original.prototype;
  return deprecated as unknown as F;
}

/** Logs nothing: `NODE_DEBUG` is a variable of the machine's. */
export function debuglog(): AnyFunction & { enabled: boolean } {
  return Object.assign(() => {}, { enabled: false });
}

export function inspect(value: unknown): string {
  return typeof value === "string" ? quoted(value) : show(value);
}
inspect.custom = CUSTOM_INSPECT;
inspect.defaultOptions = {};

/** As Node quotes: with the first sort of quotes that the text does not have. */
function quoted(text: string): string {
  if (!text.includes("'")) return `'${quote(text).slice(1, -1).replaceAll('\\"', '"')}'`;
  return quote(text);
}

export function formatWithOptions(_options: unknown, ...values: unknown[]): string {
  return format(values);
}

function formatted(...values: unknown[]): string {
  return format(values);
}
Object.defineProperty(formatted, "name", { value: "format" });

const ESCAPE = "[\\u001B\\u009B]";
/** Sequences of a terminal: colours and moves, and titles. */
const VT_CONTROL = new RegExp(
  `${ESCAPE}[[\\]()#;?]*(?:\\d{1,4}(?:[;:]\\d{0,4})*)?[\\dA-PR-TZcf-nq-uy=><~]|\\u001B\\][^\\u0007]*\\u0007`,
  "g",
);

export function stripVTControlCharacters(text: string): string {
  checkText(text, "str");
  return text.replace(VT_CONTROL, "");
}

export function toUSVString(value: unknown): string {
  return `${value}`.toWellFormed();
}

export function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

const isKind = (name: string) => (value: unknown) =>
  typeof value === "object" && value !== null && kindOf(value) === name;
const isTyped = (name: string) => (value: unknown) => ArrayBuffer.isView(value) && typedArrayTag(value) === name;
const functionKind = (pattern: RegExp) => (value: unknown) =>
  typeof value === "function" && pattern.test(Object.prototype.toString.call(value));

const tests: Record<string, (value: unknown) => boolean> = {
  isNativeError: isKind("Error"),
  isAnyArrayBuffer: isArrayBuffer,
  isArrayBuffer,
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isTypedArray: (value) => ArrayBuffer.isView(value) && typedArrayTag(value) !== undefined,
  isAsyncFunction: functionKind(/ Async(?:Generator)?Function\]$/),
  isGeneratorFunction: functionKind(/ (?:Async)?GeneratorFunction\]$/),
  isBoxedPrimitive: (value) => typeof value === "object" && value !== null && kindOf(value).endsWith(" object"),
  isExternal: () => false,
  isSharedArrayBuffer: () => false,
};
for (const name of ["Map", "Set", "WeakMap", "WeakSet", "Date", "RegExp", "Promise", "Proxy", "DataView"]) {
  tests[`is${name}`] = isKind(name);
}
for (const name of ["Number", "String", "Boolean", "Symbol", "BigInt"])
  tests[`is${name}Object`] = isKind(`${name} object`);
for (const name of ["Int8", "Uint8", "Uint8Clamped", "Int16", "Uint16", "Int32", "Uint32", "Float32", "Float64"]) {
  tests[`is${name}Array`] = isTyped(`${name}Array`);
}
for (const name of ["BigInt64Array", "BigUint64Array"]) tests[`is${name}`] = isTyped(name);

export const types = tests;
export { formatted as format, isDeepStrictEqual, TextDecoder, TextEncoder };
