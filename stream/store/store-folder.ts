/**
 * Where a local copy lives: the table, and two notes beside it that outlive a wipe. On disk here; a simulation has one in
 * memory that tears (`stream/fake`).
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { damageOfLmdbFile } from "./lmdb-file.ts";
import { LocalTable } from "./local-table.ts";

export type StoreTable = Pick<
  LocalTable,
  "checkpoint" | "get" | "pieces" | "heads" | "index" | "count" | "apply" | "rebuildIndex" | "close"
>;

export interface StoreFolder {
  /** Where the identity is kept, for people. */
  readonly identityPath: string;
  /** What is wrong with the table, as far as can be seen without opening it. */
  damage(): string | undefined;
  /** @throws when the table cannot be read */
  openTable(): StoreTable;
  /** Deletes the table; both notes stay. */
  wipe(): void;
  /** The changelog's identity as this folder has last seen it. */
  identity(): string | undefined;
  keepIdentity(value: string): void;
  /** Set while the table is being opened, and left when a value in it was damaged: then it is not used again. */
  isInDoubt(): boolean;
  setInDoubt(inDoubt: boolean): void;
}

export class DiskFolder implements StoreFolder {
  readonly identityPath: string;
  readonly #table: string;
  readonly #doubtPath: string;

  constructor(dataFolder: string, topic: string, partition: number) {
    const base = join(dataFolder, "store", `${topic}-${partition}`);
    mkdirSync(base, { recursive: true });
    this.#table = join(base, "data");
    this.identityPath = join(base, "identity");
    this.#doubtPath = join(base, "in-doubt");
  }

  damage(): string | undefined {
    return damageOfLmdbFile(this.#table);
  }

  openTable(): StoreTable {
    return new LocalTable(this.#table);
  }

  wipe(): void {
    rmSync(this.#table, { recursive: true, force: true, maxRetries: 5 });
  }

  identity(): string | undefined {
    return existsSync(this.identityPath) ? readFileSync(this.identityPath, "utf8") : undefined;
  }

  keepIdentity(value: string): void {
    writeFileSync(this.identityPath, value);
  }

  isInDoubt(): boolean {
    return existsSync(this.#doubtPath);
  }

  setInDoubt(inDoubt: boolean): void {
    if (inDoubt) writeFileSync(this.#doubtPath, "");
    else rmSync(this.#doubtPath, { force: true });
  }
}
