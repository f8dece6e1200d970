/** Something that happens once and that others wait for. */
import type { Clock } from "./clock.ts";

export class Signal {
  readonly promise: Promise<void>;
  readonly #listeners = new Set<() => void>();
  #resolve: () => void = () => {};
  #isSet = false;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  set(): void {
    if (this.#isSet) return;
    this.#isSet = true;
    this.#resolve();
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /**
   * Runs `listener` when it happens, or at once if it has; the result takes that back. For waits that come again and
   * again: a race with `promise` would leave something on it each time, for as long as the signal lives.
   */
  subscribe(listener: () => void): () => void {
    if (this.#isSet) listener();
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits for it, at most `delayMs`. */
  async within(clock: Clock, delayMs: number): Promise<void> {
    let unsubscribe = (): void => {};
    let cancel = (): void => {};
    await new Promise<void>((resolve) => {
      cancel = clock.setTimer(delayMs, resolve);
      unsubscribe = this.subscribe(resolve);
    });
    cancel();
    unsubscribe();
  }
}
