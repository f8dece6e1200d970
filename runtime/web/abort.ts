/** `AbortController` and `AbortSignal`. A time limit is a durable timer: it may lie months ahead. */

// biome-ignore-all lint/complexity/noArguments: how many were given counts, and a rest parameter would not show in `length`.

import { DOMException } from "./dom-exception.ts";
import { Event, EventTarget } from "./events.ts";
import { coded, defineInterface, requireArguments, wrongType } from "./interface.ts";

/** Who has it may make a signal. */
const MAKER = Symbol("maker");

type Handler = ((event: Event) => unknown) | null;

export class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason: unknown = undefined;
  #onabort: Handler = null;
  /** Called before the event: how other parts of the runtime learn of it. */
  #algorithms: (() => void)[] = [];
  /** Of a signal that `any` made: those that it follows. None of them was made by `any`. */
  #sources: AbortSignal[] = [];
  #dependents: AbortSignal[] = [];

  constructor(maker?: unknown) {
    if (maker !== MAKER) throw coded(new TypeError("Illegal constructor"), "ERR_ILLEGAL_CONSTRUCTOR");
    super();
  }

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  get onabort(): Handler {
    return this.#onabort;
  }

  set onabort(handler: unknown) {
    if (this.#onabort !== null) this.removeEventListener("abort", this.#onabort);
    this.#onabort = typeof handler === "function" ? (handler as Handler) : null;
    if (this.#onabort !== null) this.addEventListener("abort", this.#onabort);
  }

  static abort(reason: unknown = new DOMException("This operation was aborted", "AbortError")): AbortSignal {
    const signal = new AbortSignal(MAKER);
    signal.#isAborted = true;
    signal.#reason = reason;
    return signal;
  }

  static timeout(milliseconds: unknown): AbortSignal {
    requireArguments(arguments.length, 1, '"delay"');
    const delayMs = Number(milliseconds);
    if (!Number.isSafeInteger(delayMs) || delayMs < 0) {
      throw coded(
        new RangeError(
          `The value of "delay" is out of range. It must be >= 0 && <= ${Number.MAX_SAFE_INTEGER}. Received ${milliseconds}`,
        ),
        "ERR_OUT_OF_RANGE",
      );
    }
    const signal = new AbortSignal(MAKER);
    setTimeout(() => {
      abortSignal(signal, new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    }, delayMs);
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    requireArguments(arguments.length, 1, '"signals"');
    if (typeof signals !== "object" || signals === null || !(Symbol.iterator in signals)) {
      throw wrongType('The "signals" argument must be an instance of Iterable.');
    }
    const list = [...signals];
    for (const [index, signal] of list.entries()) {
      if (!isAbortSignal(signal)) {
        throw wrongType(`The "signals[${index}]" argument must be an instance of AbortSignal.`);
      }
    }
    const result = new AbortSignal(MAKER);
    for (const signal of list) {
      if (!signal.#isAborted) continue;
      result.#isAborted = true;
      result.#reason = signal.#reason;
      return result;
    }
    for (const signal of list) {
      for (const source of signal.#sources.length > 0 ? signal.#sources : [signal]) {
        if (result.#sources.includes(source)) continue;
        result.#sources.push(source);
        source.#dependents.push(result);
      }
    }
    return result;
  }

  static is(value: unknown): value is AbortSignal {
    return typeof value === "object" && value !== null && #isAborted in value;
  }

  static fire(signal: AbortSignal, reason: unknown): void {
    if (signal.#isAborted) return;
    const following = signal.#dependents.filter((dependent) => !dependent.#isAborted);
    for (const one of [signal, ...following]) {
      one.#isAborted = true;
      one.#reason = reason;
    }
    for (const one of [signal, ...following]) {
      const algorithms = one.#algorithms;
      one.#algorithms = [];
      for (const source of one.#sources) {
        source.#dependents = source.#dependents.filter((dependent) => dependent !== one);
      }
      one.#sources = [];
      one.#dependents = [];
      for (const algorithm of algorithms) algorithm();
      one.dispatchEvent(new Event("abort"));
    }
  }

  /** Gives what ends it: a signal may live longer than all who follow it. */
  static follow(signal: AbortSignal, algorithm: () => void): () => void {
    signal.#algorithms.push(algorithm);
    return () => {
      signal.#algorithms = signal.#algorithms.filter((one) => one !== algorithm);
    };
  }
}

/** Apart from its members, so that a script does not find them. */
export const { is: isAbortSignal, fire: abortSignal, follow: onAbort } = AbortSignal;
for (const name of ["is", "fire", "follow"]) Reflect.deleteProperty(AbortSignal, name);
defineInterface(AbortSignal, "AbortSignal", ["aborted", "reason", "throwIfAborted", "onabort"]);
Object.defineProperty(AbortSignal, "length", { value: 0, configurable: true });

export function newSignal(): AbortSignal {
  return new AbortSignal(MAKER);
}

export class AbortController {
  #signal = newSignal();

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason: unknown = new DOMException("This operation was aborted", "AbortError")): void {
    abortSignal(this.#signal, reason);
  }
}

defineInterface(AbortController, "AbortController", ["signal", "abort"]);
