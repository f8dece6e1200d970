/** What only the embedded broker promises: one process per folder, durability over reopening, retention, groups. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Broker, type BrokerError, type Clock, openEmbeddedBroker, systemClock, type TopicSpec } from "#stream";
import { stickyAssignment } from "../../stream/embedded/groups.ts";
import { bytes, readAll, temporaryFolder, text, until } from "./counting-processor.ts";

async function openWorld(t: TestContext): Promise<{ folder: string; open(clock?: Clock): Promise<Broker> }> {
  const folder = temporaryFolder();
  const opened: Broker[] = [];
  t.after(async () => {
    for (const broker of opened) await broker.close();
    folder.remove();
  });
  return {
    folder: folder.path,
    async open(clock = systemClock) {
      const broker = await openEmbeddedBroker({ folder: folder.path, clock, retentionIntervalMs: 5 });
      opened.push(broker);
      return broker;
    },
  };
}

function topic(name: string, more: Partial<TopicSpec> = {}): TopicSpec {
  return {
    name,
    partitions: 1,
    replication: 1,
    cleanup: "delete",
    retentionMs: -1,
    maxMessageBytes: 100_000,
    ...more,
  };
}

test("a folder in use is refused, within the process and from another one, with what to do", async (t) => {
  const world = await openWorld(t);
  const first = await world.open();
  const isRefusal = (error: BrokerError): boolean => /in use by another process: stop it/.test(error.message);
  await assert.rejects(world.open(), isRefusal);
  const script = `import { openEmbeddedBroker } from "#stream"; await openEmbeddedBroker({ folder: ${JSON.stringify(world.folder)} });`;
  const other = spawnSync(process.execPath, ["--input-type=module-typescript", "--eval", script], {
    cwd: join(import.meta.dirname, "../.."),
    encoding: "utf8",
  });
  assert.equal(other.status, 1);
  assert.match(other.stderr, /in use by another process: stop it/);
  await first.close();
  await world.open();
});

test("topics, records, offsets and positions are there after reopening", async (t) => {
  const world = await openWorld(t);
  let broker = await world.open();
  await broker.topics.create([topic("log", { partitions: 2 }), topic("table", { cleanup: "compact" })]);
  const writer = await broker.openTransactionalProducer({ transactionalId: "w", transactionTimeoutMs: 1000 });
  const record = (name: string, key: string, value: string | null) => ({
    topic: name,
    partition: 0,
    key: bytes(key),
    value: value === null ? null : bytes(value),
  });
  await writer.commit([record("log", "a", "1"), record("table", "a", "1"), record("table", "b", "2")]);
  const last = await writer.commit([record("log", "a", "2"), record("table", "a", "3"), record("table", "b", null)]);
  const bounds = await broker.topics.bounds("log", 0);
  await broker.close();
  broker = await world.open();
  assert.deepEqual(await broker.topics.bounds("log", 0), bounds);
  assert.deepEqual(
    (await readAll(broker, "log", 2)).map(({ value }) => text(value)),
    ["1", "2"],
  );
  const table = (await readAll(broker, "table", 1)).map(({ key, value }) => [text(key), value && text(value)]);
  assert.deepEqual(table, [
    ["a", "3"],
    ["b", null],
  ]);
  const again = await broker.openTransactionalProducer({ transactionalId: "w", transactionTimeoutMs: 1000 });
  const [next] = await again.commit([record("log", "a", "3")]);
  assert.ok(next! > last[0]! + 1);
});

test("commits that are asked for together are answered together, in order", async (t) => {
  const world = await openWorld(t);
  const broker = await world.open();
  await broker.topics.create([topic("log")]);
  const writers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      broker.openTransactionalProducer({ transactionalId: `w${n}`, transactionTimeoutMs: 1000 }),
    ),
  );
  const offsets = await Promise.all(
    writers.map((writer, n) => writer.commit([{ topic: "log", partition: 0, key: null, value: bytes(String(n)) }])),
  );
  assert.deepEqual(
    offsets.flat(),
    Array.from({ length: 20 }, (_, n) => n * 2),
  );
  assert.equal((await readAll(broker, "log", 1)).length, 20);
});

test("retention removes what is past it, and tombstones after a day", async (t) => {
  const world = await openWorld(t);
  let nowMs = 1_000_000;
  const broker = await world.open({ now: () => nowMs, setTimer: systemClock.setTimer });
  await broker.topics.create([topic("short", { retentionMs: 1000 }), topic("table", { cleanup: "compact" })]);
  const plain = await broker.openProducer();
  const send = (name: string, key: string, value: string | null) =>
    plain.send([{ topic: name, partition: 0, key: bytes(key), value: value === null ? null : bytes(value) }]);
  await send("short", "a", "old");
  await send("table", "a", "1");
  await send("table", "a", null);
  await send("table", "b", null);
  await send("table", "b", "back");
  nowMs += 900;
  await send("short", "a", "young");
  nowMs += 200;
  await until("the old record is gone", async () => (await broker.topics.bounds("short", 0)).start === 1);
  assert.deepEqual(
    (await readAll(broker, "short", 1)).map(({ value }) => text(value)),
    ["young"],
  );
  assert.equal((await readAll(broker, "table", 1)).length, 2, "a tombstone stays for its readers");
  nowMs += 25 * 60 * 60 * 1000;
  await until("the tombstone is forgotten", async () => (await readAll(broker, "table", 1)).length === 1);
  assert.deepEqual(
    (await readAll(broker, "table", 1)).map(({ value }) => text(value)),
    ["back"],
  );
});

test("assignments are complete, even and sticky, whoever comes and goes", () => {
  let owned: number[][] = [];
  const steps = [1, 2, 3, 5, 2, 9, 1, 4];
  for (const members of steps) {
    const before = Array.from({ length: members }, (_, n) => owned[n] ?? []);
    const next = stickyAssignment(before, 7);
    assert.deepEqual(next.flat().sort(), [0, 1, 2, 3, 4, 5, 6]);
    const sizes = next.map((each) => each.length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `even: ${sizes}`);
    next.forEach((mine, n) => {
      const kept = mine.filter((partition) => before[n]!.includes(partition)).length;
      assert.ok(kept >= Math.min(before[n]!.length, Math.floor(7 / members)), `sticky: ${before[n]} → ${mine}`);
    });
    owned = next;
  }
});

test("a reader ahead of the disk has a record before its sender is answered; others have not", async (t) => {
  const world = await openWorld(t);
  const broker = await world.open();
  await broker.topics.create([topic("log")]);
  const producer = await broker.openProducer();
  const at = { topic: "log", partition: 0, fromOffset: 0 };
  const [ahead, plain] = [await broker.openReader({ ...at, ahead: true }), await broker.openReader(at)];
  const order: string[] = [];
  const note = (name: string) => () => void order.push(name);
  const reads = [ahead.poll(5_000), plain.poll(5_000)] as const;
  const sent = producer.send([{ topic: "log", partition: 0, key: bytes("k"), value: bytes("1") }]);
  await Promise.all([reads[0].then(note("ahead")), reads[1].then(note("plain")), sent.then(note("answer"))]);
  assert.equal(order[0], "ahead");
  const [first, second] = await Promise.all(reads);
  assert.deepEqual(first.records.map(Object.entries), second.records.map(Object.entries));
  assert.deepEqual([first.nextOffset, first.endOffset, second.endOffset], [1, 0, 1]);
  assert.equal((await ahead.poll(0)).endOffset, 1);
});

test("what was read ahead of a disk that then refuses it is not gone on from", (t) => {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  const script = join(import.meta.dirname, "refused-group-child.ts");
  const child = spawnSync(process.execPath, [script, folder.path], { encoding: "utf8", timeout: 60_000 });
  assert.equal(child.status, 0, child.stderr);
  const { refusal, durable, kept, lost, reader, commit, isAtEnd } = JSON.parse(child.stdout);
  assert.deepEqual(
    { refusal, reader, commit, isAtEnd },
    { refusal: "Unavailable", reader: "Unavailable", commit: "Unavailable", isAtEnd: true },
  );
  assert.equal(kept, durable, "what was answered is there, and nothing else");
  assert.deepEqual(lost, [String(durable)], "the reader had what was lost");
});
