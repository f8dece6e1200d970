/**
 * Programs whose modules broke a limit, alone: their threads fault at once for a while, in whichever sandbox they are to
 * run; then it is tried again.
 */
import type { StepFaulted } from "#protocol";

const UNLOADABLE_MS = 60_000;

export class UnloadablePrograms {
  readonly #known = new Map<string, { readonly result: StepFaulted; readonly untilMs: number }>();
  readonly #listeners: ((programHash: string, result: StepFaulted) => void)[] = [];

  /** @param listener settles what waits */
  onAdded(listener: (programHash: string, result: StepFaulted) => void): void {
    this.#listeners.push(listener);
  }

  add(programHash: string, result: StepFaulted): void {
    this.#known.set(programHash, { result, untilMs: performance.now() + UNLOADABLE_MS });
    for (const listener of this.#listeners) listener(programHash, result);
  }

  resultOf(programHash: string): StepFaulted | undefined {
    const known = this.#known.get(programHash);
    return known !== undefined && performance.now() < known.untilMs ? known.result : undefined;
  }
}
