/**
 * Entries of a log, in both stores: what one write adds is one value, not one per record; the records of a compacted log
 * lie here too, side by side with their like, so that they pack well. Cleaning joins small entries to large ones.
 *
 *   value  = codec:u8 timestampMax:f64 body          codec 0: body as it is, 1: zstd; 2 more: the body is a large one
 *   body   = (bytes:u32 record)*                     record as in record.ts, in order of offset
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type LoggedRecord, recordOffset, recordSize, writeRecord } from "./record.ts";

const PLAIN = 0;
const ZSTD = 1;
const LARGE = 2;
const HEAD_BYTES = 9;
/** Larger entries are closed; LMDB keeps one in pages that lie side by side. */
const CLOSED_BYTES = 48 * 1024;
/** Below this, packing costs more than it saves. */
const PACKED_BYTES_MIN = 2 * 1024;
const FIRST_BYTES = 1024;
/** From this on an entry is not made larger. */
const LARGE_BYTES = 32 * 1024;
const UNPACKED_AT_ONCE = { chunkSize: 64 * 1024 };
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

  /** A record of another entry, as it is; `timestampMs`: of any time not before its own. */
  addEncoded(record: Uint8Array, timestampMs: number): void {
    const at = this.#room(4 + record.length, recordOffset(record), timestampMs);
    this.#bytes.writeUInt32BE(record.length, at);
    this.#bytes.set(record, at + 4);
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
    value[0] = (isPacked ? ZSTD : PLAIN) | (body.length >= LARGE_BYTES ? LARGE : 0);
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

/** True for an entry that is not to be made larger. */
export function isLargeEntry(value: Uint8Array): boolean {
  return (value[0]! & LARGE) !== 0;
}

/** The records of an entry; views on a copy of it. */
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

/** The record at `offset` in an unpacked entry; a view. */
export function recordIn(body: Buffer, offset: number): Buffer | undefined {
  for (let at = 0; at < body.length; ) {
    const size = body.readUInt32BE(at);
    if (recordOffset(body, at + 4) === offset) return body.subarray(at + 4, at + 4 + size);
    at += 4 + size;
  }
  return undefined;
}

/** The first record's offset in an unpacked entry. */
export function firstOffset(body: Buffer): number {
  return recordOffset(body, 4);
}

/** A copy: what LMDB hands out is only good until its next read. */
export function bodyOf(value: Uint8Array): Buffer {
  const body = value.subarray(HEAD_BYTES);
  return value[0]! & ZSTD ? zstdDecompressSync(body, UNPACKED_AT_ONCE) : Buffer.from(body);
}
