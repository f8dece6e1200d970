/** The Kafka adapter of the broker seam. */
export type { KafkaLog } from "./client-log.ts";
export type { ClusterDescription, TopicSettings } from "./cluster-settings.ts";
export type { KafkaBroker, KafkaBrokerOptions } from "./kafka-broker.ts";
export { type KafkaLogin, SASL_MECHANISMS, type SaslMechanism } from "./login.ts";
export { createKafkaBroker } from "./on-demand.ts";
export type { MissingPermission, Operation, PermissionNeed } from "./permissions.ts";
