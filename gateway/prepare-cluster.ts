/**
 * What an engine on Kafka does before it starts: makes its topics, asks what it may do, looks at how the cluster is set
 * up. What cannot work is one error that names it; what is risky is a warning.
 */
import {
  BrokerError,
  DEFAULT_RUNNER_LIMITS,
  type KafkaBroker,
  type MissingPermission,
  type PermissionNeed,
} from "#stream";
import { type EnginePart, enginePermissions } from "./engine-permissions.ts";
import { createEngineTopics } from "./engine-topics.ts";
import { productionWarnings } from "./production-check.ts";

/**
 * @returns warnings, one line each.
 * @throws BrokerError `Refused` with every permission that is missing; as `createEngineTopics`.
 */
export async function prepareCluster(
  broker: KafkaBroker,
  options: {
    readonly installation: string;
    readonly partitions: number;
    readonly replication: number;
    readonly parts: readonly EnginePart[];
  },
): Promise<readonly string[]> {
  const needs = enginePermissions(options.installation, options.parts);
  // Of topics that are not there yet it shows only behind their making.
  await assertPermitted(broker, needs);
  const configured = await createEngineTopics(broker, options);
  await assertPermitted(broker, needs);
  const topics = needs.filter(({ kind }) => kind === "topic").map(({ name }) => name);
  const settings = await broker.describeCluster(topics);
  return [
    ...configured.map(({ topic, message }) => `topic ${topic}: ${message}`),
    ...productionWarnings(settings, DEFAULT_RUNNER_LIMITS),
  ];
}

async function assertPermitted(broker: KafkaBroker, needs: readonly PermissionNeed[]): Promise<void> {
  const missing = await broker.missingPermissions(needs);
  if (missing.length === 0) return;
  throw new BrokerError(
    "Refused",
    `Kafka does not permit ${missing.map(sentence).join("; ")} (kawait acls prints all that is needed)`,
  );
}

function sentence({ operation, kind, name }: MissingPermission): string {
  return `${operation} on ${kind} ${name}`;
}
