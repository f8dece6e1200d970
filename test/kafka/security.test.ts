/** A cluster behind TLS that asks who one is: the adapter's own connection setup in front of kafkajs's SASL. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createKafkaBroker } from "../../stream/kafka/index.ts";
import { readAll, record, texts } from "./harness/fixture.ts";
import { kafkaMissing, startKafka } from "./harness/index.ts";

const STORE_PASSWORD = "only-for-this-test";
const LOGIN_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule";

/** A key store with a certificate of its own for 127.0.0.1, and that certificate as PEM. */
function makeCertificate(folder: string): { keyStore: string; pem: string } {
  const keyStore = join(folder, "broker.p12");
  const common = ["-alias", "broker", "-keystore", keyStore, "-storetype", "PKCS12", "-storepass", STORE_PASSWORD];
  const name = ["-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1", "-validity", "2"];
  execFileSync("keytool", ["-genkeypair", "-keyalg", "RSA", ...common, ...name], { stdio: "ignore" });
  const pem = execFileSync("keytool", ["-exportcert", "-rfc", ...common], { encoding: "utf8", stdio: "pipe" });
  return { keyStore, pem };
}

test("every kind of connection is encrypted and authenticates", { skip: kafkaMissing(), timeout: 90_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "kawait-security-"));
  const { keyStore, pem } = makeCertificate(folder);
  const settings = {
    "listener.security.protocol.map": "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "sasl.enabled.mechanisms": "PLAIN",
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "listener.name.plaintext.plain.sasl.jaas.config": `${LOGIN_MODULE} required username="admin" password="a" user_admin="a" user_kawait="k";`,
    "ssl.keystore.location": keyStore,
    "ssl.keystore.password": STORE_PASSWORD,
    "ssl.truststore.location": keyStore,
    "ssl.truststore.password": STORE_PASSWORD,
  };
  const kafka = await startKafka({ name: "security", settings });
  const { brokers } = kafka;
  const login = (password: string) => ({ mechanism: "plain", username: "kawait", password }) as const;
  const broker = createKafkaBroker({ brokers, ssl: { ca: pem }, login: login("k") });
  const stranger = createKafkaBroker({ brokers, ssl: { ca: pem }, login: login("wrong") });
  const distrustful = createKafkaBroker({ brokers, ssl: true, login: login("k") });
  try {
    const topic = "secret";
    const spec = { name: topic, partitions: 1, replication: 1, cleanup: "delete", retentionMs: -1 } as const;
    await broker.topics.create([{ ...spec, maxMessageBytes: 1_000_000 }]);
    await (await broker.openProducer()).send([record(topic, null, "plain")]);
    const producer = await broker.openTransactionalProducer({ transactionalId: "sasl", transactionTimeoutMs: 10_000 });
    await producer.commit([record(topic, null, "transaction")]);
    assert.deepEqual(texts(await readAll(broker, topic)), ["plain", "transaction"]);

    const began = Date.now();
    await assert.rejects(stranger.topics.bounds(topic, 0), {
      code: "Refused",
      message: /refused the login as "kawait" by PLAIN/,
    });
    await assert.rejects(distrustful.topics.bounds(topic, 0), { code: "Refused", message: /certificate/i });
    // Each question is patient for fifteen seconds with what may mend.
    assert.ok(Date.now() - began < 14_000, "what cannot succeed was tried again and again");
  } finally {
    await Promise.all([broker.close(), stranger.close(), distrustful.close()]);
    await kafka.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
