/**
 * Apache Kafka itself, fetched from Maven by coordinates and kept in `.cache/kafka-<version>/`.
 *
 * `lib/` holds the jars, `blank/` a freshly formatted data folder that every broker starts from (formatting takes a
 * second of JVM time that nobody needs to spend twice). Several test processes may ask at once: one builds aside under
 * a lock and renames, the others wait.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const KAFKA_VERSION = "4.1.1";
const LOG4J_VERSION = "2.25.1";
const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
const CACHE = join(REPOSITORY, ".cache");
const HOME = join(CACHE, `kafka-${KAFKA_VERSION}`);
const WAIT_FOR_OTHERS_MS = 300_000;

/** The id of every test cluster: they never meet, so one formatted folder serves all. */
const CLUSTER_ID = "a2F3YWl0LXRlc3QtMDAwMQ";

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kawait.test</groupId><artifactId>kafka-broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>${LOG4J_VERSION}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J_VERSION}</version></dependency>
  </dependencies>
</project>
`;

export interface KafkaHome {
  /** For `java -cp`. */
  readonly classPath: string;
  /** A formatted, empty data folder to copy. */
  readonly blankFolder: string;
  /** Further options of the JVM. */
  readonly jvm: readonly string[];
}

function run(command: string, args: readonly string[], cwd: string): void {
  const result = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 64 << 20 });
  if (result.status === 0) return;
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}`.slice(-4000);
  throw new Error(`${command} ${args.slice(0, 4).join(" ")} … failed: ${result.error?.message ?? output}`);
}

function answers(command: string, argument: string): boolean {
  return spawnSync(command, [argument], { stdio: "ignore" }).status === 0;
}

/** What is missing on this machine to run a broker, or undefined. */
export function missingTool(): string | undefined {
  if (!answers("java", "-version")) return "java";
  if (!existsSync(HOME) && !answers("mvn", "-v")) return "mvn";
  return undefined;
}

function build(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "pom.xml"), POM);
  const copy = ["-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"];
  run("mvn", copy, folder);
  const blank = join(folder, "blank");
  const properties = join(folder, "format.properties");
  writeFileSync(
    properties,
    [
      "process.roles=broker,controller",
      "node.id=1",
      "controller.quorum.voters=1@127.0.0.1:1",
      "listeners=PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1",
      "controller.listener.names=CONTROLLER",
      `log.dirs=${blank}`,
    ].join("\n"),
  );
  run("java", ["-cp", "lib/*", "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties], folder);
}

function lockIsStale(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(join(lock, "pid"), "utf8")), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Makes `path` by `make` (which gets a place aside) if it is not there; of several processes one makes it. */
export async function makeOnce(path: string, make: (aside: string) => void | Promise<void>): Promise<void> {
  const lock = `${path}.lock`;
  mkdirSync(CACHE, { recursive: true });
  const deadline = Date.now() + WAIT_FOR_OTHERS_MS;
  while (!existsSync(path)) {
    try {
      mkdirSync(lock);
    } catch {
      if (lockIsStale(lock)) rmSync(lock, { recursive: true, force: true });
      if (Date.now() > deadline) throw new Error(`${lock} is held for too long; remove it if nobody fetches Kafka`);
      await pause(100);
      continue;
    }
    try {
      writeFileSync(join(lock, "pid"), String(process.pid));
      if (existsSync(path)) continue;
      const aside = `${path}.building`;
      await make(aside);
      renameSync(aside, path);
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
}

/**
 * The jars and the blank data folder; fetched and made on the first call on this machine.
 * @throws Error with Maven's own words when they cannot be fetched.
 */
export async function kafkaHome(): Promise<KafkaHome> {
  await makeOnce(HOME, build);
  return { classPath: join(HOME, "lib", "*"), blankFolder: join(HOME, "blank"), jvm: [] };
}
