/**
 * What this process has committed and the cluster does not show yet.
 *
 * EndTxn is answered when the outcome is decided; the markers that let readers see it follow some milliseconds later
 * (defect 4's other side). Who commits and then reads "to the end" would stop short of its own records. So the end of a
 * partition is never told to be before what was acknowledged here: a reader goes on until it has passed that.
 */

/** A marker takes milliseconds; behind this the log itself was replaced, and nothing is to be waited for. */
const FORGOTTEN_AFTER_MS = 10_000;

export class Acknowledged {
  readonly #ends = new Map<string, { readonly end: number; readonly at: number }>();

  /** A transaction with a record at `offset` of this partition was committed. */
  note(topic: string, partition: number, offset: number): void {
    this.#ends.set(`${topic}/${partition}`, { end: offset + 1, at: Date.now() });
  }

  /** The end of the partition, given its last stable offset. */
  endOf(topic: string, partition: number, lastStableOffset: number): number {
    if (this.#ends.size === 0) return lastStableOffset;
    const place = `${topic}/${partition}`;
    const noted = this.#ends.get(place);
    if (noted === undefined) return lastStableOffset;
    if (noted.end > lastStableOffset && Date.now() - noted.at < FORGOTTEN_AFTER_MS) return noted.end;
    this.#ends.delete(place);
    return lastStableOffset;
  }
}
