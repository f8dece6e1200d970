/**
 * All randomness of a step, from its seed alone (I2): `Math.random`, and the bytes of `crypto`.
 *
 * Both come from ChaCha20 blocks keyed with the seed, each from a stream of its own: `Math.random` is the quick generator
 * sfc32 that starts from a block, so that its numbers, which anybody may see, tell nothing of the seed or of the bytes that
 * `crypto` gave.
 */

import { defineHidden, NativeUint8Array } from "../primordials.ts";

const STREAM_MATH = 1;
const STREAM_CRYPTO = 2;
const BLOCK_BYTES = 64;
const DOUBLE_ROUNDS = 10;

/** "expand 16-byte k", the 128-bit key twice, counter and stream: the state of ChaCha20 before its rounds. */
const state: number[] = [];
const working: number[] = [];
for (let i = 0; i < 16; i++) {
  state[i] = 0;
  working[i] = 0;
}
state[0] = 0x61707865;
state[1] = 0x3120646e;
state[2] = 0x79622d36;
state[3] = 0x6b206574;

let a = 0;
let b = 0;
let c = 0;
let counter = 1;
/** The numbers of `Math.random` are started at first use: most steps ask for none. */
let isStarted = false;
let nextBlock = 0;
const pool = new NativeUint8Array(BLOCK_BYTES);
let poolUsed = BLOCK_BYTES;

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function quarter(x: number, y: number, z: number, w: number): void {
  working[x] = (working[x]! + working[y]!) | 0;
  working[w] = rotated(working[w]! ^ working[x]!, 16);
  working[z] = (working[z]! + working[w]!) | 0;
  working[y] = rotated(working[y]! ^ working[z]!, 12);
  working[x] = (working[x]! + working[y]!) | 0;
  working[w] = rotated(working[w]! ^ working[x]!, 8);
  working[z] = (working[z]! + working[w]!) | 0;
  working[y] = rotated(working[y]! ^ working[z]!, 7);
}

/** Leaves the block in `working`. */
function block(stream: number, index: number): void {
  state[12] = index;
  state[13] = stream;
  for (let i = 0; i < 16; i++) working[i] = state[i]!;
  for (let round = 0; round < DOUBLE_ROUNDS; round++) {
    quarter(0, 4, 8, 12);
    quarter(1, 5, 9, 13);
    quarter(2, 6, 10, 14);
    quarter(3, 7, 11, 15);
    quarter(0, 5, 10, 15);
    quarter(1, 6, 11, 12);
    quarter(2, 7, 8, 13);
    quarter(3, 4, 9, 14);
  }
  for (let i = 0; i < 16; i++) working[i] = (working[i]! + state[i]!) | 0;
}

/** Starts the sequences of a step. */
export function seedRandom(seed: Uint8Array): void {
  for (let word = 0; word < 4; word++) {
    const at = word * 4;
    const value = seed[at]! | (seed[at + 1]! << 8) | (seed[at + 2]! << 16) | (seed[at + 3]! << 24);
    state[4 + word] = value;
    state[8 + word] = value;
  }
  isStarted = false;
  nextBlock = 0;
  poolUsed = BLOCK_BYTES;
}

function start(): void {
  block(STREAM_MATH, 0);
  a = working[0]!;
  b = working[1]!;
  c = working[2]!;
  counter = working[3]!;
  isStarted = true;
}

function next32(): number {
  const sum = (((a + b) | 0) + counter) | 0;
  counter = (counter + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = (c << 21) | (c >>> 11);
  c = (c + sum) | 0;
  return sum >>> 0;
}

/** The next bytes of the step's stream for `crypto`. */
export function fillRandom(bytes: Uint8Array, length: number): void {
  for (let i = 0; i < length; i++) {
    if (poolUsed === BLOCK_BYTES) {
      block(STREAM_CRYPTO, nextBlock++);
      for (let at = 0; at < BLOCK_BYTES; at++) pool[at] = working[at >>> 2]! >>> ((at & 3) * 8);
      poolUsed = 0;
    }
    bytes[i] = pool[poolUsed++]!;
  }
}

const methods = {
  random(): number {
    if (!isStarted) start();
    // 53 bits, as a double in [0, 1) has them.
    return ((next32() >>> 5) * 67_108_864 + (next32() >>> 6)) / 9_007_199_254_740_992;
  },
};

export function installRandom(): void {
  defineHidden(Math, "random", methods.random);
}
