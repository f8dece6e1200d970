/**
 * Strings by number: found by a hash of our own, which is made of the characters that are looked at anyway. A Map of the
 * engine's hashes, compares and grows for several times as long, since the strings of a decoded state are all new to it.
 */
import { bareList, imul, NativeInt32Array, stringCharCodeAt } from "../primordials.ts";

const CAPACITY_MIN = 256;
/** Slots of a larger state are given back. */
const CAPACITY_KEPT = 65_536;
/** Marks stay below 2^31. */
const BASE_MAX = 0x4000_0000;

/** Of the string that was hashed last: whether it has a character beyond Latin-1. */
export const hashed = { isWide: false };

export function hashOf(text: string): number {
  const { length } = text;
  let hash = length;
  let units = 0;
  for (let i = 0; i < length; i++) {
    const unit = stringCharCodeAt(text, i);
    units |= unit;
    hash = imul(hash ^ unit, 0x0100_0193);
  }
  hashed.isWide = units > 255;
  return hash ^ (hash >>> 15);
}

export class StringIndex {
  count = 0;
  private texts: string[] = bareList();
  private hashes: number[] = bareList();
  /** Open addressing: `base` + number, below `base` it is free. */
  private slots = new NativeInt32Array(CAPACITY_MIN);
  private capacity = CAPACITY_MIN;
  private base = 1;

  /** -1: not there. */
  find(text: string, hash: number): number {
    const { slots, base, texts } = this;
    const mask = this.capacity - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const number = slots[at]! - base;
      if (number < 0) return -1;
      if (texts[number] === text) return number;
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
    this.base += this.count;
    this.count = 0;
    if (this.base > BASE_MAX || this.capacity > CAPACITY_KEPT) {
      this.base = 1;
      this.capacity = CAPACITY_MIN;
      this.slots = new NativeInt32Array(CAPACITY_MIN);
    }
    this.texts = bareList();
    this.hashes = bareList();
  }

  private put(number: number, hash: number): void {
    const { slots, base } = this;
    const mask = this.capacity - 1;
    let at = hash & mask;
    while (slots[at]! >= base) at = (at + 1) & mask;
    slots[at] = base + number;
  }

  private grow(): void {
    this.capacity *= 4;
    this.slots = new NativeInt32Array(this.capacity);
    this.base = 1;
    for (let number = 0; number < this.count; number++) this.put(number, this.hashes[number]!);
  }
}
