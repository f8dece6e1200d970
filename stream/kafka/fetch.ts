/**
 * The Fetch request for one partition, and the read_committed filter over what it answers.
 *
 * The broker holds back what lies beyond the last stable offset, but sends aborted records along, with a list of the
 * aborted transactions that overlap what it sends. Dropping them is the reader's work; stock kafkajs gets it wrong.
 */
import { BrokerError, type StoredRecord } from "../broker.ts";
import type { OwnRequest } from "./connection.ts";
import { Code, refuse } from "./refusal.ts";
import { type DecodedBatch, decodeBatches } from "./wire/record-batch.ts";
import { Writer } from "./wire/writer.ts";

const READ_COMMITTED = 1;

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface FetchAnswer {
  readonly lastStableOffset: number;
  readonly startOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  readonly recordSet: Buffer;
}

export function fetchRequest(options: {
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
  readonly maxWaitMs: number;
  readonly maxBytes: number;
}): OwnRequest<FetchAnswer> {
  const { topic, partition, fromOffset, maxWaitMs, maxBytes } = options;
  return {
    api: "Fetch",
    version: 11,
    throttle: "first",
    waitMs: maxWaitMs,
    encode() {
      const writer = new Writer().int32(-1).int32(maxWaitMs).int32(1).int32(maxBytes).int8(READ_COMMITTED);
      // No fetch session: session id 0, epoch -1.
      writer.int32(0).int32(-1);
      writer.int32(1).string(topic).int32(1);
      writer.int32(partition).int32(-1).int64(fromOffset).int64(-1).int32(maxBytes);
      return writer.int32(0).string("");
    },
    decode(reader) {
      reader.int32();
      refuse("Fetch", reader.int16(), topic);
      reader.int32();
      if (reader.int32() !== 1) throw new BrokerError("Unavailable", `a fetch of ${topic}/${partition} had no answer`);
      reader.string();
      reader.int32();
      reader.int32();
      const code = reader.int16();
      reader.int64();
      const lastStableOffset = reader.int64();
      const startOffset = reader.int64();
      if (code === Code.offsetOutOfRange) {
        throw new BrokerError(
          "OffsetOutOfRange",
          `offset ${fromOffset} of ${topic}/${partition} is outside of the log`,
        );
      }
      refuse("Fetch", code, topic);
      const aborted: AbortedTransaction[] = [];
      for (let count = reader.int32(); count > 0; count -= 1) {
        aborted.push({ producerId: reader.bigint64(), firstOffset: reader.int64() });
      }
      reader.int32();
      const size = reader.int32();
      return { lastStableOffset, startOffset, aborted, recordSet: reader.raw(Math.max(0, size)) };
    },
  };
}

/**
 * Which parts of the mended filter are on. All of them, but for the tests that show what each is for.
 */
export interface FilterFixes {
  /** Defect 1a: the list comes in order of completion; it is needed by first offset. */
  readonly sort: boolean;
  /** Defect 1b: several transactions may begin before one batch; all of them are to be activated. */
  readonly activateAll: boolean;
  /** Defect 1c: only a control record ends a transaction, whatever the key of a user's record looks like. */
  readonly controlOnly: boolean;
}

const ALL_FIXES: FilterFixes = { sort: true, activateAll: true, controlOnly: true };

function looksLikeAbort(batch: DecodedBatch): boolean {
  return batch.records.some(({ key }) => key !== null && key.length === 4 && key.every((byte) => byte === 0));
}

/**
 * Defect 1, the aborted-record leak: takes committed records out of the batches of one fetch, in order.
 * An aborted transaction is active from its first offset to its abort marker; while it is, its producer's
 * transactional batches are dropped.
 */
export function committedRecords(
  batches: readonly DecodedBatch[],
  abortedTransactions: readonly AbortedTransaction[],
  fixes: FilterFixes = ALL_FIXES,
): StoredRecord[] {
  const waiting = [...abortedTransactions];
  if (fixes.sort) waiting.sort((left, right) => left.firstOffset - right.firstOffset);
  const active = new Set<bigint>();
  const records: StoredRecord[] = [];
  let next = 0;
  for (const batch of batches) {
    for (let first = true; first || fixes.activateAll; first = false) {
      const transaction = waiting[next];
      if (transaction === undefined || transaction.firstOffset > batch.lastOffset) break;
      active.add(transaction.producerId);
      next += 1;
    }
    if (batch.control === "abort") active.delete(batch.producerId);
    else if (!fixes.controlOnly && looksLikeAbort(batch)) active.delete(batch.producerId);
    if (batch.control !== "none") continue;
    if (batch.transactional && active.has(batch.producerId)) continue;
    for (const record of batch.records) records.push(record);
  }
  return records;
}

/** What a reader at `position` makes of a fetch answer: records and its next position. */
export function readFetched(
  answer: FetchAnswer,
  where: { readonly topic: string; readonly partition: number },
  position: number,
): { readonly records: readonly StoredRecord[]; readonly nextOffset: number; readonly cutOff: boolean } {
  const batches = [...decodeBatches(answer.recordSet, where.topic, where.partition)];
  // Defect 2: the position follows the batches, not their records. A batch that compaction has emptied counts too.
  const nextOffset = Math.max(position, (batches.at(-1)?.lastOffset ?? -1) + 1);
  const records = committedRecords(batches, answer.aborted);
  // A batch may begin before the position that was asked for.
  const from = records.findIndex(({ offset }) => offset >= position);
  return {
    records: from <= 0 ? (from < 0 ? [] : records) : records.slice(from),
    nextOffset,
    cutOff: batches.length === 0 && answer.recordSet.length > 0,
  };
}
