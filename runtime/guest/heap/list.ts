/** A list of the codec's own, kept from step to step. It has no prototype: an assignment past its end asks nobody (I5). */
import { bareList } from "../primordials.ts";

export class List<T> {
  readonly items: (T | undefined)[] = bareList();

  constructor() {
    // Lists of numbers and of objects are of one form to the engine then: whoever serves several is not slowed down.
    this.items[0] = undefined;
  }

  put(index: number, value: T): void {
    this.items[index] = value;
  }

  /** Holds nothing any more; places stay. */
  clear(count: number): void {
    const { items } = this;
    for (let i = 0; i < count; i++) items[i] = undefined;
  }
}
