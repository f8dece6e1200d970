/** Creates the engine's own topics where they are missing, and says what differs on those that are there. */
import { engineTopicSpecs } from "#protocol";
import type { Broker } from "#stream";

export interface TopicWarning {
  readonly topic: string;
  readonly message: string;
}

/**
 * @param partitions of the engine's inputs and changelogs, when they are created.
 * @param replication -1: the broker's default.
 * @returns what is configured otherwise than it should be.
 */
export async function createEngineTopics(
  broker: Broker,
  options: { readonly installation: string; readonly partitions: number; readonly replication: number },
): Promise<readonly TopicWarning[]> {
  const specs = engineTopicSpecs(options);
  await broker.topics.create(specs);
  const there = await broker.topics.describe(
    specs.map((spec) => spec.name),
    { fresh: true },
  );
  const warnings: TopicWarning[] = [];
  for (const spec of specs) {
    const topic = there.get(spec.name);
    if (topic === undefined) {
      warnings.push({ topic: spec.name, message: "could not be created" });
      continue;
    }
    if (topic.cleanup !== spec.cleanup)
      warnings.push({ topic: spec.name, message: `cleanup.policy is ${topic.cleanup}, it has to be ${spec.cleanup}` });
    if (spec.cleanup === "delete" && spec.retentionMs === -1 && topic.retentionMs !== -1)
      warnings.push({
        topic: spec.name,
        message: `retention.ms is ${topic.retentionMs}: unread records can be lost; set -1`,
      });
  }
  return warnings;
}
