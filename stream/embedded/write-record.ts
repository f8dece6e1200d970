/**
 * The records of the write-ahead log: one for each group of writes.
 *
 *   record = id:8 sequence:f64 length:u32 crc:u32 row*            length: of the rows; crc: of all the rest
 *   row    = table:u8 key:u16 value:u32 key-bytes value-bytes     table: its place in `TABLE_NAMES`; value ffffffff: removed
 *
 * `id` is random, and of one folder: no value that somebody has written can look like a record.
 */
import { crc32 } from "node:zlib";

export const ID_BYTES = 8;
const CRC_AT = 20;
const HEAD_BYTES = 24;
const ROW_HEAD_BYTES = 7;
const REMOVED = 0xffff_ffff;

/** One write: the new value at a key of a table. */
export interface Row {
  /** The table's place in `TABLE_NAMES`. */
  readonly table: number;
  readonly key: Uint8Array;
  /** Undefined: the key is removed. */
  readonly value: Uint8Array | undefined;
  /** The key as latin1 (`nameOf`), where it is known already. */
  readonly name?: string;
}

export interface WriteRecord {
  readonly sequence: number;
  /** Views on the bytes that were read. */
  readonly rows: readonly Row[];
}

/** @returns how many bytes `encodeRecord` gives */
export function encodedBytes(rows: readonly Row[]): number {
  let bytes = HEAD_BYTES;
  for (const { key, value } of rows) bytes += ROW_HEAD_BYTES + key.length + (value?.length ?? 0);
  return bytes;
}

export function encodeRecord(id: Uint8Array, sequence: number, rows: readonly Row[]): Buffer {
  const bytes = Buffer.allocUnsafe(encodedBytes(rows));
  bytes.set(id, 0);
  bytes.writeDoubleBE(sequence, ID_BYTES);
  bytes.writeUInt32BE(bytes.length - HEAD_BYTES, 16);
  let at = HEAD_BYTES;
  for (const { table, key, value } of rows) {
    bytes[at] = table;
    bytes.writeUInt16BE(key.length, at + 1);
    bytes.writeUInt32BE(value === undefined ? REMOVED : value.length, at + 3);
    at += ROW_HEAD_BYTES;
    bytes.set(key, at);
    at += key.length;
    if (value === undefined) continue;
    bytes.set(value, at);
    at += value.length;
  }
  bytes.writeUInt32BE(checksum(bytes), CRC_AT);
  return bytes;
}

/** What a file of the log holds. */
export interface Chain {
  /** From its begin on, with consecutive numbers. */
  readonly records: readonly WriteRecord[];
  /** Behind the last of them. */
  readonly end: number;
  /** The highest number of a sound record behind the chain; of an earlier use of the file, else the chain is broken. */
  readonly strayMax: number;
}

export function readChain(bytes: Buffer, id: Uint8Array): Chain {
  const records: WriteRecord[] = [];
  let end = 0;
  for (;;) {
    const found = recordAt(bytes, end, id);
    const last = records.at(-1);
    if (found === undefined || (last !== undefined && sequenceOf(found) !== last.sequence + 1)) break;
    records.push({ sequence: sequenceOf(found), rows: rowsOf(found) });
    end += found.length;
  }
  let strayMax = 0;
  for (let at = bytes.indexOf(id, end); at >= 0; at = bytes.indexOf(id, at + 1)) {
    const found = recordAt(bytes, at, id);
    if (found !== undefined) strayMax = Math.max(strayMax, sequenceOf(found));
  }
  return { records, end, strayMax };
}

/** The whole record at `at`, if there is a sound one. */
function recordAt(bytes: Buffer, at: number, id: Uint8Array): Buffer | undefined {
  if (at + HEAD_BYTES > bytes.length || bytes.compare(id, 0, ID_BYTES, at, at + ID_BYTES) !== 0) return undefined;
  const end = at + HEAD_BYTES + bytes.readUInt32BE(at + 16);
  if (end > bytes.length) return undefined;
  const record = bytes.subarray(at, end);
  return checksum(record) === record.readUInt32BE(CRC_AT) ? record : undefined;
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(HEAD_BYTES), crc32(record.subarray(0, CRC_AT)));
}

function sequenceOf(record: Buffer): number {
  return record.readDoubleBE(ID_BYTES);
}

function rowsOf(record: Buffer): Row[] {
  const rows: Row[] = [];
  for (let at = HEAD_BYTES; at < record.length; ) {
    const keyEnd = at + ROW_HEAD_BYTES + record.readUInt16BE(at + 1);
    const length = record.readUInt32BE(at + 3);
    const value = length === REMOVED ? undefined : record.subarray(keyEnd, keyEnd + length);
    rows.push({ table: record[at]!, key: record.subarray(at + ROW_HEAD_BYTES, keyEnd), value });
    at = keyEnd + (value?.length ?? 0);
  }
  return rows;
}
