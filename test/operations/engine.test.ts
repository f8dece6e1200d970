/**
 * `kawait engine` as a service: health and metrics over HTTP, a broker that goes away and comes back without a restart of
 * ours, an end within five seconds of SIGTERM whatever the brokers do.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { compileWorkflow, type KawaitClient, openBrokerClient } from "#gateway";
import { createKafkaBroker } from "#stream";
import { type CliProcess, startCli } from "../cli/cli-process.ts";
import { kafkaMissing, startKafka, type TestKafka } from "../kafka/harness/index.ts";
import { Ledger } from "../kill/ledger.ts";
import { Waves } from "../kill/waves.ts";
import { temporaryFolder, until } from "../stream/counting-processor.ts";

const INSTALLATION = "ops";
/** Five seconds are promised, and kept by a clock of its own; a loaded machine comes to it late. Kafka's own patience is 30 s. */
const LEAVE_MS_MAX = 15_000;
const workflow = join(dirname(dirname(fileURLToPath(import.meta.url))), "fixtures", "workflows", "ledger.ts");
const skip = kafkaMissing();
const folder = temporaryFolder();
let kafka: TestKafka;
let client: KawaitClient;
let engine: CliProcess;
let url: string;

async function start(): Promise<void> {
  engine = startCli([
    "engine",
    ...["--brokers", kafka.brokers.join(",")],
    ...["--installation", INSTALLATION],
    ...["--data", folder.path],
    ...["--http", ":0", "--processes", "1", "--replication", "1"],
  ]);
  url = String((await engine.line("http")).url);
  await engine.line("ready");
}

async function status(path: string): Promise<{ code: number; body: string }> {
  const response = await fetch(`${url}${path}`);
  return { code: response.status, body: await response.text() };
}

async function metric(name: string): Promise<number> {
  const { body } = await status("/metrics");
  const lines = body.split("\n").filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  assert.ok(lines.length > 0, `there is no metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

/** How long the process takes from SIGTERM to its end. */
async function terminate(): Promise<number> {
  const began = Date.now();
  const exited = once(engine.child, "exit");
  engine.child.kill("SIGTERM");
  await exited;
  return Date.now() - began;
}

before(async () => {
  if (skip !== false) return;
  kafka = await startKafka({ name: "operations" });
  await start();
  const broker = createKafkaBroker({ brokers: kafka.brokers, installation: INSTALLATION });
  await broker.topics.create([
    { name: "ledger", partitions: 2, replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1_000_000 },
  ]);
  client = await openBrokerClient({ broker, installation: INSTALLATION, closeBroker: true });
  await client.deploy((await compileWorkflow(workflow)).program, { isDefault: true });
});
after(async () => {
  engine?.child.kill("SIGKILL");
  await client?.close().catch(() => {});
  await kafka?.stop();
  folder.remove();
});

test("health and metrics tell of work that is done", { skip, timeout: 120_000 }, async () => {
  assert.deepEqual(await status("/health/live"), { code: 200, body: '{"status":"live"}' });
  const ready = await status("/health/ready");
  assert.equal(ready.code, 200, ready.body);
  const ledger = new Ledger(() => client, { threads: 3, rounds: 6, name: "metrics", installation: INSTALLATION });
  await ledger.run();
  ledger.check();
  assert.ok((await metric("kawait_steps_total")) >= 3 * 7, "steps");
  assert.ok((await metric('kawait_transactions_total{processor="engine",outcome="committed"}')) > 0, "transactions");
  assert.ok((await metric("kawait_records_total")) >= 3 * 7, "records");
  assert.equal(await metric("kawait_timer_lateness_seconds_count"), 3 * 2, "timers");
  for (const name of [
    "kawait_batches_total",
    "kawait_batch_records_count",
    "kawait_commit_duration_seconds_count",
    "kawait_state_bytes_count",
    "kawait_step_wave_duration_seconds_count",
    "kawait_sandbox_cpu_seconds_total",
    "process_cpu_seconds_total",
  ]) {
    assert.ok((await metric(name)) > 0, name);
  }
  for (const name of ["kawait_dead_letters_total", "kawait_sandbox_restarts_total", "kawait_thread_faults_total"]) {
    assert.equal(await metric(name), 0, name);
  }
  for (const name of [
    "kawait_duplicates_total",
    "kawait_lag_records",
    "kawait_partition_state",
    "kawait_quota_wait_seconds_total",
    'kawait_transactions_total{processor="engine",outcome="in_doubt"}',
    'kawait_transactions_total{processor="engine",outcome="refused"}',
  ]) {
    assert.ok(Number.isFinite(await metric(name)), name);
  }
});

test("a lost broker is waited for, told, and gone on from", { skip, timeout: 180_000 }, async () => {
  const { pid } = engine.child;
  await kafka.kill();
  await until("it says so", async () => (await status("/health/ready")).code === 503, 60_000);
  assert.equal((await status("/health/live")).code, 200);
  await kafka.restart();
  await until("it goes on", async () => (await status("/health/ready")).code === 200, 60_000);
  const ledger = new Ledger(() => client, { threads: 2, rounds: 3, name: "lost", installation: INSTALLATION });
  await ledger.run();
  ledger.check();
  assert.equal(engine.child.pid, pid);
  assert.equal(engine.child.exitCode, null);
});

test("SIGTERM under load ends it in time, and nothing is lost or doubled", { skip, timeout: 180_000 }, async () => {
  const options = { threads: 8, rounds: 10, installation: INSTALLATION };
  const waves = new Waves((number) => new Ledger(() => client, { ...options, name: `term-${number}` }));
  await waves.effects(50);
  const tookMs = await terminate();
  assert.ok(tookMs < LEAVE_MS_MAX, `it took ${tookMs} ms`);
  assert.equal(engine.child.exitCode, 0);
  await start();
  await waves.effects(1);
  await waves.end();
});

test("SIGTERM ends it in time also while the brokers hang", { skip, timeout: 120_000 }, async () => {
  await kafka.pause();
  const tookMs = await terminate();
  kafka.resume();
  assert.ok(tookMs < LEAVE_MS_MAX, `it took ${tookMs} ms`);
});
