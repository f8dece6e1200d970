/** A group member that remembers what its listener heard. */
import type { GroupMembership, GroupOptions } from "../../../stream/broker.ts";
import type { Cluster } from "../../../stream/kafka/cluster.ts";
import { type GroupTuning, KafkaGroupMembership } from "../../../stream/kafka/group/membership.ts";
import { until } from "./fixture.ts";

export interface WatchedMember {
  readonly membership: GroupMembership;
  /** Each assignment, and "lost", in order. */
  readonly heard: (readonly number[] | "lost")[];
  /** Waits until the latest word is this assignment. */
  owns(partitions: readonly number[], withinMs?: number): Promise<void>;
  /** Waits until the latest word is an assignment of so many partitions. */
  ownsSome(count: number, withinMs?: number): Promise<readonly number[]>;
}

export function watchMember(
  cluster: Cluster,
  options: Omit<GroupOptions, "listener" | "rebalanceTimeoutMs" | "sessionTimeoutMs"> & { sessionTimeoutMs?: number },
  tuning?: GroupTuning,
): WatchedMember {
  const heard: (readonly number[] | "lost")[] = [];
  const membership = KafkaGroupMembership.start(
    cluster,
    {
      sessionTimeoutMs: 6000,
      rebalanceTimeoutMs: 10_000,
      ...options,
      listener: { onAssignment: (partitions) => heard.push(partitions), onLost: () => heard.push("lost") },
    },
    tuning,
  );
  return {
    membership,
    heard,
    owns: (partitions, withinMs) =>
      until(
        `assignment of ${partitions}; heard ${JSON.stringify(heard)}`,
        () => `${heard.at(-1)}` === `${partitions}`,
        withinMs,
      ),
    ownsSome: async (count, withinMs) => {
      const has = (): boolean =>
        heard.at(-1) !== undefined && heard.at(-1) !== "lost" && heard.at(-1)?.length === count;
      await until(`assignment of ${count} partitions`, has, withinMs);
      return heard.at(-1) as readonly number[];
    },
  };
}
