/**
 * The state store of the embedded broker: a view of the changelog's own table. There is no second copy, and nothing to
 * restore. Sort keys are kept by the append itself while the store is open (`append.ts`).
 */
import { BrokerError, type StateChange, type StateStore, type StoreOptions } from "../broker.ts";
import {
  concat,
  copyOf,
  decodeIndexValue,
  encodeIndexValue,
  escapeIndex,
  indexPlace,
  isHead,
  place,
} from "../store/keys.ts";
import { type EnvelopeTable, payloadOf, StateView } from "../store/state-view.ts";
import type { Catalog, Partition, Tables } from "./catalog.ts";
import { partitionKey, recordKey, recordValue } from "./layout.ts";
import type { WriteQueue } from "./write-queue.ts";

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
      for (const [key, head] of table.heads(undefined)) {
        const name = fromUtf8.decode(key);
        for (const index of indexing.indexOf(name, payloadOf(name, head, table))) {
          const at = partitionKey(partition.topic.id, partition.number, indexPlace(index, key));
          group.put(tables.index, at, encodeIndexValue(index, key));
        }
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
  const at = (key: Uint8Array): Uint8Array => partitionKey(partition.topic.id, partition.number, place(key));
  return {
    get(key) {
      const record = tables.table.getBinary(at(key));
      return record === undefined ? undefined : recordValue(record);
    },
    *heads(after) {
      // The least key behind `after` is `after` with a zero byte behind it.
      const from = after === undefined ? undefined : concat(place(after), Uint8Array.of(0));
      for (const { value } of tables.table.getRange(range(partition, from))) {
        const key = recordKey(value);
        const head = recordValue(value);
        if (head !== undefined && isHead(key)) yield [key, head];
      }
    },
    *index(from) {
      const start = from === undefined ? undefined : escapeIndex(from);
      for (const { value } of tables.index.getRange(range(partition, start))) yield decodeIndexValue(value);
    },
    count: () => partition.numbers.live,
  };
}
