/**
 * Reads one input partition ahead of its processing: while a batch is processed and committed the next ones gather here,
 * so that batches grow under load and are small when there is little to do. Bounded by records.
 *
 * A record stays until its transaction is committed: a batch that is run again finds it here.
 */
import type { PartitionReader, ReadBatch, StoredRecord } from "./broker.ts";

export interface InputBufferOptions {
  readonly reader: PartitionReader;
  /** The first offset that was not committed: what lies below was done already, whatever the client delivers (I1). */
  readonly from: number;
  /** How many records wait here before no more are read; one read may go beyond it. */
  readonly recordsMax: number;
  readonly pollWaitMs: number;
  /** Something arrived, or reading failed. */
  readonly onChange: () => void;
  readonly onRead: (read: { readonly dropped: number; readonly endOffset: number }) => void;
}

export class InputBuffer {
  readonly #options: InputBufferOptions;
  #records: StoredRecord[] = [];
  /** Behind the last committed record. */
  #committed: number;
  /** Behind what was read, transaction markers and holes included. */
  #end: number;
  #error: unknown;
  #isClosed = false;
  #reading: Promise<void> | undefined;

  constructor(options: InputBufferOptions) {
    this.#options = options;
    this.#committed = options.from;
    this.#end = options.from;
    this.#readOn();
  }

  /** @throws what reading threw */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** Behind what was read. */
  get end(): number {
    return this.#end;
  }

  /** Up to `countMax` records from offset `from` on. */
  from(from: number, countMax: number): readonly StoredRecord[] {
    const first = this.#indexOf(from);
    return this.#records.slice(first, first + countMax);
  }

  /** The offset at which whoever has taken everything before `offset` goes on: the next record's, or the end. */
  behind(offset: number): number {
    return this.#records[this.#indexOf(offset)]?.offset ?? this.#end;
  }

  has(offset: number): boolean {
    return this.#indexOf(offset) < this.#records.length;
  }

  /** Everything before `next` is committed. */
  commit(next: number): void {
    this.#committed = Math.max(this.#committed, next);
    this.#records.splice(0, this.#indexOf(next));
    this.#readOn();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#options.reader.close();
    await this.#reading;
  }

  /** Binary: offsets grow, and have gaps. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#records[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #readOn(): void {
    if (this.#reading !== undefined || !this.#hasRoom) return;
    this.#reading = this.#read().finally(() => {
      this.#reading = undefined;
      // A commit may have made room in between.
      this.#readOn();
    });
  }

  get #hasRoom(): boolean {
    return !this.#isClosed && this.#error === undefined && this.#records.length < this.#options.recordsMax;
  }

  async #read(): Promise<void> {
    const { reader, pollWaitMs, onChange } = this.#options;
    try {
      while (this.#hasRoom) {
        this.#take(await reader.poll(pollWaitMs));
        onChange();
      }
    } catch (error) {
      this.#error = error;
      onChange();
    }
  }

  #take(batch: ReadBatch): void {
    let floor = Math.max(this.#committed, (this.#records.at(-1)?.offset ?? -1) + 1);
    let dropped = 0;
    for (const record of batch.records) {
      if (record.offset < floor) {
        dropped++;
        continue;
      }
      this.#records.push(record);
      floor = record.offset + 1;
    }
    this.#end = Math.max(this.#end, batch.nextOffset);
    this.#options.onRead({ dropped, endOffset: batch.endOffset });
  }
}
