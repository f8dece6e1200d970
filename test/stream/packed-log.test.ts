/**
 * Both stores keep values in a packed log behind a table of pointers: whatever is written, deleted, cleaned and opened
 * again, they hold what a plain map holds, sort keys included, and the log stays bounded.
 */
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { encodeEnvelopes } from "#protocol";
import { openEmbeddedBroker, type StateStore } from "#stream";
import { CHECKPOINT_VERSION, LocalTable } from "../../stream/store/local-table.ts";
import { StateView } from "../../stream/store/state-view.ts";
import { bytes, temporaryFolder, text } from "./counting-processor.ts";

const KEYS = 300;
const PART_BYTES = 700;

/** Values of several sizes: some lie in the pointer, some in the log, some in pieces. */
class Model {
  readonly values = new Map<string, string>();
  readonly #draw: () => number;

  constructor(seed: number) {
    let state = seed;
    this.#draw = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
  }

  /** One transaction's changes; `pieces` as the store says. */
  next(pieces: (key: string) => number) {
    const written = new Map<string, string | null>();
    const count = 1 + Math.floor(this.#draw() * 200);
    for (let n = 0; n < count; n++) {
      // Keys above 1,024 bytes have a place that is not the key itself.
      const number = Math.floor(this.#draw() * KEYS);
      const key = number % 50 === 0 ? `${"long".repeat(300)}-${number}` : `key-${number}`;
      const size = [5, 40, 300, 2_500][Math.floor(this.#draw() * 4)]!;
      written.set(key, this.#draw() < 0.2 ? null : `${number}-${this.#draw()}-`.padEnd(size, "abc"));
    }
    for (const [key, value] of written) {
      if (value === null) this.values.delete(key);
      else this.values.set(key, value);
    }
    return [...written].flatMap(([key, value]) =>
      encodeEnvelopes(key, value === null ? null : bytes(value), PART_BYTES, pieces(key)),
    );
  }
}

/** A value's first digits; every third value has no sort key. */
function indexOf(_key: string, value: Uint8Array): Uint8Array[] {
  const number = Number.parseInt(text(value), 10);
  return number % 3 === 0 ? [] : [Uint8Array.of(0, number % 256, number >> 8)];
}

function assertSame(store: StateView | StateStore, model: Model): void {
  const expected = [...model.values].sort(([a], [b]) => (a < b ? -1 : 1));
  const found = [...store.entries()].map(([key, value]) => [key, text(value)] as const);
  assert.deepEqual(
    found.sort(([a], [b]) => (a < b ? -1 : 1)),
    expected,
  );
  assert.equal(store.count(), expected.length);
  for (const [key, value] of expected) assert.equal(text(store.get(key)), value);
  const indexed = expected.flatMap(([key, value]) => indexOf(key, bytes(value)).map((each) => `${each} ${key}`));
  assert.deepEqual([...store.indexEntries()].map(({ index, key }) => `${index} ${key}`).sort(), indexed.sort());
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

test("the local table is what a map is, over many writes, cleanings and openings", async (t) => {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  const model = new Model(seed);
  let table = new LocalTable(folder.path);
  t.after(() => table.close());
  let middle = 0;
  for (let write = 1; write <= 240; write++) {
    const view = new StateView(table);
    const changes = model.next((key) => view.pieces(key)).map(({ key, value }) => ({ key: bytes(key), value }));
    const checkpoint = { version: CHECKPOINT_VERSION, topic: "t", partition: 0, position: write } as const;
    await table.apply(changes, { ...checkpoint, identity: null, indexVersion: 1, savedAtMs: 0 }, indexOf);
    if (write === 120) middle = folderBytes(folder.path);
    if (write % 60 !== 0) continue;
    await table.close();
    table = new LocalTable(folder.path);
    assertSame(new StateView(table), model);
  }
  await table.rebuildIndex(indexOf, { ...table.checkpoint!, indexVersion: 2 });
  assertSame(new StateView(table), model);
  const end = folderBytes(folder.path);
  assert.ok(
    end < middle * 1.5,
    `as much again was written, and replaced rows were taken out: ${middle} → ${end} bytes`,
  );
});

test("the embedded table is what a map is, while its log is cleaned and packed, and after opening again", async (t) => {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  const model = new Model(seed);
  const spec = { name: "table", partitions: 1, replication: 1, retentionMs: -1, maxMessageBytes: 100_000 } as const;
  const open = () => openEmbeddedBroker({ folder: folder.path, retentionIntervalMs: 5 });
  let broker = await open();
  t.after(() => broker.close());
  await broker.topics.create([{ ...spec, cleanup: "compact" }]);
  const options = { changelogTopic: "table", partition: 0, dataFolder: folder.path, indexOf };
  let store = await broker.openStore(options);
  let producer = await broker.openTransactionalProducer({ transactionalId: "t", transactionTimeoutMs: 1_000 });
  for (let write = 1; write <= 150; write++) {
    const changes = model.next((key) => store.pieces(key));
    await producer.commit(changes.map(({ key, value }) => ({ topic: "table", partition: 0, key: bytes(key), value })));
    if (write % 50 !== 0) continue;
    assertSame(store, model);
    await broker.close();
    broker = await open();
    // The index is as it was left, then made anew.
    store = await broker.openStore({ ...options, indexVersion: write < 150 ? 1 : 2 });
    producer = await broker.openTransactionalProducer({ transactionalId: "t", transactionTimeoutMs: 1_000 });
    assertSame(store, model);
  }
});
