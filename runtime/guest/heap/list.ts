/** A list of the codec's own, kept from step to step: it grows without asking `Array.prototype` for setters (I5). */
import { define } from "../primordials.ts";

export class List<T> {
  readonly items: (T | undefined)[] = [];
  private capacity = 0;

  put(index: number, value: T): void {
    if (index >= this.capacity) this.grow(index + 1);
    this.items[index] = value;
  }

  clear(count: number): void {
    for (let i = 0; i < count && i < this.capacity; i++) this.items[i] = undefined;
  }

  private grow(count: number): void {
    const capacity = count < 64 ? 64 : count * 2;
    for (let i = this.capacity; i < capacity; i++) define(this.items, i, undefined);
    this.capacity = capacity;
  }
}
