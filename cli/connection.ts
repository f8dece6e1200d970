/**
 * Where a client command goes: `--brokers` (Kafka), else the HTTP endpoint of `kawait dev`. What is deployed to Kafka is checked
 * in a sandbox of this process, which also tells what objects of a program are called; the endpoint has its own.
 */
import process from "node:process";
import type { Command } from "commander";
import { CODE_COMPILER } from "#compiler";
import { assertLoads, nameImagesIn } from "#engine";
import { type KawaitClient, openBrokerClient } from "#gateway";
import { createSandboxPool, type SandboxPool } from "#runtime";
import { createKafkaBroker } from "#stream";
import { HttpClient } from "./http-client.ts";
import { type KafkaOptions, kafkaSettings, withKafka } from "./kafka-options.ts";

export const DEFAULT_PORT = 7788;

export interface ConnectionOptions extends KafkaOptions {
  readonly url: string;
  readonly json?: boolean;
}

export function withConnection(command: Command): Command {
  command.option(
    "--url <url>",
    "the endpoint of kawait dev, where no Kafka is named",
    process.env.KAWAIT_URL ?? `http://127.0.0.1:${DEFAULT_PORT}`,
  );
  return withKafka(command).option("--json", "print JSON");
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
  const { broker, installation } = kafkaSettings(options, "kawait-cli");
  if (broker === undefined) return new HttpClient(options.url);
  return openBrokerClient({
    broker: createKafkaBroker(broker),
    installation,
    closeBroker: true,
    check: (program, limits) => inSandbox((pool) => assertLoads(pool, program, limits)),
    nameImages: (program, indexes) => inSandbox((pool) => nameImagesIn(pool, program, indexes)),
  });
}

async function inSandbox<T>(use: (pool: SandboxPool) => Promise<T>): Promise<T> {
  const pool = createSandboxPool({ processes: 1, compiler: CODE_COMPILER });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}
