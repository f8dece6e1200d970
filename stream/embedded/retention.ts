/** What time removes: records of `delete` topics past their retention, and tombstones that everybody has had a day to see. */
import { copyOf } from "../store/keys.ts";
import type { Catalog, Partition, Tables } from "./catalog.ts";
import { decodeGraveKey, offsetKey, offsetOfKey, partitionKey, recordOffset } from "./layout.ts";
import { batchTimestampMax, LogBatch, type PlacedOffset, placesOf } from "./log-batch.ts";
import type { WriteGroup, WriteQueue } from "./write-queue.ts";

/** As Kafka's default of `delete.retention.ms`. */
const TOMBSTONE_KEPT_MS = 24 * 60 * 60 * 1000;
/** How much one write removes, so that commits never wait long behind it. */
const REMOVED_PER_WRITE_MAX = 2000;
/** The log of a compacted topic is cleaned when it names this many places, and this many times as many as there are keys. */
const CLEANED_PLACES_MIN = 4096;
const CLEANED_SHARE = 3;

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
      if (topic.cleanup === "compact") {
        await clean(tables, catalog, queue, partition);
      } else if (topic.retentionMs >= 0) {
        const isOld = (entry: Uint8Array): boolean => batchTimestampMax(entry) < nowMs - topic.retentionMs;
        while (await queue.submit((group) => removeFromStart(tables, catalog, group, partition, (_, e) => isOld(e))));
      }
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

/** Takes the places of replaced records out of a compacted topic's log. */
async function clean(tables: Tables, catalog: Catalog, queue: WriteQueue, partition: Partition): Promise<void> {
  const { numbers } = partition;
  if (numbers.logged < CLEANED_PLACES_MIN || numbers.logged < numbers.live * CLEANED_SHARE) return;
  for (let from: number | undefined = 0; from !== undefined; ) {
    const start: number = from;
    from = await queue.submit((group) => cleanSome(tables, catalog, group, partition, start));
  }
}

/** @returns where to go on, or undefined at the end */
function cleanSome(
  tables: Tables,
  catalog: Catalog,
  group: WriteGroup,
  partition: Partition,
  from: number,
): number | undefined {
  const { topic, number, numbers, stable } = partition;
  const range = tables.log.getRange({
    start: offsetKey(topic.id, number, from),
    end: offsetKey(topic.id, number, stable),
  });
  const kept = new LogBatch();
  const put = (): void => {
    if (!kept.isEmpty) group.put(tables.log, offsetKey(topic.id, number, kept.lastOffset), kept.take());
  };
  let next: number | undefined;
  const keys: Uint8Array[] = [];
  const places: (PlacedOffset & { readonly timestampMs: number })[] = [];
  for (const { key, value } of range) {
    keys.push(copyOf(key));
    const timestampMs = batchTimestampMax(value);
    for (const place of placesOf(value)) places.push({ ...place, timestampMs });
    if (places.length < REMOVED_PER_WRITE_MAX) continue;
    next = offsetOfKey(key) + 1;
    break;
  }
  // In order: an entry that is kept may have the key of one that is removed.
  for (const key of keys) group.remove(tables.log, key);
  let live = 0;
  for (const { offset, placed, timestampMs } of places) {
    const latest = group.read(tables.table, partitionKey(topic.id, number, placed));
    if (latest === undefined || recordOffset(latest) !== offset) continue;
    kept.addPlace(offset, placed, timestampMs);
    live++;
    if (kept.isFull) put();
  }
  put();
  numbers.logged -= places.length - live;
  catalog.touch(partition);
  return next;
}

function forgetTombstones(tables: Tables, group: WriteGroup, beforeMs: number): boolean {
  let removed = 0;
  for (const { key, value: placed } of tables.graves.getRange({})) {
    const grave = decodeGraveKey(key);
    if (grave.timeMs >= beforeMs) return false;
    group.remove(tables.graves, copyOf(key));
    const at = partitionKey(grave.topicId, grave.partition, placed);
    const latest = group.read(tables.table, at);
    if (latest !== undefined && recordOffset(latest) === grave.offset) group.putSeen(tables.table, at, undefined);
    if (++removed >= REMOVED_PER_WRITE_MAX) return true;
  }
  return false;
}
