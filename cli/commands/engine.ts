/** `kawait engine --brokers …`: engine and scheduler on Kafka; creates or checks their topics. */

import { join, resolve } from "node:path";
import process from "node:process";
import { Command, Option } from "commander";
import { CODE_COMPILER } from "#compiler";
import { startEngine } from "#engine";
import { createEngineTopics } from "#gateway";
import { schedulerDefinition } from "#scheduler";
import { createKafkaBroker, type Runner, startRunner } from "#stream";
import { printJson, printLine } from "../output.ts";
import { parseCount, untilSignal } from "./dev.ts";

interface EngineCommandOptions {
  readonly brokers: string;
  readonly installation: string;
  readonly data: string;
  readonly partitions: number;
  readonly replication: string;
  readonly processes?: number;
  readonly checkpoint: "live" | "drop";
  readonly only?: "engine" | "scheduler";
  readonly json?: boolean;
}

export function engineCommand(): Command {
  return new Command("engine")
    .description("run engine and scheduler on Kafka; creates or checks their topics")
    .requiredOption("--brokers <host:port,…>", "Kafka's bootstrap brokers", process.env.KAWAIT_BROKERS)
    .option("--installation <prefix>", "prefix of Kawait's own topics", process.env.KAWAIT_INSTALLATION ?? "")
    .option("--data <folder>", "local stores and member ids", ".kawait")
    .option("--partitions <count>", "of the inputs, when they are created", parseCount, 4)
    .option("--replication <factor>", "of the topics, when they are created (-1: the brokers' default)", "-1")
    .option("--processes <count>", "sandbox processes (default: one per core)", parseCount)
    .addOption(
      new Option("--checkpoint <mode>", "drop: every step restores in a new context")
        .choices(["live", "drop"])
        .default("live"),
    )
    .addOption(new Option("--only <part>", "run one of the two").choices(["engine", "scheduler"]))
    .option("--json", "print JSON lines")
    .action(run);
}

async function run(options: EngineCommandOptions): Promise<void> {
  const broker = createKafkaBroker({
    brokers: options.brokers.split(","),
    clientId: "kawait-engine",
    installation: options.installation,
  });
  const warnings = await createEngineTopics(broker, {
    installation: options.installation,
    partitions: options.partitions,
    replication: Number(options.replication),
  });
  for (const warning of warnings) process.stderr.write(`kawait: topic ${warning.topic}: ${warning.message}\n`);
  const dataFolder = resolve(options.data);
  const stops: (() => Promise<void>)[] = [];
  const runners: Runner[] = [];
  if (options.only !== "engine") {
    const scheduler = startRunner({
      broker,
      definition: schedulerDefinition(options.installation),
      installation: options.installation,
      dataFolder: join(dataFolder, "scheduler"),
    });
    runners.push(scheduler);
    stops.push(() => scheduler.stop());
  }
  if (options.only !== "scheduler") {
    const engine = await startEngine({
      broker,
      installation: options.installation,
      dataFolder,
      checkpoint: options.checkpoint,
      compiler: CODE_COMPILER,
      ...(options.processes === undefined ? {} : { processes: options.processes }),
    });
    runners.push(engine.runner);
    stops.push(() => engine.stop());
  }
  await Promise.all(runners.map((runner) => runner.ready()));
  if (options.json) printJson({ kind: "ready" });
  else printLine("kawait engine is ready");
  await untilSignal();
  await Promise.all(stops.map((stop) => stop()));
  await broker.close();
}
