/** What a partition's runner is given by the runner of the processor. */
import type { Broker, BrokerError, GroupMembership } from "./broker.ts";
import type { Clock } from "./clock.ts";
import type { ProcessorDefinition } from "./processor.ts";
import type { RunnerLimits } from "./runner-limits.ts";
import type { RunnerLogger, RunnerMetrics } from "./runner-state.ts";

export interface PartitionEnvironment {
  readonly broker: Broker;
  readonly definition: ProcessorDefinition;
  readonly installation: string;
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly logger: RunnerLogger;
  readonly limits: RunnerLimits;
  readonly metrics: RunnerMetrics;
  /** Of the input topic. */
  readonly partitions: number;
  readonly membership: GroupMembership;
  /** The coordinator says that this process is no member any more: the partition has stopped by itself. */
  readonly onRefused: (partition: number) => void;
  /** The cluster refuses a login or a permission; the partition goes on trying. */
  readonly onNotPermitted: (error: BrokerError) => void;
  readonly onCommitted: (partition: number, next: number) => void;
}
