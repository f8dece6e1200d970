/**
 * Entries of the embedded broker's log: what one write adds to a partition is one value, not one per record.
 *
 *   key    topic:u32 partition:u32 lastOffset:u64
 *   value  = codec:u8 timestampMax:f64 body          codec 0: body as it is, 1: zstd
 *   body   = (bytes:u32 record)*                     topics with `delete`; record as in layout.ts
 *          | (offset:f64 bytes:u32 place(key))*      topics with `compact`: the record is looked up in the table
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type LoggedRecord, recordSize, writeRecord } from "./layout.ts";

const PLAIN = 0;
const ZSTD = 1;
const HEAD_BYTES = 9;
/** Larger entries are closed; LMDB keeps one in pages that lie side by side. */
const CLOSED_BYTES = 48 * 1024;
/** Below this, packing costs more than it saves. */
const PACKED_BYTES_MIN = 2 * 1024;
const FIRST_BYTES = 1024;
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Gathers the entry of one partition; used again for the next one. */
export class LogBatch {
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = HEAD_BYTES;
  #timestampMaxMs = 0;
  #lastOffset = -1;

  get isEmpty(): boolean {
    return this.#length === HEAD_BYTES;
  }

  get isFull(): boolean {
    return this.#length >= CLOSED_BYTES;
  }

  get lastOffset(): number {
    return this.#lastOffset;
  }

  addRecord(record: LoggedRecord): void {
    const size = recordSize(record);
    const at = this.#room(4 + size, record.offset, record.timestampMs);
    this.#bytes.writeUInt32BE(size, at);
    writeRecord(this.#bytes, at + 4, record);
  }

  addPlace(offset: number, placed: Uint8Array, timestampMs: number): void {
    const at = this.#room(12 + placed.length, offset, timestampMs);
    this.#bytes.writeDoubleBE(offset, at);
    this.#bytes.writeUInt32BE(placed.length, at + 8);
    this.#bytes.set(placed, at + 12);
  }

  #room(count: number, offset: number, timestampMs: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, at + count));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = at + count;
    this.#lastOffset = offset;
    if (timestampMs > this.#timestampMaxMs) this.#timestampMaxMs = timestampMs;
    return at;
  }

  /** The entry's value, in a buffer of its own; the batch is empty behind it. */
  take(): Buffer {
    const body = this.#bytes.subarray(HEAD_BYTES, this.#length);
    const isPacked = body.length >= PACKED_BYTES_MIN;
    const packed = isPacked ? zstdCompressSync(body, FASTEST) : body;
    const value = Buffer.allocUnsafe(HEAD_BYTES + packed.length);
    value[0] = isPacked ? ZSTD : PLAIN;
    value.writeDoubleBE(this.#timestampMaxMs, 1);
    value.set(packed, HEAD_BYTES);
    this.clear();
    return value;
  }

  clear(): void {
    this.#length = HEAD_BYTES;
    this.#timestampMaxMs = 0;
    // A burst's buffer is not kept for ever.
    if (this.#bytes.length > 4 * CLOSED_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  }
}

/** The time of the newest record in an entry. */
export function batchTimestampMax(value: Uint8Array): number {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).readDoubleBE(1);
}

/** The records of an entry of a `delete` topic; views on a copy of it. */
export function recordsOf(value: Uint8Array): Buffer[] {
  const body = bodyOf(value);
  const records: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const size = body.readUInt32BE(at);
    records.push(body.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return records;
}

export interface PlacedOffset {
  readonly offset: number;
  readonly placed: Uint8Array;
}

/** What an entry of a `compact` topic names, in order of offset. */
export function placesOf(value: Uint8Array): PlacedOffset[] {
  const body = bodyOf(value);
  const places: PlacedOffset[] = [];
  for (let at = 0; at < body.length; ) {
    const size = body.readUInt32BE(at + 8);
    places.push({ offset: body.readDoubleBE(at), placed: body.subarray(at + 12, at + 12 + size) });
    at += 12 + size;
  }
  return places;
}

/** A copy: what LMDB hands out is only good until its next read. */
function bodyOf(value: Uint8Array): Buffer {
  const body = value.subarray(HEAD_BYTES);
  return value[0] === ZSTD ? zstdDecompressSync(body) : Buffer.from(body);
}
