/** Everybody outside of the engine: starts threads, answers what they ask, sends messages, retries what has faulted. */
import { HEADER_COMMAND, partitionOf, readableStatus, topicNames } from "#protocol";
import type { Broker, Producer } from "#stream";
import { type Defects, FakeBroker, type FakeCluster, FakeDisk, SimulatedProcess } from "../../stream/fake/index.ts";
import { LEDGER } from "./plan.ts";
import type { Scenario } from "./scenario.ts";

const TOPICS = topicNames("");
const POLL_MS = 3_600_000;
const THINKING_MS = 30;
const RESEND_MS = 300;
const TWICE_CHANCE = 0.1;
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

export class Clients {
  readonly ended = new Set<string>();
  readonly #cluster: FakeCluster;
  readonly #process: SimulatedProcess;
  readonly #broker: Broker;
  readonly #scenario: Scenario;
  #producer: Promise<Producer> | undefined;
  /** Sends that have not succeeded yet. */
  #sending = 0;

  constructor(cluster: FakeCluster, scenario: Scenario, defects: Partial<Defects>) {
    this.#cluster = cluster;
    this.#scenario = scenario;
    this.#process = new SimulatedProcess(cluster.time, "clients");
    this.#broker = new FakeBroker({ cluster, process: this.#process, disk: new FakeDisk(), defects });
  }

  get isDone(): boolean {
    return this.#sending === 0;
  }

  start(): void {
    const { threads, strays, partitions } = this.#scenario;
    for (const thread of threads) {
      const { threadId, plan, startMs, messagesMs, end, startedTwice } = thread;
      const start = `new:${JSON.stringify(plan)}`;
      if (startedTwice) this.#at(startMs + this.#cluster.time.random.next() * 2_000, threadId, start);
      // A message that comes before the thread is there would be a dead letter, and the thread would miss it.
      this.#at(startMs, threadId, start, {}, undefined, () => {
        for (const [index, ms] of messagesMs.entries())
          this.#at(ms, threadId, JSON.stringify({ ref: "inbox", value: index }));
        if (end !== undefined) this.#at(end.ms, threadId, "by the scenario", { [HEADER_COMMAND]: end.command });
      });
    }
    for (const [index, { atMs, kind }] of strays.entries()) {
      const value = kind === "noJson" ? "this is no JSON" : JSON.stringify({ ref: `stray${index}` });
      if (kind === "noJson" || kind === "unknownThread") this.#at(atMs, `nobody${index}`, value);
      else if (kind === "noKey") this.#at(atMs, null, value, {}, 0);
      else {
        const { threadId } = threads[index % threads.length]!;
        const wrong = (partitionOf(utf8.encode(threadId), partitions) + 1) % partitions;
        this.#at(atMs, threadId, JSON.stringify({ ref: "inbox", value: "elsewhere" }), {}, wrong);
      }
    }
    for (let partition = 0; partition < partitions; partition++) {
      void this.#follow(LEDGER, partition, (key, value) => this.#answer(key, value));
      void this.#follow(TOPICS.status, partition, (key, value) => this.#takeStatus(key, value));
    }
  }

  #at(
    delayMs: number,
    key: string | null,
    value: string,
    headers: Record<string, string> = {},
    partition?: number,
    then: () => void = () => {},
  ): void {
    this.#sending++;
    this.#process.after(delayMs, () => {
      void this.#send(key, value, headers, partition).then(then);
    });
  }

  /** Until it is done: a client that hears of a failure sends again, and may so send twice. */
  async #send(key: string | null, value: string, headers: Record<string, string>, partition?: number): Promise<void> {
    const keyBytes = key === null ? null : utf8.encode(key);
    const { partitions } = this.#scenario;
    const record = {
      topic: TOPICS.resume,
      partition: partition ?? partitionOf(keyBytes!, partitions),
      key: keyBytes,
      value: utf8.encode(value),
      headers,
    };
    this.#cluster.time.note?.(`client sends ${key} ${value.slice(0, 60)} ${JSON.stringify(headers)}`);
    for (;;) {
      try {
        this.#producer ??= this.#broker.openProducer();
        await (await this.#producer).send([record]);
        this.#sending--;
        return;
      } catch {
        await this.#process.pause(RESEND_MS);
      }
    }
  }

  #answer(key: string, value: string): void {
    const { ref, n } = JSON.parse(value) as { ref?: string; n: number };
    if (ref === undefined) return;
    const { random } = this.#cluster.time;
    const answer = JSON.stringify({ ref, value: `answer ${n}` });
    this.#at(random.next() * THINKING_MS, key, answer);
    if (random.chance(TWICE_CHANCE)) this.#at(random.next() * THINKING_MS * 3, key, answer);
  }

  #takeStatus(key: string, value: string): void {
    const { status } = JSON.parse(readableStatus(key, Buffer.from(value, "latin1")) ?? "{}") as { status: string };
    if (status === "faulted") {
      const { random } = this.#cluster.time;
      this.#at(random.next() * THINKING_MS, key, "", { [HEADER_COMMAND]: "retry" });
    } else if (status !== "running") this.ended.add(key);
  }

  async #follow(topic: string, partition: number, take: (key: string, value: string) => void): Promise<void> {
    for (let position = 0; ; ) {
      try {
        const reader = await this.#broker.openReader({ topic, partition, fromOffset: position });
        for (;;) {
          const batch = await reader.poll(POLL_MS);
          position = batch.nextOffset;
          for (const { key, value } of batch.records) {
            if (key === null || value === null) continue;
            const text = topic === TOPICS.status ? Buffer.from(value).toString("latin1") : fromUtf8.decode(value);
            take(fromUtf8.decode(key), text);
          }
        }
      } catch {
        await this.#process.pause(RESEND_MS);
      }
    }
  }
}
