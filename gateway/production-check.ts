/**
 * What an operator should know of a cluster before production: each rule is a row of docs/OPERATIONS.md. Warnings only;
 * what would break exactly-once by itself halts elsewhere.
 */
import type { ClusterDescription } from "#stream";

export interface ProductionNeeds {
  readonly transactionTimeoutMs: number;
  readonly sessionTimeoutMs: number;
}

/** Kafka's default of `delete.retention.ms`, which the local stores count on. */
const TOMBSTONES_KEPT_MS = 24 * 60 * 60 * 1000;
const REPLICAS_MIN = 3;
const IN_SYNC_MIN = 2;

/** @returns one line for each thing that is not as it should be. */
export function productionWarnings(cluster: ClusterDescription, needs: ProductionNeeds): readonly string[] {
  return [...topicWarnings(cluster), ...brokerWarnings(cluster, needs)];
}

function topicWarnings({ topics, brokers }: ClusterDescription): string[] {
  const warnings: string[] = [];
  const named = (found: readonly { readonly name: string }[]): string => found.map(({ name }) => name).join(", ");
  const few = topics.filter(({ replicas }) => replicas < REPLICAS_MIN);
  if (few.length > 0) {
    const why = brokers < REPLICAS_MIN ? ` (the cluster has ${brokers} broker${brokers === 1 ? "" : "s"})` : "";
    const replicas = Math.min(...few.map((topic) => topic.replicas));
    warnings.push(
      `replication factor ${replicas}, ${REPLICAS_MIN} is advised: a lost disk loses threads${why}: ${named(few)}`,
    );
  }
  const loose = topics.filter(({ replicas, configs }) => {
    const inSync = Number(configs.get("min.insync.replicas") ?? IN_SYNC_MIN);
    return replicas >= REPLICAS_MIN && inSync < IN_SYNC_MIN;
  });
  if (loose.length > 0) {
    warnings.push(
      `min.insync.replicas below ${IN_SYNC_MIN}: what was committed can be lost with one broker: ${named(loose)}`,
    );
  }
  const tight = topics.filter(
    ({ replicas, configs }) => replicas > 1 && Number(configs.get("min.insync.replicas")) >= replicas,
  );
  if (tight.length > 0) {
    warnings.push(
      `min.insync.replicas equals the replication factor: one broker down stops all writes: ${named(tight)}`,
    );
  }
  const unclean = topics.filter(({ configs }) => configs.get("unclean.leader.election.enable") === "true");
  if (unclean.length > 0) {
    warnings.push(`unclean.leader.election.enable is true: committed records can be lost: ${named(unclean)}`);
  }
  const hasty = topics.filter(({ configs }) => {
    const isCompacted = configs.get("cleanup.policy")?.includes("compact") === true;
    return isCompacted && Number(configs.get("delete.retention.ms") ?? TOMBSTONES_KEPT_MS) < TOMBSTONES_KEPT_MS;
  });
  if (hasty.length > 0) {
    warnings.push(
      `delete.retention.ms below ${TOMBSTONES_KEPT_MS}: a local store that was away for a while can miss deletions: ${named(hasty)}`,
    );
  }
  return warnings;
}

function brokerWarnings({ brokers, brokerConfigs }: ClusterDescription, needs: ProductionNeeds): string[] {
  const warnings: string[] = [];
  const number = (name: string): number | undefined => {
    const value = brokerConfigs.get(name);
    return value === undefined ? undefined : Number(value);
  };
  const timeoutMax = number("transaction.max.timeout.ms");
  if (timeoutMax !== undefined && timeoutMax < needs.transactionTimeoutMs) {
    warnings.push(
      `the brokers' transaction.max.timeout.ms is ${timeoutMax}; transactions are opened with ${needs.transactionTimeoutMs}: they will be refused`,
    );
  }
  for (const [name, fits] of [
    ["group.min.session.timeout.ms", (value: number) => value <= needs.sessionTimeoutMs],
    ["group.max.session.timeout.ms", (value: number) => value >= needs.sessionTimeoutMs],
  ] as const) {
    const value = number(name);
    if (value !== undefined && !fits(value)) {
      warnings.push(
        `the brokers' ${name} is ${value}; members join with ${needs.sessionTimeoutMs}: they will be refused`,
      );
    }
  }
  if (brokers < REPLICAS_MIN) return warnings;
  for (const topic of ["transaction.state.log", "offsets.topic"]) {
    const replicas = number(`${topic}.replication.factor`);
    if (replicas !== undefined && replicas < REPLICAS_MIN) {
      warnings.push(`the brokers' ${topic}.replication.factor is ${replicas}, ${REPLICAS_MIN} is advised`);
    }
  }
  const inSync = number("transaction.state.log.min.isr");
  if (inSync !== undefined && inSync < IN_SYNC_MIN) {
    warnings.push(`the brokers' transaction.state.log.min.isr is ${inSync}, ${IN_SYNC_MIN} is advised`);
  }
  return warnings;
}
