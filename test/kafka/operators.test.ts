/**
 * Connections as operators run them, against a broker that denies everything that was not granted: every login, mutual
 * TLS, the exact list of permissions, quotas; and for each refusal one line that says which.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import kafkajs, { type AclEntry, type Admin } from "kafkajs";
import { type AclRule, createEngineTopics, engineAcls, enginePermissions } from "#gateway";
import { schedulerDefinition } from "#scheduler";
import { createKafkaBroker, type KafkaBroker, type KafkaBrokerOptions, type KafkaLogin, startRunner } from "#stream";
import { tokensFrom } from "../../cli/token-endpoint.ts";
import { runCli } from "../cli/cli-process.ts";
import { silent, temporaryFolder } from "../stream/counting-processor.ts";
import { record, until } from "./harness/fixture.ts";
import { kafkaMissing } from "./harness/index.ts";
import {
  makeStore,
  PASSWORD,
  type SecureKafka,
  STORE_PASSWORD,
  startSecureKafka,
  unsignedToken,
} from "./harness/secure.ts";

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;
const PARTS = ["engine", "scheduler"] as const;
const RESOURCES = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  "transactional-id": AclResourceTypes.TRANSACTIONAL_ID,
} as const;
const OPERATIONS: Readonly<Record<string, AclEntry["operation"]>> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Delete: AclOperationTypes.DELETE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
};
const SPEC = { partitions: 1, replication: 1, cleanup: "delete", retentionMs: -1, maxMessageBytes: 1_000_000 } as const;
const skip = kafkaMissing();

describe("connections as operators run them", { skip, timeout: 240_000 }, () => {
  const folder = temporaryFolder();
  let kafka: SecureKafka;
  let admin: Admin;
  let root: KafkaBroker;
  const opened: KafkaBroker[] = [];

  const open = (options: Partial<KafkaBrokerOptions>): KafkaBroker => {
    const broker = createKafkaBroker({ brokers: kafka.brokers, ...options });
    opened.push(broker);
    return broker;
  };
  const scram = (password = PASSWORD): KafkaLogin => ({ mechanism: "scram-sha-512", username: "kawait", password });
  const entry = ({ resource, name, pattern, operation }: AclRule, principal: string): AclEntry => ({
    principal,
    host: "*",
    operation: OPERATIONS[operation]!,
    permissionType: AclPermissionTypes.ALLOW,
    resourceType: RESOURCES[resource],
    resourceName: name,
    resourcePatternType: pattern === "prefixed" ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  });
  const grant = (rules: readonly AclRule[], principal = "User:kawait"): Promise<boolean> =>
    admin.createAcls({ acl: rules.map((rule) => entry(rule, principal)) });
  const revoke = async (rule: AclRule, principal = "User:kawait"): Promise<void> => {
    await admin.deleteAcls({ filters: [entry(rule, principal)] });
  };

  before(async () => {
    kafka = await startSecureKafka();
    root = open({ login: { mechanism: "plain", username: "admin", password: "a" } });
    const sasl = { mechanism: "plain", username: "admin", password: "a" } as const;
    admin = new Kafka({ brokers: kafka.brokers, sasl, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  after(async () => {
    await admin?.disconnect();
    await Promise.all(opened.map((broker) => broker.close()));
    await kafka?.stop();
    folder.remove();
  });

  test("PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER and mutual TLS write and read", async () => {
    const topic = { ...SPEC, name: "who" };
    await root.topics.create([topic]);
    const rule = (operation: string): AclRule => ({
      resource: "topic",
      name: topic.name,
      pattern: "literal",
      operation,
    });
    for (const principal of ["User:kawait", "User:token", "User:CN=certified"]) {
      await grant([rule("Write"), rule("Read"), rule("DescribeConfigs")], principal);
    }
    const tls = {
      ca: kafka.authority,
      pfx: readFileSync(kafka.clientStore),
      passphrase: STORE_PASSWORD,
    };
    const password = (): string => PASSWORD;
    const ways: Record<string, Partial<KafkaBrokerOptions>> = {
      plain: { login: { mechanism: "plain", username: "kawait", password } },
      "scram-sha-256": { login: { mechanism: "scram-sha-256", username: "kawait", password } },
      "scram-sha-512": { login: scram() },
      oauthbearer: { login: { mechanism: "oauthbearer", token: () => unsignedToken("token", 300) } },
      "mutual TLS": { brokers: [kafka.tlsAddress], ssl: tls },
    };
    for (const [way, options] of Object.entries(ways)) {
      const broker = open(options);
      const producer = await broker.openProducer();
      const [offset] = await producer.send([record(topic.name, null, way)]);
      const reader = await broker.openReader({ topic: topic.name, partition: 0, fromOffset: offset! });
      const { records } = await reader.poll(10_000);
      assert.equal(Buffer.from(records[0]?.value ?? []).toString(), way);
    }
  });

  test("a token that ends is replaced over the same connection, before it ends", async () => {
    let asked = 0;
    const token = (): string => {
      asked += 1;
      return unsignedToken("token", 4);
    };
    const broker = open({ login: { mechanism: "oauthbearer", token } });
    const reader = await broker.openReader({ topic: "who", partition: 0, fromOffset: 0 });
    assert.ok((await reader.poll(10_000)).records.length > 0);
    // Every connection has begun with one of its own.
    const before = asked;
    await until("another token was asked for", async () => {
      await reader.poll(100);
      return asked > before;
    });
  });

  test("tokens come from an endpoint, and are kept for a part of their life", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        asked.push(`${request.headers.authorization} ${body}`);
        response.end(JSON.stringify({ access_token: unsignedToken("token", 300), expires_in: 300 }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/token`;
    const token = tokensFrom({ url, clientId: "kawait", clientSecret: () => "s", scope: "kafka" });
    const broker = open({ login: { mechanism: "oauthbearer", token } });
    await broker.topics.bounds("who", 0);
    await token();
    server.close();
    const basic = Buffer.from("kawait:s").toString("base64");
    assert.deepEqual(asked, [`Basic ${basic} grant_type=client_credentials&scope=kafka`]);
  });

  test("what is refused says what: login, mechanism, certificate, and nothing is tried twice", async () => {
    const refused = async (options: Partial<KafkaBrokerOptions>, message: RegExp): Promise<void> => {
      const began = Date.now();
      await assert.rejects(open(options).topics.bounds("who", 0), { code: "Refused", message });
      // It is patient for fifteen seconds with what may mend.
      assert.ok(Date.now() - began < 14_000, "what cannot succeed was tried again and again");
    };
    await refused({ login: scram("wrong") }, /refused the login as "kawait" by SCRAM-SHA-512/);
    await refused(
      { login: { mechanism: "plain", username: "kawait", password: "wrong" } },
      /login as "kawait" by PLAIN/,
    );
    await refused(
      { login: { mechanism: "oauthbearer", token: () => unsignedToken("token", -10) } },
      /a token by OAUTHBEARER: .*token/,
    );
    const tls = kafka.tlsAddress;
    await refused({ brokers: [tls], ssl: true }, /signed by nobody that is trusted here/);
    await refused({ brokers: [tls], ssl: { ca: kafka.authority } }, /did not accept our certificate, or asks for one/);
    const expired = makeStore(kafka.folder, "expired", ["-startdate", "-10d", "-validity", "2"]);
    const server = createTlsServer({ pfx: readFileSync(expired.store), passphrase: STORE_PASSWORD });
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
    await refused({ brokers: [address], ssl: { ca: expired.pem } }, /the certificate of .* has expired/);
    server.close();
  });

  test("the documented permissions are enough, and each one is needed", async (t) => {
    const installation = "acl";
    const rules = engineAcls(installation, PARTS, { create: true });
    const broker = open({ login: scram(), installation });
    await assert.rejects(createEngineTopics(broker, { installation, partitions: 2, replication: 1 }), {
      code: "Refused",
      message: /no permission for creating .*workflow-/,
    });
    await grant(rules);
    const needs = enginePermissions(installation, PARTS);
    await until("all is granted", async () => (await broker.missingPermissions(needs)).length === 0);
    assert.deepEqual(await createEngineTopics(broker, { installation, partitions: 2, replication: 1 }), []);
    let checked = 0;
    for (const rule of rules) {
      if (rule.resource === "transactional-id" || rule.operation === "Create") continue;
      await revoke(rule);
      // Brokers take up rules behind the answer.
      const expected = JSON.stringify({ kind: rule.resource, name: rule.name, operation: rule.operation });
      await until(`${expected} is missing`, async () =>
        (await broker.missingPermissions(needs)).some((one) => JSON.stringify(one) === expected),
      );
      await grant([rule]);
      await until("nothing is missing", async () => (await broker.missingPermissions(needs)).length === 0);
      checked += 1;
    }
    t.diagnostic(`${checked} permissions taken away, one after another`);
  });

  test("a scheduler works with exactly these; without its transactional id it says so at the start", async () => {
    const installation = "acl";
    const broker = open({ login: scram(), installation });
    const start = () =>
      startRunner({
        broker,
        definition: schedulerDefinition(installation),
        installation,
        dataFolder: join(folder.path, "scheduler"),
        logger: silent,
      });
    const rule: AclRule = {
      resource: "transactional-id",
      name: "acl-workflow-scheduler-",
      pattern: "prefixed",
      operation: "Write",
    };
    await revoke(rule);
    const refused = start();
    await assert.rejects(refused.ready(), { code: "Refused", message: /Write on the transactional id/ });
    await refused.stop();
    await grant([rule]);
    const runner = start();
    await runner.ready();
    const producer = await broker.openProducer();
    await producer.send([record("acl-workflow-scheduler", 'thread|{"ref":"r"}', "1", 0)]);
    const deadline = Date.now() + 30_000;
    while (runner.metrics().outputs === 0) {
      assert.ok(Date.now() < deadline, `no timer fired: ${JSON.stringify(runner.health())}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await runner.stop();
  });

  test("a group that may not be joined is told at the start", async () => {
    const installation = "acl";
    const rule: AclRule = { resource: "group", name: "acl-workflow-scheduler", pattern: "literal", operation: "Read" };
    await revoke(rule);
    const runner = startRunner({
      broker: open({ login: scram(), installation }),
      definition: schedulerDefinition(installation),
      installation,
      dataFolder: join(folder.path, "nobody"),
      logger: silent,
    });
    await assert.rejects(runner.ready(), { code: "Refused", message: /group/ });
    await runner.stop();
    await grant([rule]);
  });

  test("a quota slows the client down, and breaks nothing", async () => {
    const clientId = "slow";
    await setProducerQuota(clientId, 10_000);
    const told: string[] = [];
    const log = { debug() {}, warn: (message: string) => void told.push(message) };
    const broker = open({ login: { mechanism: "plain", username: "admin", password: "a" }, clientId, logger: log });
    const producer = await broker.openProducer();
    const began = Date.now();
    for (let number = 0; number < 5; number += 1) {
      await producer.send([{ ...record("who", null, null), value: Buffer.alloc(30_000, "x") }]);
    }
    assert.ok(Date.now() - began > 1000, `150 kB at 10 kB/s took ${Date.now() - began} ms`);
    assert.ok(
      told.some((line) => /quota of client slow/.test(line)),
      `told: ${told}`,
    );
    assert.ok(broker.quotaWaitMs > 1000, `the quota cost ${broker.quotaWaitMs} ms`);
  });

  test("the command line: settings by file and environment, one line and exit code 3 for a refusal", async () => {
    const config = join(folder.path, "kawait.json");
    const passwordFile = join(folder.path, "password");
    writeFileSync(passwordFile, "wrong\n");
    const settings = {
      brokers: kafka.brokers,
      installation: "acl",
      sasl: { mechanism: "SCRAM-SHA-256", username: "kawait", password: { file: "password" } },
    };
    writeFileSync(config, JSON.stringify(settings));
    const args = ["engine", "--config", config, "--data", join(folder.path, "cli")];
    const wrong = await runCli(args);
    assert.equal(wrong.code, 3, wrong.stderr);
    assert.match(wrong.stderr, /^kawait: .*refused the login as "kawait" by SCRAM-SHA-256[^\n]*\n$/);
    writeFileSync(passwordFile, `${PASSWORD}\n`);
    const rule: AclRule = { resource: "topic", name: "acl-workflow-history", pattern: "literal", operation: "Write" };
    await revoke(rule);
    const unpermitted = await runCli(args);
    assert.equal(unpermitted.code, 3, unpermitted.stderr);
    assert.match(unpermitted.stderr, /^kawait: Kafka does not permit Write on topic acl-workflow-history[^\n]*\n$/);
    await grant([rule]);
    writeFileSync(config, JSON.stringify({ ...settings, sals: {} }));
    const misspelt = await runCli(args);
    assert.equal(misspelt.code, 1);
    assert.match(misspelt.stderr, /has sals; known are brokers, installation/);
  });

  /** kafkajs knows no quotas; this is AlterClientQuotas, version 0. */
  async function setProducerQuota(clientId: string, bytesPerSecond: number): Promise<void> {
    const { Cluster } = await import("../../stream/kafka/cluster.ts");
    const { SILENT } = await import("../../stream/kafka/client-log.ts");
    const { Writer } = await import("../../stream/kafka/wire/writer.ts");
    const { default: apiKeys } = await import("kafkajs/src/protocol/requests/apiKeys.js");
    Object.assign(apiKeys, { AlterClientQuotas: 49 });
    const login = { mechanism: "plain", username: "admin", password: "a" } as const;
    const cluster = new Cluster({ brokers: kafka.brokers, clientId: "test", login, log: SILENT });
    const connection = await cluster.shared(await cluster.anyNode());
    const quota = Buffer.alloc(8);
    quota.writeDoubleBE(bytesPerSecond);
    const code = await connection.request({
      api: "AlterClientQuotas",
      version: 0,
      throttle: "first",
      encode: () =>
        new Writer()
          .int32(1)
          .int32(1)
          .string("client-id")
          .string(clientId)
          .int32(1)
          .string("producer_byte_rate")
          .raw(quota)
          .int8(0)
          .int8(0),
      decode(reader) {
        reader.int32();
        reader.int32();
        return reader.int16();
      },
    });
    await cluster.close();
    assert.equal(code, 0);
  }
});
