/**
 * Group commit: everything that was asked for while the disk was busy goes into the next group of writes, and shares
 * its fsync. An answer is given only behind the fsync (I1: what was said to be committed stays committed).
 *
 * A job composes its writes synchronously: it must throw before its first write, or not at all.
 */
import type { Disk } from "./disk.ts";
import type { Table } from "./table.ts";
import type { NamedKey } from "./unapplied.ts";
import type { Row } from "./write-record.ts";

/** What a group writes at a key of a compacted topic. */
export interface Written {
  readonly offset: number;
  /** `null`: a tombstone. */
  readonly value: Uint8Array | null;
}

/** Collects the writes of one group; what it writes at the keys of compacted topics can be asked for. */
export class WriteGroup {
  readonly #rows: Row[] = [];
  readonly #written = new Map<string, Written | undefined>();
  readonly #afterCommit: (() => void)[] = [];

  /** Neither key nor value may be written to any more. */
  put(table: Table, key: Uint8Array, value: Uint8Array): void {
    this.#rows.push({ table: table.number, key, value });
  }

  /** `put` at a key whose name is known. */
  putNamed(table: Table, { bytes: key, name }: NamedKey, value: Uint8Array): void {
    this.#rows.push({ table: table.number, key, value, name });
  }

  /** The key may not be written to any more. */
  remove(table: Table, key: Uint8Array): void {
    this.#rows.push({ table: table.number, key, value: undefined });
  }

  /** Undefined: as on disk. */
  written({ name }: NamedKey): { readonly now: Written | undefined } | undefined {
    return this.#written.has(name) ? { now: this.#written.get(name) } : undefined;
  }

  /** @param now undefined: the key is forgotten */
  setWritten({ name }: NamedKey, now: Written | undefined): void {
    this.#written.set(name, now);
  }

  /** Runs when the group is on disk, before anybody is answered. */
  afterCommit(action: () => void): void {
    this.#afterCommit.push(action);
  }

  async commit(disk: Disk): Promise<void> {
    if (this.#rows.length > 0) await disk.write(this.#rows);
    for (const action of this.#afterCommit) action();
  }
}

interface Job {
  readonly compose: (group: WriteGroup) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

export class WriteQueue {
  readonly #disk: Disk;
  readonly #finishGroup: (group: WriteGroup) => void;
  readonly #recover: () => void;
  #jobs: Job[] = [];
  #running: Promise<void> | undefined;

  /**
   * @param finishGroup adds what every group ends with (the numbers of the partitions it touched)
   * @param recover takes back what jobs have changed in memory, when the disk refused a group
   */
  constructor(disk: Disk, finishGroup: (group: WriteGroup) => void, recover: () => void) {
    this.#disk = disk;
    this.#finishGroup = finishGroup;
    this.#recover = recover;
  }

  submit<T>(compose: (group: WriteGroup) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ compose, resolve: resolve as (result: never) => void, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the microtask queue: commits asked for together go together.
    await undefined;
    while (this.#jobs.length > 0) {
      const jobs = this.#jobs;
      this.#jobs = [];
      await this.#runGroup(jobs);
    }
    this.#running = undefined;
  }

  async #runGroup(jobs: readonly Job[]): Promise<void> {
    const group = new WriteGroup();
    const done: { readonly job: Job; readonly result: unknown }[] = [];
    for (const job of jobs) {
      try {
        done.push({ job, result: job.compose(group) });
      } catch (error) {
        job.reject(error);
      }
    }
    try {
      this.#finishGroup(group);
      await group.commit(this.#disk);
      for (const { job, result } of done) job.resolve(result as never);
    } catch (error) {
      this.#recover();
      for (const { job } of done) job.reject(error);
    }
  }
}
