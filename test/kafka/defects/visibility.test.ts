/** Defect 4's other side: a commit is answered before readers can see it; who then reads "to the end" must see it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Acknowledged } from "../../../stream/kafka/acknowledged.ts";
import { readToEnd, record, texts, useKafka } from "../harness/fixture.ts";

const TRANSACTIONS = 60;
const fixture = useKafka();

test("what was committed is within the end", { skip: fixture.skip, timeout: 60_000 }, async (t) => {
  const topic = await fixture.topic("visible");
  const options = { transactionalId: fixture.name("visible"), transactionTimeoutMs: 10_000 };
  const producer = await fixture.broker.openTransactionalProducer(options);
  const reader = await fixture.broker.openReader({ topic, partition: 0, fromOffset: 0 });
  let lateMarkers = 0;
  for (let index = 0; index < TRANSACTIONS; index += 1) {
    const [offset = -1] = await producer.commit([record(topic, null, String(index))]);
    // Another connection to the cluster knows nothing of the commit: it tells the bare last stable offset.
    if ((await fixture.topics.bounds(topic, 0)).end <= offset) lateMarkers += 1;
    assert.ok((await fixture.broker.topics.bounds(topic, 0)).end > offset);
    assert.deepEqual(texts(await readToEnd(reader)), [String(index)]);
  }
  t.diagnostic(`${lateMarkers} of ${TRANSACTIONS} commits were not visible at once`);
  await reader.close();
  await producer.close();
});

test("an end that was seen, or that nobody will see, is forgotten", (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
  const acknowledged = new Acknowledged();
  acknowledged.note("t", 0, 9);
  assert.equal(acknowledged.endOf("t", 0, 5), 10);
  assert.equal(acknowledged.endOf("t", 1, 5), 5);
  assert.equal(acknowledged.endOf("t", 0, 11), 11);
  assert.equal(acknowledged.endOf("t", 0, 0), 0);
  acknowledged.note("t", 0, 9);
  t.mock.timers.tick(10_001);
  assert.equal(acknowledged.endOf("t", 0, 0), 0);
});
