/**
 * `takeover`: the owner of a partition with 100,000 threads is killed with SIGKILL; how long until another process has it,
 * with a store that is nearly up to date, and with none.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Broker, createKafkaBroker, DEFAULT_RUNNER_LIMITS } from "#stream";
import { kafkaAvailable, startKafka } from "../test/kafka/harness/index.ts";
import { withFolder } from "./line/pair.ts";
import type { Table } from "./table.ts";
import { TAKEOVER_TOPICS } from "./takeover-topics.ts";

const THREADS = 100_000;
const STATE_BYTES = 700;
/** What the owner does between the copy of the warm store and its death. */
const SINCE_COPY = 5_000;
const SEND_RECORDS = 2_000;
const ROUNDS = 3;
const PREFIX = "bench-";
const MEMBER = fileURLToPath(new URL("takeover-member.ts", import.meta.url));

type Line = { readonly kind: string } & Readonly<Record<string, unknown>>;

class Member {
  readonly #child: ChildProcess;
  readonly #lines: { readonly line: Line; readonly atMs: number }[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(address: string, folder: string) {
    this.#child = spawn(process.execPath, [MEMBER, address, PREFIX, folder], { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout! }).on("line", (text) => {
      this.#lines.push({ line: JSON.parse(text) as Line, atMs: performance.now() });
      for (const wake of this.#waiting) wake();
    });
  }

  /** When the first line came that fits. */
  async saw(fits: (line: Line) => boolean): Promise<number> {
    for (;;) {
      const found = this.#lines.find(({ line }) => fits(line));
      if (found !== undefined) return found.atMs;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }

  reached(position: number): Promise<number> {
    return this.saw((line) => line.kind === "position" && Number(line.position) >= position);
  }

  /** The progress of the restore as it was told, in percent. */
  progress(): readonly number[] {
    return this.#lines.flatMap(({ line }) => {
      const { kind, start, position, end } = line;
      if (kind !== "restoring") return [];
      return [Math.round((100 * (Number(position) - Number(start))) / (Number(end) - Number(start)))];
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }
}

async function send(broker: Broker, from: number, count: number): Promise<number> {
  const producer = await broker.openProducer();
  let end = 0;
  for (let sent = 0; sent < count; sent += SEND_RECORDS) {
    const records = Array.from({ length: Math.min(SEND_RECORDS, count - sent) }, (_, index) => ({
      topic: PREFIX + TAKEOVER_TOPICS.input,
      partition: 0,
      key: Buffer.from(`thread-${(from + sent + index) % THREADS}`),
      value: Buffer.alloc(STATE_BYTES, sent),
    }));
    end = (await producer.send(records)).at(-1)! + 1;
  }
  await producer.close();
  return end;
}

export async function benchTakeover(): Promise<readonly Table[]> {
  if (!kafkaAvailable()) return [];
  const kafka = await startKafka({ name: "bench-takeover", heapMb: 512 });
  const address = kafka.brokers[0] ?? "";
  const broker = createKafkaBroker({ brokers: kafka.brokers });
  try {
    return await withFolder(async (folder) => {
      const topic = (name: string, cleanup: "delete" | "compact") => {
        return {
          name: PREFIX + name,
          partitions: 1,
          replication: 1,
          cleanup,
          retentionMs: -1,
          maxMessageBytes: 1_048_588,
        };
      };
      await broker.topics.create([topic(TAKEOVER_TOPICS.input, "delete"), topic(TAKEOVER_TOPICS.changelog, "compact")]);
      let end = await send(broker, 0, THREADS);
      let owner = join(folder, "owner-0");
      let member = new Member(address, owner);
      await member.reached(end);
      const warm: number[] = [];
      const cold: number[] = [];
      const progress: string[] = [];
      for (let round = 1; round <= 2 * ROUNDS; round++) {
        const isWarm = round % 2 === 1;
        const successor = join(folder, `owner-${round}`);
        if (isWarm) {
          // The owner rests while its store is copied; the successor is no member yet, so nothing moves.
          await member.end("SIGTERM");
          cpSync(join(owner, "store"), join(successor, "store"), { recursive: true });
          member = new Member(address, owner);
          end = await send(broker, 0, SINCE_COPY);
          await member.reached(end);
        }
        const next = new Member(address, successor);
        const startMs = performance.now();
        await member.end("SIGKILL");
        end = await send(broker, round, 1);
        const tookMs = (await next.reached(end)) - startMs;
        (isWarm ? warm : cold).push(tookMs);
        if (!isWarm) progress.push(next.progress().join(", "));
        rmSync(owner, { recursive: true, force: true });
        owner = successor;
        member = next;
      }
      await member.end("SIGKILL");
      return [
        {
          title: `take-over of a partition with ${THREADS.toLocaleString("en")} threads of ${STATE_BYTES} B after SIGKILL`,
          unit: "ms",
          reference: "session timeout",
          rows: [
            { name: "session timeout", rounds: [DEFAULT_RUNNER_LIMITS.sessionTimeoutMs] },
            { name: `warm store, ${SINCE_COPY} changes behind`, rounds: warm },
            { name: "empty store", rounds: cold },
          ],
          doesNotMeasure:
            "decoding threads; the successor's start, which falls into the session timeout. The progress of restores was " +
            `told in percent, once a second: ${progress.map((each) => each || "none, all within a second").join("; ")}.`,
        },
      ];
    });
  } finally {
    await broker.close();
    await kafka.stop();
  }
}
