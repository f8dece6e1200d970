/**
 * `setTimeout`, `setInterval`, `setImmediate` and their ends. A timer is a record to the scheduler and a pending ref like a
 * suspension's; one that is due at the time of the step (delays up to 1 ms) is a macrotask of the same step.
 */

import { currentThread, requireStep, requireThread } from "../current.ts";
import { enqueueCall } from "../jobs.ts";
import { schedule } from "../outputs.ts";
import { unregister } from "../pending.ts";
import {
  append,
  define,
  defineFixed,
  defineHidden,
  isCallable,
  isObject,
  NativeTypeError,
  objectCreate,
  objectDefineProperty,
  symbolToStringTag,
  toNumberValue,
  toStringValue,
  trunc,
} from "../primordials.ts";
import { Timer } from "../records.ts";
import { registry } from "../registry.ts";
import { RecordSlot } from "../slots.ts";
import { nextAutoId } from "../suspensions.ts";

const IMMEDIATE_MS = 1;
/** Node and browsers turn what does not fit 32 bits into 1 ms; a durable timer may lie years ahead. */
const MAX_DELAY_MS = Number.MAX_SAFE_INTEGER;

/** Prototype of the handles that `setTimeout` gives, as in Node. */
export const timeoutPrototype: object = {};

function arm(timer: Timer): void {
  const thread = requireThread("setTimeout");
  timer.active = true;
  if (timer.delayMs <= IMMEDIATE_MS) {
    timer.ref = "";
    append(thread.macrotasks, timer);
    return;
  }
  timer.ref = nextAutoId("setTimeout");
  append(thread.pending, timer);
  schedule(requireStep("setTimeout"), timer.ref, timer.delayMs);
}

/** Ends a timer that is armed; the scheduler is told. */
export function disarmTimer(timer: Timer): void {
  if (!timer.active) return;
  timer.active = false;
  if (timer.ref !== "" && unregister(timer)) schedule(requireStep("clearTimeout"), timer.ref, null);
}

/** Queues the callback of a timer that is due; an interval is armed again. */
export function fireTimer(timer: Timer): void {
  if (!timer.active) return;
  timer.active = false;
  enqueueCall(timer.callback, timer.arguments);
  if (timer.repeats) arm(timer);
}

/** The next timer that is due within the step. */
export function takeMacrotask(): Timer | undefined {
  const list = currentThread()!.macrotasks;
  while (list.length > 0) {
    const timer = list[0]!;
    for (let i = 1; i < list.length; i++) list[i - 1] = list[i]!;
    list.length--;
    if (timer.active) return timer;
  }
  return undefined;
}

/** As Node has it: a text is no callback. */
function notCallable(callback: unknown): TypeError {
  const received = typeof callback === "string" ? `type string ('${callback}')` : describe(callback);
  const error = new NativeTypeError(`The "callback" argument must be of type function. Received ${received}`);
  define(error, "code", "ERR_INVALID_ARG_TYPE");
  return error;
}

function describe(value: unknown): string {
  return isObject(value) ? "an object" : `${toStringValue(value)}`;
}

function start(callback: unknown, delay: unknown, args: unknown[], repeats: boolean, what: string): object {
  requireThread(what);
  if (!isCallable(callback)) throw notCallable(callback);
  const delayMs = toNumberValue(delay);
  const timer = new Timer(
    callback,
    args,
    delayMs > IMMEDIATE_MS && delayMs <= MAX_DELAY_MS ? trunc(delayMs) : 1,
    repeats,
  );
  const handle = objectCreate(timeoutPrototype) as object;
  new RecordSlot(handle, timer);
  timer.handle = handle;
  arm(timer);
  return handle;
}

function timerOf(handle: unknown): Timer | undefined {
  const record = isObject(handle) ? RecordSlot.get(handle) : undefined;
  return record instanceof Timer ? record : undefined;
}

function clear(handle: unknown): void {
  const timer = timerOf(handle);
  if (timer !== undefined) disarmTimer(timer);
}

const handleMethods = {
  ref(this: unknown): unknown {
    return this;
  },
  unref(this: unknown): unknown {
    return this;
  },
  hasRef(this: unknown): boolean {
    return timerOf(this)?.active ?? false;
  },
  refresh(this: unknown): unknown {
    const timer = timerOf(this);
    if (timer !== undefined) {
      disarmTimer(timer);
      arm(timer);
    }
    return this;
  },
  close(this: unknown): unknown {
    clear(this);
    return this;
  },
};

const globals = {
  setTimeout(callback: unknown, delay?: unknown, ...args: unknown[]): object {
    return start(callback, delay, args, false, "setTimeout");
  },
  setInterval(callback: unknown, delay?: unknown, ...args: unknown[]): object {
    return start(callback, delay, args, true, "setInterval");
  },
  setImmediate(callback: unknown, ...args: unknown[]): object {
    return start(callback, 0, args, false, "setImmediate");
  },
  clearTimeout(handle: unknown): void {
    clear(handle);
  },
  clearInterval(handle: unknown): void {
    clear(handle);
  },
  clearImmediate(handle: unknown): void {
    clear(handle);
  },
  queueMicrotask(callback: unknown): void {
    if (!isCallable(callback)) throw notCallable(callback);
    enqueueCall(callback, []);
  },
};

export function installTimers(global: object): void {
  for (const name of Object.keys(globals) as (keyof typeof globals)[]) {
    // As in Node, and unlike what the language itself has there.
    objectDefineProperty(global, name, { value: globals[name], writable: true, enumerable: true, configurable: true });
  }
  for (const name of Object.keys(handleMethods) as (keyof typeof handleMethods)[]) {
    defineHidden(timeoutPrototype, name, handleMethods[name]);
  }
  defineFixed(timeoutPrototype, symbolToStringTag, "Timeout");
  append(registry.runtimeRoots, timeoutPrototype);
}
