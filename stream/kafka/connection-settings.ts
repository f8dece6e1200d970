/** What a connection is made with, and to where. */
import type { ConnectionOptions } from "node:tls";
import type { KafkaLog } from "./client-log.ts";
import type { KafkaLogin } from "./login.ts";

export interface ConnectionSettings {
  readonly clientId: string;
  /** TLS options, `true` for the defaults. */
  readonly ssl?: boolean | ConnectionOptions;
  readonly login?: KafkaLogin;
  readonly log: KafkaLog;
  /** Of all connections of the client. */
  readonly quota?: QuotaWaits;
}

/** What the brokers' quotas have cost. */
export interface QuotaWaits {
  waitedMs: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}
