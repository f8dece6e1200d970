/**
 * How many steps of a program go into its isolate in one call: a call costs as much as a third of a short step. Few enough
 * that results are not held back, and one by one for a while behind a breach, which costs all steps of its call a second run.
 */

/** CPU time that a call should take at most. */
const CALL_MS = 10;
const STEPS_MAX = 32;
/** Behind a breach so many steps go one by one. */
const CALM_STEPS = 256;

export class StepPace {
  #size = 1;
  #calm = 0;

  get size(): number {
    return this.#size;
  }

  /** `count` steps went through in one call. */
  wentThrough(count: number, cpuMs: number): void {
    this.#calm -= count;
    if (this.#calm > 0) return;
    const fitting = Math.floor((CALL_MS * count) / Math.max(cpuMs, 0.001));
    this.#size = Math.max(1, Math.min(STEPS_MAX, 2 * this.#size, fitting));
  }

  breached(): void {
    this.#size = 1;
    this.#calm = CALM_STEPS;
  }
}
