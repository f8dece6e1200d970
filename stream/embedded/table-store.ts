/**
 * The state store of the embedded broker: a view of the changelog's own table and log. There is no second copy, and
 * nothing to restore. Sort keys are kept by the append itself while the store is open (`append.ts`).
 */
import { piecesOf } from "#protocol";
import { BrokerError, type StateChange, type StateStore, type StoreOptions } from "../broker.ts";
import {
  concat,
  copyOf,
  encodeIndexValue,
  escapeIndex,
  indexEntry,
  indexPlace,
  isHead,
  isWhole,
  place,
} from "../store/keys.ts";
import { recordsOf } from "../store/log-batch.ts";
import { decodePointer, encodePointer } from "../store/pointer.ts";
import { recordKey, recordOffset, recordValue } from "../store/record.ts";
import { type EnvelopeTable, payloadOf, StateView } from "../store/state-view.ts";
import type { Catalog, Partition } from "./catalog.ts";
import type { Tables } from "./disk.ts";
import { latestOffset, latestValue, storedLatest } from "./latest.ts";
import { offsetKey, partitionKey } from "./layout.ts";
import { type NamedKey, named } from "./unapplied.ts";
import type { WriteGroup, WriteQueue } from "./write-queue.ts";

/** What every key begins with. */
const PARTITION_BYTES = 8;

const fromUtf8 = new TextDecoder();

export async function openTableStore(
  tables: Tables,
  catalog: Catalog,
  queue: WriteQueue,
  options: StoreOptions,
): Promise<StateStore> {
  const partition = catalog.partition(options.changelogTopic, options.partition);
  if (partition.topic.cleanup !== "compact") {
    throw new BrokerError("UnknownTopic", `changelog topic ${partition.topic.name} has to be compacted`);
  }
  const table = tableOf(tables, partition);
  if (options.indexOf !== undefined) {
    const indexing = { indexOf: options.indexOf, indexVersion: options.indexVersion ?? 1 };
    await queue.submit((group) => {
      partition.indexing = indexing;
      const { numbers } = partition;
      if (numbers.indexedTo === numbers.next && numbers.indexVersion === indexing.indexVersion) return;
      for (const { key } of tables.index.getRange(range(partition))) group.remove(tables.index, copyOf(key));
      // In order of the log, where each entry is unpacked once.
      const whole = { start: offsetKey(partition.topic.id, partition.number, 0), end: range(partition).end };
      for (const { value: entry } of tables.log.getRange(whole)) {
        for (const record of recordsOf(entry)) indexRecord(tables, group, partition, record, table);
      }
      numbers.indexedTo = numbers.next;
      numbers.indexVersion = indexing.indexVersion;
      catalog.touch(partition);
    });
    return new TableStore(table, () => {
      if (partition.indexing === indexing) partition.indexing = undefined;
    });
  }
  return new TableStore(table, () => {});
}

/** Gives a key its sort keys, and says so in its pointer, if this is its latest record. */
function indexRecord(
  tables: Tables,
  group: WriteGroup,
  partition: Partition,
  record: Buffer,
  table: EnvelopeTable,
): void {
  const { topic, number } = partition;
  const key = recordKey(record);
  const head = recordValue(record);
  const at = named(partitionKey(topic.id, number, place(key)));
  const offset = recordOffset(record);
  if (head === undefined || !isHead(key) || latestOffset(tables, group, at) !== offset) return;
  const name = fromUtf8.decode(key);
  const indexes = partition.indexing!.indexOf(name, payloadOf(name, head, table));
  group.putNamed(tables.table, at, encodePointer(offset, head, indexes.length > 0));
  for (const index of indexes) {
    group.put(tables.index, partitionKey(topic.id, number, indexPlace(index, key)), encodeIndexValue(index, key));
  }
}

class TableStore extends StateView implements StateStore {
  readonly #release: () => void;

  constructor(table: EnvelopeTable, release: () => void) {
    super(table);
    this.#release = release;
  }

  /** The commit itself has written it all. */
  async applyCommitted(_changes: readonly StateChange[]): Promise<void> {}

  async close(): Promise<void> {
    this.#release();
  }
}

function range(partition: Partition, from?: Uint8Array): { start: Uint8Array; end: Uint8Array } {
  const { id } = partition.topic;
  return {
    start: partitionKey(id, partition.number, from ?? 0),
    end: partitionKey(id, partition.number + 1),
  };
}

function tableOf(tables: Tables, partition: Partition): EnvelopeTable {
  const at = (key: Uint8Array): NamedKey => named(partitionKey(partition.topic.id, partition.number, place(key)));
  return {
    get: (key) => latestValue(partition, storedLatest(tables, at(key))),
    pieces(key) {
      const found = storedLatest(tables, at(key));
      if (found === undefined || found.isTombstone) return 0;
      return found.pieces ?? piecesOf(fromUtf8.decode(key), latestValue(partition, found)!);
    },
    *heads(after) {
      // The least key behind `after` is `after` with a zero byte behind it.
      const from = after === undefined ? undefined : concat(place(after), Uint8Array.of(0));
      for (const { key: at, value } of tables.table.getRange(range(partition, from))) {
        const placed = copyOf(at.subarray(PARTITION_BYTES));
        const found = decodePointer(copyOf(value));
        if (found.isTombstone) continue;
        const key = isWhole(placed) ? placed : recordKey(partition.entries.record(found.offset));
        if (isHead(key)) yield [key, latestValue(partition, found)!];
      }
    },
    *index(from) {
      const start = from === undefined ? undefined : escapeIndex(from);
      for (const { key, value } of tables.index.getRange(range(partition, start)))
        yield indexEntry(key.subarray(PARTITION_BYTES), value);
    },
    count: () => partition.numbers.live,
  };
}
