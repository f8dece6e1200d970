/** A broker for development: a topic that somebody asks for is there, as with Kafka's `auto.create.topics.enable`. */
import { DEFAULT_MAX_MESSAGE_BYTES, isReservedTopic } from "#protocol";
import type { Broker, TopicDescription, Topics } from "#stream";

export function withTopicsOnDemand(broker: Broker, partitions: number): Broker {
  const describe = async (
    names: readonly string[],
    options?: { fresh?: boolean },
  ): Promise<ReadonlyMap<string, TopicDescription>> => {
    const there = await broker.topics.describe(names, options);
    const missing = names.filter((name) => !there.has(name) && !isReservedTopic(name));
    if (missing.length === 0) return there;
    await broker.topics.create(
      missing.map((name) => ({
        name,
        partitions,
        replication: 1,
        cleanup: "delete" as const,
        retentionMs: -1,
        maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES,
      })),
    );
    return broker.topics.describe(names, { fresh: true });
  };
  const topics: Topics = {
    describe,
    create: (specs) => broker.topics.create(specs),
    bounds: (topic, partition) => broker.topics.bounds(topic, partition),
    deleteBefore: (topic, partition, before) => broker.topics.deleteBefore(topic, partition, before),
  };
  return {
    kind: broker.kind,
    topics,
    openReader: (options) => broker.openReader(options),
    openTransactionalProducer: (options) => broker.openTransactionalProducer(options),
    openProducer: () => broker.openProducer(),
    joinGroup: (options) => broker.joinGroup(options),
    openStore: (options) => broker.openStore(options),
    close: () => broker.close(),
  };
}
