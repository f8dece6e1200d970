/**
 * Appends records, and keeps what follows from them in the same write: the table of the latest values of a compacted
 * topic (compaction happens at once), its count of live keys, and the sort keys of an open store (I1).
 */

import { BrokerError, type OutgoingRecord } from "../broker.ts";
import { encodeIndexValue, indexPlace, isHead, place } from "../store/keys.ts";
import { payloadOf } from "../store/state-view.ts";
import type { Catalog, Partition, Tables } from "./catalog.ts";
import { encodeRecord, graveKey, offsetKey, partitionKey, recordOffset, recordValue } from "./layout.ts";
import type { WriteGroup } from "./write-queue.ts";

/** About what Kafka's record format costs around key and value. */
const RECORD_OVERHEAD_BYTES = 70;

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
  const partitions = options.records.map((record) => checked(catalog, record));
  const indexed = indexedKeys(tables, group, options.records, partitions);
  const offsets = options.records.map((record, index) => {
    const partition = partitions[index]!;
    catalog.touch(partition);
    const offset = partition.numbers.next++;
    const bytes = encodeRecord({
      offset,
      timestampMs: record.timestampMs ?? options.nowMs,
      key: record.key,
      value: record.value,
      headers: record.headers ?? {},
    });
    if (partition.topic.cleanup === "delete") {
      group.put(tables.log, offsetKey(partition.topic.id, partition.number, offset), bytes);
    } else {
      putLatest(tables, group, partition, { key: record.key!, bytes, offset, nowMs: options.nowMs });
    }
    return offset;
  });
  for (const entry of indexed) reindex(tables, group, entry);
  for (const partition of new Set(partitions)) {
    if (options.transaction) partition.numbers.next++;
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

function putLatest(tables: Tables, group: WriteGroup, partition: Partition, latest: Latest): void {
  const { id } = partition.topic;
  const placed = place(latest.key);
  const at = partitionKey(id, partition.number, placed);
  const before = group.read(tables.table, at);
  if (before !== undefined) group.remove(tables.log, offsetKey(id, partition.number, recordOffset(before)));
  const isTombstone = recordValue(latest.bytes) === undefined;
  group.putSeen(tables.table, at, latest.bytes);
  group.put(tables.log, offsetKey(id, partition.number, latest.offset), placed);
  if (isTombstone) {
    const grave = { topicId: id, partition: partition.number, offset: latest.offset };
    group.put(tables.graves, graveKey(latest.nowMs, grave), placed);
  }
  if (isHead(latest.key)) {
    const wasLive = before !== undefined && recordValue(before) !== undefined;
    partition.numbers.live += (isTombstone ? 0 : 1) - (wasLive ? 1 : 0);
  }
}

interface IndexedKey {
  readonly partition: Partition;
  readonly key: Uint8Array;
  readonly before: readonly Uint8Array[];
}

/** The keys whose sort keys may change, with those they have now: read before anything is overwritten. */
function indexedKeys(
  tables: Tables,
  group: WriteGroup,
  records: readonly OutgoingRecord[],
  partitions: readonly Partition[],
): IndexedKey[] {
  const found = new Map<string, IndexedKey>();
  records.forEach((record, index) => {
    const partition = partitions[index]!;
    if (partition.indexing === undefined || record.key === null || !isHead(record.key)) return;
    const name = `${partition.topic.id}/${partition.number}/${fromUtf8.decode(record.key)}`;
    if (found.has(name)) return;
    found.set(name, { partition, key: record.key, before: sortKeys(tables, group, partition, record.key) });
  });
  return [...found.values()];
}

function reindex(tables: Tables, group: WriteGroup, { partition, key, before }: IndexedKey): void {
  const at = (index: Uint8Array): Uint8Array =>
    partitionKey(partition.topic.id, partition.number, indexPlace(index, key));
  for (const index of before) group.remove(tables.index, at(index));
  for (const index of sortKeys(tables, group, partition, key)) {
    group.put(tables.index, at(index), encodeIndexValue(index, key));
  }
}

function sortKeys(tables: Tables, group: WriteGroup, partition: Partition, key: Uint8Array): readonly Uint8Array[] {
  const get = (name: Uint8Array): Uint8Array | undefined => {
    const record = group.read(tables.table, partitionKey(partition.topic.id, partition.number, place(name)));
    return record === undefined ? undefined : recordValue(record);
  };
  const head = get(key);
  if (head === undefined) return [];
  const name = fromUtf8.decode(key);
  return partition.indexing!.indexOf(name, payloadOf(name, head, { get }));
}
