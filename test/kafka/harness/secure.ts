/**
 * A broker that knows who one is and denies everything that was not granted: SASL on one port, mutual TLS on another.
 * `admin` may do all; users are `kawait` (PLAIN, SCRAM) and whoever a token or a certificate names.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./broker-process.ts";
import { startKafka, type TestKafka } from "./index.ts";
import type { KafkaHome } from "./jars.ts";

export const STORE_PASSWORD = "only-for-this-test";
export const PASSWORD = "k";
const LOGIN = "org.apache.kafka.common.security";
const CLUSTER_ID = "a2F3YWl0LXRlc3QtMDAwMQ";

export interface SecureKafka extends TestKafka {
  /** `host:port` of the TLS port that asks for a certificate. */
  readonly tlsAddress: string;
  /** PEM of the broker's certificate, which is its own authority. */
  readonly authority: string;
  /** PKCS #12 of a client that the broker knows, with `STORE_PASSWORD`; its name is `CN=certified`. */
  readonly clientStore: string;
  /** A folder that goes with the broker. */
  readonly folder: string;
}

function keytool(...args: readonly string[]): string {
  return execFileSync("keytool", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

/** Makes a key and its certificate; gives the path of the store and the certificate as PEM. */
export function makeStore(folder: string, name: string, more: readonly string[] = []): { store: string; pem: string } {
  const store = join(folder, `${name}.p12`);
  const common = ["-alias", name, "-keystore", store, "-storetype", "PKCS12", "-storepass", STORE_PASSWORD];
  const subject = ["-dname", `CN=${name}`, "-ext", "san=ip:127.0.0.1"];
  keytool("-genkeypair", "-keyalg", "EC", ...common, ...subject, ...(more.length > 0 ? more : ["-validity", "2"]));
  return { store, pem: keytool("-exportcert", "-rfc", ...common) };
}

/** @param options.brokerValidity of the broker's certificate, as `keytool` takes it. */
export async function startSecureKafka(
  options: { readonly brokerValidity?: readonly string[] } = {},
): Promise<SecureKafka> {
  const folder = mkdtempSync(join(tmpdir(), "kawait-secure-"));
  const own = makeStore(folder, "broker", options.brokerValidity);
  const client = makeStore(folder, "certified");
  const trusted = join(folder, "trusted.p12");
  const certificate = join(folder, "client.pem");
  writeFileSync(certificate, client.pem);
  const into = ["-keystore", trusted, "-storetype", "PKCS12", "-storepass", STORE_PASSWORD];
  keytool("-importcert", "-noprompt", "-alias", "certified", "-file", certificate, ...into);
  const tls = (await freePorts()).broker;
  const kafka = await startKafka({
    name: "secure",
    prepare: (plan, home) => {
      addScramUsers(plan.folder, home);
    },
    settings: (plan) => ({
      listeners: `PLAINTEXT://127.0.0.1:${plan.ports.broker},TLS://127.0.0.1:${tls},CONTROLLER://127.0.0.1:${plan.ports.controller}`,
      "advertised.listeners": `PLAINTEXT://127.0.0.1:${plan.ports.broker},TLS://127.0.0.1:${tls}`,
      "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT",
      "inter.broker.listener.name": "PLAINTEXT",
      "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
      "sasl.mechanism.inter.broker.protocol": "PLAIN",
      "listener.name.plaintext.plain.sasl.jaas.config": `${LOGIN}.plain.PlainLoginModule required username="admin" password="a" user_admin="a" user_kawait="${PASSWORD}";`,
      "listener.name.plaintext.scram-sha-256.sasl.jaas.config": `${LOGIN}.scram.ScramLoginModule required;`,
      "listener.name.plaintext.scram-sha-512.sasl.jaas.config": `${LOGIN}.scram.ScramLoginModule required;`,
      "listener.name.plaintext.oauthbearer.sasl.jaas.config": `${LOGIN}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="admin";`,
      "listener.name.tls.ssl.client.auth": "required",
      "ssl.keystore.location": own.store,
      "ssl.keystore.password": STORE_PASSWORD,
      "ssl.truststore.location": trusted,
      "ssl.truststore.password": STORE_PASSWORD,
      "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
      "super.users": "User:admin;User:ANONYMOUS",
      "allow.everyone.if.no.acl.found": "false",
    }),
  });
  return {
    ...kafka,
    tlsAddress: `127.0.0.1:${tls}`,
    authority: own.pem,
    clientStore: client.store,
    folder,
    stop: async () => {
      await kafka.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Users of SCRAM are part of the first records of a cluster: the folder is formatted with them. */
function addScramUsers(folder: string, home: KafkaHome): void {
  const data = join(folder, "data");
  const identity = readFileSync(join(data, "meta.properties"), "utf8");
  if (!identity.includes(CLUSTER_ID)) throw new Error(`the folder is of another cluster: ${identity}`);
  rmSync(data, { recursive: true });
  const users = ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
    "--add-scram",
    `${mechanism}=[name=kawait,iterations=4096,password=${PASSWORD}]`,
  ]);
  const format = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", join(folder, "server.properties")];
  execFileSync("java", ["-XX:TieredStopAtLevel=1", ...home.jvm, "-cp", home.classPath, ...format, ...users], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** A token as the broker's own validator for tests takes it: unsigned. */
export function unsignedToken(subject: string, secondsLeft: number): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: subject, iat: now - 60, exp: now + secondsLeft })}.`;
}
