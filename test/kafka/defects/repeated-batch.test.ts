/**
 * What a broker does with the sequence numbers of a producer, which both producers and the simulation's model rely on: a
 * batch among the last five is known when it comes again, and none is taken before the one that it follows.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SILENT } from "../../../stream/kafka/client-log.ts";
import { Cluster } from "../../../stream/kafka/cluster.ts";
import { initProducerRequest, produceRequest } from "../../../stream/kafka/produce/requests.ts";
import { Code } from "../../../stream/kafka/refusal.ts";
import { encodeBatch } from "../../../stream/kafka/wire/record-batch.ts";
import { readAll, record, texts, useKafka } from "../harness/fixture.ts";

const TIMEOUT_MS = 8_000;
const PATIENCE_MS = 30_000;
const SIZE_HINT = 200;
const fixture = useKafka();
const closings: (() => Promise<void>)[] = [];
after(async () => {
  for (const close of closings) await close();
});

test("the last five batches of a producer are known, and a gap is refused", { skip: fixture.skip }, async () => {
  const topic = await fixture.topic("repeated");
  const cluster = new Cluster({ brokers: fixture.tools.brokers, clientId: "repeated", log: SILENT });
  closings.push(() => cluster.close());
  const connection = await cluster.shared(await cluster.leader(topic, 0));
  // A broker that started just now is not ready to give producer ids.
  const identity = await cluster.retry(Date.now() + PATIENCE_MS, () =>
    connection.request(initProducerRequest(null, 0)),
  );
  const send = async (sequence: number, values: readonly string[], epoch = 0): Promise<readonly [number, number]> => {
    const records = values.map((value) => record(topic, null, value));
    const options = { ...identity, producerEpoch: identity.producerEpoch + epoch, baseSequence: sequence };
    const bytes = encodeBatch(records, { ...options, transactional: false, nowMs: Date.now(), sizeHint: SIZE_HINT });
    const request = produceRequest({
      transactionalId: null,
      timeoutMs: TIMEOUT_MS,
      batches: [{ topic, partition: 0, bytes }],
    });
    const [answer] = await connection.request(request);
    return [answer!.code, Number(answer!.baseOffset)];
  };
  const sequences = [0, 2, 4, 6, 8, 10];
  const pair = (sequence: number): string[] => [`${sequence}`, `${sequence + 1}`];
  for (const sequence of sequences) assert.deepEqual(await send(sequence, pair(sequence)), [Code.none, sequence]);
  for (const sequence of sequences.slice(1))
    assert.deepEqual(await send(sequence, pair(sequence)), [Code.none, sequence], "the same again: it is there");
  assert.equal((await send(0, pair(0)))[0], Code.outOfOrderSequence, "the sixth last is not remembered");
  assert.equal((await send(14, pair(14)))[0], Code.outOfOrderSequence, "12 is missing before it");
  assert.equal((await send(12, pair(12), 1))[0], Code.outOfOrderSequence, "an epoch begins with 0");
  assert.deepEqual(await send(0, ["new epoch"], 1), [Code.none, 12]);
  assert.equal((await send(12, pair(12)))[0], Code.invalidProducerEpoch);
  assert.deepEqual(texts(await readAll(fixture.broker, topic)), [...sequences.flatMap(pair), "new epoch"]);
});
