/** Timers end to end on the embedded broker: due times, cancels, restarts, foreign partitions (I1). */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

import { engineTopicSpecs, partitionOf } from "#protocol";
import { schedulerDefinition } from "#scheduler";
import { type Broker, openEmbeddedBroker, type Runner, type StoredRecord, startRunner } from "#stream";

const PARTITIONS = 2;
const PATIENCE_MS = 20_000;

class Timers {
  readonly #folder: string;
  broker: Broker;
  #runner: Runner | undefined;

  private constructor(folder: string, broker: Broker) {
    this.#folder = folder;
    this.broker = broker;
  }

  static async open(context: TestContext): Promise<Timers> {
    const folder = await mkdtemp(join(tmpdir(), "kawait-timers-"));
    const broker = await openEmbeddedBroker({ folder: join(folder, "broker") });
    await broker.topics.create(engineTopicSpecs({ partitions: PARTITIONS }));
    const timers = new Timers(folder, broker);
    context.after(async () => {
      await timers.stop();
      await broker.close();
      await rm(folder, { recursive: true, force: true });
    });
    return timers;
  }

  async start(): Promise<void> {
    this.#runner = startRunner({
      broker: this.broker,
      definition: schedulerDefinition(""),
      installation: "",
      dataFolder: join(this.#folder, "scheduler"),
    });
    await this.#runner.ready();
  }

  async stop(): Promise<void> {
    await this.#runner?.stop();
    this.#runner = undefined;
  }

  async set(
    threadId: string,
    resume: string,
    value: string | null,
    timestampMs: number,
    partition?: number,
  ): Promise<void> {
    const producer = await this.broker.openProducer();
    await producer.send([
      {
        topic: "workflow-scheduler",
        partition: partition ?? partitionOf(Buffer.from(threadId), PARTITIONS),
        key: Buffer.from(`${threadId}|${resume}`),
        value: value === null ? null : Buffer.from(value),
        timestampMs,
      },
    ]);
    await producer.close();
  }

  /** What was fired, once at least `count` are there. */
  async fired(count: number): Promise<readonly StoredRecord[]> {
    const giveUp = Date.now() + PATIENCE_MS;
    for (;;) {
      const records: StoredRecord[] = [];
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const { start, end } = await this.broker.topics.bounds("workflow-resume", partition);
        if (start >= end) continue;
        const reader = await this.broker.openReader({ topic: "workflow-resume", partition, fromOffset: start });
        for (let position = start; position < end; ) {
          const batch = await reader.poll(10);
          records.push(...batch.records);
          position = batch.nextOffset;
        }
        await reader.close();
      }
      if (records.length >= count) return records;
      if (Date.now() > giveUp) throw new Error(`${records.length} of ${count} timers fired`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

const texts = (records: readonly StoredRecord[]): string[] =>
  records.map((record) => `${Buffer.from(record.key ?? []).toString()} ${Buffer.from(record.value ?? []).toString()}`);

test("a timer fires once, not before it is due; bars in the JSON are kept", async (context) => {
  const timers = await Timers.open(context);
  await timers.start();
  const setMs = Date.now();
  await timers.set("t", '{"ref":"a|b|c"}', "150", setMs);
  const [record] = await timers.fired(1);
  assert.deepEqual(texts(record === undefined ? [] : [record]), ['t {"ref":"a|b|c"}']);
  assert.ok((record?.timestampMs ?? 0) >= setMs + 150, "not early");
});

test("overdue timers fire at once after a restart, in due order, and not before waiting cancels", async (context) => {
  const timers = await Timers.open(context);
  const now = Date.now();
  const thread = "orders";
  for (const [ref, dueMs] of [
    ["third", 300],
    ["first", 100],
    ["second", 200],
    ["same", 300],
  ] as const)
    await timers.set(thread, `{"ref":"${ref}"}`, String(dueMs), now - 60_000);
  await timers.set(thread, '{"ref":"cancelled"}', "10", now - 60_000);
  await timers.set(thread, '{"ref":"cancelledToo"}', "10", now - 60_000);
  await timers.set(thread, '{"ref":"cancelled"}', "0", now - 59_000);
  await timers.set(thread, '{"ref":"cancelledToo"}', null, now - 59_000);
  await timers.start();
  const fired = await timers.fired(4);
  assert.deepEqual(
    texts(fired),
    ["first", "second", "third", "same"].map((ref) => `${thread} {"ref":"${ref}"}`),
  );
});

test("timers survive a restart; ten years wait quietly; a new delay replaces the old", async (context) => {
  const timers = await Timers.open(context);
  await timers.start();
  const now = Date.now();
  const tenYearsMs = 10 * 365 * 24 * 3600 * 1000;
  await timers.set("far", '{"ref":"far"}', String(tenYearsMs), now);
  await timers.set("moved", '{"ref":"moved"}', String(tenYearsMs), now);
  await timers.set("moved", '{"ref":"moved"}', "400", now);
  await timers.set("soon", '{"ref":"soon"}', "300", now);
  await timers.stop();
  await timers.start();
  assert.deepEqual(texts(await timers.fired(2)).sort(), ['moved {"ref":"moved"}', 'soon {"ref":"soon"}']);
});

test("a timer written to the wrong partition is forwarded, with its timestamp", async (context) => {
  const timers = await Timers.open(context);
  await timers.start();
  const right = partitionOf(Buffer.from("lost"), PARTITIONS);
  await timers.set("lost", '{"ref":"r"}', "5000", Date.now() - 5_000, 1 - right);
  assert.deepEqual(texts(await timers.fired(1)), ['lost {"ref":"r"}']);
});

test("two hundred timers with one due time all fire, each once", async (context) => {
  const timers = await Timers.open(context);
  await timers.start();
  const now = Date.now();
  const producer = await timers.broker.openProducer();
  await producer.send(
    Array.from({ length: 200 }, (_, index) => ({
      topic: "workflow-scheduler",
      partition: partitionOf(Buffer.from(`t${index}`), PARTITIONS),
      key: Buffer.from(`t${index}|{"ref":"${index}"}`),
      value: Buffer.from("50"),
      timestampMs: now,
    })),
  );
  await producer.close();
  const fired = await timers.fired(200);
  assert.equal(new Set(texts(fired)).size, 200);
  assert.equal(fired.length, 200);
});
