/** Topics of the cluster: what they are like, making them, how far a log reaches, and cutting off its beginning. */
import {
  BrokerError,
  type LogBounds,
  type OutgoingRecord,
  type TopicDescription,
  type TopicSpec,
  type Topics,
} from "../broker.ts";
import type { Cluster, TopicMetadata } from "./cluster.ts";
import { Code, Refusal, refuse, toBrokerError } from "./refusal.ts";

const CACHE_MS = 5000;
/** The path of a transaction takes what is up to this old; a broker's refusal corrects it. */
const MEMORY_MS = 300_000;
const PATIENCE_MS = 15_000;
const CREATE_TIMEOUT_MS = 10_000;
const TOPIC_RESOURCE = 2;
const EARLIEST = -2;
const LATEST = -1;
const READ_COMMITTED = 1;
/** Kafka's own default, where the topic's configuration may not be read. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;
const DEFAULT_RETENTION_MS = 604_800_000;

interface ConfigAnswer {
  readonly resources: readonly {
    errorCode: number;
    resourceName: string;
    configEntries: readonly { configName: string; configValue: string | null }[];
  }[];
}

export class KafkaTopics implements Topics {
  readonly #cluster: Cluster;
  #cache = new Map<string, { readonly description: TopicDescription; readonly at: number }>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async describe(
    names: readonly string[],
    options: { readonly fresh?: boolean } = {},
  ): Promise<ReadonlyMap<string, TopicDescription>> {
    const result = new Map<string, TopicDescription>();
    const wanted: string[] = [];
    for (const name of new Set(names)) {
      const cached = this.#cache.get(name);
      if (options.fresh !== true && cached !== undefined && Date.now() - cached.at < CACHE_MS) {
        result.set(name, cached.description);
      } else wanted.push(name);
    }
    if (wanted.length === 0) return result;
    const deadline = Date.now() + PATIENCE_MS;
    try {
      const found = await this.#cluster.retry(deadline, () => this.#cluster.metadata(wanted));
      for (const name of wanted) if (!found.has(name)) this.#cache.delete(name);
      const configs = await this.#cluster.retry(deadline, () => this.#configs([...found.keys()]));
      for (const [name, metadata] of found) {
        const description = describeTopic(name, metadata, configs.get(name));
        this.#cache.set(name, { description, at: Date.now() });
        result.set(name, description);
      }
    } catch (error) {
      throw toBrokerError(error, `describing ${wanted.join(", ")}`);
    }
    return result;
  }

  /**
   * What the topics of these records are like, from a cache where possible: for the path of every transaction.
   * @throws BrokerError `RecordRejected` for a record whose topic or partition does not exist.
   */
  async known(records: readonly OutgoingRecord[]): Promise<ReadonlyMap<string, TopicDescription>> {
    const known = new Map<string, TopicDescription>();
    for (const { topic, partition } of records) {
      const seen = known.get(topic);
      if (seen !== undefined && partition >= 0 && partition < seen.partitions) continue;
      let description = seen ?? this.#remembered(topic);
      if (description === undefined || partition >= description.partitions) {
        description = (await this.describe([topic], { fresh: true })).get(topic);
      }
      if (description === undefined || partition >= description.partitions || partition < 0) {
        throw new BrokerError("RecordRejected", `there is no partition ${topic}/${partition}`, { topic });
      }
      known.set(topic, description);
    }
    return known;
  }

  #remembered(topic: string): TopicDescription | undefined {
    const cached = this.#cache.get(topic);
    return cached === undefined || Date.now() - cached.at > MEMORY_MS ? undefined : cached.description;
  }

  /** To be called when the broker contradicts what is cached. */
  forget(topic: string): void {
    this.#cache.delete(topic);
    this.#cluster.forget(topic);
  }

  async create(specs: readonly TopicSpec[]): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    try {
      const names = specs.map(({ name }) => name);
      const present = await this.#cluster.retry(deadline, () => this.#cluster.metadata(names));
      const missing = specs.filter(({ name }) => !present.has(name));
      if (missing.length === 0) return;
      for (const { name } of missing) this.#cluster.assertVisible(name);
      await this.#cluster.retry(deadline, () => this.#create(missing));
      // The answer precedes the leaders: a topic is there when every partition of it can be written.
      await this.#cluster.retry(deadline, () => this.#assertLed(missing));
    } catch (error) {
      throw toBrokerError(error, `creating ${specs.map(({ name }) => name).join(", ")}`);
    }
  }

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    try {
      const [start, end] = await Promise.all([
        this.#listOffset(topic, partition, EARLIEST),
        this.#listOffset(topic, partition, LATEST),
      ]);
      return { start, end: this.#cluster.acknowledged.endOf(topic, partition, end) };
    } catch (error) {
      throw (
        unknownTopic(error, topic, partition) ?? toBrokerError(error, `asking for the bounds of ${topic}/${partition}`)
      );
    }
  }

  async deleteBefore(topic: string, partition: number, before: number): Promise<void> {
    const topics = [{ topic, partitions: [{ partition, offset: String(before) }] }];
    try {
      await this.#atLeader(topic, partition, async (send) => {
        const answer = await send<{ topics: { partitions: { errorCode: number }[] }[] }>("DeleteRecords", {
          topics,
          timeout: CREATE_TIMEOUT_MS,
        });
        refuse("DeleteRecords", answer.topics[0]?.partitions[0]?.errorCode ?? 0, topic);
      });
    } catch (error) {
      throw unknownTopic(error, topic, partition) ?? toBrokerError(error, `deleting records of ${topic}/${partition}`);
    }
  }

  async #create(specs: readonly TopicSpec[]): Promise<void> {
    const connection = await this.#cluster.shared(await this.#cluster.anyNode());
    const answer = await connection.send<{
      topicErrors: { topic: string; errorCode: number; errorMessage?: string }[];
    }>("CreateTopics", { topics: specs.map(topicRequest), validateOnly: false, timeout: CREATE_TIMEOUT_MS });
    for (const { topic, errorCode } of answer.topicErrors) {
      if (errorCode !== Code.topicExists) refuse("CreateTopics", errorCode, topic);
    }
  }

  async #assertLed(specs: readonly TopicSpec[]): Promise<void> {
    const found = await this.#cluster.metadata(specs.map(({ name }) => name));
    for (const { name } of specs) {
      const leaders = found.get(name)?.leaders;
      if (leaders === undefined || leaders.includes(-1)) throw new Refusal("Metadata", Code.leaderNotAvailable, name);
    }
  }

  async #configs(names: readonly string[]): Promise<Map<string, Map<string, string | null>>> {
    const result = new Map<string, Map<string, string | null>>();
    if (names.length === 0) return result;
    const configNames = ["cleanup.policy", "retention.ms", "max.message.bytes"];
    const resources = names.map((name) => ({ type: TOPIC_RESOURCE, name, configNames }));
    const connection = await this.#cluster.shared(await this.#cluster.anyNode());
    const answer = await connection.send<ConfigAnswer>("DescribeConfigs", { resources, includeSynonyms: false });
    for (const { errorCode, resourceName, configEntries } of answer.resources) {
      if (errorCode === Code.unknownTopicOrPartition || errorCode === Code.topicNotAuthorized) continue;
      refuse("DescribeConfigs", errorCode, resourceName);
      result.set(resourceName, new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])));
    }
    return result;
  }

  async #listOffset(topic: string, partition: number, timestamp: number): Promise<number> {
    return await this.#atLeader(topic, partition, async (send) => {
      const answer = await send<{ responses: { partitions: { errorCode: number; offset: string }[] }[] }>(
        "ListOffsets",
        {
          isolationLevel: READ_COMMITTED,
          topics: [{ topic, partitions: [{ partition, timestamp: String(timestamp) }] }],
        },
      );
      const found = answer.responses[0]?.partitions[0];
      if (found === undefined) throw new BrokerError("Unavailable", `no offset of ${topic}/${partition} was told`);
      refuse("ListOffsets", found.errorCode, topic);
      return Number(found.offset);
    });
  }

  async #atLeader<T>(
    topic: string,
    partition: number,
    ask: (send: <A>(api: string, args: object) => Promise<A>) => Promise<T>,
  ): Promise<T> {
    return await this.#cluster.retry(Date.now() + PATIENCE_MS, async () => {
      try {
        const connection = await this.#cluster.shared(await this.#cluster.leader(topic, partition));
        return await ask((api, args) => connection.send(api, args));
      } catch (error) {
        this.#cluster.forget(topic);
        throw error;
      }
    });
  }
}

function unknownTopic(error: unknown, topic: string, partition: number): BrokerError | undefined {
  const unknown = error instanceof Refusal && error.code === Code.unknownTopicOrPartition;
  if (!unknown) return undefined;
  return new BrokerError("UnknownTopic", `there is no partition ${topic}/${partition}`, { cause: error, topic });
}

function topicRequest(spec: TopicSpec): object {
  const configEntries = [
    { name: "cleanup.policy", value: spec.cleanup },
    { name: "max.message.bytes", value: String(spec.maxMessageBytes) },
    // The broker unpacks what foreign producers compress: snappy and lz4 cannot be read here.
    { name: "compression.type", value: "uncompressed" },
  ];
  if (spec.cleanup === "delete") configEntries.push({ name: "retention.ms", value: String(spec.retentionMs) });
  return { topic: spec.name, numPartitions: spec.partitions, replicationFactor: spec.replication, configEntries };
}

function describeTopic(
  name: string,
  metadata: TopicMetadata,
  configs: ReadonlyMap<string, string | null> | undefined,
): TopicDescription {
  return {
    name,
    partitions: metadata.leaders.length,
    cleanup: configs?.get("cleanup.policy")?.includes("compact") ? "compact" : "delete",
    retentionMs: Number(configs?.get("retention.ms") ?? DEFAULT_RETENTION_MS),
    maxMessageBytes: Number(configs?.get("max.message.bytes") ?? DEFAULT_MAX_MESSAGE_BYTES),
  };
}
