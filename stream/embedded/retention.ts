/** What time removes: records of `delete` topics past their retention, and tombstones that everybody has had a day to see. */
import { copyOf } from "../store/keys.ts";
import type { Catalog, Partition, Tables } from "./catalog.ts";
import { decodeGraveKey, offsetKey, offsetOfKey, partitionKey, recordOffset, recordTimestamp } from "./layout.ts";
import type { WriteGroup, WriteQueue } from "./write-queue.ts";

/** As Kafka's default of `delete.retention.ms`. */
const TOMBSTONE_KEPT_MS = 24 * 60 * 60 * 1000;
/** How much one write removes, so that commits never wait long behind it. */
const REMOVED_PER_WRITE_MAX = 2000;

/** Removes all that is due at `nowMs`. */
export async function enforceRetention(
  tables: Tables,
  catalog: Catalog,
  queue: WriteQueue,
  nowMs: number,
): Promise<void> {
  for (const topic of [...catalog.topics()]) {
    if (topic.cleanup !== "delete" || topic.retentionMs < 0) continue;
    for (let number = 0; number < topic.partitions; number++) {
      const partition = catalog.partition(topic.name, number);
      const isOld = (record: Uint8Array): boolean => recordTimestamp(record) < nowMs - topic.retentionMs;
      while (await queue.submit((group) => removeFromStart(tables, catalog, group, partition, (_, r) => isOld(r))));
    }
  }
  while (await queue.submit((group) => forgetTombstones(tables, catalog, group, nowMs - TOMBSTONE_KEPT_MS)));
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
  isGone: (offset: number, record: Uint8Array) => boolean,
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

function forgetTombstones(tables: Tables, catalog: Catalog, group: WriteGroup, beforeMs: number): boolean {
  let removed = 0;
  for (const { key, value: placed } of tables.graves.getRange({})) {
    const grave = decodeGraveKey(key);
    if (grave.timeMs >= beforeMs) return false;
    group.remove(tables.graves, copyOf(key));
    const at = partitionKey(grave.topicId, grave.partition, placed);
    const latest = group.read(tables.table, at);
    if (
      catalog.topicById(grave.topicId) !== undefined &&
      latest !== undefined &&
      recordOffset(latest) === grave.offset
    ) {
      group.putSeen(tables.table, at, undefined);
      group.remove(tables.log, offsetKey(grave.topicId, grave.partition, grave.offset));
    }
    if (++removed >= REMOVED_PER_WRITE_MAX) return true;
  }
  return false;
}
