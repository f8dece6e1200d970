/** The local store against a changelog in the embedded broker: checkpoints, wipes, index, pieces, kill -9 (I1, I4). */
import assert from "node:assert/strict";
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  CHANGELOG_VERSION,
  type ChangelogEntry,
  encodeEnvelopes,
  encodeReserved,
  ID_KEY,
  type KawaitError,
} from "#protocol";
import { type Broker, type BrokerError, openEmbeddedBroker, type StateStore, type StoreOptions } from "#stream";
import { openLocalStore } from "../../stream/store/local-store.ts";
import { bytes, CHANGELOG, createTopics, temporaryFolder, text } from "./counting-processor.ts";
import { killedChild } from "./killed-child.ts";

const PART_BYTES = 1000;

interface World {
  readonly folder: string;
  readonly warnings: string[];
  broker: Broker;
  open(options?: Partial<StoreOptions>, nowMs?: () => number): Promise<StateStore>;
  /** One transaction; gives what `applyCommitted` wants. */
  write(
    values: Readonly<Record<string, string | null>>,
    pieces?: (key: string) => number,
  ): Promise<[ChangelogEntry[], number]>;
}

async function openWorld(t: TestContext): Promise<World> {
  const temporary = temporaryFolder();
  const broker = await openEmbeddedBroker({ folder: `${temporary.path}/broker` });
  await createTopics(broker, 1);
  const warnings: string[] = [];
  const world: World = {
    folder: temporary.path,
    warnings,
    broker,
    open: (options = {}, nowMs) =>
      openLocalStore({
        options: { changelogTopic: CHANGELOG, partition: 0, dataFolder: temporary.path, ...options },
        openReader: (at) => world.broker.openReader(at),
        bounds: (topic, partition) => world.broker.topics.bounds(topic, partition),
        warn: (message) => warnings.push(message),
        ...(nowMs === undefined ? {} : { nowMs }),
      }),
    async write(values, pieces = () => 0) {
      const changes = Object.entries(values).flatMap(([key, value]) =>
        encodeEnvelopes(key, value === null ? null : bytes(value), PART_BYTES, pieces(key)),
      );
      const producer = await world.broker.openTransactionalProducer({
        transactionalId: "t",
        transactionTimeoutMs: 1000,
      });
      const offsets = await producer.commit(
        changes.map(({ key, value }) => ({ topic: CHANGELOG, partition: 0, key: bytes(key), value })),
      );
      return [changes, offsets.at(-1)! + 1];
    },
  };
  t.after(async () => {
    await world.broker.close();
    temporary.remove();
  });
  return world;
}

function identity(changelogId: string): string {
  return text(encodeReserved({ version: CHANGELOG_VERSION, installation: "", partitions: 1, changelogId }));
}

function contents(store: StateStore): Record<string, string> {
  return Object.fromEntries([...store.entries()].map(([key, value]) => [key, text(value)]));
}

test("takes in commits, comes back from its checkpoint, and reads on from there", async (t) => {
  const world = await openWorld(t);
  let store = await world.open();
  await store.applyCommitted(...(await world.write({ [ID_KEY]: identity("one"), a: "1", b: "2" })));
  await store.applyCommitted(...(await world.write({ a: "3", b: null, c: "4" })));
  assert.deepEqual(contents(store), { a: "3", c: "4" });
  assert.equal(store.count(), 2);
  await store.close();
  await world.write({ d: "5", c: null });
  let read = 0;
  const { openReader } = world.broker;
  world.broker.openReader = async (at) => {
    const reader = await openReader.call(world.broker, at);
    const poll = reader.poll.bind(reader);
    if (at.fromOffset > 0) {
      reader.poll = async (waitMs) => {
        const batch = await poll(waitMs);
        read += batch.records.length;
        return batch;
      };
    }
    return reader;
  };
  store = await world.open();
  assert.deepEqual(contents(store), { a: "3", d: "5" });
  assert.equal(store.count(), 2);
  assert.equal(read, 2, "only what came behind the checkpoint was read");
  assert.deepEqual(
    [...store.entries({ after: "a", limit: 1 })].map(([key]) => key),
    ["d"],
  );
  await store.close();
  assert.deepEqual(world.warnings, []);
});

test("a folder that is gone is restored whole; so is one whose file is damaged, with a warning", async (t) => {
  const world = await openWorld(t);
  let store = await world.open();
  await store.applyCommitted(...(await world.write({ [ID_KEY]: identity("one"), a: "1", b: "x".repeat(5000) })));
  await store.close();
  const base = join(world.folder, "store", `${CHANGELOG}-0`);
  rmSync(join(base, "data"), { recursive: true });
  store = await world.open();
  assert.deepEqual(contents(store), { a: "1", b: "x".repeat(5000) });
  await store.close();
  assert.deepEqual(world.warnings, []);

  const [file] = readdirSync(join(base, "data")).filter((name) => name.startsWith("data"));
  const path = join(base, "data", file!);
  writeFileSync(path, Buffer.alloc(statSync(path).size, 0x5a));
  store = await world.open();
  assert.deepEqual(contents(store), { a: "1", b: "x".repeat(5000) });
  await store.close();
  assert.equal(world.warnings.length, 1);
  assert.match(world.warnings[0]!, /not used: its first page is no LMDB meta page/);
});

test("a copy of another changelog, beyond the end, or too old, is wiped", async (t) => {
  const world = await openWorld(t);
  let store = await world.open();
  await store.applyCommitted(...(await world.write({ [ID_KEY]: identity("one"), old: "1" })));
  await store.applyCommitted(...(await world.write({ old: "2" })));
  await store.close();

  const elsewhere = await openEmbeddedBroker({ folder: `${world.folder}/elsewhere` });
  t.after(() => elsewhere.close());
  await createTopics(elsewhere, 1);
  const first = world.broker;
  world.broker = elsewhere;
  await world.write({ [ID_KEY]: identity("two"), young: "1" });
  store = await world.open();
  assert.deepEqual(contents(store), { young: "1" });
  await store.close();
  assert.match(world.warnings.pop()!, /the changelog ends at/);

  world.broker = first;
  store = await world.open();
  assert.deepEqual(contents(store), { old: "2" });
  await store.close();
  assert.match(world.warnings.pop()!, /of another changelog/);

  store = await world.open({}, () => Date.now() + 25 * 60 * 60 * 1000);
  assert.deepEqual(contents(store), { old: "2" });
  await store.close();
  assert.match(world.warnings.pop()!, /older than tombstones/);
});

test("a changelog that lost its identity is refused, again and again, until an operator acts", async (t) => {
  const world = await openWorld(t);
  const store = await world.open();
  await store.applyCommitted(...(await world.write({ [ID_KEY]: identity("one"), a: "1" })));
  await store.close();
  const empty = await openEmbeddedBroker({ folder: `${world.folder}/empty` });
  t.after(() => empty.close());
  await createTopics(empty, 1);
  world.broker = empty;
  for (let attempt = 0; attempt < 2; attempt++) {
    await assert.rejects(world.open(), (error: BrokerError) => error.code === "ChangelogLost");
  }
});

test("sort keys follow their entries, over commits, restarts and a new version of indexOf", async (t) => {
  const world = await openWorld(t);
  const byLength = (_key: string, value: Uint8Array): Uint8Array[] => [Uint8Array.of(0, value.length)];
  const order = (store: StateStore): string[] => [...store.indexEntries()].map(({ key }) => key);
  let store = await world.open({ indexOf: byLength });
  await store.applyCommitted(...(await world.write({ [ID_KEY]: identity("one"), a: "333", b: "1", c: "22" })));
  assert.deepEqual(order(store), ["b", "c", "a"]);
  await store.applyCommitted(...(await world.write({ a: "", c: null })));
  assert.deepEqual(order(store), ["a", "b"]);
  await store.close();
  await world.write({ d: "55555", b: null });
  store = await world.open({ indexOf: byLength });
  assert.deepEqual(order(store), ["a", "d"]);
  assert.deepEqual(
    [...store.indexEntries({ from: Uint8Array.of(0, 1), limit: 1 })],
    [{ index: Uint8Array.of(0, 5), key: "d" }],
  );
  await store.close();
  store = await world.open({ indexOf: (key) => [bytes(key === "a" ? "z" : "y")], indexVersion: 2 });
  assert.deepEqual(order(store), ["d", "a"]);
  await store.close();
});

test("a value in pieces comes back whole, shrinks without leftovers, and a damaged piece is found out", async (t) => {
  const world = await openWorld(t);
  const store = await world.open();
  const large = Array.from({ length: 9_999 }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");
  const pieces = (key: string): number => store.pieces(key);
  await store.applyCommitted(...(await world.write({ [ID_KEY]: identity("one"), big: large, bigger: large + large })));
  assert.equal(store.pieces("big"), 10);
  assert.equal(text(store.get("big")), large);
  assert.equal(store.count(), 2);
  await store.applyCommitted(...(await world.write({ big: "small", bigger: null }, pieces)));
  assert.deepEqual(contents(store), { big: "small" });
  await store.close();
  rmSync(join(world.folder, "store"), { recursive: true });
  const again = await world.open();
  assert.deepEqual(contents(again), { big: "small" });
  await again.applyCommitted([{ key: "torn", value: encodeEnvelopes("torn", bytes(large), PART_BYTES, 0)[0]!.value }]);
  assert.throws(
    () => again.get("torn"),
    (error: KawaitError) => error.code === "CorruptState",
  );
  await again.close();
});

test("killed at random moments, it is what a store that was read anew is", async (t) => {
  const world = await openWorld(t);
  await world.broker.close();
  const seed = Date.now() % 1e9;
  t.diagnostic(`seed ${seed}`);
  let state = seed;
  let last = 0;
  for (let round = 0; round < 6; round++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    await killedChild("local-store-child.ts", [world.folder, CHANGELOG], state % 60);
    world.broker = await openEmbeddedBroker({ folder: `${world.folder}/broker` });
    const survived = await world.open();
    const anew = await world.open({ dataFolder: `${world.folder}/anew-${round}` });
    assert.deepEqual(contents(survived), contents(anew));
    assert.equal(survived.count(), anew.count());
    const n = Number(text(survived.get("n")));
    assert.ok(n > last, `progress: ${n} behind ${last}`);
    last = n;
    await survived.close();
    await anew.close();
    await world.broker.close();
  }
  assert.deepEqual(world.warnings, []);
  world.broker = await openEmbeddedBroker({ folder: `${world.folder}/broker` });
});
