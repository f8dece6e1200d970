/** Dead letters from the command line: listed, shown, and sent again when what was wrong is mended. */
import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createEngineTopics, openBrokerClient } from "#gateway";
import { createKafkaBroker } from "#stream";
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import { runCli, startCli } from "./cli-process.ts";

const workflows = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "workflows");
const PATIENCE_MS = 120_000;

interface Letter {
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runCli([...args, "--json"]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function letters(where: readonly string[], count: number): Promise<readonly Letter[]> {
  const giveUp = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = (await json("dead-letters", "list", ...where)) as Letter[];
    if (found.length >= count) return found;
    if (Date.now() > giveUp) throw new Error(`only ${found.length} of ${count} dead letters`);
  }
}

test("over kawait dev: listed, shown, and served when sent again", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "kawait-dead-"));
  await cp(join(workflows, "greeting.ts"), join(folder, "greeting.ts"));
  const dev = startCli(["dev", folder, "--data", join(folder, ".kawait"), "--port", "0"]);
  context.after(async () => {
    await dev.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });
  const where = ["--url", String((await dev.line("listening")).url)];
  await json("send", "early", '{"ref":"nobody waits","value":1}', ...where);
  const [letter] = await letters(where, 1);
  assert.ok(letter);
  assert.equal(letter.key, "early");
  assert.equal(letter.headers["kawait-reason"], "UnknownThread");
  const place = `${letter.partition}/${letter.offset}`;
  const shown = await runCli(["dead-letters", "show", place, ...where]);
  assert.match(shown.stdout, /UnknownThread: .*\n.*found at workflow-resume\/\d+\/\d+/);
  assert.match(shown.stdout, /\{"ref":"nobody waits","value":1\}/);
  assert.deepEqual(await json("dead-letters", "list", "--reason", "MailboxFull", ...where), []);

  // The thread is there now: the record waits in its mailbox, and no second dead letter comes of it.
  await json("start", "greeting", '"Ada"', "--id", "early", ...where);
  assert.equal(((await json("dead-letters", "resend", place, ...where)) as Letter[]).length, 1);
  const giveUp = Date.now() + PATIENCE_MS;
  for (;;) {
    const { code, stdout } = await runCli(["show", "early", "--json", ...where]);
    if (code === 0 && (JSON.parse(stdout) as { mailbox: string[] }).mailbox.includes("nobody waits")) break;
    assert.ok(Date.now() < giveUp, "the record never came to the thread's mailbox");
  }
  assert.equal((await letters(where, 1)).length, 1);
  const missing = await runCli(["dead-letters", "resend", "0/999999", ...where]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /There is no dead letter 0\/999999/);
});

test("on Kafka: with its own headers, to the input that it came from", { skip: kafkaMissing() }, async (context) => {
  const kafka = await sharedKafka();
  const installation = `${kafka.installation}-dead`;
  const brokers = kafka.brokers.join(",");
  const broker = createKafkaBroker({ brokers: [...kafka.brokers], clientId: "kawait-test", installation });
  await createEngineTopics(broker, { installation, partitions: 2, replication: 1 });
  const client = await openBrokerClient({ broker, installation, closeBroker: true });
  context.after(async () => {
    await client.close();
    await kafka.release();
  });
  const producer = await broker.openProducer();
  const headers = {
    "kawait-workflow": "later",
    "kawait-reason": "UnknownWorkflow",
    "kawait-message": "no workflow",
    "kawait-topic": `${installation}-workflow-resume`,
    "kawait-partition": "1",
    "kawait-offset": "5",
  };
  const topic = `${installation}-workflow-dead-letter`;
  await producer.send([{ topic, partition: 1, key: Buffer.from("t"), value: Buffer.from("new:1"), headers }]);
  await producer.close();
  const where = ["--brokers", brokers, "--installation", installation];
  const sent = (await json("dead-letters", "resend", "--all", "--reason", "UnknownWorkflow", ...where)) as Letter[];
  assert.equal(sent.length, 1);
  const abort = new AbortController();
  for await (const record of client.tail(`${installation}-workflow-resume`, {
    fromBeginning: true,
    signal: abort.signal,
  })) {
    assert.equal(record.key, "t");
    assert.equal(record.value, "new:1");
    assert.deepEqual({ ...record.headers }, { "kawait-workflow": "later" });
    abort.abort();
  }
});
