/** Sequence numbers by partition: they grow by one a record, wrap at 2^31, and begin at 0 with every new identity. */

const SEQUENCE_MODULUS = 0x8000_0000;

export class Sequences {
  readonly #next = new Map<string, Map<number, number>>();

  /** Takes `count` numbers for a batch; gives the first. */
  take(topic: string, partition: number, count: number): number {
    let byPartition = this.#next.get(topic);
    if (byPartition === undefined) {
      byPartition = new Map();
      this.#next.set(topic, byPartition);
    }
    const first = byPartition.get(partition) ?? 0;
    byPartition.set(partition, (first + count) % SEQUENCE_MODULUS);
    return first;
  }

  clear(): void {
    this.#next.clear();
  }
}
