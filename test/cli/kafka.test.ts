/** The command line against the brokers of a real Kafka: an engine by `kawait engine`, everything else beside it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createKafkaBroker } from "#stream";
import { kafkaMissing, sharedKafka } from "../kafka/harness/index.ts";
import { runCli, startCli } from "./cli-process.ts";

const greeting = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "workflows", "greeting.ts");
const PATIENCE_MS = 120_000;

test("deploy, start, show, send, list and tail on Kafka", { skip: kafkaMissing() }, async (context) => {
  const kafka = await sharedKafka();
  const folder = await mkdtemp(join(tmpdir(), "kawait-cli-kafka-"));
  const connection = ["--brokers", kafka.brokers.join(","), "--installation", kafka.installation];
  const engine = startCli(["engine", ...connection, "--data", folder, "--processes", "1", "--limits", "stepMs=2000"]);
  context.after(async () => {
    await engine.kill("SIGTERM");
    await rm(folder, { recursive: true, force: true });
    await kafka.release();
  });
  await engine.line("ready");
  const broker = createKafkaBroker({ brokers: kafka.brokers });
  await broker.topics.create([
    {
      name: "greetings",
      partitions: 1,
      replication: 1,
      cleanup: "delete",
      retentionMs: -1,
      maxMessageBytes: 1_000_000,
    },
  ]);
  await broker.close();
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCli([...args, ...connection, "--json"]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const until = async (args: readonly string[], fits: (text: string) => boolean): Promise<string> => {
    const giveUp = Date.now() + PATIENCE_MS;
    for (;;) {
      const { stdout } = await runCli([...args, ...connection, "--json"]);
      if (fits(stdout)) return stdout;
      if (Date.now() > giveUp) throw new Error(`still ${stdout}`);
    }
  };
  assert.equal(JSON.parse(await run("deploy", greeting)).workflow, "greeting");
  const plane = join(folder, "plane.ts");
  await writeFile(plane, "export const seats = JSON.parse('{');\nexport function main() {}\n");
  const refused = await runCli(["deploy", plane, ...connection]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /"plane" is not deployed.*\[ProgramLoadFailed\]\.\nplane\.ts:1:27: SyntaxError: /);
  const unknown = await runCli(["start", "greting", ...connection]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /no workflow "greting" is deployed; there are: greeting/);
  await run("start", "greeting", '"Ada"', "--id", "hello");
  const view = JSON.parse(await until(["show", "hello"], (text) => text.includes('"running"')));
  assert.deepEqual(
    view.frames.map((frame: { locals: unknown }) => frame.locals),
    [{ name: '"Ada"' }],
  );
  await run("send", "hello", '{"ref":"answer","value":"Hi!"}');
  const threads = JSON.parse(await until(["list"], (text) => text.includes('"completed"')));
  assert.deepEqual(
    threads.map((thread: { threadId: string }) => thread.threadId),
    ["hello"],
  );
  const tail = startCli(["tail", `${kafka.installation}-workflow-result`, "--from-beginning", ...connection]);
  context.after(() => tail.kill("SIGKILL"));
  const record = await tail.first(() => true);
  assert.equal(record.value, '"Ada said: Hi!"');
  await tail.kill("SIGINT");
});
