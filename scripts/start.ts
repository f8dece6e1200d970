/**
 * `npm start`: `kawait dev workflows`, with the trip-booking saga run before the reader's eyes. The three booking
 * services are played here; in the middle of it every sandbox process is killed with SIGKILL, and the saga goes on.
 *
 * `npm start -- --once` ends after the run: exit code 0 only if the result was the right one.
 */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type DevServer, startDevServer, type TailRecord } from "#gateway";
import { DEFAULT_PORT } from "../cli/connection.ts";
import { commandLine } from "./command-line.ts";

const values = commandLine("npm start", "`kawait dev workflows`, with the trip-booking saga run before your eyes.", {
  once: { kind: "flag", means: "ends after the run; exit code 0 only if its result was the right one" },
  port: { kind: "count", means: `where it listens; otherwise ${DEFAULT_PORT}, with --once any free one` },
  data: { kind: "text", default: ".kawait", means: "the data folder" },
});

const KINDS = ["car", "hotel", "flight"] as const;
const TOPICS = [
  "workflow-resume",
  "workflow-scheduler",
  ...KINDS.flatMap((kind) => [`saga-reserve-${kind}`, `saga-cancel-${kind}`]),
  "workflow-result",
  "workflow-error",
];
/** With --once: a run that takes longer than this has failed. */
const RUN_MS_MAX = 60_000;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function printRecord(record: TailRecord): void {
  print(`  ${record.topic.padEnd(22)} ${record.value ?? "(null)"}`);
}

/** Follows the saga's topics; gives each new record of the thread. */
class Watch {
  readonly #abort = new AbortController();
  readonly #seen: TailRecord[] = [];
  #wake = (): void => {};

  constructor(server: DevServer, threadId: string) {
    for (const topic of TOPICS) void this.#follow(server, topic, threadId);
  }

  async #follow(server: DevServer, topic: string, threadId: string): Promise<void> {
    const records = server.client.tail(topic, { fromBeginning: true, signal: this.#abort.signal });
    for await (const record of records) {
      if (record.key?.split("|")[0] !== threadId) continue;
      printRecord(record);
      this.#seen.push(record);
      this.#wake();
    }
  }

  /** The first record that fits, when it is there. */
  async find(fits: (record: TailRecord) => boolean): Promise<TailRecord> {
    for (;;) {
      const found = this.#seen.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  stop(): void {
    this.#abort.abort();
  }
}

function killSandboxes(server: DevServer): void {
  for (const { pid } of server.engine.pool.processes()) {
    print(`  kill -9 ${pid}             a sandbox process dies in the middle of the saga`);
    process.kill(pid, "SIGKILL");
  }
}

/** @returns whether the saga ended with the right result */
async function runSaga(server: DevServer): Promise<boolean> {
  const threadId = `trip-${randomUUID().slice(0, 8)}`;
  print(`\nThe trip-booking saga as thread ${threadId}; every record, as it is committed:\n`);
  const watch = new Watch(server, threadId);
  await server.client.start({ threadId, workflow: "trip-booking-saga", argument: "{}" });
  const ids: Record<string, string> = {};
  for (const kind of KINDS) {
    const request = await watch.find((record) => record.topic === `saga-reserve-${kind}`);
    ids[kind] = request.value ?? "";
    if (kind === "hotel") killSandboxes(server);
    await server.client.send(threadId, JSON.stringify({ ref: request.value, value: { booked: kind } }));
  }
  const end = await watch.find((record) => record.topic === "workflow-result" || record.topic === "workflow-error");
  watch.stop();
  const expected = JSON.stringify(Object.fromEntries(KINDS.map((kind) => [kind, { id: ids[kind] }])));
  const right = end.topic === "workflow-result" && end.value === expected;
  print(right ? "\nThe saga survived: its result is the right one." : `\nThe result is wrong: expected ${expected}`);
  return right;
}

function printNext(address: string): void {
  const url = address === `http://127.0.0.1:${DEFAULT_PORT}` ? "" : ` --url ${address}`;
  print(`
Now it is yours, at ${address}. In another terminal, try:

  npx kawait start greeting '"Ada"' --id hello${url}
  npx kawait show hello${url}
  npx kawait send hello '{"ref":"answer","value":"Hi!"}'${url}
  npx kawait tail workflow-result --from-beginning${url}

Change a file in workflows/: it is deployed at once, running threads go on in their own version. Ctrl-C ends.`);
}

function deadline(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`The saga has not ended after ${ms / 1000} s.`)), ms).unref();
  });
}

const dataFolder = values.once ? join(values.data, `once-${process.pid}`) : values.data;
const server = await startDevServer({
  path: "workflows",
  dataFolder,
  port: values.port ?? (values.once ? 0 : DEFAULT_PORT),
  watch: !values.once,
  onEvent: (event) =>
    print(event.kind === "deployed" ? `deployed ${event.workflow}  ${event.hash.slice(0, 12)}` : event.message),
});
print(`kawait dev listens at ${server.address}`);
if (values.once) {
  try {
    const right = await Promise.race([runSaga(server), deadline(RUN_MS_MAX)]);
    process.exitCode = right ? 0 : 1;
  } finally {
    await server.stop();
    await rm(dataFolder, { recursive: true, force: true });
  }
} else {
  await runSaga(server);
  printNext(server.address);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
  await server.stop();
}
