/** Finds records of one log by offset, and keeps the entries that were unpacked last: neighbours in time are asked for together. */
import { KawaitError } from "#protocol";
import { bodyOf, firstOffset, recordIn } from "./log-batch.ts";

/** About 48 KB each. */
const KEPT_MAX = 16;

interface Unpacked {
  readonly first: number;
  readonly last: number;
  readonly body: Buffer;
}

/** The table of entries, in order of offset. */
export interface EntryTable {
  getRange(range: {
    readonly start: Uint8Array;
    readonly end?: Uint8Array;
    readonly limit: number;
  }): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }>;
}

export interface LogKeys {
  /** The key of the entry whose last record has this offset. */
  key(offset: number): Buffer;
  offset(key: Uint8Array): number;
  /** Behind every key of this log, where others follow it. */
  readonly end?: Buffer;
}

export class LogEntries {
  readonly #log: EntryTable;
  readonly #keys: LogKeys;
  /** What an offset holds never changes, so nothing here grows stale; the oldest goes first. */
  readonly #kept: Unpacked[] = [];

  constructor(log: EntryTable, keys: LogKeys) {
    this.#log = log;
    this.#keys = keys;
  }

  /**
   * The record at `offset`, which a pointer names; a view that nobody may write to.
   *
   * @throws KawaitError `CorruptState` when it is not there
   */
  record(offset: number): Buffer {
    const known = this.#kept.find(({ first, last }) => first <= offset && offset <= last);
    const found = recordIn((known ?? this.#unpack(offset)).body, offset);
    if (found === undefined) throw missing(offset);
    return found;
  }

  #unpack(offset: number): Unpacked {
    const range = {
      start: this.#keys.key(offset),
      limit: 1,
      ...(this.#keys.end === undefined ? {} : { end: this.#keys.end }),
    };
    for (const { key, value } of this.#log.getRange(range)) {
      const last = this.#keys.offset(key);
      const body = unpacked(value, offset);
      const entry = { first: firstOffset(body), last, body };
      if (this.#kept.length >= KEPT_MAX) this.#kept.shift();
      this.#kept.push(entry);
      return entry;
    }
    throw missing(offset);
  }
}

function unpacked(value: Uint8Array, offset: number): Buffer {
  try {
    return bodyOf(value);
  } catch (cause) {
    throw new KawaitError("CorruptState", `the log entry that holds record ${offset} cannot be unpacked`, { cause });
  }
}

function missing(offset: number): KawaitError {
  return new KawaitError("CorruptState", `the table names record ${offset}, which the log does not hold`);
}
