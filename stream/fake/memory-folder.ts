/**
 * The local store's folder in memory: a table that is written in one piece or not at all, with what a crash, a power
 * failure or a bad disk make of it. It outlives the process that used it.
 */
import { piecesOf } from "#protocol";
import type { StoreOptions } from "../broker.ts";
import { indexPlace, isHead, place } from "../store/keys.ts";
import type { Checkpoint, NextCheckpoint, TableChange } from "../store/local-table.ts";
import { payloadOf } from "../store/state-view.ts";
import type { StoreFolder, StoreTable } from "../store/store-folder.ts";
import type { SimulatedProcess } from "./simulated-time.ts";

type IndexOf = NonNullable<StoreOptions["indexOf"]>;
interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}
interface IndexRow {
  readonly index: Uint8Array;
  readonly key: Uint8Array;
}

/** What one write undid; kept so that a power failure can take the last ones back. */
interface Undo {
  readonly rows: ReadonlyMap<string, Row | undefined>;
  readonly index: ReadonlyMap<string, IndexRow | undefined>;
  readonly checkpoint: Checkpoint | undefined;
}

const UNDO_MAX = 4;
const fromUtf8 = new TextDecoder();

/** Latencies of a disk, in milliseconds. */
export interface DiskSpeed {
  readonly writeMs: number;
  readonly slowChance: number;
  readonly slowMs: number;
}

export class MemoryFolder {
  rows = new Map<string, Row>();
  indexRows = new Map<string, IndexRow>();
  checkpoint: Checkpoint | undefined;
  identity: string | undefined;
  inDoubt = false;
  /** What opening it will be told. */
  damage: string | undefined;
  /** A value of it is not the one that was written. */
  isCorrupt = false;
  readonly undo: Undo[] = [];

  wipe(): void {
    this.rows = new Map();
    this.indexRows = new Map();
    this.checkpoint = undefined;
    this.damage = undefined;
    this.isCorrupt = false;
    this.undo.length = 0;
  }

  /** A power failure: the last writes are gone, one after another. */
  rollBack(writes: number): void {
    for (let count = 0; count < writes; count++) {
      const last = this.undo.pop();
      if (last === undefined) return;
      for (const [name, row] of last.rows) restore(this.rows, name, row);
      for (const [name, row] of last.index) restore(this.indexRows, name, row);
      this.checkpoint = last.checkpoint;
    }
  }

  /** A byte of a value that is not the one that was written. */
  corrupt(at: number): void {
    const names = [...this.rows.keys()];
    const name = names[at % Math.max(1, names.length)];
    const row = name === undefined ? undefined : this.rows.get(name);
    if (name === undefined || row === undefined || row.value.length === 0) return;
    const value = new Uint8Array(row.value);
    value[value.length - 1]! ^= 0x55;
    this.rows.set(name, { key: row.key, value });
    this.isCorrupt = true;
  }

  /** As seen by a process. */
  openedBy(process: SimulatedProcess, speed: () => DiskSpeed, draw: () => number): StoreFolder {
    const write = async (): Promise<void> => {
      const { writeMs, slowChance, slowMs } = speed();
      await process.pause(draw() * (draw() < slowChance ? slowMs : writeMs));
    };
    return {
      identityPath: "identity",
      damage: () => this.damage,
      openTable: () => {
        if (this.damage !== undefined) throw new Error(this.damage);
        return new MemoryTable(this, write);
      },
      wipe: () => this.wipe(),
      identity: () => this.identity,
      keepIdentity: (value) => {
        this.identity = value;
      },
      isInDoubt: () => this.inDoubt,
      setInDoubt: (inDoubt) => {
        this.inDoubt = inDoubt;
      },
    };
  }
}

class MemoryTable implements StoreTable {
  readonly #folder: MemoryFolder;
  readonly #write: () => Promise<void>;
  #sorted: IndexRow[] | undefined;

  constructor(folder: MemoryFolder, write: () => Promise<void>) {
    this.#folder = folder;
    this.#write = write;
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#folder.checkpoint;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#folder.rows.get(latin1(place(key)))?.value;
  }

  pieces(key: Uint8Array): number {
    const head = this.get(key);
    return head === undefined ? 0 : piecesOf(fromUtf8.decode(key), head);
  }

  *heads(after: Uint8Array | undefined): Iterable<readonly [Uint8Array, Uint8Array]> {
    const from = after === undefined ? undefined : latin1(place(after));
    for (const name of [...this.#folder.rows.keys()].sort()) {
      if (from !== undefined && name <= from) continue;
      const row = this.#folder.rows.get(name);
      if (row !== undefined && isHead(row.key)) yield [row.key, row.value];
    }
  }

  *index(from: Uint8Array | undefined): Iterable<{ readonly index: Uint8Array; readonly key: Uint8Array }> {
    const { indexRows } = this.#folder;
    this.#sorted ??= [...indexRows.keys()].sort().map((name) => indexRows.get(name)!);
    const least = from === undefined ? "" : latin1(from);
    for (const row of this.#sorted) if (latin1(row.index) >= least) yield row;
  }

  count(): number {
    return this.checkpoint?.live ?? 0;
  }

  async apply(changes: readonly TableChange[], next: NextCheckpoint, indexOf: IndexOf | undefined): Promise<void> {
    const { rows, indexRows } = this.#folder;
    const latest = new Map(changes.map((change) => [latin1(place(change.key)), change]));
    const get = (key: Uint8Array): Uint8Array | undefined => {
      const change = latest.get(latin1(place(key)));
      return change === undefined ? this.get(key) : (change.value ?? undefined);
    };
    let live = this.count();
    const removed: string[] = [];
    const added: (readonly [string, IndexRow])[] = [];
    for (const [name, { key, value }] of latest) {
      if (!isHead(key)) continue;
      live += (value === null ? 0 : 1) - (rows.has(name) ? 1 : 0);
      if (indexOf === undefined) continue;
      for (const index of sortKeys(key, (each) => this.get(each), indexOf))
        removed.push(latin1(indexPlace(index, key)));
      for (const index of sortKeys(key, get, indexOf)) added.push([latin1(indexPlace(index, key)), { index, key }]);
    }
    await this.#write();
    const before = new Map<string, Row | undefined>();
    for (const [name, { key, value }] of latest) {
      before.set(name, rows.get(name));
      restore(rows, name, value === null ? undefined : { key, value });
    }
    const indexBefore = new Map<string, IndexRow | undefined>();
    for (const name of [...removed, ...added.map(([each]) => each)]) indexBefore.set(name, indexRows.get(name));
    for (const name of removed) indexRows.delete(name);
    for (const [name, row] of added) indexRows.set(name, row);
    this.#folder.undo.push({ rows: before, index: indexBefore, checkpoint: this.#folder.checkpoint });
    if (this.#folder.undo.length > UNDO_MAX) this.#folder.undo.shift();
    this.#folder.checkpoint = { ...next, live };
    this.#sorted = undefined;
  }

  async rebuildIndex(indexOf: IndexOf, checkpoint: NextCheckpoint): Promise<void> {
    const folder = this.#folder;
    folder.indexRows.clear();
    folder.undo.length = 0;
    this.#sorted = undefined;
    await this.#write();
    for (const [key, head] of this.heads(undefined)) {
      const name = fromUtf8.decode(key);
      for (const index of indexOf(name, payloadOf(name, head, this)))
        folder.indexRows.set(latin1(indexPlace(index, key)), { index, key });
    }
    this.#sorted = undefined;
    await this.apply([], checkpoint, undefined);
  }

  async close(): Promise<void> {}
}

function sortKeys(
  key: Uint8Array,
  get: (key: Uint8Array) => Uint8Array | undefined,
  indexOf: IndexOf,
): readonly Uint8Array[] {
  const head = get(key);
  if (head === undefined) return [];
  const name = fromUtf8.decode(key);
  return indexOf(name, payloadOf(name, head, { get }));
}

function restore<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
