/**
 * `node:events`: `EventEmitter` with the fields that packages look at (`_events`, `_eventsCount`, `_maxListeners`), so that what
 * was written for Node's works on this one. A listener's error goes to whoever emits; there is no `captureRejections`.
 */

import { invalidType, outOfRange } from "../web/buffer-errors.ts";
import { inspect, log } from "../web/host.ts";
import { coded } from "../web/interface.ts";
import { abortError, checkedSignal, checkFunction } from "./errors.ts";

type Name = string | symbol;
type Listener = ((...values: unknown[]) => unknown) & { listener?: Listener };
type Listeners = Listener | (Listener[] & { warned?: boolean });

export interface Emitter {
  _events: Record<Name, Listeners | undefined>;
  _eventsCount: number;
  _maxListeners: number | undefined;
  on(name: Name, listener: Listener): Emitter;
  once(name: Name, listener: Listener): Emitter;
  emit(name: Name, ...values: unknown[]): boolean;
  removeListener(name: Name, listener: Listener): Emitter;
  removeAllListeners(name?: Name): Emitter;
  listeners(name: Name): Listener[];
  listenerCount(name: Name, listener?: Listener): number;
  getMaxListeners(): number;
  setMaxListeners(count: number): Emitter;
}

export const errorMonitor: unique symbol = Symbol("events.errorMonitor");
export const captureRejectionSymbol: unique symbol = Symbol.for("nodejs.rejection");
export const captureRejections = false;
export const usingDomains = false;
export let defaultMaxListeners = 10;

function checkListener(listener: unknown): asserts listener is Listener {
  checkFunction(listener, "listener");
}

function checkCount(count: unknown, name: string): asserts count is number {
  if (typeof count !== "number") throw invalidType(name, "of type number", count);
  if (!(count >= 0)) throw outOfRange(name, ">= 0", count);
}

/** Own fields of the prototype are shared by emitters whose constructor never ran. */
export function init(this: Emitter): void {
  if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
    this._events = Object.create(null);
    this._eventsCount = 0;
  }
  this._maxListeners ||= undefined;
}

export const EventEmitter = function EventEmitter(this: Emitter): void {
  init.call(this);
} as unknown as { new (): Emitter; (): void; prototype: Emitter } & Record<string, unknown>;

function listOf(emitter: Emitter, name: Name): readonly Listener[] {
  const found = emitter._events?.[name];
  return found === undefined ? [] : typeof found === "function" ? [found] : found;
}

function unhandled(error: unknown): unknown {
  if (error instanceof Error) return error;
  const shown = typeof error === "string" ? `'${error}'` : inspect(error);
  const failure = coded(new Error(`Unhandled error. (${shown})`), "ERR_UNHANDLED_ERROR");
  return Object.assign(failure, { context: error });
}

function warnOfLeak(emitter: Emitter, name: Name, listeners: Listener[] & { warned?: boolean }): void {
  const max = emitter.getMaxListeners();
  if (!(max > 0 && listeners.length > max) || listeners.warned) return;
  listeners.warned = true;
  const what = `${listeners.length} ${String(name)} listeners added to ${inspect(emitter).split(" ")[0]}`;
  log(
    "warn",
    `MaxListenersExceededWarning: Possible EventEmitter memory leak detected. ${what}. MaxListeners is ${max}. Use emitter.setMaxListeners() to increase limit`,
  );
}

function add(emitter: Emitter, name: Name, listener: unknown, isFirst: boolean): Emitter {
  checkListener(listener);
  if (emitter._events === undefined) init.call(emitter);
  // Before it is there, and it may change the list.
  else if (emitter._events.newListener !== undefined) emitter.emit("newListener", name, listener.listener ?? listener);
  const events = emitter._events;
  const found = events[name];
  if (found === undefined) {
    events[name] = listener;
    emitter._eventsCount++;
    return emitter;
  }
  let list: Listener[];
  if (typeof found === "function") {
    list = isFirst ? [listener, found] : [found, listener];
    events[name] = list;
  } else {
    list = found;
    if (isFirst) list.unshift(listener);
    else list.push(listener);
  }
  warnOfLeak(emitter, name, list);
  return emitter;
}

function onceWrapper(emitter: Emitter, name: Name, listener: unknown): Listener {
  checkListener(listener);
  let isFired = false;
  const wrapper: Listener = function onceWrapper(...values) {
    if (isFired) return undefined;
    emitter.removeListener(name, wrapper);
    isFired = true;
    return listener.apply(emitter, values);
  };
  wrapper.listener = listener;
  return wrapper;
}

function dropAll(emitter: Emitter, name: Name): void {
  if (--emitter._eventsCount === 0) emitter._events = Object.create(null);
  else delete emitter._events[name];
}

const methods: Record<string, (this: Emitter, ...values: never[]) => unknown> = {
  setMaxListeners(count: number) {
    checkCount(count, "setMaxListeners");
    this._maxListeners = count;
    return this;
  },
  getMaxListeners() {
    return this._maxListeners ?? (EventEmitter.defaultMaxListeners as number);
  },
  emit(name: Name, ...values: unknown[]) {
    const events = this._events;
    if (name === "error") {
      if (events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...values);
      if (events?.error === undefined) throw unhandled(values[0]);
    }
    const found = events?.[name];
    if (found === undefined) return false;
    if (typeof found === "function") found.apply(this, values);
    // Those that were there when it began.
    else for (const listener of [...found]) listener.apply(this, values);
    return true;
  },
  on(name: Name, listener: Listener) {
    return add(this, name, listener, false);
  },
  prependListener(name: Name, listener: Listener) {
    return add(this, name, listener, true);
  },
  once(name: Name, listener: Listener) {
    return add(this, name, onceWrapper(this, name, listener), false);
  },
  prependOnceListener(name: Name, listener: Listener) {
    return add(this, name, onceWrapper(this, name, listener), true);
  },
  removeListener(name: Name, listener: Listener) {
    checkListener(listener);
    const found = this._events?.[name];
    if (found === undefined) return this;
    let removed: Listener | undefined;
    if (typeof found === "function") {
      if (found !== listener && found.listener !== listener) return this;
      removed = found;
      dropAll(this, name);
    } else {
      const at = found.findLastIndex((one) => one === listener || one.listener === listener);
      if (at < 0) return this;
      removed = found[at]!;
      found.splice(at, 1);
      if (found.length === 1) this._events[name] = found[0];
    }
    if (this._events.removeListener !== undefined) this.emit("removeListener", name, removed.listener ?? listener);
    return this;
  },
  removeAllListeners(name?: Name) {
    const events = this._events;
    if (events === undefined) return this;
    if (events.removeListener === undefined) {
      if (name === undefined) {
        this._events = Object.create(null);
        this._eventsCount = 0;
      } else if (events[name] !== undefined) dropAll(this, name);
      return this;
    }
    if (name === undefined) {
      for (const each of Reflect.ownKeys(events) as Name[])
        if (each !== "removeListener") this.removeAllListeners(each);
      this.removeAllListeners("removeListener");
      this._events = Object.create(null);
      this._eventsCount = 0;
    } else for (const listener of listOf(this, name).toReversed()) this.removeListener(name, listener);
    return this;
  },
  listeners(name: Name) {
    return listOf(this, name).map((one) => one.listener ?? one);
  },
  rawListeners(name: Name) {
    return [...listOf(this, name)];
  },
  listenerCount(name: Name, listener?: Listener) {
    const list = listOf(this, name);
    return listener === undefined ? list.length : list.filter((one) => (one.listener ?? one) === listener).length;
  },
  eventNames() {
    return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
  },
};
methods.off = methods.removeListener!;
methods.addListener = methods.on!;

interface Target {
  addEventListener(name: Name, listener: Listener, options?: object): void;
  removeEventListener(name: Name, listener: Listener): void;
}

function listen(emitter: Emitter | Target, name: Name, listener: Listener, isOnce: boolean): () => void {
  if ("on" in emitter && typeof emitter.on === "function") {
    if (isOnce) emitter.once(name, listener);
    else emitter.on(name, listener);
    return () => void emitter.removeListener(name, listener);
  }
  if (!("addEventListener" in emitter)) throw invalidType("emitter", "an instance of EventEmitter", emitter);
  emitter.addEventListener(name, listener, { once: isOnce });
  return () => emitter.removeEventListener(name, listener);
}

/** The values of the next event; its `error` rejects. */
export async function once(emitter: Emitter | Target, name: Name, options?: unknown): Promise<unknown[]> {
  const signal = checkedSignal(options);
  if (signal?.aborted) throw abortError(signal);
  const stops: (() => void)[] = [];
  try {
    return await new Promise<unknown[]>((resolve, reject) => {
      stops.push(listen(emitter, name, (...values) => resolve(values), true));
      if (name !== "error" && "once" in emitter) stops.push(listen(emitter, "error", reject as Listener, true));
      if (signal !== undefined) {
        stops.push(listen(signal as unknown as Target, "abort", () => reject(abortError(signal)), true));
      }
    });
  } finally {
    for (const stop of stops) stop();
  }
}

interface Waiting {
  resolve(result: IteratorResult<unknown[]>): void;
  reject(error: unknown): void;
}

/** The values of each event, as they come, until the loop is left, an error comes or the signal is aborted. */
export function on(emitter: Emitter | Target, name: Name, options: unknown = {}): AsyncIterableIterator<unknown[]> {
  const signal = checkedSignal(options);
  if (signal?.aborted) throw abortError(signal);
  const { close = [] } = options as { readonly close?: readonly Name[] };
  const values: unknown[][] = [];
  const waiting: Waiting[] = [];
  const stops: (() => void)[] = [];
  let error: unknown;
  let hasFailed = false;
  let isEnded = false;
  const end = (): Promise<IteratorResult<unknown[]>> => {
    for (const stop of stops.splice(0)) stop();
    isEnded = true;
    for (const one of waiting.splice(0)) one.resolve({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  };
  const fail = (reason: unknown): void => {
    const first = waiting.shift();
    if (first === undefined) {
      error = reason;
      hasFailed = true;
    } else first.reject(reason);
    end();
  };
  stops.push(
    listen(
      emitter,
      name,
      (...list) => {
        const first = waiting.shift();
        if (first === undefined) values.push(list);
        else first.resolve({ value: list, done: false });
      },
      false,
    ),
  );
  if (name !== "error" && "on" in emitter) stops.push(listen(emitter, "error", fail as Listener, false));
  for (const one of close) stops.push(listen(emitter, one, end, false));
  if (signal !== undefined) {
    stops.push(listen(signal as unknown as Target, "abort", () => fail(abortError(signal)), true));
  }
  return {
    next() {
      const value = values.shift();
      if (value !== undefined) return Promise.resolve({ value, done: false });
      if (hasFailed) {
        hasFailed = false;
        return Promise.reject(error);
      }
      if (isEnded) return end();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    return: end,
    throw(reason: unknown) {
      fail(reason);
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

export function listenerCount(emitter: Emitter, name: Name): number {
  return emitter.listenerCount(name);
}

export function getEventListeners(emitter: Emitter, name: Name): Listener[] {
  return emitter.listeners(name);
}

export function getMaxListeners(emitter: Emitter): number {
  return emitter.getMaxListeners();
}

export function setMaxListeners(count: number = defaultMaxListeners, ...emitters: readonly Emitter[]): void {
  checkCount(count, "setMaxListeners");
  if (emitters.length === 0) defaultMaxListeners = count;
  for (const emitter of emitters) emitter.setMaxListeners(count);
}

export function addAbortListener(signal: AbortSignal, listener: () => void): Disposable {
  if (signal.aborted) queueMicrotask(listener);
  else signal.addEventListener("abort", listener, { once: true });
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", listener) };
}

for (const name of ["_events", "_eventsCount", "_maxListeners"]) {
  const value = name === "_eventsCount" ? 0 : undefined;
  Object.defineProperty(EventEmitter.prototype, name, { value, writable: true, enumerable: true, configurable: true });
}
Object.assign(EventEmitter.prototype, methods);
Object.defineProperty(EventEmitter, "defaultMaxListeners", {
  enumerable: true,
  get: () => defaultMaxListeners,
  set(count: unknown) {
    checkCount(count, "defaultMaxListeners");
    defaultMaxListeners = count;
  },
});

export default EventEmitter;
