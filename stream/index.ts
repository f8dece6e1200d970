/** The stream layer: an exactly-once keyed processor on a log with transactions, and the brokers it runs on. */
export * from "./broker.ts";
export * from "./clock.ts";
export { type EmbeddedBrokerOptions, openEmbeddedBroker } from "./embedded/embedded-broker.ts";
export {
  type ClusterDescription,
  createKafkaBroker,
  type KafkaBroker,
  type KafkaBrokerOptions,
  type KafkaLogin,
  type MissingPermission,
  type PermissionNeed,
  SASL_MECHANISMS,
  type SaslMechanism,
} from "./kafka/index.ts";
export { processLogger } from "./logger.ts";
export * from "./processor.ts";
export { readChangelogValue } from "./read-changelog.ts";
export { type PositionPlace, type PositionReport, reportPosition, resetPosition } from "./reset-position.ts";
export { type Runner, type RunnerOptions, startRunner } from "./runner.ts";
export { DEFAULT_RUNNER_LIMITS, type RunnerLimits } from "./runner-limits.ts";
export type { PartitionState, RunnerHealth, RunnerLogger, RunnerMetrics, RunnerObserver } from "./runner-state.ts";
