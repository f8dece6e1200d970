/**
 * On a small file system of its own (`full-disk.test.ts`): a runner meets a disk that is really full, of the embedded
 * broker (`broker`) or of the local store alone (`store`); room is made again while it runs. Tells what it saw as JSON.
 * Arguments: which, the small folder, another folder.
 */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { type Broker, openEmbeddedBroker, startRunner } from "#stream";
import { openLocalStore } from "../../stream/store/local-store.ts";
import { assertCounted } from "./counted.ts";
import { countingDefinition, createTopics, INPUT, sendAll, until } from "./counting-processor.ts";
import { drained, PARTITIONS, randomFrom } from "./runner-world.ts";

const [which, small, large] = process.argv.slice(2);
if (which === undefined || small === undefined || large === undefined)
  throw new Error("full-disk-child.ts fills a file system: it wants to be told which");
// Taken for a test of its own, it would fill the disk that it stands on.
if (small === "") throw new Error("The folder on a small file system is missing, which is filled to its last byte.");
const RECORDS = 2_000;
const KEYS = 500;
const VALUE_CHARS = 800;

/** Text that does not pack well. */
function filling(seed: number): { key: string; value: string }[] {
  const draw = randomFrom(seed);
  return Array.from({ length: RECORDS }, (_, index) => {
    let value = `${index}-`;
    while (value.length < VALUE_CHARS) value += draw().toString(36).slice(2);
    return { key: `key-${index % KEYS}`, value };
  });
}

/** Takes all room that is left. */
function fill(path: string): void {
  const file = openSync(path, "w");
  for (const bytes of [1 << 20, 4096, 1]) {
    const chunk = Buffer.alloc(bytes, 1);
    try {
      for (;;) writeSync(file, chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  closeSync(file);
}

/** The broker with the local store of Kafka's adapter. */
function withLocalStore(broker: Broker): Broker {
  return {
    kind: broker.kind,
    topics: broker.topics,
    openReader: (options) => broker.openReader(options),
    openTransactionalProducer: (options) => broker.openTransactionalProducer(options),
    openProducer: () => broker.openProducer(),
    joinGroup: (options) => broker.joinGroup(options),
    openStore: (options) =>
      openLocalStore({
        options,
        openReader: (at) => broker.openReader(at),
        bounds: (topic, partition) => broker.topics.bounds(topic, partition),
        warn: (message) => warnings.push(message),
      }),
    close: () => broker.close(),
  };
}

const warnings: string[] = [];
const ballast = join(small, "ballast");
const embedded = await openEmbeddedBroker({ folder: join(which === "broker" ? small : large, "broker") });
const broker = which === "broker" ? embedded : withLocalStore(embedded);
await createTopics(broker, PARTITIONS);
const told: string[] = [];
const runner = startRunner({
  broker,
  definition: countingDefinition(),
  dataFolder: join(small, "runner"),
  logger: {
    info: () => {},
    warn: (message, fields) => told.push(`${message}: ${JSON.stringify(fields)}`),
    error: (message) => told.push(message),
  },
  limits: { pollWaitMs: 50, retryDelayMs: 10, retryDelayMsMax: 100, batchRecords: 100 },
});
await runner.ready();
const first = filling(1);
await sendAll(broker, INPUT, PARTITIONS, first);
await drained(runner, broker);
const second = filling(2);
// The broker's disk is to be full with this in the input; of the store's own disk that is no question.
const sending = which === "broker" ? sendAll(broker, INPUT, PARTITIONS, second) : undefined;
await sending;
fill(ballast);
if (sending === undefined) await sendAll(broker, INPUT, PARTITIONS, second);
let health = "";
await until("health says that there is no room", () => {
  health = JSON.stringify(runner.health());
  return runner.health().kind === "degraded" && /no space left|ENOSPC/i.test(health);
}).catch((error: unknown) => {
  throw new Error(`${health}\n${told.join("\n")}`, { cause: error });
});
const refused =
  which === "broker"
    ? await sendAll(broker, INPUT, PARTITIONS, filling(3)).then(
        () => "accepted",
        (error: unknown) => String(error),
      )
    : "";
const { commitFailures, restarts } = runner.metrics();
rmSync(ballast);
await drained(runner, broker);
await until("health is green again", () => runner.health().kind === "running");
await runner.stop();
await assertCounted(broker, { prefix: "", partitions: PARTITIONS }, [...first, ...second], join(large, "check"));
await broker.close();
process.stdout.write(JSON.stringify({ health, refused, told, warnings, commitFailures, restarts }));
