/** Starts the parts of an engine in order, and stops them in reverse: programs, sandboxes, runner. */
import { join } from "node:path";
import { type Limits, topicNames } from "#protocol";
import { createSandboxPool, guestPrelude, type SandboxPool } from "#runtime";
import {
  type Broker,
  type ProcessorDefinition,
  processLogger,
  type Runner,
  type RunnerLogger,
  type RunnerObserver,
  startRunner,
} from "#stream";
import { type EngineCounters, newCounters } from "./counters.ts";
import { observedPool, type StepObserver } from "./observed-pool.ts";
import { ProgramRegistry } from "./program-registry.ts";
import { terminalIndex } from "./retention.ts";
import { ThreadProcessor, type ThreadProcessorOptions } from "./thread-processor.ts";
import { WorkflowLimits } from "./workflow-limits.ts";

export interface EngineOptions {
  readonly broker: Broker;
  /** Prefix of the engine's topics; empty by default. */
  readonly installation: string;
  /** Where the local store and the member id live. */
  readonly dataFolder: string;
  /** Sandbox processes; one per core by default. */
  readonly processes?: number;
  /** `drop`: every step restores in a new context. */
  readonly checkpoint?: "live" | "drop";
  /** Of workflows that declare none. */
  readonly limits?: Partial<Limits>;
  /** What workflows may raise theirs to; default `DEFAULT_LIMIT_CEILINGS`. */
  readonly limitCeilings?: Partial<Limits>;
  /** One entry a step in the history topic; on by default. */
  readonly history?: boolean;
  readonly logger?: RunnerLogger;
  /** Path of the module that compiles code made at run time: `CODE_COMPILER` of the compiler. */
  readonly compiler?: string;
  /** For metrics. */
  readonly observer?: RunnerObserver;
  readonly stepObserver?: StepObserver;
}

export interface Engine {
  readonly runner: Runner;
  readonly pool: SandboxPool;
  readonly programs: ProgramRegistry;
  readonly counters: EngineCounters;
  stop(): Promise<void>;
}

/** The workflow processor, for a runner; its parts come from outside, so that a simulation can bring its own sandboxes. */
export function engineDefinition(
  parts: Omit<ThreadProcessorOptions, "context" | "limits"> & {
    readonly limits?: Partial<Limits>;
    readonly limitCeilings?: Partial<Limits>;
    readonly logger?: RunnerLogger;
  },
): ProcessorDefinition {
  const topics = topicNames(parts.installation);
  const limits = new WorkflowLimits({
    programs: parts.programs,
    defaults: parts.limits,
    ceilings: parts.limitCeilings,
    warn: (message) => parts.logger?.warn(message),
  });
  return {
    name: "engine",
    inputTopic: topics.resume,
    changelogTopic: topics.changelog,
    catchUpBeforeTicks: false,
    indexOf: (_key, value) => terminalIndex.of(value),
    open: async (context) => new ThreadProcessor({ ...parts, limits, context }),
  };
}

export async function startEngine(options: EngineOptions): Promise<Engine> {
  const topics = topicNames(options.installation);
  const counters = newCounters();
  const logger = options.logger ?? processLogger;
  const { version: runtimeVersion } = await guestPrelude();
  const programs = await ProgramRegistry.open(options.broker, topics.programs);
  const pool = createSandboxPool({
    mode: options.checkpoint ?? "live",
    ...(options.processes === undefined ? {} : { processes: options.processes }),
    ...(options.compiler === undefined ? {} : { compiler: options.compiler }),
    logger,
  });
  const definition = engineDefinition({
    installation: options.installation,
    pool: options.stepObserver === undefined ? pool : observedPool(pool, options.stepObserver),
    programs,
    logger,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.limitCeilings === undefined ? {} : { limitCeilings: options.limitCeilings }),
    counters,
    history: options.history ?? true,
    runtimeVersion,
  });
  const runner = startRunner({
    broker: options.broker,
    definition,
    installation: options.installation,
    dataFolder: join(options.dataFolder, "engine"),
    logger,
    ...(options.observer === undefined ? {} : { observer: options.observer }),
  });
  const stop = async (): Promise<void> => {
    await runner.stop();
    await pool.close();
    await programs.close();
  };
  return { runner, pool, programs, counters, stop };
}
