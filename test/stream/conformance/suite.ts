/**
 * What every broker promises (stream/broker.ts), as one suite that runs against each: whatever the engine builds on is
 * here, and nothing here knows which broker it runs on. Above 500 lines, so that the promises stand in one place.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { encodeEnvelopes, HEADER_ORIGIN, partitionOf } from "#protocol";
import {
  type Broker,
  BrokerError,
  type BrokerErrorCode,
  type GroupMembership,
  type OutgoingRecord,
  type Runner,
  type StateStore,
  type StoredRecord,
  startRunner,
  type TransactionalProducer,
} from "#stream";
import { assertCounted, isProcessed } from "../counted.ts";
import {
  bytes,
  countingDefinition,
  createTopics,
  INPUT,
  readAll,
  sendAll,
  silent,
  temporaryFolder,
  text,
  until,
} from "../counting-processor.ts";

export interface Subject {
  readonly broker: Broker;
  /** Stands before every name that the suite makes. */
  readonly prefix: string;
  close(): Promise<void>;
}

const PARTITIONS = 4;
const LIMIT_BYTES = 1_048_588;

function isCode(code: BrokerErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof BrokerError && error.code === code;
}

export function conformance(name: string, skip: string | false, open: () => Promise<Subject>): void {
  describe(`broker: ${name}`, { skip }, () => {
    let subject: Subject;
    let broker: Broker;
    const folder = temporaryFolder();
    let names = 0;
    const fresh = (what: string): string => `${subject.prefix}${what}-${names++}`;

    async function topic(cleanup: "delete" | "compact" = "delete", partitions = 1): Promise<string> {
      const name = fresh(cleanup);
      await broker.topics.create([
        { name, partitions, replication: 1, cleanup, retentionMs: -1, maxMessageBytes: LIMIT_BYTES },
      ]);
      return name;
    }

    function producer(transactionalId = fresh("id")): Promise<TransactionalProducer> {
      return broker.openTransactionalProducer({ transactionalId, transactionTimeoutMs: 10_000 });
    }

    function record(topic: string, key: string, value: string | null, partition = 0): OutgoingRecord {
      return { topic, partition, key: bytes(key), value: value === null ? null : bytes(value) };
    }

    before(async () => {
      subject = await open();
      broker = subject.broker;
    });

    after(async () => {
      await subject?.close();
      folder.remove();
    });

    test("records come back as they were sent, by partition, in order", async () => {
      const name = await topic("delete", 3);
      const plain = await broker.openProducer();
      const offsets = await plain.send([
        { topic: name, partition: 2, key: bytes("k"), value: bytes("ü"), headers: { a: "1", b: "ä" }, timestampMs: 77 },
        { topic: name, partition: 0, key: null, value: bytes("") },
        { topic: name, partition: 2, key: bytes(""), value: null },
      ]);
      await plain.close();
      const all = await readAll(broker, name, 3);
      const shown = all.map(({ partition, offset, key, value, headers }) => {
        return { partition, offset, key: key && text(key), value: value && text(value), headers: { ...headers } };
      });
      assert.deepEqual(shown, [
        { partition: 0, offset: offsets[1], key: null, value: "", headers: {} },
        { partition: 2, offset: offsets[0], key: "k", value: "ü", headers: { a: "1", b: "ä" } },
        { partition: 2, offset: offsets[2], key: "", value: null, headers: {} },
      ]);
      assert.equal(all[1]!.timestampMs, 77);
      assert.ok(Math.abs(all[0]!.timestampMs - Date.now()) < 60_000);
    });

    test("offsets grow and have gaps behind transactions; a reader's position passes them", async () => {
      const name = await topic();
      const writer = await producer();
      const one = await writer.commit([record(name, "a", "1"), record(name, "b", "2")]);
      const two = await writer.commit([record(name, "c", "3")]);
      await writer.close();
      assert.equal(one[1], one[0]! + 1);
      assert.ok(two[0]! > one[1]! + 1, `a transaction ends in a gap: ${one} ${two}`);
      // A commit is answered when it is decided; its marker, which is the gap, follows.
      await until(
        "the end is behind the last gap",
        async () => (await broker.topics.bounds(name, 0)).end > two[0]! + 1,
      );
      const { start, end } = await broker.topics.bounds(name, 0);
      assert.equal(start, 0);
      const reader = await broker.openReader({ topic: name, partition: 0, fromOffset: one[1]! + 1 });
      const batch = await reader.poll(5_000);
      assert.deepEqual(
        batch.records.map(({ offset }) => offset),
        [two[0]],
      );
      await until("the position is the end", async () => (await reader.poll(10)).nextOffset === end);
      await reader.close();
    });

    test("topics: missing ones are absent, existing ones are left as they are", async () => {
      const name = await topic("compact", 2);
      await broker.topics.create([
        { name, partitions: 9, replication: 1, cleanup: "delete", retentionMs: 1, maxMessageBytes: 1000 },
      ]);
      const missing = fresh("missing");
      const found = await broker.topics.describe([name, missing], { fresh: true });
      assert.deepEqual([...found.keys()], [name]);
      const { partitions, cleanup, maxMessageBytes } = found.get(name)!;
      assert.deepEqual(
        { partitions, cleanup, maxMessageBytes },
        { partitions: 2, cleanup: "compact", maxMessageBytes: LIMIT_BYTES },
      );
      await assert.rejects(broker.topics.bounds(missing, 0), isCode("UnknownTopic"));
    });

    test("all of a transaction over topics and partitions, or nothing", async () => {
      const one = await topic("delete", 2);
      const two = await topic("compact");
      const writer = await producer();
      await writer.commit([record(one, "a", "1"), record(one, "a", "2", 1), record(two, "a", "3")]);
      await assert.rejects(
        writer.commit([record(one, "b", "4"), record(two, "b", "5"), record(fresh("missing"), "b", "6")]),
        (error: BrokerError) => error.code === "RecordRejected" && /missing/.test(error.topic ?? ""),
      );
      await assert.rejects(writer.commit([record(one, "c", "7")]), "a producer that failed is dead");
      await writer.close();
      const again = await producer();
      await assert.rejects(
        again.commit([record(one, "d", "8"), { ...record(two, "d", ""), value: new Uint8Array(LIMIT_BYTES + 1) }]),
        isCode("RecordRejected"),
      );
      await again.close();
      const values = [...(await readAll(broker, one, 2)), ...(await readAll(broker, two, 1))].map(({ value }) =>
        text(value),
      );
      assert.deepEqual(values, ["1", "2", "3"]);
    });

    test("read_committed, with transactions of many producers at once, some refused, some fenced on the way", async () => {
      const name = await topic("delete", 2);
      const rounds = 12;
      const kinds = ["plain", "refused", "plain", "fenced"] as const;
      const kindOf = (round: number): (typeof kinds)[number] => kinds[round % kinds.length]!;
      const committed = new Set<string>();
      const failed = new Map<string, BrokerError>();
      const write = async (writer: number): Promise<void> => {
        const id = fresh(`writer-${writer}`);
        let current = await producer(id);
        for (let round = 0; round < rounds; round++) {
          const tag = `${writer}.${round}`;
          const records = [0, 1].flatMap((partition) =>
            [0, 1, 2].map((n) => record(name, tag, `${tag}.${partition}.${n}`, partition)),
          );
          const kind = kindOf(round);
          if (kind === "refused") records.push(record(`${subject.prefix}never-made`, tag, "x"));
          const fencing = kind === "fenced" ? producer(id) : undefined;
          let isAlive = true;
          try {
            await current.commit(records);
            committed.add(tag);
          } catch (error) {
            assert.ok(error instanceof BrokerError, String(error));
            failed.set(tag, error);
            isAlive = false;
          }
          if (isAlive && fencing === undefined) continue;
          await current.close();
          current = await (fencing ?? producer(id));
        }
        await current.close();
      };
      const writers = [0, 1, 2, 3];
      await Promise.all(writers.map(write));
      const seen = new Map<string, string[]>();
      for (const each of await readAll(broker, name, 2)) {
        const tag = text(each.key);
        seen.set(tag, [...(seen.get(tag) ?? []), text(each.value)]);
      }
      for (const writer of writers) {
        for (let round = 0; round < rounds; round++) {
          const tag = `${writer}.${round}`;
          const kind = kindOf(round);
          const failure = failed.get(tag);
          if (kind === "plain") assert.ok(committed.has(tag), `${tag}, which nothing hindered, failed: ${failure}`);
          if (kind === "refused") assert.equal(failure?.code, "RecordRejected", `${tag}: ${failure}`);
          // Who is fenced in the middle of it may or may not have committed; only its owner is in doubt about that.
          const mayBeThere = committed.has(tag) || (kind === "fenced" && failure?.code !== "RecordRejected");
          if (committed.has(tag)) assert.ok(seen.has(tag), `${tag} was committed`);
          if (!mayBeThere) assert.ok(!seen.has(tag), `${tag} was refused`);
        }
      }
      for (const [tag, values] of seen) {
        assert.deepEqual(
          values,
          [0, 1].flatMap((partition) => [0, 1, 2].map((n) => `${tag}.${partition}.${n}`)),
        );
      }
    });

    test("a newer holder of a transactional id fences the older one", async () => {
      const name = await topic();
      const id = fresh("id");
      const old = await producer(id);
      await old.commit([record(name, "a", "old")]);
      const young = await producer(id);
      await assert.rejects(old.commit([record(name, "a", "zombie")]), isCode("Fenced"));
      await young.commit([record(name, "a", "young")]);
      await Promise.all([old.close(), young.close()]);
      assert.deepEqual(
        (await readAll(broker, name, 1)).map(({ value }) => text(value)),
        ["old", "young"],
      );
    });

    test("a poll waits for a record, no longer than asked, and close ends it", async () => {
      const name = await topic();
      const reader = await broker.openReader({ topic: name, partition: 0, fromOffset: 0 });
      const empty = await reader.poll(30);
      assert.deepEqual(empty, { records: [], nextOffset: 0, endOffset: 0 });
      const startedMs = Date.now();
      const waiting = reader.poll(20_000);
      const writer = await producer();
      await writer.commit([record(name, "a", "1")]);
      let got: readonly StoredRecord[] = (await waiting).records;
      // Some brokers wake a reader with the marker still to come.
      while (got.length === 0) got = (await reader.poll(20_000)).records;
      assert.equal(text(got[0]!.value), "1");
      assert.ok(Date.now() - startedMs < 15_000, "it did not sleep through");
      const last = reader.poll(60_000);
      await reader.close();
      assert.deepEqual((await last).records, []);
      await writer.close();
    });

    test("positions outside of the log are errors, never resets", async () => {
      const name = await topic();
      const plain = await broker.openProducer();
      await plain.send(Array.from({ length: 10 }, (_, n) => record(name, "a", String(n))));
      await plain.close();
      await broker.topics.deleteBefore(name, 0, 4);
      assert.deepEqual(await broker.topics.bounds(name, 0), { start: 4, end: 10 });
      for (const fromOffset of [0, 3, 11, 1000]) {
        const reader = await broker.openReader({ topic: name, partition: 0, fromOffset });
        await assert.rejects(reader.poll(5_000), isCode("OffsetOutOfRange"), `from ${fromOffset}`);
        await reader.close();
      }
      const reader = await broker.openReader({ topic: name, partition: 0, fromOffset: 4 });
      assert.equal((await reader.poll(5_000)).records[0]!.offset, 4);
      await reader.close();
    });

    /** Commits state changes and lets the store take them in, as the runner does. */
    async function put(
      store: StateStore,
      writer: TransactionalProducer,
      changelog: string,
      values: Readonly<Record<string, Uint8Array | null>>,
    ): Promise<void> {
      const changes = Object.entries(values).flatMap(([key, value]) =>
        encodeEnvelopes(key, value, 900_000, store.pieces(key)),
      );
      const offsets = await writer.commit(
        changes.map(({ key, value }) => ({ topic: changelog, partition: 0, key: bytes(key), value })),
      );
      await store.applyCommitted(changes, offsets.at(-1)! < 0 ? undefined : offsets.at(-1)! + 1);
    }

    function openStore(
      changelog: string,
      dataFolder: string,
      indexOf?: (key: string, value: Uint8Array) => Uint8Array[],
    ): Promise<StateStore> {
      return broker.openStore({ changelogTopic: changelog, partition: 0, dataFolder, ...(indexOf && { indexOf }) });
    }

    test("the store is the latest value per key; it comes back without its local folder", async () => {
      const changelog = await topic("compact");
      const writer = await producer();
      const dataFolder = `${folder.path}/${changelog}`;
      let store = await openStore(changelog, dataFolder);
      for (let round = 0; round < 5; round++) {
        await put(store, writer, changelog, {
          a: bytes(`a${round}`),
          [`b${round}`]: bytes("b"),
          c: round % 2 ? null : bytes("c"),
        });
      }
      await put(store, writer, changelog, { b0: null, b3: null });
      const contents = (): Record<string, string> =>
        Object.fromEntries([...store.entries()].map(([key, value]) => [key, text(value)]));
      const wanted = { a: "a4", b1: "b", b2: "b", b4: "b", c: "c" };
      assert.deepEqual(contents(), wanted);
      assert.equal(store.count(), 5);
      assert.deepEqual(
        [...store.entries({ after: "b1", limit: 2 })].map(([key]) => key),
        ["b2", "b4"],
      );
      await store.close();
      store = await openStore(changelog, dataFolder);
      assert.deepEqual(contents(), wanted);
      await store.close();
      rmSync(dataFolder, { recursive: true, force: true });
      store = await openStore(changelog, dataFolder);
      assert.deepEqual(contents(), wanted);
      assert.equal(store.get("b0"), undefined);
      await store.close();
      await writer.close();
    });

    test("values of a megabyte and more, and their pieces, come back whole", async () => {
      const changelog = await topic("compact");
      const writer = await producer();
      const dataFolder = `${folder.path}/${changelog}`;
      let store = await openStore(changelog, dataFolder);
      const filled = (length: number): Uint8Array =>
        Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 0xff);
      const nearly = filled(890_000);
      const large = filled(2_500_000);
      await put(store, writer, changelog, { nearly, large, small: bytes("s") });
      assert.equal(store.pieces("large"), 3);
      await store.close();
      rmSync(dataFolder, { recursive: true, force: true });
      store = await openStore(changelog, dataFolder);
      assert.ok(Buffer.from(store.get("nearly")!).equals(nearly));
      assert.ok(Buffer.from(store.get("large")!).equals(large));
      assert.equal(store.count(), 3);
      await put(store, writer, changelog, { large: bytes("now small") });
      await store.close();
      rmSync(dataFolder, { recursive: true, force: true });
      store = await openStore(changelog, dataFolder);
      assert.equal(text(store.get("large")), "now small");
      assert.deepEqual(
        [...store.entries()].map(([key]) => key),
        ["large", "nearly", "small"],
      );
      await store.close();
      await writer.close();
    });

    test("long keys, and keys that begin alike, are told apart", async () => {
      const changelog = await topic("compact");
      const writer = await producer();
      const dataFolder = `${folder.path}/${changelog}`;
      const store = await openStore(changelog, dataFolder);
      const long = "k".repeat(1500);
      const values = {
        [`${long}1`]: bytes("1"),
        [`${long}2`]: bytes("2"),
        [long.slice(0, 1024)]: bytes("3"),
        k: bytes("4"),
      };
      await put(store, writer, changelog, values);
      for (const [key, value] of Object.entries(values)) assert.equal(text(store.get(key)), text(value));
      assert.deepEqual(new Set([...store.entries()].map(([key]) => key)), new Set(Object.keys(values)));
      await store.close();
      await writer.close();
    });

    test("sort keys follow their entries, also when others wrote while the store was closed", async () => {
      const changelog = await topic("compact");
      const writer = await producer();
      const dataFolder = `${folder.path}/${changelog}`;
      const byValue = (_key: string, value: Uint8Array): Uint8Array[] => [value];
      const order = (store: StateStore): string[] => [...store.indexEntries()].map(({ key }) => key);
      let store = await openStore(changelog, dataFolder, byValue);
      await put(store, writer, changelog, { a: Uint8Array.of(3, 0), b: Uint8Array.of(1), c: Uint8Array.of(3) });
      assert.deepEqual(order(store), ["b", "c", "a"]);
      await put(store, writer, changelog, { a: Uint8Array.of(0), b: null });
      assert.deepEqual(order(store), ["a", "c"]);
      assert.deepEqual(
        [...store.indexEntries({ from: Uint8Array.of(1) })].map(({ key }) => key),
        ["c"],
      );
      await store.close();
      const unindexed = await openStore(changelog, `${dataFolder}-other`);
      await put(unindexed, writer, changelog, { c: null, d: Uint8Array.of(9), e: Uint8Array.of(2) });
      await unindexed.close();
      store = await openStore(changelog, dataFolder, byValue);
      assert.deepEqual(order(store), ["a", "e", "d"]);
      await store.close();
      await writer.close();
    });

    interface Member {
      readonly membership: GroupMembership;
      readonly history: (readonly number[])[];
    }

    async function join(groupId: string, input: string): Promise<Member> {
      const history: (readonly number[])[] = [];
      const membership = await broker.joinGroup({
        groupId,
        topics: [input],
        sessionTimeoutMs: 6_000,
        rebalanceTimeoutMs: 10_000,
        dataFolder: `${folder.path}/${fresh("member")}`,
        listener: { onAssignment: (partitions) => void history.push([...partitions].sort()), onLost() {} },
      });
      return { membership, history };
    }

    test("members come and go: every partition has one owner, kept ones are kept", async () => {
      const input = await topic("delete", PARTITIONS);
      const groupId = fresh("group");
      const one = await join(groupId, input);
      await until("one has all", () => one.history.at(-1)?.length === PARTITIONS);
      assert.equal(await one.membership.heartbeat(), true);
      const two = await join(groupId, input);
      await until("each has two", () => one.history.at(-1)?.length === 2 && two.history.at(-1)?.length === 2);
      const [mine, theirs] = [one.history.at(-1)!, two.history.at(-1)!];
      assert.deepEqual([...mine, ...theirs].sort(), [0, 1, 2, 3]);
      const three = await join(groupId, input);
      const owners = (): (readonly number[])[] => [one, two, three].map(({ history }) => history.at(-1) ?? []);
      await until("all four are shared by three", () => {
        const now = owners();
        return now.every((each) => each.length >= 1) && now.flat().length === PARTITIONS;
      });
      const [one3, two3] = owners();
      assert.ok(
        one3!.every((partition) => mine.includes(partition)),
        `one keeps of ${mine}: ${one3}`,
      );
      assert.ok(
        two3!.every((partition) => theirs.includes(partition)),
        `two keeps of ${theirs}: ${two3}`,
      );
      await three.membership.leave();
      await one.membership.leave();
      await until("two has all", () => two.history.at(-1)?.length === PARTITIONS);
      await two.membership.leave();
    });

    test("the group's position is kept for tools, over members", async () => {
      const input = await topic("delete", 2);
      const groupId = fresh("group");
      const one = await join(groupId, input);
      await until("assigned", () => one.history.length > 0);
      assert.deepEqual([...(await one.membership.readAdvisory([0, 1]))], []);
      await one.membership.commitAdvisory(new Map([[1, 42]]));
      await one.membership.leave();
      const two = await join(groupId, input);
      await until("assigned", () => two.history.length > 0);
      assert.deepEqual([...(await two.membership.readAdvisory([0, 1]))], [[1, 42]]);
      await two.membership.leave();
    });

    /** A counting processor on topics of its own, with what it did. */
    async function counting(): Promise<{
      readonly prefix: string;
      start(): Runner;
      stopAll(): Promise<void>;
      settle(): Promise<void>;
      check(sent: readonly { key: string; value: string }[]): Promise<void>;
    }> {
      const prefix = `${fresh("count")}-`;
      await createTopics(broker, PARTITIONS, prefix);
      const runners: Runner[] = [];
      const topics = { prefix, partitions: PARTITIONS };
      return {
        prefix,
        start() {
          const runner = startRunner({
            broker,
            definition: countingDefinition({ prefix }),
            installation: prefix,
            dataFolder: `${folder.path}/${fresh("runner")}`,
            logger: silent,
            limits: { pollWaitMs: 100, retryDelayMs: 10 },
          });
          runners.push(runner);
          return runner;
        },
        async stopAll() {
          for (const runner of runners) await runner.stop();
        },
        settle: () =>
          until("all input is processed", () => {
            const positions = Object.assign({}, ...runners.map((runner) => runner.metrics().positions));
            return isProcessed(broker, positions, topics);
          }),
        check: (sent) => assertCounted(broker, topics, sent, `${folder.path}/${fresh("check")}`),
      };
    }

    test("a processor over a rebalance, a leave and a restart: every record once", async () => {
      const world = await counting();
      const sent: { key: string; value: string }[] = [];
      const send = async (): Promise<void> => {
        const more = Array.from({ length: 150 }, (_, n) => ({ key: `key-${n % 19}`, value: `${sent.length + n}` }));
        sent.push(...more);
        await sendAll(broker, world.prefix + INPUT, PARTITIONS, more);
      };
      try {
        await send();
        const one = world.start();
        await one.ready();
        await send();
        const two = world.start();
        await two.ready();
        await send();
        await world.settle();
        await one.stop();
        await send();
        await world.settle();
        await two.stop();
        await send();
        const three = world.start();
        await three.ready();
        await world.settle();
        assert.equal(three.metrics().records, 150, "only what was new");
      } finally {
        await world.stopAll();
      }
      await world.check(sent);
    });

    test("a record in the wrong partition is forwarded, with its origin and time", async () => {
      const world = await counting();
      const key = bytes("stray");
      const right = partitionOf(key, PARTITIONS);
      const wrong = (right + 1) % PARTITIONS;
      const input = world.prefix + INPUT;
      const plain = await broker.openProducer();
      const [offset] = await plain.send([
        { topic: input, partition: wrong, key, value: bytes("1"), timestampMs: 12_345 },
      ]);
      await plain.close();
      const runner = world.start();
      try {
        await runner.ready();
        await until("it is counted", () => runner.metrics().records === 1);
        assert.equal(runner.metrics().forwarded, 1);
      } finally {
        await world.stopAll();
      }
      const [forwarded] = (await readAll(broker, input, PARTITIONS)).filter(({ partition }) => partition === right);
      assert.equal(forwarded!.headers[HEADER_ORIGIN], `${input}/${wrong}/${offset}`);
      assert.equal(forwarded!.timestampMs, 12_345);
      await world.check([{ key: "stray", value: "1" }]);
    });
  });
}
