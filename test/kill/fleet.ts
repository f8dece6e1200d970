/** The processes of one installation on a Kafka of its own: engines and scheduler by the command line, to be killed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileWorkflow, createEngineTopics, type KawaitClient, openBrokerClient } from "#gateway";
import { createKafkaBroker } from "#stream";
import { type CliProcess, startCli } from "../cli/cli-process.ts";
import { startKafka, type TestKafka } from "../kafka/harness/index.ts";

const workflow = join(dirname(dirname(fileURLToPath(import.meta.url))), "fixtures", "workflows", "ledger.ts");
export const PARTITIONS = 4;
export const INSTALLATION = "kill";

/** The processes of one installation, each restarted on its own folder after a kill. */
export class Fleet {
  readonly kafka: TestKafka;
  readonly #folder: string;
  readonly #members = new Map<string, CliProcess>();
  client: KawaitClient;

  private constructor(kafka: TestKafka, folder: string, client: KawaitClient) {
    this.kafka = kafka;
    this.#folder = folder;
    this.client = client;
  }

  static async start(options: { readonly engines: number; readonly nodes: number }): Promise<Fleet> {
    const kafka = await startKafka({ name: "kill", nodes: options.nodes });
    const folder = await mkdtemp(join(tmpdir(), "kawait-fleet-"));
    const broker = createKafkaBroker({ brokers: kafka.brokers, clientId: "test", installation: INSTALLATION });
    await createEngineTopics(broker, { installation: INSTALLATION, partitions: PARTITIONS, replication: -1 });
    await broker.topics.create([
      {
        name: "ledger",
        partitions: PARTITIONS,
        replication: -1,
        cleanup: "delete",
        retentionMs: -1,
        maxMessageBytes: 1_000_000,
      },
    ]);
    const client = await openBrokerClient({ broker, installation: INSTALLATION, closeBroker: true });
    const { program } = await compileWorkflow(workflow);
    await client.deploy(program, { isDefault: true });
    const fleet = new Fleet(kafka, folder, client);
    try {
      await fleet.start("scheduler");
      for (let index = 0; index < options.engines; index++) await fleet.start(`engine-${index}`);
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  async start(name: string): Promise<void> {
    const part = name.startsWith("engine") ? "engine" : "scheduler";
    const process = startCli([
      "engine",
      ...["--brokers", this.kafka.brokers.join(",")],
      ...["--installation", INSTALLATION],
      ...["--data", join(this.#folder, name)],
      ...["--only", part],
      ...["--processes", "1"],
    ]);
    this.#members.set(name, process);
    await process.line("ready");
  }

  async kill(name: string): Promise<void> {
    const member = this.#members.get(name);
    this.#members.delete(name);
    await member?.kill("SIGKILL");
  }

  /** Exactly these engines run: others leave, missing ones start. */
  async engines(names: readonly string[]): Promise<void> {
    const running = [...this.#members.keys()].filter((name) => name.startsWith("engine"));
    for (const name of running) if (!names.includes(name)) await this.end(name);
    for (const name of names) if (!this.#members.has(name)) await this.start(name);
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.#members.get(name)?.child.kill(signal);
  }

  /** SIGTERM: it finishes what is at hand and leaves the group. */
  async end(name: string): Promise<void> {
    const member = this.#members.get(name);
    this.#members.delete(name);
    await member?.kill("SIGTERM");
  }

  pid(name: string): number {
    return this.#members.get(name)?.child.pid ?? 0;
  }

  deleteData(name: string): Promise<void> {
    return rm(join(this.#folder, name), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    for (const name of [...this.#members.keys()]) await this.kill(name);
    await this.client.close().catch(() => {});
    await this.kafka.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
