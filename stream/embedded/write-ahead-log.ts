/**
 * The log in front of LMDB: a group of writes is one record, durable with one fdatasync of a file that has its length
 * already, so that nothing but the record goes to the disk. LMDB's pages follow later (`disk.ts`).
 *
 * I1: what `append` has answered is found again by `openWriteAheadLog`, in order and whole; of a group that was on its way
 * when the process or the machine ended, all or nothing. Two files take turns: `turn` goes on at the begin of the other
 * one, whose records have to be in LMDB by then. Records that are missing in the middle are an error, never a shorter log (I4).
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { BrokerError } from "../broker.ts";
import { type Chain, encodeRecord, type Row, readChain, type WriteRecord } from "./write-record.ts";

/** A file grows by so much: each time costs a write of the file system's own journal. */
const GROWTH_BYTES = 512 * 1024;
const FILE_NAMES = ["0", "1"] as const;

const synced = promisify(fdatasync);

interface LogFile {
  readonly descriptor: number;
  length: number;
}

export interface OpenedLog {
  readonly log: WriteAheadLog;
  /** What is not in LMDB yet, of the file that was written before: it is in the way of `turn`. */
  readonly older: readonly WriteRecord[];
  /** The same, of the file that `append` goes on with. */
  readonly newer: readonly WriteRecord[];
}

/**
 * @param id of this folder's log
 * @param applied the number of the last group in LMDB
 * @throws BrokerError `Unavailable` when records that were answered are missing
 */
export function openWriteAheadLog(folder: string, id: Uint8Array, applied: number): OpenedLog {
  mkdirSync(folder, { recursive: true });
  const files = openFiles(folder);
  const chains = files.map((file) => readChain(contentOf(file), id));
  const firstOf = (chain: Chain): number => chain.records[0]?.sequence ?? 0;
  const newest = firstOf(chains[1]!) > firstOf(chains[0]!) ? 1 : 0;
  const newer = chains[newest]!.records.filter(({ sequence }) => sequence > applied);
  // A record that was refused may be there still: the one that took its number is in the later file.
  const before = newer[0]?.sequence ?? Number.POSITIVE_INFINITY;
  const older = chains[1 - newest]!.records.filter(({ sequence }) => sequence > applied && sequence < before);
  const found = [...older, ...newer].map(({ sequence }) => sequence);
  const last = found.at(-1) ?? applied;
  const known = Math.max(last, ...chains.map(({ strayMax }) => strayMax));
  if (found.some((sequence, index) => sequence !== applied + 1 + index) || known > last) {
    const missing = found.find((sequence, index) => sequence !== applied + 1 + index) ?? known;
    throw new BrokerError(
      "Unavailable",
      `the write-ahead log in ${folder} is damaged: of the groups from ${applied + 1} on, some before ${missing} cannot be ` +
        "read, and they were answered. Restore the broker's folder from a copy",
    );
  }
  const position = newer.length === 0 ? 0 : chains[newest]!.end;
  return { log: new WriteAheadLog(files, { id, current: newest, position, sequence: last }), older, newer };
}

export class WriteAheadLog {
  readonly #files: readonly LogFile[];
  readonly #id: Uint8Array;
  #current: number;
  #position: number;
  #sequence: number;

  constructor(
    files: readonly LogFile[],
    at: { readonly id: Uint8Array; readonly current: number; readonly position: number; readonly sequence: number },
  ) {
    this.#files = files;
    this.#id = at.id;
    this.#current = at.current;
    this.#position = at.position;
    this.#sequence = at.sequence;
  }

  /** The number of the last group. */
  get sequence(): number {
    return this.#sequence;
  }

  /**
   * Resolves when the record is on disk. One at a time. One that was refused gives its number and its place to the next.
   *
   * @throws the system's error
   */
  async append(rows: readonly Row[]): Promise<void> {
    const record = encodeRecord(this.#id, this.#sequence + 1, rows);
    const file = this.#files[this.#current]!;
    while (this.#position + record.length > file.length) {
      file.length += writeSync(file.descriptor, Buffer.alloc(GROWTH_BYTES), 0, GROWTH_BYTES, file.length);
    }
    for (let written = 0; written < record.length; ) {
      written += writeSync(file.descriptor, record, written, record.length - written, this.#position + written);
    }
    await synced(file.descriptor);
    this.#position += record.length;
    this.#sequence++;
  }

  /** The next group has become durable without the log, and everything before it is in LMDB. */
  passOver(): void {
    this.#sequence++;
  }

  /** Goes on in the other file. All its records have to be in LMDB. */
  turn(): void {
    this.#current = 1 - this.#current;
    this.#position = 0;
  }

  close(): void {
    for (const { descriptor } of this.#files) closeSync(descriptor);
  }
}

function openFiles(folder: string): readonly LogFile[] {
  const paths = FILE_NAMES.map((name) => join(folder, name));
  const areThere = paths.every((path) => existsSync(path));
  const files = paths.map((path) => {
    const descriptor = openSync(path, existsSync(path) ? "r+" : "wx+");
    return { descriptor, length: fstatSync(descriptor).size };
  });
  if (!areThere) syncFolder(folder);
  return files;
}

function contentOf({ descriptor, length }: LogFile): Buffer {
  const bytes = Buffer.alloc(length);
  for (let read = 0; read < length; ) {
    const count = readSync(descriptor, bytes, read, length - read, read);
    if (count === 0) break;
    read += count;
  }
  return bytes;
}

/** A new file is found again only when its folder's entry is on disk. Windows has no such call, and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
