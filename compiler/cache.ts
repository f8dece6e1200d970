/**
 * Results by content hash: in memory for a process that compiles again and again, and in a folder when one is given.
 * A damaged or half-written file is a miss; writing is atomic, so several processes may share the folder.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Bound of the memory part; a unit of lodash's size takes about 3 MB. */
const MEMORY_ENTRIES_MAX = 1_000;

export class Cache {
  readonly #folder: string | undefined;
  readonly #memory = new Map<string, unknown>();
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

  async set(key: string, value: unknown): Promise<void> {
    this.#remember(key, value);
    if (this.#folder === undefined) return;
    await mkdir(this.#folder, { recursive: true });
    const temporary = join(this.#folder, `${randomUUID()}.tmp`);
    await writeFile(temporary, JSON.stringify(value));
    await rename(temporary, join(this.#folder, `${key}.json`));
  }

  async #read(key: string): Promise<unknown> {
    if (this.#folder === undefined) return undefined;
    try {
      return JSON.parse(await readFile(join(this.#folder, `${key}.json`), "utf8"));
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
