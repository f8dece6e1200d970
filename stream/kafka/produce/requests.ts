/**
 * The requests of a transaction, in both of Kafka's transaction protocols.
 *
 * Version 1 (every broker): AddPartitionsToTxn, Produce v7, EndTxn v1. Version 2 (KIP-890, clusters from 4.0 on whose
 * feature `transaction.version` is 2): Produce v12 adds its partitions by itself, EndTxn v5 answers with the next epoch,
 * so that a transaction takes one request less and nothing late can slip into the next one.
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

function byTopic(batches: readonly EncodedBatch[]): Map<string, EncodedBatch[]> {
  const topics = new Map<string, EncodedBatch[]>();
  for (const batch of batches) {
    const present = topics.get(batch.topic);
    if (present === undefined) topics.set(batch.topic, [batch]);
    else present.push(batch);
  }
  return topics;
}

/** Produce with acks=all; `transactionVersion` 2 lets the broker add the partitions to the transaction. */
export function produceRequest(options: {
  readonly transactionalId: string | null;
  readonly transactionVersion: 1 | 2;
  readonly timeoutMs: number;
  readonly batches: readonly EncodedBatch[];
}): OwnRequest<ProducedBatch[]> {
  const { transactionalId, timeoutMs, batches } = options;
  const capacity = batches.reduce((sum, { bytes }) => sum + bytes.length + 64, 256);
  if (options.transactionVersion === 1) {
    return {
      api: "Produce",
      version: 7,
      encode() {
        const writer = new Writer(capacity).string(transactionalId).int16(ALL_REPLICAS).int32(timeoutMs);
        const topics = byTopic(batches);
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
  return {
    api: "Produce",
    version: 12,
    encode() {
      const writer = new Writer(capacity).int8(0).compactString(transactionalId).int16(ALL_REPLICAS).int32(timeoutMs);
      const topics = byTopic(batches);
      writer.unsignedVarint(topics.size + 1);
      for (const [topic, members] of topics) {
        writer.compactString(topic).unsignedVarint(members.length + 1);
        for (const { partition, bytes } of members) {
          writer
            .int32(partition)
            .unsignedVarint(bytes.length + 1)
            .raw(bytes)
            .int8(0);
        }
        writer.int8(0);
      }
      return writer.int8(0);
    },
    decode(reader) {
      reader.skipTags();
      const produced: ProducedBatch[] = [];
      for (let topics = reader.unsignedVarint() - 1; topics > 0; topics -= 1) {
        const topic = reader.compactString() ?? "";
        for (let partitions = reader.unsignedVarint() - 1; partitions > 0; partitions -= 1) {
          produced.push({ topic, partition: reader.int32(), code: reader.int16(), baseOffset: reader.int64() });
          reader.skip(16);
          for (let errors = reader.unsignedVarint() - 1; errors > 0; errors -= 1) {
            reader.int32();
            reader.compactString();
            reader.skipTags();
          }
          reader.compactString();
          reader.skipTags();
        }
        reader.skipTags();
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

/** Ends the transaction; gives the identity for the next one. @throws Refusal. */
export function endTransactionRequest(
  transactionalId: string,
  identity: ProducerIdentity,
  options: { readonly commit: boolean; readonly transactionVersion: 1 | 2 },
): OwnRequest<ProducerIdentity> {
  const { producerId, producerEpoch } = identity;
  if (options.transactionVersion === 1) {
    return {
      api: "EndTxn",
      version: 1,
      encode: () =>
        new Writer()
          .string(transactionalId)
          .int64(producerId)
          .int16(producerEpoch)
          .int8(options.commit ? 1 : 0),
      decode(reader) {
        reader.int32();
        refuse("EndTxn", reader.int16());
        return identity;
      },
    };
  }
  return {
    api: "EndTxn",
    version: 5,
    encode: () =>
      new Writer()
        .int8(0)
        .compactString(transactionalId)
        .int64(producerId)
        .int16(producerEpoch)
        .int8(options.commit ? 1 : 0)
        .int8(0),
    decode(reader) {
      reader.skipTags();
      reader.int32();
      refuse("EndTxn", reader.int16());
      return { producerId: reader.bigint64(), producerEpoch: reader.int16() };
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
    encode: () => new Writer().string(transactionalId).int32(transactionTimeoutMs),
    decode(reader) {
      reader.int32();
      refuse("InitProducerId", reader.int16());
      return { producerId: reader.bigint64(), producerEpoch: reader.int16() };
    },
  };
}
