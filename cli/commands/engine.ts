/** `kawait engine --brokers …`: engine and scheduler on Kafka; creates or checks their topics. */
import { join, resolve } from "node:path";
import process from "node:process";
import { Command, InvalidArgumentError, Option } from "commander";
import { CODE_COMPILER } from "#compiler";
import { startEngine } from "#engine";
import { EngineMetrics, type EnginePart, prepareCluster, startOperationsHttp } from "#gateway";
import type { Limits } from "#protocol";
import { schedulerDefinition } from "#scheduler";
import { type KafkaBroker, type Runner, type RunnerHealth, startRunner } from "#stream";
import { type KafkaOptions, openKafka, withKafka } from "../kafka-options.ts";
import { parseLimits } from "../limits.ts";
import { printJson, printLine } from "../output.ts";
import { parseCount, untilSignal } from "./dev.ts";

interface EngineCommandOptions extends KafkaOptions {
  readonly data: string;
  readonly partitions: number;
  readonly replication: string;
  readonly processes?: number;
  readonly checkpoint: "live" | "drop";
  readonly only?: EnginePart;
  readonly http?: HttpPlace;
  readonly limits?: Partial<Limits>;
  readonly limitCeilings?: Partial<Limits>;
  readonly json?: boolean;
}

interface HttpPlace {
  readonly host: string;
  readonly port: number;
}

/** From SIGTERM to the end of the process. A transaction that cannot be ended by then is undone by its next owner. */
const LEAVE_WITHIN_MS = 4_500;

export function engineCommand(): Command {
  return withKafka(new Command("engine"))
    .description("run engine and scheduler on Kafka; creates or checks their topics")
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
    .addOption(
      new Option("--http <[host]:port>", "health and metrics: /health/live, /health/ready, /metrics")
        .env("KAWAIT_HTTP")
        .argParser(parsePlace),
    )
    .addOption(
      new Option("--limits <name=number,…>", "of workflows that declare none")
        .env("KAWAIT_LIMITS")
        .argParser(parseLimits),
    )
    .addOption(
      new Option("--limit-ceilings <name=number,…>", "what workflows may raise theirs to")
        .env("KAWAIT_LIMIT_CEILINGS")
        .argParser(parseLimits),
    )
    .option("--json", "print JSON lines")
    .action(run);
}

async function run(options: EngineCommandOptions): Promise<void> {
  const { broker, installation, file } = openKafka(options, "kawait-engine");
  const limits = { ...file.limits, ...options.limits };
  const limitCeilings = { ...file.limitCeilings, ...options.limitCeilings };
  const engine = new RunningEngine({ ...options, limits, limitCeilings }, broker, installation);
  try {
    await engine.start();
  } catch (error) {
    await engine.stop();
    throw error;
  }
  if (options.json) printJson({ kind: "ready" });
  else printLine("kawait engine is ready");
  await untilSignal();
  setTimeout(() => {
    process.stderr.write("kawait: Kafka did not answer in time: what was under way is undone by the next owner\n");
    process.exit();
  }, LEAVE_WITHIN_MS).unref();
  await engine.stop();
}

/** The parts of the process, in order of their start; they stop in reverse. */
class RunningEngine {
  readonly #options: EngineCommandOptions;
  readonly #broker: KafkaBroker;
  readonly #installation: string;
  readonly #metrics = new EngineMetrics();
  readonly #runners = new Map<string, Runner>();
  readonly #stops: (() => Promise<void>)[] = [];

  constructor(options: EngineCommandOptions, broker: KafkaBroker, installation: string) {
    this.#options = options;
    this.#broker = broker;
    this.#installation = installation;
    this.#stops.push(() => broker.close());
    this.#metrics.addBroker(broker);
  }

  async start(): Promise<void> {
    const { only, http, json } = this.#options;
    const parts: readonly EnginePart[] = only === undefined ? ["scheduler", "engine"] : [only];
    if (http !== undefined) {
      const server = await startOperationsHttp({ ...http, metrics: this.#metrics, health: () => this.#health() });
      this.#stops.push(() => server.close());
      if (json) printJson({ kind: "http", url: server.address });
      else printLine(`health and metrics at ${server.address}`);
    }
    const warnings = await prepareCluster(this.#broker, {
      installation: this.#installation,
      partitions: this.#options.partitions,
      replication: Number(this.#options.replication),
      parts,
    });
    for (const warning of warnings) process.stderr.write(`kawait: warning: ${warning}\n`);
    if (parts.includes("scheduler")) this.#startScheduler();
    if (parts.includes("engine")) await this.#startEngine();
    await Promise.all([...this.#runners.values()].map((runner) => runner.ready()));
  }

  async stop(): Promise<void> {
    const [closeBroker, ...others] = this.#stops.splice(0);
    await Promise.all(others.map((stop) => stop()));
    await closeBroker?.();
  }

  #health(): Record<string, RunnerHealth> {
    return Object.fromEntries([...this.#runners].map(([name, runner]) => [name, runner.health()]));
  }

  #startScheduler(): void {
    const runner = startRunner({
      broker: this.#broker,
      definition: schedulerDefinition(this.#installation, this.#metrics.timers),
      installation: this.#installation,
      dataFolder: join(resolve(this.#options.data), "scheduler"),
      observer: this.#metrics.observerOf("scheduler"),
    });
    this.#add("scheduler", runner, () => runner.stop());
  }

  async #startEngine(): Promise<void> {
    const { data, checkpoint, processes, limits = {}, limitCeilings = {} } = this.#options;
    const engine = await startEngine({
      broker: this.#broker,
      installation: this.#installation,
      dataFolder: resolve(data),
      checkpoint,
      limits,
      limitCeilings,
      compiler: CODE_COMPILER,
      ...(processes === undefined ? {} : { processes }),
      observer: this.#metrics.observerOf("engine"),
      stepObserver: this.#metrics.steps,
    });
    this.#metrics.addEngine(engine);
    this.#add("engine", engine.runner, () => engine.stop());
  }

  #add(name: string, runner: Runner, stop: () => Promise<void>): void {
    this.#runners.set(name, runner);
    this.#metrics.addRunner(name, runner);
    this.#stops.push(stop);
  }
}

function parsePlace(text: string): HttpPlace {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port > 65_535) {
    throw new InvalidArgumentError(":port or host:port is needed");
  }
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, "") || "127.0.0.1", port };
}
