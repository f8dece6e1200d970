/**
 * Groups of writes that are durable in the write-ahead log and not yet in LMDB, as readers need them: by key, and in order
 * of key. Names are keys as latin1, whose order is that of the bytes.
 */
import type { Row } from "./write-record.ts";

export interface NamedRow extends Row {
  readonly name: string;
}

/** A key that is asked for and written: its name is made once. */
export interface NamedKey {
  readonly bytes: Uint8Array;
  readonly name: string;
}

export function named(bytes: Uint8Array): NamedKey {
  return { bytes, name: nameOf(bytes) };
}

/** So many new names are put in their places one by one; more are sorted with the rest. */
const PLACED_SINGLY_MAX = 16;

/** What one table is to be given. */
class Rows {
  readonly #byName = new Map<string, NamedRow>();
  #sorted: string[] = [];
  #unsorted: string[] = [];

  get(name: string): NamedRow | undefined {
    return this.#byName.get(name);
  }

  set(row: NamedRow): void {
    if (!this.#byName.has(row.name)) this.#unsorted.push(row.name);
    this.#byName.set(row.name, row);
  }

  values(): Iterable<NamedRow> {
    return this.#byName.values();
  }

  /** From `start` on, before `end`; undefined: no bound. */
  range(start: string | undefined, end: string | undefined): NamedRow[] {
    if (this.#byName.size === 0) return [];
    this.#sort();
    const from = start === undefined ? 0 : firstFrom(this.#sorted, start);
    const to = end === undefined ? this.#sorted.length : firstFrom(this.#sorted, end);
    const found: NamedRow[] = [];
    for (let at = from; at < to; at++) found.push(this.#byName.get(this.#sorted[at]!)!);
    return found;
  }

  #sort(): void {
    const added = this.#unsorted;
    if (added.length === 0) return;
    this.#unsorted = [];
    if (added.length > PLACED_SINGLY_MAX) this.#sorted = this.#sorted.concat(added).sort();
    else for (const name of added) this.#sorted.splice(firstFrom(this.#sorted, name), 0, name);
  }
}

export class Unapplied {
  readonly #tables: readonly Rows[];
  /** The number of the last group in it. */
  sequence = 0;
  /** Bytes of keys and values that were written, replaced ones included. */
  bytes = 0;
  /** Writes, replaced ones included. */
  writes = 0;

  constructor(tables: number) {
    this.#tables = Array.from({ length: tables }, () => new Rows());
  }

  add(rows: readonly Row[], sequence: number): void {
    for (const { table, key, value, name = nameOf(key) } of rows) {
      this.#tables[table]!.set({ name, table, key, value });
      this.bytes += key.length + (value?.length ?? 0);
    }
    this.writes += rows.length;
    this.sequence = sequence;
  }

  get(table: number, name: string): NamedRow | undefined {
    return this.#tables[table]!.get(name);
  }

  range(table: number, start: Uint8Array | undefined, end: Uint8Array | undefined): NamedRow[] {
    return this.#tables[table]!.range(start && nameOf(start), end && nameOf(end));
  }

  /** All rows, the last one of each key. */
  *rows(): Iterable<Row> {
    for (const table of this.#tables) yield* table.values();
  }
}

export function nameOf(key: Uint8Array): string {
  const bytes = Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength);
  return bytes.toString("latin1");
}

/** Rows of an earlier layer and of a later one, in order: of two for a key the later counts. */
export function overlaid(earlier: readonly NamedRow[], later: readonly NamedRow[]): readonly NamedRow[] {
  if (earlier.length === 0) return later;
  if (later.length === 0) return earlier;
  const all: NamedRow[] = [];
  let at = 0;
  for (const row of later) {
    while (at < earlier.length && earlier[at]!.name < row.name) all.push(earlier[at++]!);
    if (at < earlier.length && earlier[at]!.name === row.name) at++;
    all.push(row);
  }
  while (at < earlier.length) all.push(earlier[at++]!);
  return all;
}

function firstFrom(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
