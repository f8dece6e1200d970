/**
 * A topic is told to be there before its leaders know that they lead it: the first transactions are refused with
 * NOT_LEADER for a moment. A node that is behind costs a wait, never the transaction.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaTransactionalProducer, TUNING } from "../../stream/kafka/produce/transactional-producer.ts";
import { readAll, record, useKafka } from "./harness/fixture.ts";

/** Enough that the broker is still making them when the first records come. */
const PARTITIONS = 30;
const TOPICS = 4;
const fixture = useKafka();

async function commitAtOnce(retryStale: boolean): Promise<{ readonly topics: string[]; readonly failures: unknown[] }> {
  const topics: string[] = [];
  const failures: unknown[] = [];
  for (let number = 0; number < TOPICS; number += 1) {
    const transactionalId = fixture.name(`fresh-${retryStale}-${number}`);
    const producer = await KafkaTransactionalProducer.open(
      fixture.cluster,
      fixture.topics,
      { transactionalId, transactionTimeoutMs: 20_000 },
      { ...TUNING, retryStale },
    );
    const name = fixture.name(`fresh-${retryStale}-${number}`);
    const spec = { replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1_000_000 } as const;
    await fixture.topics.create([{ ...spec, name, partitions: PARTITIONS }]);
    topics.push(name);
    const records = Array.from({ length: PARTITIONS }, (_, partition) => record(name, null, "1", partition));
    await producer.commit(records).catch((error: unknown) => failures.push(error));
    await producer.close();
  }
  return { topics, failures };
}

test("the first transaction on a topic that was made just now commits", { skip: fixture.skip }, async (t) => {
  const { topics, failures } = await commitAtOnce(true);
  assert.deepEqual(failures, []);
  for (const topic of topics) {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      assert.equal((await readAll(fixture.broker, topic, partition)).length, 1, `${topic}/${partition}`);
    }
  }
  const without = await commitAtOnce(false);
  t.diagnostic(`without the wait ${without.failures.length} of ${TOPICS} failed: ${without.failures[0]}`);
});
