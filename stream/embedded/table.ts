/** One table as readers see it: LMDB's, and on top of it what is durable in the write-ahead log only. */
import type { Database } from "lmdb";
import { copyOf } from "../store/keys.ts";
import { type NamedKey, type NamedRow, named, overlaid, type Unapplied } from "./unapplied.ts";

export type StoredTable = Database<Uint8Array, Uint8Array>;

/** What is on its way into LMDB, and what comes behind it. */
export interface Layers {
  /** What LMDB was given last, and nothing has been written to it since: asked before LMDB, which costs more. */
  readonly applied: Unapplied | undefined;
  readonly earlier: Unapplied | undefined;
  readonly later: Unapplied;
}

export interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface Range {
  readonly start?: Uint8Array;
  /** Not included. */
  readonly end?: Uint8Array;
  readonly limit?: number;
}

export class Table {
  /** Its place in `TABLE_NAMES`. */
  readonly number: number;
  readonly #stored: StoredTable;
  readonly #layers: Layers;

  constructor(number: number, stored: StoredTable, layers: Layers) {
    this.number = number;
    this.#stored = stored;
    this.#layers = layers;
  }

  /** @returns a copy of the caller's own */
  getBinary(key: Uint8Array): Uint8Array | undefined {
    const value = this.getNamed(named(key));
    return value && Buffer.from(value);
  }

  /** @returns not to be written to */
  getNamed({ bytes, name }: NamedKey): Uint8Array | undefined {
    const { applied, earlier, later } = this.#layers;
    const { number } = this;
    const row = later.get(number, name) ?? earlier?.get(number, name) ?? applied?.get(number, name);
    return row === undefined ? this.#stored.getBinary(bytes) : row.value;
  }

  /** In order of key, as of now; an entry is only good until the next one is read. */
  getRange(range: Range): Iterable<Entry> {
    const { start, end, limit } = range;
    const { earlier, later } = this.#layers;
    const rows = overlaid(earlier?.range(this.number, start, end) ?? [], later.range(this.number, start, end));
    if (rows.length === 0) return this.#stored.getRange(range);
    return merged(this.#stored.getRange({ ...(start && { start }), ...(end && { end }) }), rows, limit);
  }
}

function* merged(
  stored: Iterable<Entry>,
  rows: readonly NamedRow[],
  limit = Number.POSITIVE_INFINITY,
): Iterable<Entry> {
  let left = limit;
  let at = 0;
  for (const found of stored) {
    let entry: Entry | undefined = found;
    for (; at < rows.length && entry !== undefined; at++) {
      const { key, value } = rows[at]!;
      const order = Buffer.compare(key, entry.key);
      if (order > 0) break;
      // What LMDB hands out is only good until its next read, and whoever gets the row may read.
      if (order === 0) entry = undefined;
      else if (entry === found) entry = { key: copyOf(found.key), value: copyOf(found.value) };
      if (value === undefined) continue;
      yield { key, value };
      if (--left <= 0) return;
    }
    if (entry === undefined) continue;
    yield entry;
    if (--left <= 0) return;
  }
  for (; at < rows.length; at++) {
    const { key, value } = rows[at]!;
    if (value === undefined) continue;
    yield { key, value };
    if (--left <= 0) return;
  }
}
