/** The window of what is due next says what the whole index says, whatever is set, moved, cancelled, fired or forgotten. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StateStore } from "#stream";
import { encodeTimer, timerIndex } from "../../scheduler/timer-value.ts";
import { type DueTimer, TimerWindow } from "../../scheduler/timer-window.ts";

const ROUNDS = 6_000;
/** Several times what the window holds. */
const KEYS = 20_000;

/** All timers there are, with an index as the store gives it. */
class Timers {
  readonly byKey = new Map<string, DueTimer>();
  #sorted: DueTimer[] | undefined;

  set(timer: DueTimer): void {
    this.byKey.set(timer.key, timer);
    this.#sorted = undefined;
  }

  delete(key: string): void {
    this.byKey.delete(key);
    this.#sorted = undefined;
  }

  get sorted(): readonly DueTimer[] {
    this.#sorted ??= [...this.byKey.values()].sort((a, b) => a.dueMs - b.dueMs || a.arrival - b.arrival);
    return this.#sorted;
  }

  first(): DueTimer | undefined {
    let first: DueTimer | undefined;
    for (const timer of this.byKey.values())
      if (!first || timer.dueMs < first.dueMs || (timer.dueMs === first.dueMs && timer.arrival < first.arrival))
        first = timer;
    return first;
  }

  readonly store = {
    indexEntries: ({ from, limit }: { from?: Uint8Array; limit: number }) =>
      this.sorted
        .map(({ key, dueMs, arrival }) => ({ key, index: timerIndex(encodeTimer(dueMs, arrival)) }))
        .filter(({ index }) => from === undefined || Buffer.compare(index, from) >= 0)
        .slice(0, limit),
  } as unknown as StateStore;
}

test("next() is the first of all timers, over seeded changes", (t) => {
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  let state = seed;
  const draw = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const timers = new Timers();
  for (let arrival = 0; arrival < KEYS / 2; arrival++)
    timers.set({ key: `k${draw(KEYS)}`, dueMs: draw(5_000), arrival });
  const window = new TimerWindow(timers.store);
  let arrival = KEYS;
  let fired = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const what = draw(100);
    const key = `k${draw(KEYS)}`;
    if (what < 40) {
      // Near and far; sometimes many that are due at once, so that the window overflows.
      const timer = { key, dueMs: draw(what < 20 ? 200 : 5_000), arrival: arrival++ };
      timers.set(timer);
      // The store may show a change before it is told, and it may be told again.
      if (draw(2) === 0) window.next();
      window.set(timer);
    } else if (what < 50) {
      timers.delete(key);
      window.cancel(key);
    } else if (what === 50) {
      window.clear();
    } else {
      const next = window.next();
      if (next !== undefined) {
        assert.deepEqual(next, timers.first());
        window.take(next);
        timers.delete(next.key);
        fired++;
      }
    }
  }
  assert.ok(fired > 1_000, `${fired} fired`);
  for (let next = window.next(); next !== undefined; next = window.next()) {
    assert.deepEqual(next, timers.sorted.at(0));
    window.take(next);
    timers.byKey.delete(next.key);
    // The reference is sorted once: what goes is always its first.
    (timers.sorted as DueTimer[]).shift();
  }
  assert.equal(timers.byKey.size, 0);
});
