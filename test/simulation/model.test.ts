/** What the model and the checks once had wrong, each by itself: a seed shows it only as long as nothing else changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { engineTopicSpecs, topicNames } from "#protocol";
import { FakeCluster, SimulatedProcess, SimulatedTime } from "../../stream/fake/index.ts";
import { Checks } from "./checks.ts";
import { LEDGER } from "./plan.ts";

const TIMEOUT_MS = 10_000;
const SPEC = { replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1_000_000 } as const;

function world(): { time: SimulatedTime; cluster: FakeCluster; process: SimulatedProcess } {
  const time = new SimulatedTime(1);
  const cluster = new FakeCluster(time, 1);
  for (const spec of engineTopicSpecs({ partitions: 1, maxMessageBytes: 1_000_000 })) cluster.create(spec);
  cluster.create({ ...SPEC, name: LEDGER, partitions: 1 });
  return { time, cluster, process: new SimulatedProcess(time, "process") };
}

function runAll(time: SimulatedTime): void {
  while (time.runOne());
}

test("a member whose group went on without it hears so with its next heartbeat", () => {
  const { time, cluster, process } = world();
  let generation: number | undefined;
  let told = 0;
  let memberId = "";
  const join = (take: (generation: number) => void): void =>
    cluster.groups.join(
      {
        groupId: "group",
        memberId,
        partitions: 1,
        process,
        sessionMs: 6_000,
        rebalanceMs: 60_000,
        claim: { partitions: [], generation: 0 },
        onRebalance: () => {
          told++;
          generation = undefined;
        },
        generation: () => generation,
      },
      {
        resolve(joined) {
          memberId = joined.memberId;
          take(joined.generation);
        },
        reject: (error) => assert.fail(error),
      },
    );
  join((joined) => assert.equal(joined, -1, "it gets an id first"));
  join((joined) => {
    generation = joined;
  });
  runAll(time);
  assert.deepEqual([generation, told], [1, 0]);
  // A join of a connection that is long gone: the answer reaches nobody.
  join((joined) => assert.equal(joined, 2));
  runAll(time);
  assert.equal(told, 1);
  // Nor does one bring a member back that is out of its group: nobody would speak for it.
  cluster.groups.leave("group", memberId);
  assert.throws(() => join(() => assert.fail()), { code: "unknownMember" });
});

test("a holder goes on under a new epoch; what it sent before, and whoever lost the id, is refused", () => {
  const { time, cluster, process } = world();
  const { transactions } = cluster;
  const log = cluster.log(LEDGER, 0);
  const first = transactions.init("id", TIMEOUT_MS);
  transactions.addPartitions("id", first, [log], process);
  transactions.end("id", first, true);
  runAll(time);
  const second = transactions.init("id", TIMEOUT_MS, first);
  assert.equal(second.epoch, first.epoch + 1);
  assert.deepEqual(transactions.init("id", TIMEOUT_MS, first), second, "asked again, since the answer was lost");
  transactions.addPartitions("id", second, [log], process);
  assert.throws(() => transactions.end("id", first, true), { code: "invalidEpoch" });
  assert.throws(() => transactions.addPartitions("id", first, [log], process), { code: "invalidEpoch" });
  transactions.end("id", second, true);
  runAll(time);
  transactions.init("id", TIMEOUT_MS);
  assert.throws(() => transactions.init("id", TIMEOUT_MS, second), { code: "invalidEpoch" });
});

test("a repeated batch is known by its numbers among the last five, and none is taken before the one that it follows", () => {
  const { time, cluster } = world();
  const { transactions } = cluster;
  const log = cluster.log(LEDGER, 0);
  const records = [0, 1].map((number) => ({ key: null, value: Buffer.from([number]) }));
  const { producerId } = transactions.initPlain();
  const append = (sequence: number, epoch = 0): number =>
    log.append({ producerId, epoch, sequence, transaction: undefined, records }, time.nowMs);
  const sequences = [0, 2, 4, 6, 8, 10];
  assert.deepEqual(
    sequences.map((sequence) => append(sequence)),
    sequences,
  );
  for (const sequence of sequences.slice(1)) assert.equal(append(sequence), sequence, "the same again: it is there");
  assert.throws(() => append(0), { code: "outOfOrderSequence" }, "the sixth last is not remembered");
  assert.throws(() => append(14), { code: "outOfOrderSequence" }, "12 is missing before it");
  assert.throws(() => append(12, 1), { code: "outOfOrderSequence" }, "an epoch begins with 0");
  assert.equal(append(0, 1), 12, "under a new epoch the same numbers are another batch");
  assert.throws(() => append(12), { code: "invalidEpoch" });
  assert.equal(log.truth().length, 14);
});

test("a transaction is as late as what was added to it last", () => {
  const { time, cluster, process } = world();
  const { transactions } = cluster;
  const log = cluster.log(LEDGER, 0);
  const identity = transactions.init("id", TIMEOUT_MS);
  process.clock.now();
  transactions.addPartitions("id", identity, [log], process);
  const began = transactions.transactionOf("id", identity, log).processMs;
  time.after(1_000, () => {
    process.clock.now();
    transactions.addPartitions("id", identity, [log], process);
    assert.equal(transactions.transactionOf("id", identity, log).processMs, began + 1_000);
  });
  assert.ok(time.runOne());
});

test("what came into an input before all stopped has to be processed, what came later has not", () => {
  const { time, cluster } = world();
  const { resume } = topicNames("");
  const records = [{ key: Buffer.from("nobody"), value: Buffer.from('{"ref":"inbox"}') }];
  const identity = cluster.transactions.initPlain();
  cluster.log(resume, 0).append({ ...identity, sequence: 0, transaction: undefined, records }, time.nowMs);
  const unprocessed = (ends: ReadonlyMap<string, number>): number => {
    const checks = new Checks(cluster, 1, ends);
    checks.run();
    return checks.problems.filter((problem) => problem.includes("is processed up to")).length;
  };
  assert.equal(unprocessed(new Map()), 0);
  assert.equal(unprocessed(new Map([[`${resume}/0`, 1]])), 1);
});
