/** The Kafka adapter of the broker seam. */
export type { KafkaLog } from "./client-log.ts";
export { createKafkaBroker, type KafkaBrokerOptions } from "./kafka-broker.ts";
