/**
 * A real Apache Kafka for tests, without Docker: the broker's own jars on the machine's Java.
 *
 *     const kafka = await startKafka({ name: "fencing" });   // a broker of one's own, ~2 s; may be killed
 *     kafka.brokers                                          // ["127.0.0.1:40123"]
 *     await kafka.kill(); await kafka.restart();             // SIGKILL, same data and port again
 *     await kafka.pause(); kafka.resume();                   // SIGSTOP, SIGCONT
 *     await kafka.stop();                                    // and its folder is gone
 *     await startKafka({ name: "moves", nodes: 3 });         // a cluster; kafka.kill(1) is its second node
 *
 *     const shared = await sharedKafka();                    // the run's broker, or one of this process
 *     shared.installation                                    // a fresh prefix for topics, groups, transactional ids
 *     await shared.release();                                // in `after`
 *
 *     test("…", { skip: kafkaMissing() }, …)                 // without Java or Maven; throws when CI=true
 *
 * `KAWAIT_TEST_KAFKA` (host:port) names a broker that a launcher started for all test files (`launchSharedKafka`).
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrokerProcess, freePorts, type NodePlan, prepareFolder } from "./broker-process.ts";
import { quickKafkaHome } from "./class-archive.ts";
import { type Compression, type ConsoleRecord, consoleConsume, consoleProduce } from "./console-tools.ts";
import { type KafkaHome, missingTool } from "./jars.ts";

export type { ConsoleRecord } from "./console-tools.ts";
export { KAFKA_VERSION } from "./jars.ts";

const SHARED_ADDRESS = "KAWAIT_TEST_KAFKA";
const START_ATTEMPTS = 3;

export interface KafkaTools {
  readonly brokers: string[];
  consoleProduce(
    topic: string,
    records: readonly { readonly key: string; readonly value: string }[],
    compression?: Compression,
  ): Promise<void>;
  consoleConsume(topic: string, options?: { count?: number; idleMs?: number }): Promise<ConsoleRecord[]>;
}

/** Nodes are counted from 0, as in `brokers`; without a number the first is meant. */
export interface TestKafka extends KafkaTools {
  /** SIGKILL. */
  kill(node?: number): Promise<void>;
  /** Starts again on the same folder and port; kills first if it runs. */
  restart(node?: number): Promise<void>;
  /** Resolves when the broker stands still. */
  pause(node?: number): Promise<void>;
  resume(node?: number): void;
  /** Kills all of it and removes its folder. */
  stop(): Promise<void>;
}

export interface SharedKafka extends KafkaTools {
  /** Unique per call; to prefix whatever a test makes. */
  readonly installation: string;
  release(): Promise<void>;
}

let told = false;

/**
 * For the `skip` of tests: false where a broker can run, else the reason.
 * @throws Error when `CI=true`: there, no broker is a failure.
 */
export function kafkaMissing(): string | false {
  if (process.env[SHARED_ADDRESS] !== undefined) return false;
  const tool = missingTool();
  if (tool === undefined) return false;
  const reason = `no ${tool} on this machine: tests against a real Kafka cannot run`;
  if (process.env.CI === "true") throw new Error(reason);
  if (!told) process.stderr.write(`\n*** SKIPPED: ${reason} ***\n\n`);
  told = true;
  return reason;
}

export function kafkaAvailable(): boolean {
  return kafkaMissing() === false;
}

function toolsFor(home: KafkaHome, brokers: string[]): KafkaTools {
  const bootstrap = brokers.join(",");
  return {
    brokers,
    consoleProduce: (topic, records, compression) => consoleProduce(home, bootstrap, topic, records, compression),
    consoleConsume: (topic, options) => consoleConsume(home, bootstrap, topic, options),
  };
}

type Settings = Readonly<Record<string, string>>;

interface Node {
  readonly plan: NodePlan;
  running: BrokerProcess | undefined;
}

/**
 * Starts a cluster (of one node unless `nodes` says more) on free ports in a folder of its own. With several nodes every
 * node is broker and controller, and topics have a replica on each by default.
 * @param options.name names the folder; @param options.settings further server.properties; @param options.heapMb 320.
 * @param options.prepare changes the data folder of each node before its first start.
 */
export async function startKafka(options: {
  readonly name: string;
  readonly nodes?: number;
  readonly settings?: Settings | ((plan: NodePlan) => Settings);
  readonly heapMb?: number;
  readonly prepare?: (plan: NodePlan, home: KafkaHome) => void;
}): Promise<TestKafka> {
  const home = await quickKafkaHome();
  const heapMb = options.heapMb ?? 320;
  const count = options.nodes ?? 1;
  let folder = "";
  let nodes: Node[] = [];
  for (let attempt = 1; ; attempt += 1) {
    folder = mkdtempSync(join(tmpdir(), `kawait-kafka-${options.name}-`));
    const ports = await Promise.all(Array.from({ length: count }, () => freePorts()));
    const controllers = ports.map(({ controller }) => controller);
    nodes = ports.map((own, index) => ({
      plan: {
        id: index + 1,
        folder: count === 1 ? folder : join(folder, String(index + 1)),
        ports: own,
        controllers,
      },
      running: undefined,
    }));
    try {
      for (const { plan } of nodes) {
        const { settings = {} } = options;
        prepareFolder(home, plan, typeof settings === "function" ? settings(plan) : settings);
        options.prepare?.(plan, home);
      }
      await Promise.all(nodes.map((node) => startNode(home, node, heapMb)));
      break;
    } catch (error) {
      await Promise.all(nodes.map(killNode));
      rmSync(folder, { recursive: true, force: true });
      // Another process may take a free port before the broker does.
      if (attempt === START_ATTEMPTS || !/already in use/i.test(String(error))) throw error;
    }
  }
  const brokers = nodes.map(({ plan }) => `127.0.0.1:${plan.ports.broker}`);
  const node = (index: number): Node => {
    const found = nodes[index];
    if (found === undefined) throw new Error(`there is no node ${index}`);
    return found;
  };
  return {
    ...toolsFor(home, brokers),
    kill: (index = 0) => killNode(node(index)),
    restart: async (index = 0) => {
      await killNode(node(index));
      await startNode(home, node(index), heapMb);
    },
    pause: async (index = 0) => node(index).running?.pause(),
    resume: (index = 0) => node(index).running?.resume(),
    stop: async () => {
      await Promise.all(nodes.map(killNode));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startNode(home: KafkaHome, node: Node, heapMb: number): Promise<void> {
  node.running = await BrokerProcess.start(home, node.plan.folder, heapMb);
}

async function killNode(node: Node): Promise<void> {
  await node.running?.kill();
  node.running = undefined;
}

/** A broker that test files share: topics must be named after `installation`, and nobody may kill it. */
export async function sharedKafka(): Promise<SharedKafka> {
  const installation = `t${randomBytes(4).toString("hex")}`;
  const address = process.env[SHARED_ADDRESS];
  if (address !== undefined) {
    return { ...toolsFor(await quickKafkaHome(), address.split(",")), installation, release: async () => {} };
  }
  const own = await startKafka({ name: "shared" });
  return { ...own, installation, release: () => own.stop() };
}

/** For the launcher of all tests: one broker for the run, its address in the environment of what it spawns. */
export async function launchSharedKafka(): Promise<{
  readonly environment: Record<string, string>;
  stop(): Promise<void>;
}> {
  const kafka = await startKafka({ name: "run", heapMb: 512 });
  return { environment: { [SHARED_ADDRESS]: kafka.brokers[0] ?? "" }, stop: () => kafka.stop() };
}
