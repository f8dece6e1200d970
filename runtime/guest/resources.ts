/**
 * What `using` and `await using` come down to (`$k.resources`; compiler/parse/using.ts): a record of the scope's resources,
 * which is plain data of the thread's (I3), and the standard's AddDisposableResource and DisposeResources over it.
 */

import {
  append,
  isCallable,
  isObject,
  NativeSuppressedError,
  NativeTypeError,
  reflectApply,
  symbolAsyncDispose,
  symbolDispose,
} from "./primordials.ts";
import { newPromise, rejectPromise } from "./promise/operations.ts";

/** A method to call: as it is; and awaited; one of the synchronous protocol under `await using`, whose value nobody awaits. */
type Hint = "sync" | "async" | "syncAwaited";

interface Resource {
  readonly value: unknown;
  /** Absent: `await using` of null or undefined, which awaits once. */
  readonly method: unknown;
  readonly hint: Hint;
}

interface Resources {
  readonly stack: Resource[];
  failed: boolean;
  error: unknown;
  /** What compiled code awaits next. */
  waits: unknown;
  needsAwait: boolean;
  hasAwaited: boolean;
}

/** V8's. */
const MESSAGE = "An error was suppressed during disposal";

function push(record: Resources, value: unknown, method: unknown, hint: Hint): void {
  append(record.stack, { value, method, hint });
}

function methodOf(value: unknown, key: symbol, name: string): unknown {
  if (!isObject(value)) throw new NativeTypeError("An object is expected with `using` declarations");
  const method = (value as { [key: symbol]: unknown })[key];
  if (method === undefined || method === null) return undefined;
  if (!isCallable(method)) return missing(name);
  return method;
}

function missing(name: string): never {
  throw new NativeTypeError(`Symbol(${name}) is not a function`);
}

/** Calls a resource's method; what it throws joins the completion. True when the outcome is to be awaited. */
function disposeOf(record: Resources, { value, method, hint }: Resource): boolean {
  record.waits = undefined;
  try {
    const result = reflectApply(method as () => unknown, value, []);
    if (hint === "async") record.waits = result;
  } catch (error) {
    if (hint !== "syncAwaited") {
      failed(record, error);
      return false;
    }
    // As if it came by a promise: a job later.
    const promise = newPromise();
    rejectPromise(promise, error);
    record.waits = promise;
  }
  if (hint === "sync") return false;
  record.hasAwaited = true;
  return true;
}

function failed(record: Resources, error: unknown): void {
  record.error = record.failed ? new NativeSuppressedError(error, record.error, MESSAGE) : error;
  record.failed = true;
}

function takeLast(record: Resources): Resource | undefined {
  const { stack } = record;
  const last = stack[stack.length - 1];
  if (last !== undefined) stack.length--;
  return last;
}

function close(record: Resources): void {
  if (record.failed) throw record.error;
}

/** Disposes up to the next thing to await. */
function next(record: Resources): boolean {
  const { stack } = record;
  while (stack.length > 0) {
    const resource = stack[stack.length - 1]!;
    if (resource.hint === "sync" && record.needsAwait && !record.hasAwaited) {
      record.needsAwait = false;
      record.waits = undefined;
      return true;
    }
    stack.length--;
    if (resource.method === undefined) {
      record.needsAwait = true;
      continue;
    }
    if (disposeOf(record, resource)) return true;
  }
  if (!record.needsAwait || record.hasAwaited) return false;
  record.needsAwait = false;
  record.waits = undefined;
  return true;
}

export const resources = {
  open(): Resources {
    return { stack: [], failed: false, error: undefined, waits: undefined, needsAwait: false, hasAwaited: false };
  },
  add(record: Resources, value: unknown): unknown {
    if (value === null || value === undefined) return value;
    const method = methodOf(value, symbolDispose, "Symbol.dispose");
    push(record, value, method ?? missing("Symbol.dispose"), "sync");
    return value;
  },
  addAsync(record: Resources, value: unknown): unknown {
    if (value === null || value === undefined) {
      push(record, undefined, undefined, "async");
      return value;
    }
    const method = methodOf(value, symbolAsyncDispose, "Symbol.asyncDispose");
    if (method !== undefined) push(record, value, method, "async");
    else {
      const plain = methodOf(value, symbolDispose, "Symbol.dispose");
      push(record, value, plain ?? missing("Symbol.dispose"), "syncAwaited");
    }
    return value;
  },
  failed,
  dispose(record: Resources): void {
    for (let last = takeLast(record); last !== undefined; last = takeLast(record)) disposeOf(record, last);
    close(record);
  },
  next,
  close,
};
