/**
 * One changelog partition's latest values in an LMDB folder, with the checkpoint beside them: each write is one atomic
 * LMDB transaction of both, so kill -9 at any moment leaves a table that fits its checkpoint (I1).
 *
 *   records  place(key)        keyBytes:u32 key envelope
 *   index    indexPlace(i, k)  sort key and key
 *   meta     "checkpoint"      JSON
 */
import { type Database, open, type RootDatabase } from "lmdb";
import type { StoreOptions } from "../broker.ts";
import { concat, copyOf, decodeIndexValue, encodeIndexValue, escapeIndex, indexPlace, isHead, place } from "./keys.ts";
import { type EnvelopeTable, payloadOf } from "./state-view.ts";

export interface Checkpoint {
  readonly version: 1;
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

export interface TableChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

type Bytes = Database<Uint8Array, Uint8Array>;
type IndexOf = NonNullable<StoreOptions["indexOf"]>;

const CHECKPOINT = new TextEncoder().encode("checkpoint");
const INDEXED_PER_WRITE_MAX = 10_000;

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export class LocalTable implements EnvelopeTable {
  readonly #root: RootDatabase;
  readonly #records: Bytes;
  readonly #index: Bytes;
  readonly #meta: Bytes;
  #checkpoint: Checkpoint | undefined;

  /** @throws when the folder holds no sound LMDB file, or a checkpoint that cannot be read */
  constructor(folder: string) {
    // Overlapping sync: a write is seen at once and reaches the disk behind our back; after a power failure the file
    // stands at an earlier write, checkpoint and data alike, and the restore reads a little more.
    this.#root = open({ path: folder, maxDbs: 4, noMemInit: true, keyEncoding: "binary", encoding: "binary" });
    const openTable = (name: string): Bytes =>
      this.#root.openDB<Uint8Array, Uint8Array>({ name, keyEncoding: "binary", encoding: "binary" });
    this.#records = openTable("records");
    this.#index = openTable("index");
    this.#meta = openTable("meta");
    const saved = this.#meta.getBinary(CHECKPOINT);
    this.#checkpoint = saved === undefined ? undefined : (JSON.parse(fromUtf8.decode(saved)) as Checkpoint);
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#checkpoint;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const row = this.#records.getBinary(place(key));
    return row === undefined ? undefined : envelopeOf(row);
  }

  *heads(after: Uint8Array | undefined): Iterable<readonly [Uint8Array, Uint8Array]> {
    const start = after === undefined ? undefined : concat(place(after), Uint8Array.of(0));
    for (const { value } of this.#records.getRange(start === undefined ? {} : { start })) {
      const key = keyOf(value);
      if (isHead(key)) yield [key, envelopeOf(value)];
    }
  }

  *index(from: Uint8Array | undefined): Iterable<{ readonly index: Uint8Array; readonly key: Uint8Array }> {
    for (const { value } of this.#index.getRange(from === undefined ? {} : { start: escapeIndex(from) })) {
      yield decodeIndexValue(value);
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
  async apply(
    changes: readonly TableChange[],
    next: Omit<Checkpoint, "live">,
    indexOf: IndexOf | undefined,
  ): Promise<void> {
    const latest = new Map<string, TableChange>();
    for (const change of changes) latest.set(nameOf(change.key), change);
    const get = (key: Uint8Array): Uint8Array | undefined => {
      const change = latest.get(nameOf(key));
      return change === undefined ? this.get(key) : (change.value ?? undefined);
    };
    let live = this.count();
    const indexed: { readonly key: Uint8Array; readonly before: Sorted; readonly after: Sorted }[] = [];
    for (const { key, value } of latest.values()) {
      if (!isHead(key)) continue;
      live += (value === null ? 0 : 1) - (this.#records.doesExist(place(key)) ? 1 : 0);
      if (indexOf === undefined) continue;
      indexed.push({ key, before: sortKeys(key, this, indexOf), after: sortKeys(key, { get }, indexOf) });
    }
    const checkpoint = { ...next, live };
    await this.#root.batch(() => {
      for (const { key, value } of latest.values()) {
        if (value === null) this.#records.remove(place(key));
        else this.#records.put(place(key), encodeRow(key, value));
      }
      for (const { key, before, after } of indexed) {
        for (const index of before) this.#index.remove(indexPlace(index, key));
        for (const index of after) this.#index.put(indexPlace(index, key), encodeIndexValue(index, key));
      }
      this.#meta.put(CHECKPOINT, utf8.encode(JSON.stringify(checkpoint)));
    });
    this.#checkpoint = checkpoint;
  }

  /** Makes the index anew. The checkpoint calls it complete only at the end. */
  async rebuildIndex(indexOf: IndexOf, checkpoint: Omit<Checkpoint, "live">): Promise<void> {
    await this.#index.clearAsync();
    let writes: { readonly at: Uint8Array; readonly value: Uint8Array }[] = [];
    const flush = async (): Promise<void> => {
      const now = writes;
      writes = [];
      await this.#root.batch(() => {
        for (const { at, value } of now) this.#index.put(at, value);
      });
    };
    // By pages: an iterator is not kept open over a write.
    for (let after: Uint8Array | undefined; ; ) {
      let count = 0;
      for (const [key, head] of this.heads(after)) {
        const name = fromUtf8.decode(key);
        for (const index of indexOf(name, payloadOf(name, head, this))) {
          writes.push({ at: indexPlace(index, key), value: encodeIndexValue(index, key) });
        }
        after = copyOf(key);
        if (++count >= INDEXED_PER_WRITE_MAX) break;
      }
      await flush();
      if (count < INDEXED_PER_WRITE_MAX) break;
    }
    await this.apply([], checkpoint, undefined);
  }

  async close(): Promise<void> {
    await this.#root.close();
  }
}

type Sorted = readonly Uint8Array[];

function sortKeys(key: Uint8Array, table: Pick<EnvelopeTable, "get">, indexOf: IndexOf): Sorted {
  const head = table.get(key);
  if (head === undefined) return [];
  const name = fromUtf8.decode(key);
  return indexOf(name, payloadOf(name, head, table));
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

function encodeRow(key: Uint8Array, envelope: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, key.length);
  return concat(length, key, envelope);
}

function keyOf(row: Uint8Array): Uint8Array {
  const length = new DataView(row.buffer, row.byteOffset, row.byteLength).getUint32(0);
  return row.subarray(4, 4 + length);
}

function envelopeOf(row: Uint8Array): Uint8Array {
  const length = new DataView(row.buffer, row.byteOffset, row.byteLength).getUint32(0);
  return row.subarray(4 + length);
}
