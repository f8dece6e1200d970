/** `Math.random` from the step's seed: the generator sfc32, seeded with 16 bytes (I2). */

import { defineHidden } from "../primordials.ts";

let a = 0;
let b = 0;
let c = 0;
let counter = 1;

function next32(): number {
  const sum = (((a + b) | 0) + counter) | 0;
  counter = (counter + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = (c << 21) | (c >>> 11);
  c = (c + sum) | 0;
  return sum >>> 0;
}

/** Starts the sequence of a step. */
export function seedRandom(seed: Uint8Array): void {
  const word = (at: number) => seed[at]! | (seed[at + 1]! << 8) | (seed[at + 2]! << 16) | (seed[at + 3]! << 24);
  a = word(0);
  b = word(4);
  c = word(8);
  counter = word(12);
  // The first outputs of sfc32 still show the seed.
  for (let i = 0; i < 15; i++) next32();
}

const methods = {
  random(): number {
    // 53 bits, as a double in [0, 1) has them.
    return ((next32() >>> 5) * 67_108_864 + (next32() >>> 6)) / 9_007_199_254_740_992;
  },
};

export function installRandom(): void {
  defineHidden(Math, "random", methods.random);
}
