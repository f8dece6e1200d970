/** A sample that has something of every part of a tier: drawn by folder, from a seed. */
import type { TestFile } from "./corpus.ts";

/** Mulberry32: numbers from 0 to 1. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` tests: folders take turns, each gives one of its own at random. */
export function sampled(tests: readonly TestFile[], count: number, seed: number): TestFile[] {
  const random = randomFrom(seed);
  const folders = new Map<string, TestFile[]>();
  for (const test of tests) {
    const folder = test.path.slice(0, test.path.lastIndexOf("/"));
    const list = folders.get(folder) ?? [];
    folders.set(folder, list);
    list.push(test);
  }
  const lists = [...folders.values()].sort(() => random() - 0.5);
  const drawn: TestFile[] = [];
  while (drawn.length < count && lists.some((list) => list.length > 0)) {
    for (const list of lists) {
      if (list.length === 0 || drawn.length >= count) continue;
      drawn.push(...list.splice(Math.floor(random() * list.length), 1));
    }
  }
  return drawn;
}
