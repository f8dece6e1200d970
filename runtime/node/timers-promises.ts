/** `node:timers/promises`: sleeps that are durable, since they stand on the workflow's own timers. */

import { invalidType } from "../web/buffer-errors.ts";
import { abortError, checkedSignal } from "./errors.ts";

interface TimerOptions {
  readonly signal?: AbortSignal;
}

function timer<T>(start: (done: () => void) => () => void, value: T, options: unknown): Promise<T> {
  let signal: AbortSignal | undefined;
  try {
    signal = checkedSignal(options);
  } catch (error) {
    return Promise.reject(error);
  }
  if (signal?.aborted) return Promise.reject(abortError(signal));
  return new Promise((resolve, reject) => {
    const stop = start(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve(value);
    });
    const onAbort = (): void => {
      stop();
      reject(abortError(signal!));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

export function setTimeout<T = void>(delay?: number, value?: T, options: unknown = undefined): Promise<T> {
  if (delay !== undefined && typeof delay !== "number") {
    return Promise.reject(invalidType("delay", "of type number", delay));
  }
  const start = (done: () => void): (() => void) => {
    const handle = globalThis.setTimeout(done, delay);
    return () => clearTimeout(handle);
  };
  return timer(start, value as T, options);
}

export function setImmediate<T = void>(value?: T, options: unknown = undefined): Promise<T> {
  const start = (done: () => void): (() => void) => {
    const handle = globalThis.setImmediate(done);
    return () => clearImmediate(handle);
  };
  return timer(start, value as T, options);
}

/** A value each `delay` milliseconds; what comes while nobody asks is counted. */
export async function* setInterval<T = void>(delay?: number, value?: T, options?: unknown): AsyncGenerator<T> {
  const signal = checkedSignal(options);
  if (signal?.aborted) throw abortError(signal);
  let missed = 0;
  let wake: (() => void) | undefined;
  const tick = (): void => {
    missed++;
    wake?.();
  };
  const handle = globalThis.setInterval(tick, delay);
  const onAbort = (): void => {
    clearInterval(handle);
    wake?.();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    while (!signal?.aborted) {
      if (missed === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      for (; missed > 0; missed--) yield value as T;
    }
    throw abortError(signal);
  } finally {
    clearInterval(handle);
    signal?.removeEventListener("abort", onAbort);
  }
}

export const scheduler = {
  wait: (delay: number, options?: TimerOptions): Promise<void> => setTimeout(delay, undefined, options),
  yield: (): Promise<void> => setImmediate(),
};
