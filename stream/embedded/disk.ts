/**
 * What the embedded broker writes: each group of writes goes to the write-ahead log, is answered behind its one fdatasync, and
 * is seen by readers from then on; LMDB takes many groups in one transaction, later.
 *
 * I1: a group is durable before it is seen or answered. LMDB says which group is its last (`applied`, written in the same
 * transaction), and behind a crash the log is read from the next one on, so each is applied once. A file of the log is used
 * again only when LMDB's transaction with all its groups is on the disk. A group that is as large as many goes to LMDB at
 * once, behind its fsync, with all that came before it.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { BrokerError } from "../broker.ts";
import { assertFree, LMDB_OPTIONS, writeBatch } from "../store/write-batch.ts";
import { type Layers, type StoredTable, Table } from "./table.ts";
import { Unapplied } from "./unapplied.ts";
import { openWriteAheadLog, type WriteAheadLog } from "./write-ahead-log.ts";
import { encodedBytes, ID_BYTES, type Row } from "./write-record.ts";

/** In this order for good: the log names a table by its place. */
export const TABLE_NAMES = ["meta", "state", "log", "table", "index", "graves"] as const;
const META = 0;

export type Tables = Readonly<Record<(typeof TABLE_NAMES)[number], Table>>;

/** When LMDB is given what has come. */
export interface ApplyLimits {
  /** When it is so much: keys and values, and how many of them. */
  readonly bytes: number;
  readonly writes: number;
  /** Or so long after the first of it. */
  readonly afterMs: number;
  /** A group that takes more than this goes to LMDB at once. */
  readonly groupBytes: number;
}

const LIMITS: ApplyLimits = { bytes: 1024 * 1024, writes: 2_048, afterMs: 250, groupBytes: 512 * 1024 };

/** Of what `layout.ts` and the files that it names say. */
const FORMAT = "4";
/** Without a log in front of LMDB. */
const FORMAT_BEFORE = "3";

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();
const FORMAT_KEY = utf8.encode("format");
const ID_KEY = utf8.encode("log-id");
const APPLIED_KEY = utf8.encode("applied");

export class Disk implements Layers {
  readonly tables: Tables;
  readonly #root: RootDatabase;
  readonly #stored: readonly StoredTable[];
  readonly #freeBytes: () => number;
  readonly #limits: ApplyLimits;
  readonly #log: WriteAheadLog;
  applied: Unapplied | undefined;
  earlier: Unapplied | undefined;
  later: Unapplied;
  /** LMDB is taking `earlier`; never rejects. */
  #applying: Promise<void> | undefined;
  /** Why LMDB has not taken `earlier`: tried again before anything else is taken. */
  #refusal: { readonly error: unknown } | undefined;
  #isWriting = false;
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param folder with LMDB in `log`, the log in front of it in `ahead`
   * @throws BrokerError `Unavailable` when it was written in another format, or its log is damaged
   */
  static async open(folder: string, freeBytes: () => number, limits: Partial<ApplyLimits> = {}): Promise<Disk> {
    // Without overlapping sync a transaction is answered behind its fsync, which runs in LMDB's own thread.
    const root = open({ path: join(folder, "log"), maxDbs: 16, overlappingSync: false, ...LMDB_OPTIONS });
    try {
      const stored = TABLE_NAMES.map((name) =>
        root.openDB<Uint8Array, Uint8Array>({ name, keyEncoding: "binary", encoding: "binary" }),
      );
      const meta = stored[META]!;
      const format = formatOf(meta);
      if (format !== FORMAT) {
        if (format !== undefined && format !== FORMAT_BEFORE)
          throw new BrokerError("Unavailable", "the folder's log is of another format: upgrade Kawait");
        await writeBatch(root, freeBytes, () => {
          meta.put(ID_KEY, randomBytes(ID_BYTES));
          meta.put(FORMAT_KEY, utf8.encode(FORMAT));
        });
      }
      const id = meta.getBinary(ID_KEY)!;
      return new Disk(root, stored, { folder: join(folder, "ahead"), id, freeBytes, limits });
    } catch (error) {
      await root.close();
      throw error;
    }
  }

  private constructor(
    root: RootDatabase,
    stored: readonly StoredTable[],
    {
      folder,
      id,
      freeBytes,
      limits,
    }: {
      readonly folder: string;
      readonly id: Uint8Array;
      readonly freeBytes: () => number;
      readonly limits: Partial<ApplyLimits>;
    },
  ) {
    this.#root = root;
    this.#stored = stored;
    this.#freeBytes = freeBytes;
    this.#limits = { ...LIMITS, ...limits };
    const applied = stored[META]!.getBinary(APPLIED_KEY);
    const { log, older, newer } = openWriteAheadLog(folder, id, applied === undefined ? 0 : numberIn(applied));
    this.#log = log;
    this.later = new Unapplied(TABLE_NAMES.length);
    for (const { rows, sequence } of newer) this.later.add(rows, sequence);
    if (older.length > 0) {
      this.earlier = new Unapplied(TABLE_NAMES.length);
      for (const { rows, sequence } of older) this.earlier.add(rows, sequence);
    }
    const tables = TABLE_NAMES.map((name, number) => [name, new Table(number, stored[number]!, this)]);
    this.tables = Object.fromEntries(tables) as Tables;
    if (newer.length > 0 || older.length > 0) this.#applySoon();
  }

  /**
   * Resolves when the group is durable; readers see it then. One at a time.
   *
   * @throws the system's error, or one with its words; the group is not seen then, nor what would follow from it
   */
  async write(rows: readonly Row[]): Promise<void> {
    assertFree(this.#freeBytes);
    this.#isWriting = true;
    try {
      if (encodedBytes(rows) > this.#limits.groupBytes) {
        await this.#writeAtOnce(rows);
        return;
      }
      if (this.#refusal !== undefined || this.#isFull) await this.#settled();
      if (this.#isFull) this.#apply();
      await this.#log.append(rows);
      this.later.add(rows, this.#log.sequence);
    } finally {
      this.#isWriting = false;
    }
    if (this.#isFull || this.#isDue) this.#apply();
    else this.#applySoon();
  }

  /** Gives LMDB what there is, and closes both. What the disk refuses now stays in the log. */
  async close(): Promise<void> {
    await this.#settled().catch(() => {});
    if (this.earlier === undefined) this.#apply();
    await this.#applying;
    clearTimeout(this.#timer);
    await this.#root.close();
    this.#log.close();
  }

  get #isFull(): boolean {
    return this.later.bytes >= this.#limits.bytes || this.later.writes >= this.#limits.writes;
  }

  #applySoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#isDue = true;
      // The log's file is not changed below a record that is on its way into it.
      if (!this.#isWriting) this.#apply();
    }, this.#limits.afterMs).unref();
  }

  /** Begins to give LMDB what there is, where it is not at it. */
  #apply(): void {
    if (this.#applying !== undefined) return;
    this.#isDue = false;
    this.#refusal = undefined;
    this.#turn();
    const { earlier } = this;
    if (earlier === undefined) return;
    this.#applying = this.#transact([earlier.rows()], earlier.sequence)
      .then(
        () => {
          this.applied = earlier;
          this.earlier = undefined;
        },
        (error: unknown) => {
          this.#refusal = { error };
        },
      )
      .finally(() => {
        this.#applying = undefined;
      });
  }

  #turn(): void {
    if (this.earlier !== undefined || this.later.writes === 0) return;
    this.earlier = this.later;
    this.later = new Unapplied(TABLE_NAMES.length);
    this.#log.turn();
  }

  /** LMDB has `earlier`. */
  async #settled(): Promise<void> {
    if (this.#applying === undefined && this.earlier !== undefined) this.#apply();
    await this.#applying;
    if (this.#refusal !== undefined) throw this.#refusal.error;
  }

  async #writeAtOnce(rows: readonly Row[]): Promise<void> {
    await this.#settled();
    this.#turn();
    const { earlier } = this;
    try {
      await this.#transact(earlier === undefined ? [rows] : [earlier.rows(), rows], this.#log.sequence + 1);
    } catch (error) {
      if (earlier !== undefined) this.#refusal = { error };
      throw error;
    }
    this.applied = undefined;
    this.earlier = undefined;
    this.#log.passOver();
  }

  async #transact(groups: readonly Iterable<Row>[], sequence: number): Promise<void> {
    await writeBatch(this.#root, this.#freeBytes, () => {
      for (const rows of groups) {
        for (const { table, key, value } of rows) {
          if (value === undefined) this.#stored[table]!.remove(key);
          else this.#stored[table]!.put(key, value);
        }
      }
      this.#stored[META]!.put(APPLIED_KEY, bytesOf(sequence));
    });
  }
}

/** Undefined where nothing was ever written. */
function formatOf(meta: StoredTable): string | undefined {
  const format = meta.getBinary(FORMAT_KEY);
  if (format !== undefined) return fromUtf8.decode(format);
  return meta.getCount() === 0 ? undefined : "none";
}

function bytesOf(number: number): Uint8Array {
  return new Uint8Array(Float64Array.of(number).buffer);
}

function numberIn(bytes: Uint8Array): number {
  return new Float64Array(new Uint8Array(bytes).buffer)[0]!;
}
