/** Names that are derived from the installation, and who may write what. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  consumerGroupName,
  engineTopicOf,
  engineTopicSpecs,
  isReservedTopic,
  topicNames,
  transactionalIdName,
} from "#protocol";

test("the installation prefixes topics, groups and transactional ids", () => {
  assert.equal(topicNames("").resume, "workflow-resume");
  assert.equal(topicNames("shop").schedulerChangelog, "shop-workflow-scheduler-changelog");
  assert.equal(consumerGroupName("shop", "engine"), "shop-workflow-engine");
  assert.equal(transactionalIdName("shop", "engine", 3), "shop-workflow-engine-3");
  assert.equal(engineTopicOf("shop", "shop-workflow-result"), "workflow-result");
  assert.equal(engineTopicOf("shop", "workflow-result"), undefined);
});

test("inputs keep for ever, changelogs are compacted, and the table names every topic once", () => {
  const specs = new Map(engineTopicSpecs({ installation: "shop", partitions: 6 }).map((spec) => [spec.name, spec]));
  assert.deepEqual([...specs.keys()].sort(), Object.values(topicNames("shop")).sort());
  for (const input of [topicNames("shop").resume, topicNames("shop").scheduler]) {
    assert.deepEqual([specs.get(input)!.cleanup, specs.get(input)!.retentionMs], ["delete", -1]);
  }
  assert.equal(specs.get(topicNames("shop").changelog)!.cleanup, "compact");
  assert.equal(specs.get(topicNames("shop").changelog)!.partitions, 6);
  assert.equal(specs.get(topicNames("shop").programs)!.partitions, 1);
});

test("scripts never write what the engine lives on, under any prefix", () => {
  const reserved = ["workflow-changelog", "shop-workflow-programs", "a-b-workflow-history", "__consumer_offsets"];
  for (const name of reserved) assert.equal(isReservedTopic(name), true, name);
  for (const name of ["orders", "workflow-resume", "workflow-scheduler", "my_workflow-status"]) {
    assert.equal(isReservedTopic(name), false, name);
  }
});
