/**
 * One broker JVM and its watchdog.
 *
 * The JVM is the child of a small shell that waits on a pipe from this process: when this process ends, in whatever
 * way, the pipe closes, and the shell kills the JVM and removes its folder. A line through the pipe is the orderly way.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { KafkaHome } from "./jars.ts";

const START_TIMEOUT_MS = 90_000;
/** Below those of outgoing connections and of `listen(0)`: Linux has them from 32,768 on, others from 49,152. */
const PORTS_FROM = 12_000;
const PORTS_BELOW = 32_000;
export const READY = "Kafka Server started";

const WATCHDOG = `
"$@" &
child=$!
echo "pid $child"
read -r farewell && orderly=yes
kill -9 $child 2>/dev/null
wait $child 2>/dev/null
[ -n "$orderly" ] || rm -rf "$KAWAIT_BROKER_FOLDER"
`;

const LOG4J = `
status=error
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=info
`;

/** One node of a cluster: every node is broker and controller. */
export interface NodePlan {
  /** From 1 on. */
  readonly id: number;
  readonly folder: string;
  readonly ports: Ports;
  /** The controllers' ports of all nodes, in order of their ids. */
  readonly controllers: readonly number[];
}

export interface Ports {
  readonly broker: number;
  readonly controller: number;
}

/**
 * Two ports that are free, and that the system gives to nobody who asks for any: a broker that is killed finds its own
 * again, although clients connect and tests open servers in the meantime.
 */
export async function freePorts(): Promise<Ports> {
  const one = async (): Promise<{ port: number; release: () => Promise<void> }> => {
    for (;;) {
      const port = randomInt(PORTS_FROM, PORTS_BELOW);
      const server = createServer();
      const isFree = await new Promise<boolean>((resolve, reject) => {
        server.once("error", (error: NodeJS.ErrnoException) =>
          error.code === "EADDRINUSE" ? resolve(false) : reject(error),
        );
        server.listen(port, "127.0.0.1", () => resolve(true));
      });
      if (isFree) return { port, release: () => new Promise((resolve) => server.close(() => resolve())) };
    }
  };
  const [broker, controller] = await Promise.all([one(), one()]);
  await Promise.all([broker.release(), controller.release()]);
  return { broker: broker.port, controller: controller.port };
}

function serverProperties(plan: NodePlan, settings: Readonly<Record<string, string>>): string {
  const { folder, ports, controllers } = plan;
  const replicas = String(controllers.length);
  const inSync = String(Math.ceil(controllers.length / 2));
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": String(plan.id),
    "controller.quorum.voters": controllers.map((port, index) => `${index + 1}@127.0.0.1:${port}`).join(","),
    listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${ports.broker}`,
    "controller.listener.names": "CONTROLLER",
    "log.dirs": join(folder, "data"),
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": "2",
    "offsets.topic.replication.factor": replicas,
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": inSync,
    "default.replication.factor": replicas,
    "min.insync.replicas": inSync,
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": "500",
    // A killed broker is let in again when its last session is over.
    "broker.session.timeout.ms": "1000",
    "broker.heartbeat.interval.ms": "200",
    "controlled.shutdown.enable": "false",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "log.cleaner.backoff.ms": "200",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    ...settings,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

/** Writes a broker's folder: formatted data, configuration. */
export function prepareFolder(home: KafkaHome, plan: NodePlan, settings: Readonly<Record<string, string>>): void {
  const data = join(plan.folder, "data");
  mkdirSync(plan.folder, { recursive: true });
  cpSync(home.blankFolder, data, { recursive: true });
  const identity = join(data, "meta.properties");
  const directory = randomBytes(16).toString("base64url");
  writeFileSync(
    identity,
    readFileSync(identity, "utf8")
      .replace(/^node\.id=.*$/m, `node.id=${plan.id}`)
      .replace(/^directory\.id=.*$/m, `directory.id=${directory}`),
  );
  writeFileSync(join(plan.folder, "server.properties"), serverProperties(plan, settings));
  writeFileSync(join(plan.folder, "log4j2.properties"), LOG4J);
}

/** What runs the broker that was prepared in `folder`. */
export function javaCommand(home: KafkaHome, folder: string, heapMb: number): string[] {
  return [
    "java",
    `-Xmx${heapMb}m`,
    "-Xms64m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    ...home.jvm,
    `-Dlog4j2.configurationFile=${join(folder, "log4j2.properties")}`,
    "-cp",
    home.classPath,
    "kafka.Kafka",
    join(folder, "server.properties"),
  ];
}

export class BrokerProcess {
  readonly #watchdog: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #pid: number;

  private constructor(watchdog: ChildProcess, ended: Promise<void>, pid: number) {
    this.#watchdog = watchdog;
    this.#ended = ended;
    this.#pid = pid;
  }

  /** Resolves when the broker serves. */
  static async start(home: KafkaHome, folder: string, heapMb: number): Promise<BrokerProcess> {
    const watchdog = spawn("sh", ["-c", WATCHDOG, "sh", ...javaCommand(home, folder, heapMb)], {
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, KAWAIT_BROKER_FOLDER: folder },
    });
    const ended = new Promise<void>((resolve) => watchdog.once("close", () => resolve()));
    let output = "";
    let pid = 0;
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("timeout")), START_TIMEOUT_MS);
        const failed = (reason: string): void => {
          clearTimeout(timer);
          reject(new Error(reason));
        };
        const take = (chunk: Buffer): void => {
          output = (output + chunk.toString()).slice(-8000);
          pid ||= Number(/^pid (\d+)$/m.exec(output)?.[1] ?? 0);
          if (!output.includes(READY)) {
            if (/Exiting Kafka|shutting down|FATAL/i.test(output)) failed("the broker gave up");
            return;
          }
          clearTimeout(timer);
          resolve();
        };
        watchdog.stdout?.on("data", take);
        watchdog.stderr?.on("data", take);
        watchdog.once("error", (error) => failed(error.message));
        watchdog.once("close", () => failed("the broker ended"));
      });
    } catch (error) {
      watchdog.stdin?.end("farewell\n");
      throw new Error(`Kafka did not start: ${(error as Error).message}\n${output}`);
    }
    // An idle broker must not keep the test process alive when a test forgets to stop it: the watchdog then ends it.
    watchdog.unref();
    for (const stream of [watchdog.stdin, watchdog.stdout, watchdog.stderr]) {
      (stream as unknown as { unref?: () => void } | null)?.unref?.();
    }
    return new BrokerProcess(watchdog, ended, pid);
  }

  /** SIGSTOP: a broker that hangs. Resolves when each of its threads stands still (where `/proc` tells). */
  async pause(): Promise<void> {
    process.kill(this.#pid, "SIGSTOP");
    const tasks = `/proc/${this.#pid}/task`;
    const stands = (task: string): boolean => {
      const stat = readFileSync(`${tasks}/${task}/stat`, "utf8");
      return /^[Tt]/.test(stat.slice(stat.lastIndexOf(")") + 2));
    };
    while (existsSync(tasks) && !readdirSync(tasks).every(stands)) await nextTurn();
  }

  /** SIGCONT. */
  resume(): void {
    process.kill(this.#pid, "SIGCONT");
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    this.#watchdog.ref();
    this.#watchdog.stdin?.end("farewell\n");
    await this.#ended;
  }
}
