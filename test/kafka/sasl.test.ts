/** A cluster that asks who one is: the adapter's own connection setup in front of kafkajs's SASL. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createKafkaBroker } from "../../stream/kafka/index.ts";
import { readAll, record, texts } from "./harness/fixture.ts";
import { kafkaMissing, startKafka } from "./harness/index.ts";

const SETTINGS = {
  "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
  "inter.broker.listener.name": "PLAINTEXT",
  "sasl.enabled.mechanisms": "PLAIN",
  "sasl.mechanism.inter.broker.protocol": "PLAIN",
  "listener.name.plaintext.plain.sasl.jaas.config":
    'org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" password="a" user_admin="a" user_kawait="k";',
};

test("every kind of connection authenticates", { skip: kafkaMissing(), timeout: 60_000 }, async () => {
  const kafka = await startKafka({ name: "sasl", settings: SETTINGS });
  const { brokers } = kafka;
  const broker = createKafkaBroker({ brokers, sasl: { mechanism: "plain", username: "kawait", password: "k" } });
  const stranger = createKafkaBroker({ brokers, sasl: { mechanism: "plain", username: "kawait", password: "wrong" } });
  try {
    const topic = "secret";
    const spec = { name: topic, partitions: 1, replication: 1, cleanup: "delete", retentionMs: -1 } as const;
    await broker.topics.create([{ ...spec, maxMessageBytes: 1_000_000 }]);
    await (await broker.openProducer()).send([record(topic, null, "plain")]);
    const producer = await broker.openTransactionalProducer({ transactionalId: "sasl", transactionTimeoutMs: 10_000 });
    await producer.commit([record(topic, null, "transaction")]);
    assert.deepEqual(texts(await readAll(broker, topic)), ["plain", "transaction"]);
    const began = Date.now();
    await assert.rejects(stranger.topics.bounds(topic, 0), { code: "Unavailable", message: /authentication/i });
    assert.ok(Date.now() - began < 5000, "a wrong password was tried again and again");
  } finally {
    await broker.close();
    await stranger.close();
    await kafka.stop();
  }
});
