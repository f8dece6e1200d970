/** The stream layer: an exactly-once keyed processor on a log with transactions, and the brokers it runs on. */
export * from "./broker.ts";
export * from "./clock.ts";
export { type EmbeddedBrokerOptions, openEmbeddedBroker } from "./embedded/embedded-broker.ts";
export * from "./processor.ts";
export { readChangelogValue } from "./read-changelog.ts";
