/** Reads one partition of the embedded broker by position; sees what is on disk only. */
import { BrokerError, type PartitionReader, type ReadBatch, type StoredRecord } from "../broker.ts";
import { place } from "../store/keys.ts";
import { recordsOf } from "../store/log-batch.ts";
import { pointerOffset } from "../store/pointer.ts";
import { decodeRecord, recordKey, recordOffset } from "../store/record.ts";
import type { Partition, Tables } from "./catalog.ts";
import { offsetKey, offsetOfKey, partitionKey } from "./layout.ts";

/** A poll ends behind the entry with which it has so much. */
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
    if (this.#closed) throw new BrokerError("Closed", "the reader is closed");
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
    // An entry's key is its last offset: the first one from the position on is the one that the position lies in.
    const range = this.#tables.log.getRange({
      start: offsetKey(topic.id, number, this.#position),
      end: offsetKey(topic.id, number, stable),
    });
    for (const { key, value } of range) {
      const next = offsetOfKey(key) + 1;
      for (const found of recordsOf(value)) {
        if (recordOffset(found) < this.#position) continue;
        if (topic.cleanup === "compact" && !this.#isLatest(found)) continue;
        records.push(decodeRecord(topic.name, number, found));
        bytes += found.length;
      }
      if (records.length >= RECORDS_PER_POLL_MAX || bytes >= BYTES_PER_POLL_MAX) {
        return { records, nextOffset: next };
      }
    }
    return { records, nextOffset: stable };
  }

  /** False: a newer one has replaced it, or the tombstone is forgotten. */
  #isLatest(record: Buffer): boolean {
    const { topic, number } = this.#partition;
    const pointer = this.#tables.table.getBinary(partitionKey(topic.id, number, place(recordKey(record))));
    return pointer !== undefined && pointerOffset(pointer) === recordOffset(record);
  }
}
