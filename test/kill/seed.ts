/** A seeded source of choices for tests: the seed is printed, and `KAWAIT_SEED` repeats a run's choices. */
import type { TestContext } from "node:test";

export function seededRandom(context: Pick<TestContext, "diagnostic">): () => number {
  const seed = Number(process.env.KAWAIT_SEED ?? Math.floor(Math.random() * 2 ** 31));
  context.diagnostic(`seed ${seed} (KAWAIT_SEED=${seed} repeats it)`);
  return randomOf(seed);
}

export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
