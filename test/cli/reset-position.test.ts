/** Partitions whose position does not fit their input, on a real Kafka: told without a change, then set, and work goes on. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import kafkajs from "kafkajs";
import { type Engine, startEngine } from "#engine";
import { compileWorkflow, createEngineTopics, type KawaitClient, openBrokerClient } from "#gateway";
import { engineTopicSpecs } from "#protocol";
import { type Broker, createKafkaBroker } from "#stream";
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import { runCli } from "./cli-process.ts";

const workflow = join(import.meta.dirname, "..", "fixtures", "workflows", "own-limits.ts");
const PATIENCE_MS = 60_000;
const quiet = { info() {}, warn() {}, error() {} };

interface Place {
  readonly brokers: readonly string[];
  readonly input: string;
  readonly broker: Broker;
  readonly client: KawaitClient;
  engine(): Promise<Engine>;
  /** The command; its exit code is 0. */
  reset(...args: string[]): Promise<string>;
}

async function openPlace(context: TestContext): Promise<Place> {
  const { brokers, installation, release } = await sharedKafka();
  const folder = await mkdtemp(join(tmpdir(), "kawait-reset-"));
  const broker = createKafkaBroker({ brokers, installation });
  await createEngineTopics(broker, { installation, partitions: 1, replication: 1 });
  const client = await openBrokerClient({ broker, installation });
  await client.deploy((await compileWorkflow(workflow)).program, { isDefault: true });
  const running: Engine[] = [];
  context.after(async () => {
    for (const engine of running) await engine.stop();
    await client.close();
    await broker.close();
    await release();
    await rm(folder, { recursive: true, force: true });
  });
  const engine = async (): Promise<Engine> => {
    for (const one of running.splice(0)) await one.stop();
    const started = await startEngine({ broker, installation, dataFolder: folder, processes: 1, logger: quiet });
    running.push(started);
    return started;
  };
  const reset = async (...args: string[]): Promise<string> => {
    const where = ["--brokers", brokers.join(","), "--installation", installation];
    const { code, stdout, stderr } = await runCli(["reset-position", ...where, ...args]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  return { brokers, input: `${installation}-workflow-resume`, broker, client, engine, reset };
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUp) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function works(engine: Engine, client: KawaitClient, threadId: string): Promise<void> {
  await engine.runner.ready();
  await client.start({ threadId, workflow: "own-limits", argument: '{"kind":"wait","size":0}' });
  await until(`${threadId} waits`, async () => (await client.show(threadId))?.status === "running");
}

const haltsWith = (engine: Engine, code: string): Promise<void> =>
  until(`the partition halts with ${code}`, () => {
    const health = engine.runner.health();
    return (
      health.kind === "halted" &&
      Object.values(health.partitions).some((state) => "code" in state && state.code === code)
    );
  });

test("unread records that were deleted: told, then passed over by a command", {
  skip: kafkaMissing(),
  timeout: 120_000,
}, async (context) => {
  const { broker, client, input, engine, reset } = await openPlace(context);
  const first = await engine();
  await works(first, client, "before");
  assert.match(await reset(), /its log goes from \d+ to \d+: nothing to reset/);
  await first.stop();
  for (let count = 0; count < 3; count++) await client.send("before", '{"ref":"go"}');
  const { end } = await broker.topics.bounds(input, 0);
  await broker.topics.deleteBefore(input, 0, end - 1);
  const halted = await engine();
  await haltsWith(halted, "InputLost");
  const told = await reset();
  assert.match(told, /: InputLost\n {2}Lost already: the \d+ offsets from \d+ to \d+/);
  assert.match(told, new RegExp(`→ goes on at ${end - 1} \\(--to start\\)`));
  assert.match(told, /Nothing was changed\. With --yes it is\./);
  await haltsWith(await engine(), "InputLost");
  assert.match(await reset("--yes"), new RegExp(`/0 goes on at ${end - 1}\\.`));
  assert.match(await reset(), /nothing to reset/);
  await works(await engine(), client, "after");
  assert.equal((await client.show("before"))?.status, "completed", "the record that was left was served");
});

test("an input that was made anew: where to go on is the operator's to say", {
  skip: kafkaMissing(),
  timeout: 120_000,
}, async (context) => {
  const { brokers, broker, client, input, engine, reset } = await openPlace(context);
  const first = await engine();
  for (let count = 0; count < 4; count++) await works(first, client, `before-${count}`);
  await first.stop();
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: [input] });
  await until("the topic is gone", async () => !(await admin.listTopics()).includes(input));
  await admin.disconnect();
  const spec = engineTopicSpecs({ partitions: 1 }).find(({ name }) => name === "workflow-resume")!;
  await broker.topics.create([{ ...spec, name: input, replication: 1 }]);
  await broker.topics.describe([input], { fresh: true });
  await client.start({ threadId: "skipped", workflow: "own-limits", argument: '{"kind":"wait","size":0}' });
  await haltsWith(await engine(), "InputTopicReplaced");
  const told = await reset();
  assert.match(told, /: InputTopicReplaced\n/);
  assert.match(told, /messages to named suspensions count twice/);
  const [report] = JSON.parse(await reset("--json"));
  assert.deepEqual([report.problem, report.bounds.start, report.bounds.end], ["InputTopicReplaced", 0, 1]);
  await assert.rejects(reset("--yes"), /Say where it is to go on: --to start or --to end\. Nothing was changed\./);
  await reset("--to", "end", "--yes");
  await works(await engine(), client, "after");
  assert.equal(await client.show("skipped"), undefined);
  assert.equal((await client.show("before-3"))?.status, "running", "state outlives its input");
});
