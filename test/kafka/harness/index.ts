/**
 * A real Apache Kafka for tests, without Docker: the broker's own jars on the machine's Java.
 *
 *     const kafka = await startKafka({ name: "fencing" });   // a broker of one's own, ~2 s; may be killed
 *     kafka.brokers                                          // ["127.0.0.1:40123"]
 *     await kafka.kill(); await kafka.restart();             // SIGKILL, same data and port again
 *     await kafka.pause(); kafka.resume();                        // SIGSTOP, SIGCONT
 *     await kafka.stop();                                    // and its folder is gone
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
import { BrokerProcess, freePorts, type Ports, prepareFolder } from "./broker-process.ts";
import { type Compression, type ConsoleRecord, consoleConsume, consoleProduce } from "./console-tools.ts";
import { type KafkaHome, kafkaHome, missingTool } from "./jars.ts";

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

export interface TestKafka extends KafkaTools {
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts again on the same folder and port; kills first if it runs. */
  restart(): Promise<void>;
  /** Resolves when the broker stands still. */
  pause(): Promise<void>;
  resume(): void;
  /** Kills the broker and removes its folder. */
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

function toolsFor(home: KafkaHome, bootstrap: string): KafkaTools {
  return {
    brokers: [bootstrap],
    consoleProduce: (topic, records, compression) => consoleProduce(home, bootstrap, topic, records, compression),
    consoleConsume: (topic, options) => consoleConsume(home, bootstrap, topic, options),
  };
}

/**
 * Starts a single-node broker on free ports in a folder of its own.
 * @param options.name names the folder; @param options.settings further server.properties; @param options.heapMb 320.
 */
export async function startKafka(options: {
  readonly name: string;
  readonly settings?: Record<string, string>;
  readonly heapMb?: number;
}): Promise<TestKafka> {
  const home = await kafkaHome();
  const heapMb = options.heapMb ?? 320;
  let folder = "";
  let ports: Ports = { broker: 0, controller: 0 };
  let running: BrokerProcess | undefined;
  for (let attempt = 1; running === undefined; attempt += 1) {
    folder = mkdtempSync(join(tmpdir(), `kawait-kafka-${options.name}-`));
    ports = await freePorts();
    prepareFolder(home, folder, ports, options.settings ?? {});
    try {
      running = await BrokerProcess.start(home, folder, heapMb);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      // Another process may take a free port before the broker does.
      if (attempt === START_ATTEMPTS || !/already in use/i.test(String(error))) throw error;
    }
  }
  const kill = async (): Promise<void> => {
    await running?.kill();
    running = undefined;
  };
  return {
    ...toolsFor(home, `127.0.0.1:${ports.broker}`),
    kill,
    restart: async () => {
      await kill();
      running = await BrokerProcess.start(home, folder, heapMb);
    },
    pause: async () => running?.pause(),
    resume: () => running?.resume(),
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A broker that test files share: topics must be named after `installation`, and nobody may kill it. */
export async function sharedKafka(): Promise<SharedKafka> {
  const installation = `t${randomBytes(4).toString("hex")}`;
  const address = process.env[SHARED_ADDRESS];
  if (address !== undefined) {
    return { ...toolsFor(await kafkaHome(), address), installation, release: async () => {} };
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
