/**
 * I1 on a real Kafka: engines, scheduler, sandboxes and the broker itself killed with SIGKILL at random moments under
 * load; two engines in one group take over from one another. Once with a local store deleted between the runs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compileWorkflow, createEngineTopics, type KawaitClient, openBrokerClient } from "#gateway";
import { createKafkaBroker } from "#stream";
import { type CliProcess, startCli } from "../cli/cli-process.ts";
import { kafkaMissing, startKafka, type TestKafka } from "../kafka/harness/index.ts";
import { killChildren } from "./kill-children.ts";
import { Ledger } from "./ledger.ts";
import { seededRandom } from "./seed.ts";

const workflow = join(dirname(dirname(fileURLToPath(import.meta.url))), "fixtures", "workflows", "ledger.ts");
const PARTITIONS = 4;
const KILLS = 20;
const INSTALLATION = "kill";

type Target = "engine" | "scheduler" | "sandbox" | "broker" | "either engine";

/** The processes of one installation, each restarted on its own folder after a kill. */
class Fleet {
  readonly kafka: TestKafka;
  readonly #folder: string;
  readonly #members = new Map<string, CliProcess>();
  client: KawaitClient;

  private constructor(kafka: TestKafka, folder: string, client: KawaitClient) {
    this.kafka = kafka;
    this.#folder = folder;
    this.client = client;
  }

  static async open(context: TestContext, engines: number): Promise<Fleet> {
    const kafka = await startKafka({ name: "kill" });
    const folder = await mkdtemp(join(tmpdir(), "kawait-fleet-"));
    const broker = createKafkaBroker({ brokers: kafka.brokers, clientId: "test", installation: INSTALLATION });
    await createEngineTopics(broker, { installation: INSTALLATION, partitions: PARTITIONS, replication: 1 });
    await broker.topics.create([
      {
        name: "ledger",
        partitions: PARTITIONS,
        replication: 1,
        cleanup: "delete",
        retentionMs: -1,
        maxMessageBytes: 1_000_000,
      },
    ]);
    const client = await openBrokerClient({ broker, installation: INSTALLATION, closeBroker: true });
    const { program } = await compileWorkflow(workflow);
    await client.deploy(program, { isDefault: true });
    const fleet = new Fleet(kafka, folder, client);
    context.after(() => fleet.close());
    await fleet.start("scheduler");
    for (let index = 0; index < engines; index++) await fleet.start(`engine-${index}`);
    return fleet;
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
    await this.#members.get(name)?.kill("SIGKILL");
  }

  pid(name: string): number {
    return this.#members.get(name)?.child.pid ?? 0;
  }

  deleteData(name: string): Promise<void> {
    return rm(join(this.#folder, name), { recursive: true, force: true });
  }

  async close(): Promise<void> {
    for (const name of this.#members.keys()) await this.kill(name);
    await this.client.close().catch(() => {});
    await this.kafka.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function hit(fleet: Fleet, target: Target, kills: number): Promise<void> {
  if (target === "broker") {
    await fleet.kafka.kill();
    await fleet.kafka.restart();
    return;
  }
  if (target === "sandbox") {
    killChildren(fleet.pid("engine-0"));
    return;
  }
  const name = target === "either engine" ? `engine-${kills % 2}` : target === "engine" ? "engine-0" : "scheduler";
  await fleet.kill(name);
  if (target === "engine" && kills === KILLS / 2) await fleet.deleteData(name);
  await fleet.start(name);
}

const skip = kafkaMissing();

for (const target of ["engine", "scheduler", "sandbox", "broker", "either engine"] as const)
  test(`kafka: ${KILLS} kills of ${target}: no effect lost, none doubled`, { skip }, async (context) => {
    const random = seededRandom(context);
    const fleet = await Fleet.open(context, target === "either engine" ? 2 : 1);
    const ledger = new Ledger(() => fleet.client, { threads: 12, rounds: 40, name: "t" });
    const run = ledger.run();
    let kills = 0;
    // A failure of the load is told by `await run` below.
    run.catch(() => {});
    while (kills < KILLS && !ledger.isDone) {
      const goal = ledger.progress() + random() / KILLS;
      while (!ledger.isDone && ledger.progress() < goal) await new Promise((resolve) => setTimeout(resolve, 5));
      if (ledger.isDone) break;
      await hit(fleet, target, kills);
      kills++;
    }
    await run;
    context.diagnostic(`${kills} kills`);
    if (kills < KILLS) throw new Error(`only ${kills} of ${KILLS} kills hit a running load: make it longer`);
    ledger.check();
  });
