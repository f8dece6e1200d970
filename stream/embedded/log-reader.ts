/**
 * Reads one partition of the embedded broker by position; sees what is on disk only. One that reads ahead sees what is on its
 * way there, too: groups of writes reach the disk in order, so what is committed behind such a record is there only with it
 * (I1). When the disk refuses the group, the reader is of no use any more.
 */
import { BrokerError, type PartitionReader, type ReadBatch, type StoredRecord } from "../broker.ts";
import { place } from "../store/keys.ts";
import { recordsOf } from "../store/log-batch.ts";
import { pointerOffset } from "../store/pointer.ts";
import { decodeRecord, recordKey, recordOffset } from "../store/record.ts";
import type { Catalog, Partition } from "./catalog.ts";
import type { Tables } from "./disk.ts";
import { offsetKey, offsetOfKey, partitionKey } from "./layout.ts";

/** A poll ends behind the entry with which it has so much. */
const RECORDS_PER_POLL_MAX = 1000;
const BYTES_PER_POLL_MAX = 4 * 1024 * 1024;

export class LogReader implements PartitionReader {
  readonly #tables: Tables;
  readonly #partition: Partition;
  #position: number;
  readonly #ahead: Catalog | undefined;
  readonly #lossesAtStart: number;
  #closed = false;
  #wake: (() => void) | undefined;

  /** @param ahead whose losses end this reader, which reads ahead of the disk; undefined: it does not */
  constructor(tables: Tables, partition: Partition, fromOffset: number, ahead: Catalog | undefined) {
    this.#tables = tables;
    this.#partition = partition;
    this.#position = fromOffset;
    this.#ahead = ahead;
    this.#lossesAtStart = ahead?.losses ?? 0;
    if (ahead === undefined) return;
    partition.ahead ??= { readers: 0, records: [], end: partition.stable, waiting: new Set() };
    partition.ahead.readers++;
  }

  async poll(maxWaitMs: number): Promise<ReadBatch> {
    if (this.#closed) throw new BrokerError("Closed", "the reader is closed");
    const partition = this.#partition;
    this.#assertInRange();
    if (this.#position >= this.#end && !this.#closed) {
      await this.#changed(maxWaitMs);
      this.#assertInRange();
    }
    if (this.#closed) return { records: [], nextOffset: this.#position, endOffset: partition.stable };
    const { records, nextOffset } = this.#position < partition.stable ? this.#read() : this.#readAhead();
    this.#position = nextOffset;
    return { records, nextOffset, endOffset: partition.stable };
  }

  async close(): Promise<void> {
    const { ahead } = this.#partition;
    if (!this.#closed && this.#ahead !== undefined && ahead !== undefined && --ahead.readers === 0)
      this.#partition.ahead = undefined;
    this.#closed = true;
    this.#wake?.();
  }

  /** Behind what can be read. */
  get #end(): number {
    const { ahead, stable } = this.#partition;
    return this.#ahead === undefined || ahead === undefined ? stable : Math.max(ahead.end, stable);
  }

  #assertInRange(): void {
    if (this.#ahead !== undefined && this.#ahead.losses !== this.#lossesAtStart)
      throw new BrokerError("Unavailable", "the disk refused a write: what was read ahead of it may be lost");
    const { topic, number, numbers, stable } = this.#partition;
    if (this.#position >= numbers.start && this.#position <= this.#end) return;
    throw new BrokerError(
      "OffsetOutOfRange",
      `offset ${this.#position} of ${topic.name}/${number} is outside of the log (${numbers.start} to ${stable})`,
      { topic: topic.name },
    );
  }

  #changed(maxWaitMs: number): Promise<void> {
    const { waiting, ahead } = this.#partition;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        ahead?.waiting.delete(wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, maxWaitMs);
      waiting.add(wake);
      if (this.#ahead !== undefined) ahead?.waiting.add(wake);
      this.#wake = wake;
    });
  }

  #readAhead(): { records: StoredRecord[]; nextOffset: number } {
    const position = this.#position;
    const records = this.#partition.ahead?.records.filter(({ offset }) => offset >= position) ?? [];
    return { records, nextOffset: Math.max(position, this.#end) };
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
