/**
 * The timers of one partition that are due next: a bounded piece of the store's index, read ahead in order of due time.
 * All others are on disk only, so that memory follows what is due soon, not what is set (I7).
 *
 * It holds exactly what is committed up to its horizon, but for what was taken out to be fired: changes come in when their
 * transaction is committed, and whoever learns that one was not throws the window away (I1). A change may come in that
 * was read already; it then changes nothing.
 */
import type { StateStore } from "#stream";
import { arrivalOfIndex, dueOfIndex, encodeTimer, timerIndex } from "./timer-value.ts";

/** So many are read at once. */
const READ_AHEAD = 1_000;
/** With more in memory the last ones are forgotten. */
const KEPT_MAX = 4_000;

export interface DueTimer {
  readonly key: string;
  readonly dueMs: number;
  /** Its record's offset in the input: the order among timers that are due at one time. */
  readonly arrival: number;
}

export class TimerWindow {
  readonly #store: StateStore;
  /** In order; those before `#first` are taken, those that are not in `#byKey` are gone. */
  #timers: DueTimer[] = [];
  #first = 0;
  readonly #byKey = new Map<string, DueTimer>();
  /** Everything up to here was read: a sort key. Undefined: nothing was. */
  #horizon: Uint8Array | undefined;
  /** There was nothing behind the horizon. */
  #isWhole = false;

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** The first one due. */
  next(): DueTimer | undefined {
    for (;;) {
      const timer = this.#timers[this.#first];
      if (timer !== undefined && this.#byKey.get(timer.key) === timer) return timer;
      if (timer !== undefined) this.#first++;
      else if (this.#isWhole || !this.#readAhead()) return undefined;
    }
  }

  /** Takes `next()` out. */
  take(timer: DueTimer): void {
    this.#byKey.delete(timer.key);
  }

  /** A committed change. */
  set(timer: DueTimer): void {
    const known = this.#byKey.get(timer.key);
    if (known?.arrival === timer.arrival) return;
    this.#byKey.delete(timer.key);
    if (!this.#isWithin(timer)) return;
    this.#byKey.set(timer.key, timer);
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    if (this.#timers.length > KEPT_MAX) this.#shrink();
  }

  /** A committed change. */
  cancel(key: string): void {
    this.#byKey.delete(key);
  }

  clear(): void {
    this.#timers = [];
    this.#first = 0;
    this.#byKey.clear();
    this.#horizon = undefined;
    this.#isWhole = false;
  }

  #isWithin({ dueMs, arrival }: DueTimer): boolean {
    if (this.#isWhole) return true;
    if (this.#horizon === undefined) return false;
    const horizonMs = dueOfIndex(this.#horizon);
    return dueMs < horizonMs || (dueMs === horizonMs && arrival <= arrivalOfIndex(this.#horizon));
  }

  /** Binary: among those that are not taken. */
  #placeOf(timer: DueTimer): number {
    let low = this.#first;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#timers[middle]!, timer)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @returns false when there is nothing more */
  #readAhead(): boolean {
    // The least sort key behind the horizon is the horizon with a zero byte behind it.
    const from = this.#horizon === undefined ? {} : { from: Uint8Array.of(...this.#horizon, 0) };
    this.#timers = [];
    this.#first = 0;
    let count = 0;
    for (const { index, key } of this.#store.indexEntries({ ...from, limit: READ_AHEAD })) {
      const timer = { key, dueMs: dueOfIndex(index), arrival: arrivalOfIndex(index) };
      this.#timers.push(timer);
      this.#byKey.set(key, timer);
      this.#horizon = index;
      count++;
    }
    this.#isWhole = count < READ_AHEAD;
    return count > 0;
  }

  /** Lets go what is taken or gone, and of the rest the last ones. */
  #shrink(): void {
    const left = this.#timers.slice(this.#first).filter((timer) => this.#byKey.get(timer.key) === timer);
    this.#first = 0;
    this.#timers = left.slice(0, KEPT_MAX / 2);
    const forgotten = left.slice(KEPT_MAX / 2);
    if (forgotten.length === 0) return;
    for (const { key } of forgotten) this.#byKey.delete(key);
    const last = this.#timers.at(-1)!;
    this.#horizon = timerIndex(encodeTimer(last.dueMs, last.arrival));
    this.#isWhole = false;
  }
}

function isBefore(one: DueTimer, other: DueTimer): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.arrival < other.arrival);
}
