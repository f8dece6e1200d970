/** Group membership: sharing, staying, leaving, heartbeats, advisory offsets, and coming back after a lost session. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { MemberFile } from "../../stream/kafka/group/member-file.ts";
import { until, useKafka } from "./harness/fixture.ts";
import { watchMember } from "./harness/member.ts";

const fixture = useKafka();
const root = mkdtempSync(join(tmpdir(), "kawait-group-"));
after(() => rmSync(root, { recursive: true, force: true }));

test("members share the partitions of co-partitioned topics", { skip: fixture.skip, timeout: 60_000 }, async () => {
  const topics = [await fixture.topic("left", { partitions: 4 }), await fixture.topic("right", { partitions: 4 })];
  const groupId = fixture.name("share");
  const join1 = (name: string) => watchMember(fixture.cluster, { groupId, topics, dataFolder: join(root, name) });
  const first = join1("first");
  await first.owns([0, 1, 2, 3]);
  assert.equal(await first.membership.heartbeat(), true);
  const second = join1("second");
  await first.owns([0, 1]);
  await second.owns([2, 3]);

  await first.membership.commitAdvisory(new Map([[0, 17]]));
  assert.deepEqual([...(await second.membership.readAdvisory([0, 1]))], [[0, 17]]);

  await first.membership.leave();
  await second.owns([0, 1, 2, 3]);
  assert.equal(await first.membership.heartbeat(), false);
  // Back again, it gets what its folder remembers: the other gives up what it has come to last.
  const again = join1("first");
  await again.owns([0, 1]);
  await second.owns([2, 3]);
  await Promise.all([again.membership.leave(), second.membership.leave()]);
});

test("a member that was thrown out hears so and rejoins by itself", {
  skip: fixture.skip,
  timeout: 60_000,
}, async () => {
  const topic = await fixture.topic("thrown", { partitions: 2 });
  const groupId = fixture.name("thrown");
  const dataFolder = join(root, "thrown");
  const member = watchMember(fixture.cluster, { groupId, topics: [topic], dataFolder });
  await member.owns([0, 1]);
  const file = readdirSync(dataFolder).find((name) => name.endsWith(".json"));
  assert.ok(file);
  const { memberId } = JSON.parse((await import("node:fs")).readFileSync(join(dataFolder, file), "utf8"));
  const coordinator = await fixture.cluster.shared(await fixture.cluster.coordinator("group", groupId));
  await coordinator.send("LeaveGroup", { groupId, memberId });
  assert.equal(await member.membership.heartbeat(), false);
  await until("it is back", () => member.heard.length === 3);
  assert.deepEqual(member.heard, [[0, 1], "lost", [0, 1]]);
  assert.equal(await member.membership.heartbeat(), true);
  await member.membership.leave();
});

test("two owners of one folder do not throw each other out", { skip: fixture.skip, timeout: 60_000 }, async () => {
  const topic = await fixture.topic("folder", { partitions: 2 });
  const options = { groupId: fixture.name("folder"), topics: [topic], dataFolder: join(root, "folder") };
  const first = watchMember(fixture.cluster, options);
  await first.owns([0, 1]);
  const second = watchMember(fixture.cluster, options);
  await first.ownsSome(1);
  await second.ownsSome(1);
  assert.equal(first.heard.includes("lost"), false);
  await Promise.all([first.membership.leave(), second.membership.leave()]);
});

test("a lock whose holder is gone is void", () => {
  const folder = join(root, "void");
  const first = MemberFile.open(folder, "group");
  assert.equal(first.locked, true);
  assert.equal(MemberFile.open(folder, "group").locked, false);
  first.write({ memberId: "m-1", claim: { partitions: [1], generation: 3 } });
  first.close();
  const next = MemberFile.open(folder, "group");
  assert.deepEqual(next.read(), { memberId: "m-1", claim: { partitions: [1], generation: 3 } });
  next.close();
});
