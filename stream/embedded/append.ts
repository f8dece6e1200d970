/**
 * Appends records, and keeps what follows from them in the same write: the table of the latest values of a compacted
 * topic (compaction happens at once), its count of live keys, and the sort keys of an open store (I1).
 */

import { BrokerError, type OutgoingRecord } from "../broker.ts";
import { copyOf, encodeIndexValue, indexPlace, isHead, place } from "../store/keys.ts";
import { encodePointer } from "../store/pointer.ts";
import { payloadViewOf } from "../store/state-view.ts";
import type { Catalog, Partition } from "./catalog.ts";
import type { Tables } from "./disk.ts";
import { latest, latestValue } from "./latest.ts";
import { graveKey, partitionKey } from "./layout.ts";
import { type NamedKey, named } from "./unapplied.ts";
import type { WriteGroup } from "./write-queue.ts";

/** About what Kafka's record format costs around key and value. */
const RECORD_OVERHEAD_BYTES = 70;

const NO_HEADERS = Object.freeze({});
const fromUtf8 = new TextDecoder();

export interface AppendOptions {
  readonly records: readonly OutgoingRecord[];
  /** A transaction leaves one offset behind its records in each partition, as Kafka's marker does. */
  readonly transaction: boolean;
  readonly nowMs: number;
}

/**
 * @returns the offset of each record
 * @throws BrokerError `RecordRejected`, before anything is written
 */
export function append(tables: Tables, catalog: Catalog, group: WriteGroup, options: AppendOptions): number[] {
  const { records, transaction, nowMs } = options;
  const partitions = records.map((record) => checked(catalog, record));
  const touched = new Set(partitions);
  for (const partition of touched) catalog.touch(partition);
  const indexed: IndexedKey[] = [];
  const offsets = records.map((record, index) => {
    const partition = partitions[index]!;
    const { key, value, timestampMs = nowMs, headers = NO_HEADERS } = record;
    const offset = partition.numbers.next++;
    const logged = { offset, timestampMs, key, value, headers };
    partition.batch.addRecord(logged);
    partition.ahead?.records.push({ topic: partition.topic.name, partition: partition.number, ...logged });
    if (partition.topic.cleanup === "compact") {
      const sorted = putLatest(tables, group, partition, { key: key!, value, offset, nowMs });
      if (sorted !== undefined) indexed.push(sorted);
    }
    if (partition.batch.isFull) catalog.closeBatch(partition, group);
    return offset;
  });
  for (const entry of indexed) reindex(tables, group, entry);
  for (const partition of touched) {
    if (transaction) partition.numbers.next++;
    if (partition.indexing !== undefined) partition.numbers.indexedTo = partition.numbers.next;
  }
  return offsets;
}

function checked(catalog: Catalog, record: OutgoingRecord): Partition {
  const reject = (why: string): BrokerError =>
    new BrokerError("RecordRejected", `a record for topic ${record.topic}: ${why}`, { topic: record.topic });
  const topic = catalog.topic(record.topic);
  if (topic === undefined) throw reject("the topic does not exist; create it");
  if (!Number.isInteger(record.partition) || record.partition < 0 || record.partition >= topic.partitions) {
    throw reject(`there is no partition ${record.partition} of ${topic.partitions}`);
  }
  if (record.key === null && topic.cleanup === "compact") throw reject("a compacted topic needs a key");
  const bytes = recordBytes(record);
  if (bytes > topic.maxMessageBytes)
    throw reject(`it has ${bytes} bytes, max.message.bytes is ${topic.maxMessageBytes}`);
  return catalog.partition(record.topic, record.partition);
}

/** Size of a record as the limits see it. */
export function recordBytes(record: Pick<OutgoingRecord, "key" | "value" | "headers">): number {
  let bytes = RECORD_OVERHEAD_BYTES + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const name in record.headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(record.headers[name]!) + 4;
  return bytes;
}

interface Put {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly offset: number;
  readonly nowMs: number;
}

/** @returns what is left to be done when all records of the transaction are there, where there is an index to keep up */
function putLatest(tables: Tables, group: WriteGroup, partition: Partition, put: Put): IndexedKey | undefined {
  const { id } = partition.topic;
  const { numbers, number } = partition;
  const { key, value, offset } = put;
  const placed = place(key);
  const at = named(partitionKey(id, number, placed));
  const isOfHead = isHead(key);
  const before = isOfHead ? latest(tables, group, at) : undefined;
  const isIndexed = partition.indexing !== undefined && isOfHead;
  // What was there is read before a later record of this transaction replaces its pieces.
  const indexed = isIndexed
    ? {
        partition,
        put,
        at,
        before: before?.isIndexed ? sortKeys(tables, group, partition, key, latestValue(partition, before)) : [],
      }
    : undefined;
  group.setWritten(at, { offset, value });
  if (!isIndexed) group.putNamed(tables.table, at, encodePointer(offset, value, false));
  numbers.logged++;
  if (value === null)
    group.put(tables.graves, graveKey(put.nowMs, { topicId: id, partition: number, offset }), copyOf(placed));
  const wasLive = before !== undefined && !before.isTombstone;
  if (isOfHead) numbers.live += (value === null ? 0 : 1) - (wasLive ? 1 : 0);
  return indexed;
}

interface IndexedKey {
  readonly partition: Partition;
  readonly put: Put;
  /** The key in `table`. */
  readonly at: NamedKey;
  readonly before: readonly Uint8Array[];
}

function reindex(tables: Tables, group: WriteGroup, { partition, put, at, before }: IndexedKey): void {
  // One key may be written twice in a transaction; the last one counts.
  if (group.written(at)?.now?.offset !== put.offset) {
    removeSortKeys(tables, group, partition, put.key, before);
    return;
  }
  const after = sortKeys(tables, group, partition, put.key, put.value ?? undefined);
  group.putNamed(tables.table, at, encodePointer(put.offset, put.value, after.length > 0));
  removeSortKeys(tables, group, partition, put.key, before);
  for (const index of after) {
    const place = partitionKey(partition.topic.id, partition.number, indexPlace(index, put.key));
    group.put(tables.index, place, encodeIndexValue(index, put.key));
  }
}

function removeSortKeys(
  tables: Tables,
  group: WriteGroup,
  { topic, number }: Partition,
  key: Uint8Array,
  indexes: readonly Uint8Array[],
): void {
  for (const index of indexes) group.remove(tables.index, partitionKey(topic.id, number, indexPlace(index, key)));
}

/** @param head the envelope at `key`, as it is now */
function sortKeys(
  tables: Tables,
  group: WriteGroup,
  partition: Partition,
  key: Uint8Array,
  head: Uint8Array | undefined,
): readonly Uint8Array[] {
  if (head === undefined) return [];
  const get = (name: Uint8Array): Uint8Array | undefined =>
    latestValue(
      partition,
      latest(tables, group, named(partitionKey(partition.topic.id, partition.number, place(name)))),
    );
  const name = fromUtf8.decode(key);
  return partition.indexing!.indexOf(name, payloadViewOf(name, head, { get }));
}
