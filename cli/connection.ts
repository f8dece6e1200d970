/** Where a client command goes: `--brokers` (Kafka), else the HTTP endpoint of `kawait dev`. */
import process from "node:process";
import type { Command } from "commander";
import { type KawaitClient, openBrokerClient } from "#gateway";
import { createKafkaBroker } from "#stream";
import { HttpClient } from "./http-client.ts";

export const DEFAULT_PORT = 7788;

export interface ConnectionOptions {
  readonly url: string;
  readonly brokers?: string;
  readonly installation: string;
  readonly json?: boolean;
}

export function withConnection(command: Command): Command {
  return command
    .option("--url <url>", "the endpoint of kawait dev", process.env.KAWAIT_URL ?? `http://127.0.0.1:${DEFAULT_PORT}`)
    .option("--brokers <host:port,…>", "Kafka's bootstrap brokers, instead of --url", process.env.KAWAIT_BROKERS)
    .option("--installation <prefix>", "prefix of Kawait's own topics", process.env.KAWAIT_INSTALLATION ?? "")
    .option("--json", "print JSON");
}

/** Opens the client that the options name, runs `use`, and closes it. */
export async function connected<T>(options: ConnectionOptions, use: (client: KawaitClient) => Promise<T>): Promise<T> {
  const client = await open(options);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

async function open(options: ConnectionOptions): Promise<KawaitClient> {
  if (options.brokers === undefined) return new HttpClient(options.url);
  const broker = createKafkaBroker({
    brokers: options.brokers.split(","),
    clientId: "kawait-cli",
    installation: options.installation,
  });
  return openBrokerClient({ broker, installation: options.installation, closeBroker: true });
}
