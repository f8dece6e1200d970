/**
 * A load that lasts for as long as a test needs it, however quick the engine is: one ledger after another, until it is told
 * to end. Each is checked then.
 */
import type { Ledger } from "./ledger.ts";

const LOOK_MS = 5;

export class Waves {
  readonly #make: (number: number) => Ledger;
  readonly #ledgers: Ledger[] = [];
  readonly #run: Promise<void>;
  #isEnding = false;
  #completed = 0;

  /** @param make gives the wave of this number, with threads of its own. */
  constructor(make: (number: number) => Ledger) {
    this.#make = make;
    this.#run = this.#runAll();
    this.#run.catch(() => {});
  }

  /** How many there were, the one that runs included. */
  get count(): number {
    return this.#ledgers.length;
  }

  /** Resolves when so many more effects were seen; the load goes on. */
  async effects(count: number): Promise<void> {
    const goal = this.#seen + count;
    await this.#until(() => this.#seen >= goal);
  }

  /** Resolves when a wave that began after the call has come to its end: every partition has worked since. */
  async wholeWave(): Promise<void> {
    const goal = this.count + 1;
    await this.#until(() => this.#completed >= goal);
  }

  /** Lets the wave that runs come to its end; 0 lost, 0 doubled in any of them. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#run;
    for (const ledger of this.#ledgers) ledger.check();
  }

  get #seen(): number {
    return this.#ledgers.reduce((sum, ledger) => sum + ledger.seen(), 0);
  }

  async #runAll(): Promise<void> {
    while (!this.#isEnding) {
      const ledger = this.#make(this.count);
      this.#ledgers.push(ledger);
      await ledger.run();
      this.#completed++;
    }
  }

  /** Throws what the load fails with. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await Promise.race([this.#run, new Promise((resolve) => setTimeout(resolve, LOOK_MS))]);
  }
}
