/**
 * What time removes: records of `delete` topics past their retention, replaced records of compacted ones, and tombstones
 * that everybody has had a day to see. Small entries of the log become large ones, which pack better.
 */
import { copyOf, place } from "../store/keys.ts";
import { batchTimestampMax, isLargeEntry, LogBatch, recordsOf } from "../store/log-batch.ts";
import { recordKey, recordOffset } from "../store/record.ts";
import type { Catalog, Partition } from "./catalog.ts";
import type { Tables } from "./disk.ts";
import { latestOffset } from "./latest.ts";
import { decodeGraveKey, offsetKey, offsetOfKey, partitionKey } from "./layout.ts";
import { named } from "./unapplied.ts";
import type { WriteGroup, WriteQueue } from "./write-queue.ts";

/** As Kafka's default of `delete.retention.ms`. */
const TOMBSTONE_KEPT_MS = 24 * 60 * 60 * 1000;
/** How much one write removes, so that commits never wait long behind it. */
const REMOVED_PER_WRITE_MAX = 2000;
/** The same for records of a log that is cleaned: each is looked up. */
const CLEANED_PER_WRITE_MAX = 1000;
/** The log of a compacted topic is cleaned when it has so many times as many records as the last cleaning has left, and so many. */
const CLEANED_SHARE = 2;
const CLEANED_RECORDS_MIN = 4096;
/** The end of a log is packed when it has grown by so many offsets. */
const PACKED_OFFSETS_MIN = 4096;

/** Removes all that is due at `nowMs`. */
export async function enforceRetention(
  tables: Tables,
  catalog: Catalog,
  queue: WriteQueue,
  nowMs: number,
): Promise<void> {
  for (const topic of [...catalog.topics()]) {
    for (let number = 0; number < topic.partitions; number++) {
      const partition = catalog.partition(topic.name, number);
      if (topic.cleanup === "delete" && topic.retentionMs >= 0) {
        const isOld = (entry: Uint8Array): boolean => batchTimestampMax(entry) < nowMs - topic.retentionMs;
        while (await queue.submit((group) => removeFromStart(tables, catalog, group, partition, (_, e) => isOld(e))));
      }
      await clean(tables, catalog, queue, partition);
    }
  }
  while (await queue.submit((group) => forgetTombstones(tables, group, nowMs - TOMBSTONE_KEPT_MS)));
}

/** Kafka's DeleteRecords. `before` is never beyond the end. */
export async function deleteBefore(
  tables: Tables,
  catalog: Catalog,
  queue: WriteQueue,
  partition: Partition,
  before: number,
): Promise<void> {
  while (
    await queue.submit((group) => removeFromStart(tables, catalog, group, partition, (offset) => offset < before))
  );
  await queue.submit(() => {
    partition.numbers.start = Math.max(partition.numbers.start, Math.min(before, partition.numbers.next));
    catalog.touch(partition);
  });
}

/** @returns true when there may be more to remove */
function removeFromStart(
  tables: Tables,
  catalog: Catalog,
  group: WriteGroup,
  partition: Partition,
  isGone: (lastOffset: number, entry: Uint8Array) => boolean,
): boolean {
  const { topic, number, numbers, stable } = partition;
  const range = tables.log.getRange({
    start: offsetKey(topic.id, number, numbers.start),
    end: offsetKey(topic.id, number, stable),
  });
  let removed = 0;
  for (const { key, value } of range) {
    const offset = offsetOfKey(key);
    if (!isGone(offset, value)) return false;
    group.remove(tables.log, copyOf(key));
    numbers.start = offset + 1;
    catalog.touch(partition);
    if (++removed >= REMOVED_PER_WRITE_MAX) return true;
  }
  return false;
}

/** Takes replaced records out of a compacted topic's log, or only makes the end of a log one of large entries. */
async function clean(tables: Tables, catalog: Catalog, queue: WriteQueue, partition: Partition): Promise<void> {
  const { topic, numbers } = partition;
  const isFull =
    topic.cleanup === "compact" &&
    numbers.logged >= CLEANED_RECORDS_MIN &&
    numbers.logged >= numbers.cleaned * CLEANED_SHARE;
  if (!isFull && partition.stable - Math.max(numbers.packedTo, numbers.start) < PACKED_OFFSETS_MIN) return;
  const to = partition.stable;
  for (let from: number | undefined = isFull ? 0 : numbers.packedTo; from !== undefined; ) {
    const start: number = from;
    from = await queue.submit((group) => cleanSome(tables, catalog, group, partition, { from: start, to }));
  }
  await queue.submit(() => {
    // What has come meanwhile is not in it: at most as much too much.
    if (isFull) partition.numbers.cleaned = partition.numbers.logged;
    partition.numbers.packedTo = to;
    catalog.touch(partition);
  });
}

/** @returns where to go on, or undefined at the end */
function cleanSome(
  tables: Tables,
  catalog: Catalog,
  group: WriteGroup,
  partition: Partition,
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  const { topic, number, numbers } = partition;
  const joined = new LogBatch();
  const put = (): void => {
    if (!joined.isEmpty) group.put(tables.log, offsetKey(topic.id, number, joined.lastOffset), joined.take());
  };
  const isLatest = (record: Buffer): boolean =>
    topic.cleanup === "delete" ||
    latestOffset(tables, group, named(partitionKey(topic.id, number, place(recordKey(record))))) ===
      recordOffset(record);
  let seen = 0;
  // In order: an entry that is put may have the key of one that was removed.
  for (const { key, value } of entriesOf(tables, partition, from, to)) {
    const isLarge = isLargeEntry(value);
    if (topic.cleanup === "delete" && isLarge) {
      put();
      continue;
    }
    const timestampMs = batchTimestampMax(value);
    const records = recordsOf(value);
    const kept = records.filter(isLatest);
    if (kept.length === records.length && isLarge) {
      put();
    } else {
      group.remove(tables.log, key);
      if (topic.cleanup === "compact") numbers.logged -= records.length - kept.length;
      for (const record of kept) {
        joined.addEncoded(record, timestampMs);
        if (joined.isFull) put();
      }
    }
    seen += records.length;
    if (seen < CLEANED_PER_WRITE_MAX) continue;
    put();
    catalog.touch(partition);
    return offsetOfKey(key) + 1;
  }
  put();
  catalog.touch(partition);
  return undefined;
}

/** Copies, so that the table can be looked into meanwhile. */
function* entriesOf(
  tables: Tables,
  { topic, number }: Partition,
  from: number,
  to: number,
): Iterable<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
  const range = { start: offsetKey(topic.id, number, from), end: offsetKey(topic.id, number, to) };
  for (const { key, value } of tables.log.getRange(range)) yield { key: copyOf(key), value };
}

function forgetTombstones(tables: Tables, group: WriteGroup, beforeMs: number): boolean {
  let removed = 0;
  for (const { key, value: placed } of tables.graves.getRange({})) {
    const grave = decodeGraveKey(key);
    if (grave.timeMs >= beforeMs) return false;
    const at = named(partitionKey(grave.topicId, grave.partition, placed));
    group.remove(tables.graves, copyOf(key));
    if (latestOffset(tables, group, at) === grave.offset) {
      group.setWritten(at, undefined);
      group.remove(tables.table, at.bytes);
    }
    if (++removed >= REMOVED_PER_WRITE_MAX) return true;
  }
  return false;
}
