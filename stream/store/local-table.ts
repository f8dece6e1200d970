/**
 * One changelog partition's latest values in an LMDB folder, with the checkpoint beside them: each write is one atomic
 * LMDB transaction of both, so kill -9 at any moment leaves a table that fits its checkpoint (I1).
 *
 *   records  place(key)        where the key's latest row is (`pointer.ts`)
 *   log      number:u64        rows (`log-batch.ts`), by the last one's number; numbers only grow
 *   index    indexPlace(i, k)  see `keys.ts`
 *   meta     "checkpoint"      JSON
 *
 * Rows that were replaced are taken out of the log by and by, with each write (`#clean`).
 */
import { type Database, open, type RootDatabase } from "lmdb";
import { piecesOf } from "#protocol";
import type { StoreOptions } from "../broker.ts";
import {
  concat,
  copyOf,
  encodeIndexValue,
  escapeIndex,
  indexEntry,
  indexPlace,
  isHead,
  isWhole,
  place,
} from "./keys.ts";
import { isLargeEntry, LogBatch, recordsOf } from "./log-batch.ts";
import { LogEntries } from "./log-entries.ts";
import { decodePointer, encodePointer, type Pointer, pointerOffset } from "./pointer.ts";
import { recordKey, recordOffset, recordValue } from "./record.ts";
import { type EnvelopeTable, payloadOf, payloadViewOf } from "./state-view.ts";
import { freeBytesOf, LMDB_OPTIONS, writeBatch } from "./write-batch.ts";

/** Of the checkpoint and of the tables beside it. */
export const CHECKPOINT_VERSION = 2;

export interface Checkpoint {
  readonly version: typeof CHECKPOINT_VERSION;
  readonly topic: string;
  readonly partition: number;
  /** Everything of the changelog before this offset is in the table. */
  readonly position: number;
  /** Live head keys. */
  readonly live: number;
  /** Where `\0id` lies in the changelog, and its envelope in base64: tells a changelog that was made anew. */
  readonly identity: { readonly offset: number; readonly value: string } | null;
  /** 0: the index is not complete. */
  readonly indexVersion: number;
  readonly savedAtMs: number;
}

/** What the caller of a write says; the table adds the rest. */
export type NextCheckpoint = Omit<Checkpoint, "live">;

/** Numbers of rows. */
interface LogState {
  /** The next one to give out. */
  readonly next: number;
  /** Rows in the log, replaced ones included. */
  readonly rows: number;
  /** How many of them were replaced. */
  readonly dead: number;
  /** How many lie in small entries, from `packedTo` on. */
  readonly loose: number;
  /** Entries below this row are as large as they are to be. */
  readonly packedTo: number;
  /** A cleaning that is under way. */
  readonly cleaning: Cleaning | null;
}

interface Cleaning {
  /** From here to there it is to go on. */
  readonly at: number;
  readonly to: number;
  /** It goes on when rows up to here are given out. */
  readonly dueAt: number;
}

interface CleanedEntry {
  readonly at: Uint8Array;
  readonly isLarge: boolean;
  readonly found: readonly Buffer[];
}

export interface TableChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

type Bytes = Database<Uint8Array, Uint8Array>;
type IndexOf = NonNullable<StoreOptions["indexOf"]>;

const CHECKPOINT = new TextEncoder().encode("checkpoint");
const EMPTY_LOG: LogState = { next: 0, rows: 0, dead: 0, loose: 0, packedTo: 0, cleaning: null };
const INDEXED_PER_WRITE_MAX = 10_000;
/** The log is cleaned when so many of its rows were replaced, and so large a share of them. */
const DEAD_ROWS_MIN = 4_096;
const DEAD_SHARE = 0.5;
/** The end of the log is made one of large entries when so many rows of it lie in small ones. */
const LOOSE_ROWS_MIN = 4_096;
/** So many rows are cleaned with one write, when so many came since; more than those, so that cleaning overtakes. */
const CLEANED_PER_WRITE = 1_500;
const WRITTEN_PER_CLEANING = 500;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export class LocalTable implements EnvelopeTable {
  readonly #root: RootDatabase;
  readonly #freeBytes: () => number;
  readonly #records: Bytes;
  readonly #log: Bytes;
  readonly #entries: LogEntries;
  readonly #index: Bytes;
  readonly #meta: Bytes;
  #checkpoint: (Checkpoint & { readonly log: LogState }) | undefined;

  /** @throws when the folder holds no sound LMDB file, or a checkpoint that cannot be read */
  constructor(folder: string) {
    // Overlapping sync: a write is seen at once and reaches the disk behind our back; after a power failure the file
    // stands at an earlier write, checkpoint and data alike, and the restore reads a little more.
    this.#root = open({ path: folder, maxDbs: 5, ...LMDB_OPTIONS });
    this.#freeBytes = freeBytesOf(folder);
    const openTable = (name: string): Bytes =>
      this.#root.openDB<Uint8Array, Uint8Array>({ name, keyEncoding: "binary", encoding: "binary" });
    this.#records = openTable("records");
    this.#log = openTable("log");
    this.#entries = new LogEntries(this.#log, { key: rowKey, offset: rowOfKey });
    this.#index = openTable("index");
    this.#meta = openTable("meta");
    const saved = this.#meta.getBinary(CHECKPOINT);
    this.#checkpoint = saved === undefined ? undefined : JSON.parse(fromUtf8.decode(saved));
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#valueOf(this.#pointer(key));
  }

  pieces(key: Uint8Array): number {
    const pointer = this.#pointer(key);
    if (pointer === undefined) return 0;
    return pointer.pieces ?? piecesOf(fromUtf8.decode(key), this.#valueOf(pointer)!);
  }

  #pointer(key: Uint8Array): Pointer | undefined {
    const bytes = this.#records.getBinary(place(key));
    return bytes === undefined ? undefined : decodePointer(bytes);
  }

  #valueOf(pointer: Pointer | undefined): Uint8Array | undefined {
    return pointer && (pointer.value ?? recordValue(this.#entries.record(pointer.offset)));
  }

  *heads(after: Uint8Array | undefined): Iterable<readonly [Uint8Array, Uint8Array]> {
    const start = after === undefined ? undefined : concat(place(after), Uint8Array.of(0));
    for (const { key: at, value } of this.#records.getRange(start === undefined ? {} : { start })) {
      const placed = copyOf(at);
      const pointer = decodePointer(copyOf(value));
      const key = isWhole(placed) ? placed : recordKey(this.#entries.record(pointer.offset));
      if (isHead(key)) yield [key, this.#valueOf(pointer)!];
    }
  }

  *index(from: Uint8Array | undefined): Iterable<{ readonly index: Uint8Array; readonly key: Uint8Array }> {
    for (const { key, value } of this.#index.getRange(from === undefined ? {} : { start: escapeIndex(from) })) {
      yield indexEntry(key, value);
    }
  }

  count(): number {
    return this.#checkpoint?.live ?? 0;
  }

  /**
   * Takes in changes, in order, and the checkpoint that holds behind them.
   *
   * @param indexOf keeps the index up; without it the caller says in `next` that the index is not complete
   */
  async apply(changes: readonly TableChange[], next: NextCheckpoint, indexOf: IndexOf | undefined): Promise<void> {
    const latest = new Map<string, TableChange>();
    for (const change of changes) latest.set(nameOf(change.key), change);
    const get = (key: Uint8Array): Uint8Array | undefined => {
      const change = latest.get(nameOf(key));
      return change === undefined ? this.get(key) : (change.value ?? undefined);
    };
    let live = this.count();
    const indexed: { readonly key: Uint8Array; readonly before: Sorted; readonly after: Sorted }[] = [];
    const hasSortKeys = new Set<TableChange>();
    let replaced = 0;
    for (const change of latest.values()) {
      const { key, value } = change;
      const pointer = this.#pointer(key);
      if (pointer !== undefined) replaced++;
      if (!isHead(key)) continue;
      live += (value === null ? 0 : 1) - (pointer === undefined ? 0 : 1);
      if (indexOf === undefined) continue;
      const before = pointer?.isIndexed ? sortKeys(key, this, indexOf, payloadOf) : [];
      const after = sortKeys(key, { get }, indexOf, payloadViewOf);
      if (after.length > 0) hasSortKeys.add(change);
      if (before.length > 0 || after.length > 0) indexed.push({ key, before, after });
    }
    const puts: Put[] = [];
    const appended = this.#append(latest.values(), hasSortKeys, puts);
    const log = this.#clean({ ...appended, dead: appended.dead + replaced }, latest, puts);
    const checkpoint = { ...next, live, log };
    await writeBatch(this.#root, this.#freeBytes, () => {
      for (const { key, value } of latest.values()) if (value === null) this.#records.remove(place(key));
      for (const { db, key, value } of puts) {
        if (value === undefined) db.remove(key);
        else db.put(key, value);
      }
      for (const { key, before, after } of indexed) {
        for (const index of before) this.#index.remove(indexPlace(index, key));
        for (const index of after) this.#index.put(indexPlace(index, key), encodeIndexValue(index, key));
      }
      this.#meta.put(CHECKPOINT, utf8.encode(JSON.stringify(checkpoint)));
    });
    this.#checkpoint = checkpoint;
  }

  /** Gives each change that is no deletion a row, and the key a pointer to it. */
  #append(changes: Iterable<TableChange>, hasSortKeys: ReadonlySet<TableChange>, puts: Put[]): LogState {
    const log = this.#checkpoint?.log ?? EMPTY_LOG;
    const batch = new LogBatch();
    let { next, rows, loose } = log;
    let inEntry = 0;
    const close = (): void => {
      if (!this.#put(batch, puts)) loose += inEntry;
      inEntry = 0;
    };
    for (const change of changes) {
      const { key, value } = change;
      if (value === null) continue;
      batch.addRecord({ offset: next, timestampMs: 0, key, value, headers: {} });
      puts.push({ db: this.#records, key: place(key), value: encodePointer(next, value, hasSortKeys.has(change)) });
      next++;
      rows++;
      inEntry++;
      if (batch.isFull) close();
    }
    close();
    return { ...log, next, rows, loose };
  }

  /** @returns whether the entry is a large one */
  #put(batch: LogBatch, puts: Put[]): boolean {
    if (batch.isEmpty) return false;
    const key = rowKey(batch.lastOffset);
    const value = batch.take();
    puts.push({ db: this.#log, key, value });
    return isLargeEntry(value);
  }

  /**
   * Goes on with a cleaning, or begins one when it is time: replaced rows go, small entries become large ones. What is
   * written in the same transaction is not looked at.
   *
   * @param latest what this write changes
   */
  #clean(log: LogState, latest: ReadonlyMap<string, TableChange>, puts: Put[]): LogState {
    const cleaning = log.cleaning ?? this.#nextCleaning(log);
    if (cleaning === null || log.next < cleaning.dueAt) return { ...log, cleaning };
    const { entries, isEnd } = this.#entriesFrom(cleaning);
    const kept = this.#latestIn(entries, latest);
    const joined = new LogBatch();
    let { rows, dead } = log;
    for (const { at, isLarge, found } of entries) {
      const left = found.filter((row) => kept.has(row));
      if (left.length === found.length && isLarge) {
        this.#put(joined, puts);
        continue;
      }
      // In order: an entry that is put may have the key of one that was removed.
      puts.push({ db: this.#log, key: at, value: undefined });
      rows -= found.length - left.length;
      dead -= found.length - left.length;
      for (const row of left) {
        joined.addEncoded(row, 0);
        if (joined.isFull) this.#put(joined, puts);
      }
    }
    this.#put(joined, puts);
    const last = entries.at(-1);
    if (!isEnd && last !== undefined) {
      const at = rowOfKey(last.at) + 1;
      return { ...log, rows, dead, cleaning: { ...cleaning, at, dueAt: log.next + WRITTEN_PER_CLEANING } };
    }
    // What has come in small entries meanwhile waits for the next one.
    const loose = Math.min(log.loose, log.next - cleaning.to);
    return { ...log, rows, dead, loose, packedTo: cleaning.to, cleaning: null };
  }

  /** As many entries as one write cleans. */
  #entriesFrom({ at, to }: Cleaning): { readonly entries: readonly CleanedEntry[]; readonly isEnd: boolean } {
    const entries: CleanedEntry[] = [];
    let left = CLEANED_PER_WRITE;
    for (const { key, value } of this.#log.getRange({ start: rowKey(at), end: rowKey(to) })) {
      const found = recordsOf(value);
      entries.push({ at: copyOf(key), isLarge: isLargeEntry(value), found });
      left -= found.length;
      if (left <= 0) return { entries, isEnd: false };
    }
    return { entries, isEnd: true };
  }

  /** The rows that nothing has replaced. From the last one on: of rows with one key only the last has to be looked up. */
  #latestIn(entries: readonly CleanedEntry[], latest: ReadonlyMap<string, TableChange>): ReadonlySet<Buffer> {
    const kept = new Set<Buffer>();
    const seen = new Set<string>();
    for (const { found } of entries.toReversed()) {
      for (let index = found.length - 1; index >= 0; index--) {
        const row = found[index]!;
        const key = recordKey(row);
        const name = nameOf(key);
        if (latest.has(name) || seen.has(name)) continue;
        seen.add(name);
        const pointer = this.#records.getBinary(place(key));
        if (pointer !== undefined && pointerOffset(pointer) === recordOffset(row)) kept.add(row);
      }
    }
    return kept;
  }

  #nextCleaning({ rows, dead, loose, packedTo, next }: LogState): Cleaning | null {
    const to = this.#checkpoint?.log.next ?? 0;
    if (dead >= DEAD_ROWS_MIN && dead >= rows * DEAD_SHARE) return { at: 0, to, dueAt: next };
    return loose >= LOOSE_ROWS_MIN ? { at: packedTo, to, dueAt: next } : null;
  }

  /** Makes the index anew. The checkpoint calls it complete only at the end. */
  async rebuildIndex(indexOf: IndexOf, checkpoint: NextCheckpoint): Promise<void> {
    await this.#index.clearAsync();
    let writes: Put[] = [];
    const flush = async (): Promise<void> => {
      const now = writes;
      writes = [];
      await writeBatch(this.#root, this.#freeBytes, () => {
        for (const { db, key, value } of now) db.put(key, value!);
      });
    };
    // In order of the log, where each entry is unpacked once. By pages: an iterator is not kept open over a write.
    for (let from = 0, isMore = true; isMore; ) {
      isMore = false;
      for (const { key: at, value: entry } of this.#log.getRange({ start: rowKey(from) })) {
        from = rowOfKey(at) + 1;
        for (const row of recordsOf(entry)) {
          const key = recordKey(row);
          if (!isHead(key) || this.#pointer(key)?.offset !== recordOffset(row)) continue;
          const name = fromUtf8.decode(key);
          const head = recordValue(row)!;
          const indexes = indexOf(name, payloadOf(name, head, this));
          writes.push({
            db: this.#records,
            key: place(key),
            value: encodePointer(recordOffset(row), head, indexes.length > 0),
          });
          for (const index of indexes)
            writes.push({ db: this.#index, key: indexPlace(index, key), value: encodeIndexValue(index, key) });
        }
        isMore = writes.length >= INDEXED_PER_WRITE_MAX;
        if (isMore) break;
      }
      await flush();
    }
    await this.apply([], checkpoint, undefined);
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}

type Sorted = readonly Uint8Array[];

interface Put {
  readonly db: Bytes;
  readonly key: Uint8Array;
  /** Undefined: removed. */
  readonly value: Uint8Array | undefined;
}

/** @param read what is written just now need not be checked; what was on disk is */
function sortKeys(
  key: Uint8Array,
  table: Pick<EnvelopeTable, "get">,
  indexOf: IndexOf,
  read: typeof payloadOf,
): Sorted {
  const head = table.get(key);
  if (head === undefined) return [];
  const name = fromUtf8.decode(key);
  return indexOf(name, read(name, head, table));
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

function rowKey(row: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(BigInt(row));
  return key;
}

function rowOfKey(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(0));
}
