/** Something that happens once and that others wait for. */
import type { Clock } from "./clock.ts";

export class Signal {
  readonly promise: Promise<void>;
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
    this.#isSet = true;
    this.#resolve();
  }

  /** Waits for it, at most `delayMs`. */
  async within(clock: Clock, delayMs: number): Promise<void> {
    let cancel = (): void => {};
    const timer = new Promise<void>((resolve) => {
      cancel = clock.setTimer(delayMs, resolve);
    });
    await Promise.race([this.promise, timer]);
    cancel();
  }
}
