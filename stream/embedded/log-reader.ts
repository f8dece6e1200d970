/** Reads one partition of the embedded broker by position; sees what is on disk only. */
import { BrokerError, type PartitionReader, type ReadBatch, type StoredRecord } from "../broker.ts";
import type { Partition, Tables } from "./catalog.ts";
import { decodeRecord, offsetKey, offsetOfKey, partitionKey, recordOffset } from "./layout.ts";

const RECORDS_PER_POLL_MAX = 1000;
const BYTES_PER_POLL_MAX = 4 * 1024 * 1024;

export class LogReader implements PartitionReader {
  readonly #tables: Tables;
  readonly #partition: Partition;
  #position: number;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(tables: Tables, partition: Partition, fromOffset: number) {
    this.#tables = tables;
    this.#partition = partition;
    this.#position = fromOffset;
  }

  async poll(maxWaitMs: number): Promise<ReadBatch> {
    const partition = this.#partition;
    this.#assertInRange();
    if (this.#position >= partition.stable && !this.#closed) {
      await this.#changed(maxWaitMs);
      this.#assertInRange();
    }
    if (this.#closed) return { records: [], nextOffset: this.#position, endOffset: partition.stable };
    const { records, nextOffset } = this.#read();
    this.#position = nextOffset;
    return { records, nextOffset, endOffset: partition.stable };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
  }

  #assertInRange(): void {
    const { topic, number, numbers, stable } = this.#partition;
    if (this.#position >= numbers.start && this.#position <= stable) return;
    throw new BrokerError(
      "OffsetOutOfRange",
      `offset ${this.#position} of ${topic.name}/${number} is outside of the log (${numbers.start} to ${stable})`,
      { topic: topic.name },
    );
  }

  #changed(maxWaitMs: number): Promise<void> {
    const { waiting } = this.#partition;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, maxWaitMs);
      waiting.add(wake);
      this.#wake = wake;
    });
  }

  #read(): { records: StoredRecord[]; nextOffset: number } {
    const { topic, number, stable } = this.#partition;
    const records: StoredRecord[] = [];
    let bytes = 0;
    const range = this.#tables.log.getRange({
      start: offsetKey(topic.id, number, this.#position),
      end: offsetKey(topic.id, number, stable),
    });
    for (const { key, value } of range) {
      const offset = offsetOfKey(key);
      const found = topic.cleanup === "delete" ? value : this.#latest(value, offset);
      if (found === undefined) continue;
      records.push(decodeRecord(topic.name, number, found));
      bytes += found.length;
      if (records.length >= RECORDS_PER_POLL_MAX || bytes >= BYTES_PER_POLL_MAX) {
        return { records, nextOffset: offset + 1 };
      }
    }
    return { records, nextOffset: stable };
  }

  /** The record that a place in a compacted log stands for, unless a newer one has just replaced it. */
  #latest(placed: Uint8Array, offset: number): Uint8Array | undefined {
    const { topic, number } = this.#partition;
    const found = this.#tables.table.getBinary(partitionKey(topic.id, number, placed));
    return found !== undefined && recordOffset(found) === offset ? found : undefined;
  }
}
