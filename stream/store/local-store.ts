/**
 * The local state store for brokers whose changelog is elsewhere (Kafka): a copy that may be lost at any time.
 *
 * I1: what is read is the changelog up to its end as of opening, then exactly what committed transactions wrote. The
 * copy is used only when it provably belongs to this changelog; else it is wiped and read anew. A changelog without an
 * identity where there once was one is `ChangelogLost`: never a silent first start (I4).
 */
import { ID_KEY, KawaitError } from "#protocol";
import {
  BrokerError,
  type LogBounds,
  type PartitionReader,
  type StateChange,
  type StateStore,
  type StoredRecord,
  type StoreOptions,
} from "../broker.ts";
import { keyBytes } from "./keys.ts";
import { CHECKPOINT_VERSION, type Checkpoint, type NextCheckpoint, type TableChange } from "./local-table.ts";
import { StateView } from "./state-view.ts";
import { DiskFolder, type StoreFolder, type StoreTable } from "./store-folder.ts";

export interface LocalStoreOptions {
  readonly options: StoreOptions;
  readonly openReader: (at: { topic: string; partition: number; fromOffset: number }) => Promise<PartitionReader>;
  readonly bounds: (topic: string, partition: number) => Promise<LogBounds>;
  /** Told when a copy is not used; default: standard error. */
  readonly warn?: (message: string) => void;
  readonly nowMs?: () => number;
  /** Where the copy lives; default: in `options.dataFolder` on disk. */
  readonly folder?: StoreFolder;
}

/** Kafka's default of `delete.retention.ms`: behind it the tombstones that an old copy has not seen may be gone. */
const TOMBSTONES_KEPT_MS = 24 * 60 * 60 * 1000;
const POLL_WAIT_MS = 1_000;
const PROGRESS_INTERVAL_MS = 1_000;
const ID_BYTES = keyBytes(ID_KEY);

/**
 * Opens the copy in `options.dataFolder` and brings it to the end of the changelog.
 *
 * @throws BrokerError `ChangelogLost` when the changelog has no identity but this folder knows of one
 */
export async function openLocalStore(options: LocalStoreOptions): Promise<StateStore> {
  const opening = new Opening(options);
  return await opening.run();
}

class Opening {
  readonly #options: LocalStoreOptions;
  readonly #store: StoreOptions;
  readonly #folder: StoreFolder;
  readonly #nowMs: () => number;

  constructor(options: LocalStoreOptions) {
    this.#options = options;
    this.#store = options.options;
    const { dataFolder, changelogTopic, partition } = this.#store;
    this.#folder = options.folder ?? new DiskFolder(dataFolder, changelogTopic, partition);
    this.#nowMs = options.nowMs ?? Date.now;
  }

  async run(): Promise<StateStore> {
    try {
      return await this.#attempt();
    } catch (error) {
      // The doubt is set: the second attempt reads everything anew. What is damaged then is the changelog itself.
      if (!isDamage(error) || !this.#folder.isInDoubt()) throw error;
      return await this.#attempt();
    }
  }

  async #attempt(): Promise<StateStore> {
    const bounds = await this.#options.bounds(this.#store.changelogTopic, this.#store.partition);
    const { table, isFresh } = await this.#openTable(bounds);
    try {
      await this.#restore(table, bounds);
      this.#checkIdentity(table);
      await this.#completeIndex(table);
      this.#folder.setInDoubt(false);
      return new LocalStore(table, this.#store, this.#nowMs, isFresh, {
        onDamage: () => this.#folder.setInDoubt(true),
        onIdentity: () => this.#checkIdentity(table),
      });
    } catch (error) {
      await table.close();
      this.#folder.setInDoubt(!isFresh && isDamage(error));
      throw error;
    }
  }

  async #openTable(bounds: LogBounds): Promise<{ readonly table: StoreTable; readonly isFresh: boolean }> {
    let table: StoreTable | undefined;
    let problem: string | undefined;
    if (this.#folder.isInDoubt()) problem = "a value in it was damaged, or a process died opening it";
    else problem = this.#folder.damage();
    if (problem === undefined) {
      this.#folder.setInDoubt(true);
      try {
        table = this.#folder.openTable();
        problem = await this.#misfit(table.checkpoint, bounds);
      } catch (error) {
        if (error instanceof BrokerError) {
          await table?.close();
          this.#folder.setInDoubt(false);
          throw error;
        }
        problem = `it cannot be read (${error instanceof Error ? error.message : String(error)})`;
      }
    }
    if (problem === undefined) return { table: table!, isFresh: table!.checkpoint === undefined };
    await table?.close();
    this.#warn(`the local copy of ${this.#where()} is not used: ${problem}. It is read anew from the changelog`);
    this.#folder.wipe();
    return { table: this.#folder.openTable(), isFresh: true };
  }

  /** Why the copy does not belong to this changelog, if so. */
  async #misfit(checkpoint: Checkpoint | undefined, { start, end }: LogBounds): Promise<string | undefined> {
    if (checkpoint === undefined) return undefined;
    if (checkpoint.version !== CHECKPOINT_VERSION) return `its format has version ${checkpoint.version}`;
    if (checkpoint.topic !== this.#store.changelogTopic || checkpoint.partition !== this.#store.partition) {
      return `it is of ${checkpoint.topic}/${checkpoint.partition}`;
    }
    if (checkpoint.position > end) return `it stands at ${checkpoint.position}, the changelog ends at ${end}`;
    if (checkpoint.position < start) return `it stands at ${checkpoint.position}, the changelog begins at ${start}`;
    if (this.#nowMs() - checkpoint.savedAtMs >= TOMBSTONES_KEPT_MS) return "it is older than tombstones are kept";
    if (checkpoint.identity === null) return undefined;
    const found = await this.#recordAt(checkpoint.identity.offset, end);
    const isSame = found !== undefined && toBase64(found.key) === toBase64(ID_BYTES);
    if (!isSame || toBase64(found.value) !== checkpoint.identity.value) return "it is of another changelog";
    return undefined;
  }

  /** The first record at `offset`, if one lies exactly there. */
  async #recordAt(offset: number, end: number): Promise<StoredRecord | undefined> {
    const { changelogTopic: topic, partition } = this.#store;
    const reader = await this.#options.openReader({ topic, partition, fromOffset: offset });
    try {
      for (let position = offset; position < end; ) {
        const batch = await reader.poll(POLL_WAIT_MS);
        const first = batch.records[0];
        if (first !== undefined) return first.offset === offset ? first : undefined;
        position = batch.nextOffset;
      }
      return undefined;
    } finally {
      await reader.close();
    }
  }

  async #restore(table: StoreTable, { start, end }: LogBounds): Promise<void> {
    const { changelogTopic: topic, partition, onProgress } = this.#store;
    const begin = table.checkpoint?.position ?? start;
    let position = begin;
    let toldAtMs = this.#nowMs();
    const reader = await this.#options.openReader({ topic, partition, fromOffset: position });
    try {
      while (position < end) {
        const batch = await reader.poll(POLL_WAIT_MS);
        position = batch.nextOffset;
        const changes = batch.records.flatMap(({ key, value }) => (key === null ? [] : [{ key, value }]));
        const identity = identityIn(batch.records) ?? table.checkpoint?.identity ?? null;
        await this.#take(table, changes, { position, identity });
        if (this.#nowMs() - toldAtMs >= PROGRESS_INTERVAL_MS) {
          toldAtMs = this.#nowMs();
          onProgress?.({ start: begin, position, end });
        }
      }
    } finally {
      await reader.close();
    }
  }

  /** Keeps the index up if it is complete so far. */
  async #take(
    table: StoreTable,
    changes: readonly TableChange[],
    at: Pick<NextCheckpoint, "position" | "identity">,
  ): Promise<void> {
    const { indexOf, indexVersion = 1 } = this.#store;
    const savedAtMs = this.#nowMs();
    const isComplete = table.checkpoint === undefined || table.checkpoint.indexVersion === indexVersion;
    if (indexOf !== undefined && isComplete) {
      try {
        return await table.apply(changes, checkpointOf(this.#store, { ...at, indexVersion, savedAtMs }), indexOf);
      } catch (error) {
        // A value in pieces of which some are in the next read, or that compaction has eaten: the index is made at the end.
        if (!isDamage(error)) throw error;
      }
    }
    await table.apply(changes, checkpointOf(this.#store, { ...at, indexVersion: 0, savedAtMs }), undefined);
  }

  async #completeIndex(table: StoreTable): Promise<void> {
    const { indexOf, indexVersion = 1 } = this.#store;
    const { checkpoint } = table;
    if (indexOf === undefined || checkpoint?.indexVersion === indexVersion) return;
    const { position = 0, identity = null } = checkpoint ?? {};
    const next = checkpointOf(this.#store, { position, identity, indexVersion, savedAtMs: this.#nowMs() });
    await table.rebuildIndex(indexOf, next);
  }

  /** The identity outlives the copy in a file of its own: a wipe must not look like a first start. */
  #checkIdentity(table: StoreTable): void {
    const identity = table.get(ID_BYTES);
    const known = this.#folder.identity();
    if (identity === undefined) {
      if (known === undefined) return;
      throw new BrokerError(
        "ChangelogLost",
        `changelog ${this.#where()} has no identity record, but ${this.#folder.identityPath} knows of one: the topic was ` +
          "deleted or emptied. Restore it, or delete that file to begin anew",
        { topic: this.#store.changelogTopic },
      );
    }
    const value = toBase64(identity);
    if (value !== known) this.#folder.keepIdentity(value);
  }

  #where(): string {
    return `${this.#store.changelogTopic}/${this.#store.partition}`;
  }

  #warn(message: string): void {
    if (this.#options.warn !== undefined) this.#options.warn(message);
    else process.stderr.write(`${JSON.stringify({ level: "warn", message })}\n`);
  }
}

class LocalStore extends StateView implements StateStore {
  readonly #table: StoreTable;
  readonly #options: StoreOptions;
  readonly #nowMs: () => number;
  readonly #isFresh: boolean;
  readonly #events: { readonly onDamage: () => void; readonly onIdentity: () => void };

  constructor(
    table: StoreTable,
    options: StoreOptions,
    nowMs: () => number,
    isFresh: boolean,
    events: { readonly onDamage: () => void; readonly onIdentity: () => void },
  ) {
    super(table);
    this.#table = table;
    this.#options = options;
    this.#nowMs = nowMs;
    this.#isFresh = isFresh;
    this.#events = events;
  }

  override get(key: string): Uint8Array | undefined {
    return this.#checked(() => super.get(key));
  }

  override pieces(key: string): number {
    return this.#checked(() => super.pieces(key));
  }

  async applyCommitted(changes: readonly StateChange[], nextOffset?: number): Promise<void> {
    const { indexOf, indexVersion = 1 } = this.#options;
    const before = this.#table.checkpoint;
    const position = Math.max(nextOffset ?? 0, before?.position ?? 0);
    const rows = changes.map(({ key, value }) => ({ key: keyBytes(key), value }));
    const idAt = changes.findIndex(({ key }) => key === ID_KEY);
    let identity = before?.identity ?? null;
    if (idAt >= 0 && nextOffset !== undefined) {
      const offset = nextOffset - (changes.length - idAt);
      identity = { offset, value: toBase64(changes[idAt]!.value) };
    }
    const next = checkpointOf(this.#options, {
      position,
      identity,
      indexVersion: indexOf === undefined ? 0 : indexVersion,
      savedAtMs: this.#nowMs(),
    });
    try {
      await this.#table.apply(rows, next, indexOf);
    } catch (error) {
      throw this.#damage(error);
    }
    if (idAt >= 0) this.#events.onIdentity();
  }

  async close(): Promise<void> {
    await this.#table.close();
  }

  #checked<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw this.#damage(error);
    }
  }

  /** A copy that was read anew in this opening is as good as the changelog; an older one gets that second chance. */
  #damage(error: unknown): unknown {
    if (this.#isFresh || !isDamage(error)) return error;
    this.#events.onDamage();
    return new BrokerError("Unavailable", `the local copy is damaged and will be read anew: ${error.message}`, {
      cause: error,
    });
  }
}

/** What a copy of this changelog says of itself. */
function checkpointOf(
  { changelogTopic: topic, partition }: StoreOptions,
  at: Pick<NextCheckpoint, "position" | "identity" | "indexVersion" | "savedAtMs">,
): NextCheckpoint {
  return { version: CHECKPOINT_VERSION, topic, partition, ...at };
}

function isDamage(error: unknown): error is KawaitError {
  return error instanceof KawaitError && error.code === "CorruptState";
}

function identityIn(records: readonly StoredRecord[]): Checkpoint["identity"] | undefined {
  const name = toBase64(ID_BYTES);
  const record = records.findLast(({ key }) => key?.length === ID_BYTES.length && toBase64(key) === name);
  return record?.value ? { offset: record.offset, value: toBase64(record.value) } : undefined;
}

function toBase64(bytes: Uint8Array | null): string {
  return Buffer.from(bytes ?? []).toString("base64");
}
