/**
 * `kawait dev`: embedded broker, engine, scheduler and HTTP endpoint in one process. A change of a workflow's file is
 * compiled and deployed at once; running threads go on in the program that they began with (I6).
 */

import { mkdirSync, watch } from "node:fs";
import { basename, join, resolve } from "node:path";
import { CODE_COMPILER } from "#compiler";
import { assertLoads, type Engine, nameImagesIn, startEngine } from "#engine";
import type { Limits } from "#protocol";
import { schedulerDefinition } from "#scheduler";
import { type Broker, openEmbeddedBroker, type Runner, startRunner } from "#stream";
import { openBrokerClient } from "./broker-client.ts";
import type { KawaitClient } from "./client.ts";
import { compileWorkflow, jsxFiles, workflowFiles } from "./compile-workflow.ts";
import { createEngineTopics } from "./engine-topics.ts";
import { type HttpApi, startHttpApi } from "./http-api.ts";
import { withTopicsOnDemand } from "./topics-on-demand.ts";

export interface DevServerOptions {
  /** Folder of workflows, or one file. */
  readonly path: string;
  readonly dataFolder: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly processes?: number;
  readonly checkpoint?: "live" | "drop";
  readonly limits?: Partial<Limits>;
  /** Compile and deploy on a change. */
  readonly watch: boolean;
  readonly onEvent?: (event: DevEvent) => void;
}

export type DevEvent =
  | {
      readonly kind: "deployed";
      readonly workflow: string;
      readonly hash: string;
      readonly warnings: readonly string[];
    }
  /** Nothing is deployed: running and new threads go on with what was deployed before. */
  | { readonly kind: "compileFailed" | "deployFailed"; readonly file: string; readonly message: string }
  | { readonly kind: "skipped"; readonly file: string; readonly message: string };

export interface DevServer {
  readonly address: string;
  readonly client: KawaitClient;
  readonly engine: Engine;
  readonly broker: Broker;
  stop(): Promise<void>;
}

const INSTALLATION = "";
const PARTITIONS = 4;
/** Editors write a file in several steps: wait until it is quiet. */
const QUIET_MS = 100;

export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const dataFolder = resolve(options.dataFolder);
  mkdirSync(dataFolder, { recursive: true });
  const broker = withTopicsOnDemand(await openEmbeddedBroker({ folder: join(dataFolder, "broker") }), PARTITIONS);
  await createEngineTopics(broker, { installation: INSTALLATION, partitions: PARTITIONS, replication: 1 });
  const engine = await startEngine({
    broker,
    installation: INSTALLATION,
    dataFolder,
    compiler: CODE_COMPILER,
    ...(options.processes === undefined ? {} : { processes: options.processes }),
    ...(options.checkpoint === undefined ? {} : { checkpoint: options.checkpoint }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const scheduler = startRunner({
    broker,
    definition: schedulerDefinition(INSTALLATION),
    installation: INSTALLATION,
    dataFolder: join(dataFolder, "scheduler"),
  });
  await Promise.all([engine.runner.ready(), scheduler.ready()]);
  const client = await openBrokerClient({
    broker,
    installation: INSTALLATION,
    check: (program, limits) => assertLoads(engine.pool, program, limits),
    nameImages: (program, indexes) => nameImagesIn(engine.pool, program, indexes),
  });
  const deployer = new Deployer(client, join(dataFolder, "compiled"), options.onEvent ?? (() => {}));
  await deployer.deployAll(options.path);
  const stopWatching = options.watch ? watchFiles(options.path, () => deployer.deployAll(options.path)) : () => {};
  const http = await startHttpApi({ client, port: options.port, health: () => health(engine.runner, scheduler) });
  return {
    address: http.address,
    client,
    engine,
    broker,
    stop: () => stopAll(stopWatching, http, engine, scheduler, client, broker),
  };
}

async function stopAll(
  stopWatching: () => void,
  http: HttpApi,
  engine: Engine,
  scheduler: Runner,
  client: KawaitClient,
  broker: Broker,
): Promise<void> {
  stopWatching();
  await http.close();
  await scheduler.stop();
  await engine.stop();
  await client.close();
  await broker.close();
}

function health(engine: Runner, scheduler: Runner): { ok: boolean; engine: unknown; scheduler: unknown } {
  const states = { engine: engine.health(), scheduler: scheduler.health() };
  return { ok: states.engine.kind === "running" && states.scheduler.kind === "running", ...states };
}

/** Compiles and deploys one file at a time. */
class Deployer {
  readonly #client: KawaitClient;
  readonly #cacheFolder: string;
  readonly #onEvent: (event: DevEvent) => void;
  readonly #deployed = new Map<string, string>();
  /** Told once. */
  readonly #skipped = new Set<string>();
  #last: Promise<void> = Promise.resolve();

  constructor(client: KawaitClient, cacheFolder: string, onEvent: (event: DevEvent) => void) {
    this.#client = client;
    this.#cacheFolder = cacheFolder;
    this.#onEvent = onEvent;
  }

  /** A change in a module changes every workflow that imports it: all are compiled, unchanged ones come from the cache. */
  async deployAll(path: string): Promise<void> {
    for (const file of jsxFiles(path)) this.#skip(file);
    await Promise.all(workflowFiles(path).map((file) => this.#deployInTurn(file)));
  }

  #skip(file: string): void {
    if (this.#skipped.has(file)) return;
    this.#skipped.add(file);
    const message = `${basename(file)} is skipped: JSX is off in workflows. A workflow is a .ts, .mts, .js or .mjs file.`;
    this.#onEvent({ kind: "skipped", file, message });
  }

  #deployInTurn(file: string): Promise<void> {
    this.#last = this.#last.then(() => this.#deploy(file));
    return this.#last;
  }

  async #deploy(file: string): Promise<void> {
    let kind: "compileFailed" | "deployFailed" = "compileFailed";
    try {
      const { program, warnings } = await compileWorkflow(file, { cacheFolder: this.#cacheFolder });
      if (this.#deployed.get(file) === program.hash) return;
      kind = "deployFailed";
      await this.#client.deploy(program, { isDefault: false });
      this.#deployed.set(file, program.hash);
      this.#onEvent({ kind: "deployed", workflow: program.name, hash: program.hash, warnings });
    } catch (error) {
      this.#onEvent({ kind, file, message: error instanceof Error ? error.message : String(error) });
    }
  }
}

function watchFiles(path: string, changed: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(resolve(path), { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET_MS);
  });
  return () => {
    watcher.close();
    clearTimeout(timer);
  };
}
