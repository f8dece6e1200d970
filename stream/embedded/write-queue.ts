/**
 * Group commit: everything that was asked for while the disk was busy goes into the next LMDB transaction, and shares
 * its fsync. An answer is given only behind the fsync (I1: what was said to be committed stays committed).
 *
 * A job composes its writes synchronously: it must throw before its first write, or not at all.
 */
import type { Database, RootDatabase } from "lmdb";

export type Bytes = Database<Uint8Array, Uint8Array>;

/** Collects the writes of one group; reads of `table` see the writes of the same group. */
export class WriteGroup {
  readonly #puts: { readonly db: Bytes; readonly key: Uint8Array; readonly value: Uint8Array | undefined }[] = [];
  readonly #overlays = new Map<Bytes, Map<string, Uint8Array | undefined>>();
  readonly #afterCommit: (() => void)[] = [];

  put(db: Bytes, key: Uint8Array, value: Uint8Array): void {
    this.#puts.push({ db, key, value });
  }

  remove(db: Bytes, key: Uint8Array): void {
    this.#puts.push({ db, key, value: undefined });
  }

  /** Writes what later reads of the same group have to see. */
  putSeen(db: Bytes, key: Buffer, value: Uint8Array | undefined): void {
    this.#overlayOf(db).set(key.toString("latin1"), value);
    this.#puts.push({ db, key, value });
  }

  /** `putSeen` that gives what was there before. */
  replace(db: Bytes, key: Buffer, value: Uint8Array): Uint8Array | undefined {
    const overlay = this.#overlayOf(db);
    const name = key.toString("latin1");
    const before = overlay.has(name) ? overlay.get(name) : db.getBinary(key);
    overlay.set(name, value);
    this.#puts.push({ db, key, value });
    return before;
  }

  read(db: Bytes, key: Buffer): Uint8Array | undefined {
    const overlay = this.#overlays.get(db);
    const name = key.toString("latin1");
    return overlay?.has(name) ? overlay.get(name) : db.getBinary(key);
  }

  #overlayOf(db: Bytes): Map<string, Uint8Array | undefined> {
    let overlay = this.#overlays.get(db);
    if (overlay === undefined) {
      overlay = new Map();
      this.#overlays.set(db, overlay);
    }
    return overlay;
  }

  /** Runs when the group is on disk, before anybody is answered. */
  afterCommit(action: () => void): void {
    this.#afterCommit.push(action);
  }

  get empty(): boolean {
    return this.#puts.length === 0;
  }

  async commit(root: RootDatabase): Promise<void> {
    if (this.#puts.length > 0) {
      await root.batch(() => {
        for (const { db, key, value } of this.#puts) {
          if (value === undefined) db.remove(key);
          else db.put(key, value);
        }
      });
    }
    for (const action of this.#afterCommit) action();
  }
}

interface Job {
  readonly compose: (group: WriteGroup) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

export class WriteQueue {
  readonly #root: RootDatabase;
  readonly #finishGroup: (group: WriteGroup) => void;
  readonly #recover: () => void;
  #jobs: Job[] = [];
  #running: Promise<void> | undefined;

  /**
   * @param finishGroup adds what every group ends with (the numbers of the partitions it touched)
   * @param recover takes back what jobs have changed in memory, when the disk refused a group
   */
  constructor(root: RootDatabase, finishGroup: (group: WriteGroup) => void, recover: () => void) {
    this.#root = root;
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
      await group.commit(this.#root);
      for (const { job, result } of done) job.resolve(result as never);
    } catch (error) {
      this.#recover();
      for (const { job } of done) job.reject(error);
    }
  }
}
