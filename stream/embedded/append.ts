/**
 * Appends records, and keeps what follows from them in the same write: the table of the latest values of a compacted
 * topic (compaction happens at once), its count of live keys, and the sort keys of an open store (I1).
 */

import { BrokerError, type OutgoingRecord } from "../broker.ts";
import { encodeIndexValue, indexPlace, isHead, place } from "../store/keys.ts";
import { payloadViewOf } from "../store/state-view.ts";
import type { Catalog, Partition, Tables } from "./catalog.ts";
import { encodeRecord, graveKey, partitionKey, recordValue } from "./layout.ts";
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
    if (partition.topic.cleanup === "delete") {
      partition.batch.addRecord(logged);
    } else {
      const sorted = putLatest(tables, group, partition, { key: key!, bytes: encodeRecord(logged), offset, nowMs });
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

interface Latest {
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly nowMs: number;
}

/** @returns the key's sort keys as they were, where there is an index to keep up */
function putLatest(tables: Tables, group: WriteGroup, partition: Partition, latest: Latest): IndexedKey | undefined {
  const { id } = partition.topic;
  const { numbers, number, batch } = partition;
  const placed = place(latest.key);
  const isOfHead = isHead(latest.key);
  const isTombstone = recordValue(latest.bytes) === undefined;
  const before = group.replace(tables.table, partitionKey(id, number, placed), latest.bytes);
  // What was there is read before a later record of this transaction replaces its pieces.
  const head = before === undefined || !isOfHead ? undefined : recordValue(before);
  const indexed =
    partition.indexing === undefined || !isOfHead
      ? undefined
      : { partition, key: latest.key, before: sortKeys(tables, group, partition, latest.key, head) };
  batch.addPlace(latest.offset, placed, latest.nowMs);
  numbers.logged++;
  if (isTombstone) {
    const grave = { topicId: id, partition: number, offset: latest.offset };
    group.put(tables.graves, graveKey(latest.nowMs, grave), placed);
  }
  if (isOfHead) numbers.live += (isTombstone ? 0 : 1) - (head === undefined ? 0 : 1);
  return indexed;
}

interface IndexedKey {
  readonly partition: Partition;
  readonly key: Uint8Array;
  readonly before: readonly Uint8Array[];
}

function reindex(tables: Tables, group: WriteGroup, { partition, key, before }: IndexedKey): void {
  const record = group.read(tables.table, partitionKey(partition.topic.id, partition.number, place(key)));
  const head = record === undefined ? undefined : recordValue(record);
  const after = sortKeys(tables, group, partition, key, head);
  if (before.length === 0 && after.length === 0) return;
  const at = (index: Uint8Array): Uint8Array =>
    partitionKey(partition.topic.id, partition.number, indexPlace(index, key));
  for (const index of before) group.remove(tables.index, at(index));
  for (const index of after) group.put(tables.index, at(index), encodeIndexValue(index, key));
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
  const get = (name: Uint8Array): Uint8Array | undefined => {
    const record = group.read(tables.table, partitionKey(partition.topic.id, partition.number, place(name)));
    return record === undefined ? undefined : recordValue(record);
  };
  const name = fromUtf8.decode(key);
  return partition.indexing!.indexOf(name, payloadViewOf(name, head, { get }));
}
