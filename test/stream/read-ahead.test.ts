/** What the runner keeps at hand: records read ahead until they are committed, values as they were committed, a log in few entries. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEmbeddedBroker, type PartitionReader, type ReadBatch, type StoredRecord } from "#stream";
import { InputBuffer } from "../../stream/input-buffer.ts";
import { RecentValues } from "../../stream/recent-values.ts";
import { bytes, readAll, temporaryFolder, text, until } from "./counting-processor.ts";

function recordAt(offset: number): StoredRecord {
  return { topic: "in", partition: 0, offset, timestampMs: 0, key: null, value: null, headers: {} };
}

/** Gives the batches in order, then waits until it is closed. */
class ListReader implements PartitionReader {
  readonly #batches: ReadBatch[];
  #end: () => void = () => {};
  polls = 0;

  constructor(batches: readonly ReadBatch[]) {
    this.#batches = [...batches];
  }

  async poll(): Promise<ReadBatch> {
    this.polls++;
    const batch = this.#batches.shift();
    if (batch !== undefined) return batch;
    await new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    return { records: [], nextOffset: 0, endOffset: 0 };
  }

  async close(): Promise<void> {
    this.#end();
  }
}

const batchOf = (offsets: readonly number[], nextOffset: number): ReadBatch => ({
  records: offsets.map(recordAt),
  nextOffset,
  endOffset: nextOffset,
});

test("records stay until they are committed; what lies below the position is dropped and counted; reading is bounded", async () => {
  const reader = new ListReader([batchOf([3, 4, 5, 7], 9), batchOf([7, 9, 10], 12), batchOf([13], 14)]);
  let dropped = 0;
  const input = new InputBuffer({
    reader,
    from: 4,
    recordsMax: 4,
    pollWaitMs: 10,
    onChange: () => {},
    onRead: (read) => {
      dropped += read.dropped;
    },
  });
  const offsets = () => input.from(0, 100).map(({ offset }) => offset);
  await until("two batches are read", () => input.end === 12);
  assert.deepEqual(offsets(), [4, 5, 7, 9, 10]);
  assert.equal(dropped, 2);
  assert.equal(reader.polls, 2, "there is no room for more");
  assert.deepEqual([input.behind(6), input.behind(8), input.behind(11)], [7, 9, 12]);
  assert.deepEqual([input.has(10), input.has(11)], [true, false]);
  input.commit(9);
  await until("the third batch is read", () => input.end === 14);
  assert.deepEqual(offsets(), [9, 10, 13]);
  await input.close();
});

test("recent values are bounded, and the oldest go first", () => {
  const recent = new RecentValues(100_000);
  for (let n = 0; n < 100; n++) recent.set(`${n}`, { value: new Uint8Array(1_000), pieces: 1 });
  recent.set("gone", { value: null, pieces: 0 });
  assert.equal(recent.get("0"), undefined);
  assert.equal(recent.get("99")?.value?.length, 1_000);
  assert.deepEqual(recent.get("gone"), { value: null, pieces: 0 });
});

test("a compacted log that is full of replaced records is cleaned; readers see the latest, from any position", async (t) => {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  const broker = await openEmbeddedBroker({ folder: folder.path, retentionIntervalMs: 5 });
  t.after(() => broker.close());
  const spec = { partitions: 1, replication: 1, retentionMs: -1, maxMessageBytes: 100_000 } as const;
  await broker.topics.create([
    { ...spec, name: "table", cleanup: "compact" },
    { ...spec, name: "plain", cleanup: "delete" },
  ]);
  const producer = await broker.openProducer();
  const keys = Array.from({ length: 50 }, (_, n) => bytes(`key-${n}`));
  const rounds = 200;
  for (let round = 0; round < rounds; round++) {
    await producer.send(keys.map((key) => ({ topic: "table", partition: 0, key, value: bytes(`${round}`) })));
    await producer.send(
      keys.map((key) => ({ topic: "plain", partition: 0, key, value: bytes(`${round}`.repeat(30)) })),
    );
  }
  const latest = await readAll(broker, "table", 1);
  assert.deepEqual(
    latest.map(({ value }) => text(value)),
    keys.map(() => `${rounds - 1}`),
  );
  // From the middle of an entry on.
  const from = 50 * 120 + 17;
  const reader = await broker.openReader({ topic: "plain", partition: 0, fromOffset: from });
  const offsets: number[] = [];
  for (let position = from; position < 50 * rounds; ) {
    const batch = await reader.poll(100);
    offsets.push(...batch.records.map(({ offset }) => offset));
    position = batch.nextOffset;
  }
  await reader.close();
  assert.deepEqual(
    offsets,
    Array.from({ length: 50 * rounds - from }, (_, n) => from + n),
  );
  await broker.topics.deleteBefore("plain", 0, from);
  assert.equal((await broker.topics.bounds("plain", 0)).start, from);
  assert.equal((await readAll(broker, "plain", 1)).at(0)?.offset, from);
});
