/** How a cluster is set up, as far as it matters to exactly-once: replicas, what is in sync, timeouts. Reads only. */
import type { Cluster } from "./cluster.ts";
import { toBrokerError } from "./refusal.ts";

export interface TopicSettings {
  readonly name: string;
  /** Replicas of the partition that has fewest. */
  readonly replicas: number;
  /** In sync now, of the partition that has fewest. */
  readonly inSync: number;
  /** What of the topic's configuration matters, by name; empty where it may not be read. */
  readonly configs: ReadonlyMap<string, string>;
}

export interface ClusterDescription {
  readonly brokers: number;
  readonly topics: readonly TopicSettings[];
  /** What of the configuration of one broker matters; empty where it may not be read (DescribeConfigs on the cluster). */
  readonly brokerConfigs: ReadonlyMap<string, string>;
}

const TOPIC_RESOURCE = 2;
const BROKER_RESOURCE = 4;
const PATIENCE_MS = 15_000;
const TOPIC_CONFIGS = [
  "cleanup.policy",
  "delete.retention.ms",
  "min.insync.replicas",
  "retention.ms",
  "unclean.leader.election.enable",
];
const BROKER_CONFIGS = [
  "group.max.session.timeout.ms",
  "group.min.session.timeout.ms",
  "offsets.topic.replication.factor",
  "transaction.max.timeout.ms",
  "transaction.state.log.min.isr",
  "transaction.state.log.replication.factor",
];

interface MetadataAnswer {
  readonly brokers: readonly { nodeId: number; host: string; port: number }[];
  readonly topicMetadata: readonly {
    topic: string;
    partitionMetadata: readonly { replicas: number[]; isr: number[] }[];
  }[];
}

interface ConfigAnswer {
  readonly resources: readonly {
    errorCode: number;
    resourceName: string;
    configEntries: readonly { configName: string; configValue: string | null }[];
  }[];
}

/** @throws BrokerError `Unavailable`, `Refused`. */
export async function describeCluster(cluster: Cluster, topics: readonly string[]): Promise<ClusterDescription> {
  try {
    return await cluster.retry(Date.now() + PATIENCE_MS, async () => {
      const connection = await cluster.shared(await cluster.anyNode());
      const metadata = await connection.send<MetadataAnswer>("Metadata", { topics, allowAutoTopicCreation: false });
      const configsOf = await configs(
        cluster,
        topics.map((name) => ({ type: TOPIC_RESOURCE, name, configNames: TOPIC_CONFIGS })),
      );
      const [node] = metadata.brokers;
      const brokerConfigs =
        node === undefined
          ? undefined
          : (await configs(cluster, [brokerResource(node.nodeId)], node)).get(String(node.nodeId));
      return {
        brokers: metadata.brokers.length,
        topics: metadata.topicMetadata.map(({ topic: name, partitionMetadata }) => ({
          name,
          replicas: Math.min(...partitionMetadata.map(({ replicas }) => replicas.length)),
          inSync: Math.min(...partitionMetadata.map(({ isr }) => isr.length)),
          configs: configsOf.get(name) ?? new Map(),
        })),
        brokerConfigs: brokerConfigs ?? new Map(),
      };
    });
  } catch (error) {
    throw toBrokerError(error, "looking at the cluster's settings");
  }
}

interface Resource {
  readonly type: number;
  readonly name: string;
  readonly configNames: readonly string[];
}

function brokerResource(nodeId: number): Resource {
  return { type: BROKER_RESOURCE, name: String(nodeId), configNames: BROKER_CONFIGS };
}

/** What may not be read is absent. A broker's own configuration is asked of that broker. */
async function configs(
  cluster: Cluster,
  resources: readonly Resource[],
  node?: { readonly host: string; readonly port: number },
): Promise<Map<string, Map<string, string>>> {
  const connection = await cluster.shared(node ?? (await cluster.anyNode()));
  const answer = await connection.send<ConfigAnswer>("DescribeConfigs", {
    resources,
    includeSynonyms: false,
  });
  const found = new Map<string, Map<string, string>>();
  for (const { errorCode, resourceName, configEntries } of answer.resources) {
    if (errorCode !== 0) continue;
    const named = configEntries.flatMap(({ configName, configValue }): [string, string][] =>
      configValue === null ? [] : [[configName, configValue]],
    );
    found.set(resourceName, new Map(named));
  }
  return found;
}
