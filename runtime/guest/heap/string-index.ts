/**
 * Strings by number: found by a hash of our own, which is made of the characters that are looked at anyway. A Map of the
 * engine's hashes, compares and grows for several times as long, since the strings of a decoded state are all new to it.
 */
import { bareList, imul, NativeInt32Array, NativeUint8Array, stringCharCodeAt } from "../primordials.ts";
import { uint8Fill } from "./natives.ts";

const CAPACITY_MIN = 256;
/** Slots of a larger state are given back. */
const CAPACITY_KEPT = 65_536;
/** Where fewer than one slot in so many is taken, they are freed one by one. */
const SPARSE = 16;

export const HASH_PRIME = 0x0100_0193;

/** Of the string that was hashed last: whether it has a character beyond Latin-1. */
export const hashed = { isWide: false };

/** Two characters a round: each round waits for the one before. `Writer.draft` does the same, and `stringHash` of the protocol. */
export function hashOf(text: string): number {
  const { length } = text;
  const pairs = length & ~1;
  let hash = length;
  let units = 0;
  let i = 0;
  for (; i < pairs; i += 2) {
    const unit = stringCharCodeAt(text, i);
    const next = stringCharCodeAt(text, i + 1);
    units |= unit | next;
    hash = imul(hash ^ (unit | (next << 16)), HASH_PRIME);
  }
  if (i < length) {
    const unit = stringCharCodeAt(text, i);
    units |= unit;
    hash = imul(hash ^ unit, HASH_PRIME);
  }
  hashed.isWide = units > 255;
  return mixed(hash);
}

/** A character at an odd place is in the upper bits alone so far. */
export function mixed(hash: number): number {
  const half = imul(hash ^ (hash >>> 15), HASH_PRIME);
  return half ^ (half >>> 13);
}

/** Never 0. */
function tagOf(hash: number): number {
  return (hash >>> 24) | 1;
}

export class StringIndex {
  count = 0;
  private texts: string[] = bareList();
  private hashes: number[] = bareList();
  /**
   * Open addressing. A slot has eight bits of the hash, 0 where it is free, and the number apart from them: a string that is
   * new, as most are, is told by the bytes alone, which stay in the processor's nearest cache.
   */
  private tags: Uint8Array;
  private numbers: Int32Array;
  private capacity: number;

  /** `expected`: so many will come. */
  constructor(expected = 0) {
    let capacity = CAPACITY_MIN;
    while (expected * 2 >= capacity) capacity *= 2;
    this.capacity = capacity;
    this.tags = new NativeUint8Array(capacity);
    this.numbers = new NativeInt32Array(capacity);
  }

  /** -1: not there. */
  find(text: string, hash: number): number {
    const { tags } = this;
    const mask = this.capacity - 1;
    const wanted = tagOf(hash);
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const tag = tags[at]!;
      if (tag === 0) return -1;
      if (tag === wanted && this.texts[this.numbers[at]!] === text) return this.numbers[at]!;
    }
  }

  /** Gives a string that is not there the next number. */
  add(text: string, hash: number): void {
    if (this.count * 2 >= this.capacity) this.grow();
    const number = this.count++;
    this.texts[number] = text;
    this.hashes[number] = hash;
    this.put(number, hash);
  }

  clear(): void {
    if (this.count === 0) return;
    if (this.capacity > CAPACITY_KEPT) this.makeRoom(CAPACITY_MIN);
    else if (this.count * SPARSE < this.capacity) this.takeOut();
    else uint8Fill(this.tags, 0);
    this.count = 0;
    this.texts = bareList();
    this.hashes = bareList();
  }

  /** Frees the slots of the few that are there. */
  private takeOut(): void {
    const { tags, numbers } = this;
    const mask = this.capacity - 1;
    for (let number = 0; number < this.count; number++) {
      let at = this.hashes[number]! & mask;
      // Those before it may be gone by now.
      while (tags[at] === 0 || numbers[at] !== number) at = (at + 1) & mask;
      tags[at] = 0;
    }
  }

  private put(number: number, hash: number): void {
    const { tags } = this;
    const mask = this.capacity - 1;
    let at = hash & mask;
    while (tags[at] !== 0) at = (at + 1) & mask;
    tags[at] = tagOf(hash);
    this.numbers[at] = number;
  }

  private grow(): void {
    this.makeRoom(this.capacity * 2);
    for (let number = 0; number < this.count; number++) this.put(number, this.hashes[number]!);
  }

  private makeRoom(capacity: number): void {
    this.capacity = capacity;
    this.tags = new NativeUint8Array(capacity);
    this.numbers = new NativeInt32Array(capacity);
  }
}
