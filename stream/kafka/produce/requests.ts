/**
 * The requests of a transaction: InitProducerId, AddPartitionsToTxn, Produce v7, EndTxn v1.
 *
 * Kafka 4 has a second transaction protocol (KIP-890: Produce v12 adds its partitions by itself) that takes a request
 * less. It is not used: while the markers of the transaction before are being written, the broker then waits 20 ms
 * (`add.partitions.to.txn.retry.backoff.ms`) on its own, where this client asks again after one. Measured on one
 * partition: 55 transactions a second against 218. What that protocol mends besides, a late request of one transaction
 * that is taken for one of the next, is mended by `renewProducerRequest`.
 */
import type { OwnRequest } from "../connection.ts";
import { refuse } from "../refusal.ts";
import type { ProducerIdentity } from "../wire/record-batch.ts";
import { Writer } from "../wire/writer.ts";

const ALL_REPLICAS = -1;
const OPERATION_NOT_ATTEMPTED = 55;

export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
  readonly baseOffset: number;
}

/** Produce with acks=all: one batch per partition. */
export function produceRequest(options: {
  readonly transactionalId: string | null;
  readonly timeoutMs: number;
  readonly batches: readonly EncodedBatch[];
}): OwnRequest<ProducedBatch[]> {
  const { transactionalId, timeoutMs, batches } = options;
  const capacity = batches.reduce((sum, { bytes }) => sum + bytes.length + 64, 256);
  return {
    api: "Produce",
    version: 7,
    throttle: "last",
    encode() {
      const writer = new Writer(capacity).string(transactionalId).int16(ALL_REPLICAS).int32(timeoutMs);
      const topics = Map.groupBy(batches, ({ topic }) => topic);
      writer.int32(topics.size);
      for (const [topic, members] of topics) {
        writer.string(topic).int32(members.length);
        for (const { partition, bytes } of members) writer.int32(partition).int32(bytes.length).raw(bytes);
      }
      return writer;
    },
    decode(reader) {
      const produced: ProducedBatch[] = [];
      for (let topics = reader.int32(); topics > 0; topics -= 1) {
        const topic = reader.string() ?? "";
        for (let partitions = reader.int32(); partitions > 0; partitions -= 1) {
          produced.push({ topic, partition: reader.int32(), code: reader.int16(), baseOffset: reader.int64() });
          reader.skip(16);
        }
      }
      return produced;
    },
  };
}

/** Adds partitions to the transaction of version 1. @throws Refusal with the first telling code. */
export function addPartitionsRequest(
  transactionalId: string,
  identity: ProducerIdentity,
  partitions: ReadonlyMap<string, readonly number[]>,
): OwnRequest<void> {
  return {
    api: "AddPartitionsToTxn",
    version: 1,
    throttle: "first",
    encode() {
      const writer = new Writer().string(transactionalId).int64(identity.producerId).int16(identity.producerEpoch);
      writer.int32(partitions.size);
      for (const [topic, members] of partitions) {
        writer.string(topic).int32(members.length);
        for (const partition of members) writer.int32(partition);
      }
      return writer;
    },
    decode(reader) {
      reader.int32();
      const refused: { topic: string; code: number }[] = [];
      for (let topics = reader.int32(); topics > 0; topics -= 1) {
        const topic = reader.string() ?? "";
        for (let members = reader.int32(); members > 0; members -= 1) {
          reader.int32();
          const code = reader.int16();
          if (code !== 0) refused.push({ topic, code });
        }
      }
      // One bad partition makes the others "not attempted": the bad one is the reason.
      const reason = refused.find(({ code }) => code !== OPERATION_NOT_ATTEMPTED) ?? refused[0];
      if (reason !== undefined) refuse("AddPartitionsToTxn", reason.code, reason.topic);
    },
  };
}

/** Ends the transaction. @throws Refusal. */
export function endTransactionRequest(
  transactionalId: string,
  identity: ProducerIdentity,
  commit: boolean,
): OwnRequest<void> {
  return {
    api: "EndTxn",
    version: 1,
    throttle: "first",
    encode: () =>
      new Writer()
        .string(transactionalId)
        .int64(identity.producerId)
        .int16(identity.producerEpoch)
        .int8(commit ? 1 : 0),
    decode(reader) {
      reader.int32();
      refuse("EndTxn", reader.int16());
    },
  };
}

/** A producer id and epoch; with a transactional id, this fences its earlier holders and aborts their transaction. */
export function initProducerRequest(
  transactionalId: string | null,
  transactionTimeoutMs: number,
): OwnRequest<ProducerIdentity> {
  return {
    api: "InitProducerId",
    version: 1,
    throttle: "first",
    encode: () => new Writer().string(transactionalId).int32(transactionTimeoutMs),
    decode(reader) {
      reader.int32();
      refuse("InitProducerId", reader.int16());
      return { producerId: reader.bigint64(), producerEpoch: reader.int16() };
    },
  };
}

/**
 * The next epoch for the present holder of a transactional id: whoever is not the holder any more is refused (KIP-360,
 * Kafka 2.5). What was sent under the epoch before and has not arrived yet is refused from then on.
 */
export function renewProducerRequest(
  transactionalId: string,
  transactionTimeoutMs: number,
  held: ProducerIdentity,
): OwnRequest<ProducerIdentity> {
  return {
    api: "InitProducerId",
    version: 3,
    // Behind the empty list of tagged fields that ends the header: where it is, kafkajs's connection does not look.
    throttle: "none",
    encode() {
      const id = Buffer.from(transactionalId);
      const writer = new Writer()
        .int8(0)
        .unsignedVarint(id.length + 1)
        .raw(id)
        .int32(transactionTimeoutMs);
      return writer.int64(held.producerId).int16(held.producerEpoch).int8(0);
    },
    decode(reader) {
      reader.int8();
      reader.int32();
      refuse("InitProducerId", reader.int16());
      return { producerId: reader.bigint64(), producerEpoch: reader.int16() };
    },
  };
}
