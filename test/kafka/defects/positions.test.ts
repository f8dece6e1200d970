/** Defect 13, first half: stock kafkajs forgets positions at every rebalance; reading by position does not. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { record, texts, until, useKafka } from "../harness/fixture.ts";
import { watchMember } from "../harness/member.ts";

const fixture = useKafka();
const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), "kawait-positions-")));
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test("a kept partition goes on where it was", { skip: fixture.skip, timeout: 60_000 }, async () => {
  const topic = await fixture.topic("kept", { partitions: 2 });
  const groupId = fixture.name("kept");
  const producer = await fixture.broker.openProducer();
  const first = watchMember(fixture.cluster, { groupId, topics: [topic], dataFolder: folders[0]! });
  await first.owns([0, 1]);
  const reader = await fixture.broker.openReader({ topic, partition: 0, fromOffset: 0 });
  await producer.send([record(topic, null, "a"), record(topic, null, "b")]);
  assert.deepEqual(texts((await reader.poll(20_000)).records), ["a", "b"]);

  const second = watchMember(fixture.cluster, { groupId, topics: [topic], dataFolder: folders[1]! });
  const kept = await first.ownsSome(1);
  assert.deepEqual(kept, [0]);
  await second.owns([1]);
  assert.equal(first.heard.includes("lost"), false);
  await producer.send([record(topic, null, "c")]);
  assert.deepEqual(texts((await reader.poll(20_000)).records), ["c"]);
  await reader.close();
  await second.membership.leave();
  await first.owns([0, 1]);
  await first.membership.leave();
});

test("stock kafkajs delivers it again from the start", { skip: fixture.skip, timeout: 60_000 }, async () => {
  const topic = await fixture.topic("forgotten", { partitions: 2 });
  const producer = await fixture.broker.openProducer();
  await producer.send([record(topic, null, "0"), record(topic, null, "1", 1)]);
  const seen: string[] = [];
  const run = async (collect: string[]): Promise<() => Promise<void>> => {
    const consumer = fixture.stock.consumer({
      groupId: fixture.name("forgotten"),
      maxWaitTimeInMs: 50,
      heartbeatInterval: 300,
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        collect.push(message.value?.toString() ?? "");
      },
    });
    return () => consumer.disconnect();
  };
  const leaveFirst = await run(seen);
  await until("the first member has read all", () => seen.length === 2);
  const leaveSecond = await run([]);
  await until("a kept partition is delivered again", () => seen.length > 2);
  await Promise.all([leaveFirst(), leaveSecond()]);
});
