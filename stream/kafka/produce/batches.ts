/**
 * Records → record batches (defect 14). The broker's limit is on a batch, not on a record, and one request takes one
 * batch per partition: so what goes to a partition is split, and sent in rounds.
 */
import { BrokerError, type OutgoingRecord, type TopicDescription } from "../../broker.ts";
import { BATCH_OVERHEAD, recordSizeMax } from "../wire/record-batch.ts";

/** A batch is closed at this part of the topic's `max.message.bytes`. */
const FILL = 0.9;
/** What one Produce request carries at most; a single batch may exceed it. */
const REQUEST_BYTES_MAX = 16 << 20;

export interface PlannedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutgoingRecord[];
  /** Where the records stand in the caller's list. */
  readonly indexes: number[];
  sizeMax: number;
}

/**
 * Splits `records` into batches, in order within each partition.
 * @param topics the topics of all of them.
 * @throws BrokerError `RecordRejected` for a record that is above its topic's limit.
 */
export function planBatches(
  records: readonly OutgoingRecord[],
  topics: ReadonlyMap<string, Pick<TopicDescription, "maxMessageBytes">>,
  fill = FILL,
): PlannedBatch[] {
  const batches: PlannedBatch[] = [];
  const open = new Map<string, { readonly limit: number; readonly byPartition: Map<number, PlannedBatch> }>();
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index]!;
    let topic = open.get(record.topic);
    if (topic === undefined) {
      topic = { limit: topics.get(record.topic)!.maxMessageBytes, byPartition: new Map() };
      open.set(record.topic, topic);
    }
    const { limit, byPartition } = topic;
    const size = recordSizeMax(record);
    if (BATCH_OVERHEAD + size > limit) {
      const message = `a record of ${size} bytes is above the limit of topic ${record.topic} (max.message.bytes=${limit})`;
      throw new BrokerError("RecordRejected", message, { topic: record.topic });
    }
    let batch = byPartition.get(record.partition);
    if (batch === undefined || batch.sizeMax + size > limit * fill) {
      batch = { topic: record.topic, partition: record.partition, records: [], indexes: [], sizeMax: BATCH_OVERHEAD };
      byPartition.set(record.partition, batch);
      batches.push(batch);
    }
    batch.records.push(record);
    batch.indexes.push(index);
    batch.sizeMax += size;
  }
  return batches;
}

/** Groups batches into requests: in order within a partition, one batch per partition and request. */
export function planRounds(batches: readonly PlannedBatch[]): PlannedBatch[][] {
  const rounds: PlannedBatch[][] = [];
  const bytes: number[] = [];
  const nextRound = new Map<string, number>();
  for (const batch of batches) {
    const place = `${batch.topic}/${batch.partition}`;
    let round = nextRound.get(place) ?? 0;
    while ((bytes[round] ?? 0) > 0 && (bytes[round] ?? 0) + batch.sizeMax > REQUEST_BYTES_MAX) round += 1;
    const members = rounds[round];
    if (members === undefined) rounds[round] = [batch];
    else members.push(batch);
    bytes[round] = (bytes[round] ?? 0) + batch.sizeMax;
    nextRound.set(place, round + 1);
  }
  return rounds;
}
