/**
 * Results by content hash: in memory for a process that compiles again and again, and in a folder when one is given.
 *
 *   entry := checksum "\n" JSON      64 hex digits of the JSON's SHA-256
 *
 * Writing is atomic, so several processes may share the folder. A file that is torn, damaged or cannot be read is a miss, and
 * a folder that cannot be written only costs time: nothing of a program hangs on the cache (I2).
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Bound of the memory part; a unit of lodash's size takes about 3 MB. */
const MEMORY_ENTRIES_MAX = 4_000;
/** Entries that were not asked for so long are removed. */
const UNUSED_MS_MAX = 30 * 86_400_000;
/** An entry that was asked for is marked as used at most this often. */
const MARK_MS = 86_400_000;
const CHECKSUM_LENGTH = 64;

export class Cache {
  readonly #folder: string | undefined;
  readonly #memory = new Map<string, unknown>();
  readonly #writes = new Set<Promise<void>>();
  #isPruned = false;
  /** Hits and misses since the start, for tests and for `--verbose`. */
  readonly counts = { hits: 0, misses: 0 };

  constructor(folder?: string) {
    this.#folder = folder;
  }

  async get<T>(key: string): Promise<T | undefined> {
    const known = this.#memory.get(key) ?? (await this.#read(key));
    if (known === undefined) {
      this.counts.misses++;
      return undefined;
    }
    this.counts.hits++;
    this.#remember(key, known);
    return known as T;
  }

  /** The file is written behind this call's back: `flush` waits for it. */
  set(key: string, value: unknown): void {
    this.#remember(key, value);
    if (this.#folder === undefined) return;
    const write = this.#write(this.#folder, key, value).finally(() => this.#writes.delete(write));
    this.#writes.add(write);
  }

  /** Until everything that was set is in the folder. */
  async flush(): Promise<void> {
    await Promise.all(this.#writes);
    if (this.#folder === undefined || this.#isPruned) return;
    this.#isPruned = true;
    await prune(this.#folder);
  }

  async #write(folder: string, key: string, value: unknown): Promise<void> {
    const json = JSON.stringify(value);
    const temporary = join(folder, `${randomUUID()}.tmp`);
    try {
      mkdirSync(folder, { recursive: true });
      await writeFile(temporary, `${checksum(json)}\n${json}`);
      await rename(temporary, join(folder, `${key}.json`));
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  async #read(key: string): Promise<unknown> {
    if (this.#folder === undefined) return undefined;
    const path = join(this.#folder, `${key}.json`);
    try {
      const text = await readFile(path, "utf8");
      const json = text.slice(CHECKSUM_LENGTH + 1);
      if (text.slice(0, CHECKSUM_LENGTH + 1) !== `${checksum(json)}\n`) return undefined;
      await markUsed(path);
      return JSON.parse(json);
    } catch {
      return undefined;
    }
  }

  /** Least recently used entries leave first. */
  #remember(key: string, value: unknown): void {
    this.#memory.delete(key);
    this.#memory.set(key, value);
    if (this.#memory.size > MEMORY_ENTRIES_MAX) this.#memory.delete(this.#memory.keys().next().value!);
  }
}

function checksum(json: string): string {
  return createHash("sha256").update(json).digest("hex");
}

async function markUsed(path: string): Promise<void> {
  const now = Date.now();
  const { mtimeMs } = await stat(path);
  if (now - mtimeMs > MARK_MS) await utimes(path, now / 1_000, now / 1_000);
}

/** Removes what older compilers and dead processes have left. */
async function prune(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > UNUSED_MS_MAX) await rm(path, { force: true });
    }
  } catch {
    // The folder is not there, or another process removes the same.
  }
}
