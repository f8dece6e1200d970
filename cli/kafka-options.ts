/**
 * How a command reaches Kafka: options, then the environment, then the configuration file; secrets by `secrets.ts`.
 * What is wrong in them (a file that is not there, an expired certificate of ours) is told before the first connection.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import process from "node:process";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { type Command, Option } from "commander";
import {
  createKafkaBroker,
  type KafkaBroker,
  type KafkaBrokerOptions,
  type KafkaLogin,
  SASL_MECHANISMS,
  type SaslMechanism,
} from "#stream";
import { type ConfigFile, readConfigFile, type SaslConfig, type TlsConfig } from "./config-file.ts";
import { readSecret, type Secret } from "./secrets.ts";
import { tokensFrom } from "./token-endpoint.ts";

export interface KafkaOptions {
  readonly brokers?: string;
  readonly installation?: string;
  readonly config?: string;
  readonly clientId?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
  readonly saslMechanism?: string;
  readonly saslUsername?: string;
  readonly saslPasswordFile?: string;
  readonly saslTokenFile?: string;
}

export interface KafkaSettings {
  /** Undefined where nothing names a cluster. */
  readonly broker: KafkaBrokerOptions | undefined;
  readonly installation: string;
  /** All that the configuration file says. */
  readonly file: ConfigFile;
}

const PASSWORD_VARIABLE = "KAWAIT_SASL_PASSWORD";
const TOKEN_VARIABLE = "KAWAIT_SASL_TOKEN";
const KEY_PASSWORD_VARIABLE = "KAWAIT_TLS_KEY_PASSWORD";

export function withKafka(command: Command): Command {
  const option = (flags: string, text: string, variable: string): void => {
    command.addOption(new Option(flags, text).env(variable));
  };
  option("--brokers <host:port,…>", "Kafka's bootstrap brokers", "KAWAIT_BROKERS");
  option("--installation <prefix>", "prefix of Kawait's own topics", "KAWAIT_INSTALLATION");
  option("--config <file>", "JSON with the settings of the connection", "KAWAIT_CONFIG");
  option("--client-id <name>", "told to the brokers: for quotas and logs", "KAWAIT_CLIENT_ID");
  option("--tls", "connect by TLS", "KAWAIT_TLS");
  option("--tls-ca <file>", "PEM of the authorities to trust", "KAWAIT_TLS_CA");
  option("--tls-cert <file>", "PEM of our certificate, for mutual TLS", "KAWAIT_TLS_CERT");
  option("--tls-key <file>", `PEM of our key (its password in ${KEY_PASSWORD_VARIABLE})`, "KAWAIT_TLS_KEY");
  option("--tls-server-name <name>", "name in the brokers' certificates", "KAWAIT_TLS_SERVER_NAME");
  option("--sasl-mechanism <name>", SASL_MECHANISMS.join(", "), "KAWAIT_SASL_MECHANISM");
  option("--sasl-username <name>", `user (the password in ${PASSWORD_VARIABLE})`, "KAWAIT_SASL_USERNAME");
  option("--sasl-password-file <file>", "where the password is", "KAWAIT_SASL_PASSWORD_FILE");
  option("--sasl-token-file <file>", "where the token for oauthbearer is", "KAWAIT_SASL_TOKEN_FILE");
  return command;
}

/** @param clientId where nothing names one */
export function kafkaSettings(options: KafkaOptions, clientId: string): KafkaSettings {
  const file: ConfigFile = options.config === undefined ? {} : readConfigFile(options.config);
  const installation = options.installation ?? file.installation ?? "";
  const brokers = options.brokers?.split(",").map((address) => address.trim()) ?? file.brokers;
  if (brokers === undefined) return { broker: undefined, installation, file };
  const ssl = tlsOptions(options, file.tls);
  const login = loginOptions(options, file.sasl ?? {});
  const broker = {
    brokers,
    clientId: options.clientId ?? file.clientId ?? clientId,
    installation,
    ...(ssl === undefined ? {} : { ssl }),
    ...(login === undefined ? {} : { login }),
  };
  return { broker, installation, file };
}

/** @throws Error where nothing names a cluster. */
export function openKafka(
  options: KafkaOptions,
  clientId: string,
): { broker: KafkaBroker; installation: string; file: ConfigFile } {
  const { broker, installation, file } = kafkaSettings(options, clientId);
  if (broker === undefined) {
    throw new Error("No Kafka is named: --brokers host:port, KAWAIT_BROKERS, or brokers in the --config file");
  }
  return { broker: createKafkaBroker(broker), installation, file };
}

function tlsOptions(options: KafkaOptions, file: ConfigFile["tls"]): boolean | TlsOptions | undefined {
  const from: TlsConfig = typeof file === "object" ? file : {};
  const ca = options.tlsCa ?? from.ca;
  const cert = options.tlsCert ?? from.cert;
  const key = options.tlsKey ?? from.key;
  const serverName = options.tlsServerName ?? from.serverName;
  const isOn = options.tls ?? (file !== undefined && file !== false);
  if (!isOn && ca === undefined && cert === undefined) return undefined;
  if ((cert === undefined) !== (key === undefined)) {
    throw new Error("Mutual TLS needs a certificate and its key: --tls-cert and --tls-key");
  }
  const keyPassword = from.keyPassword ?? environmentSecret(KEY_PASSWORD_VARIABLE);
  return {
    ...(ca === undefined ? {} : { ca: readNamed(ca, "the authorities") }),
    ...(cert === undefined ? {} : { cert: checkedCertificate(cert) }),
    ...(key === undefined ? {} : { key: readNamed(key, "the key") }),
    ...(from.keyStore === undefined ? {} : { pfx: readNamed(from.keyStore, "the key store") }),
    ...(from.keyStore === undefined
      ? keyPassword === undefined
        ? {}
        : { passphrase: readSecret(keyPassword, "the key's password") }
      : { passphrase: readSecret(from.keyStorePassword ?? "", "the key store's password") }),
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
}

function loginOptions(options: KafkaOptions, file: SaslConfig): KafkaLogin | undefined {
  const named = options.saslMechanism ?? file.mechanism;
  if (named === undefined) return undefined;
  const mechanism = named.toLowerCase() as SaslMechanism;
  if (!SASL_MECHANISMS.includes(mechanism)) {
    throw new Error(`SASL mechanism "${named}" is not known; there are ${SASL_MECHANISMS.join(", ")}`);
  }
  if (mechanism === "oauthbearer") {
    const { extensions } = file;
    return { mechanism, token: tokenSource(options, file), ...(extensions === undefined ? {} : { extensions }) };
  }
  const username = options.saslUsername ?? file.username;
  if (username === undefined) throw new Error(`SASL ${named} needs a user: --sasl-username`);
  const password = given(options.saslPasswordFile) ?? environmentSecret(PASSWORD_VARIABLE) ?? file.password;
  if (password === undefined) {
    throw new Error(`SASL ${named} needs a password: ${PASSWORD_VARIABLE}, --sasl-password-file, or the --config file`);
  }
  // Read once now, so that a missing file is told at the start.
  readSecret(password, "the password");
  return { mechanism, username, password: () => readSecret(password, "the password") };
}

function tokenSource(options: KafkaOptions, file: SaslConfig): () => string | Promise<string> {
  const token = given(options.saslTokenFile) ?? environmentSecret(TOKEN_VARIABLE) ?? file.token;
  if (token !== undefined) return () => readSecret(token, "the token");
  if (file.tokenEndpoint === undefined) {
    throw new Error(`SASL oauthbearer needs a token: ${TOKEN_VARIABLE}, --sasl-token-file, or sasl.tokenEndpoint`);
  }
  const { clientSecret, ...endpoint } = file.tokenEndpoint;
  return tokensFrom({ ...endpoint, clientSecret: () => readSecret(clientSecret, "the client's secret") });
}

function given(path: string | undefined): Secret | undefined {
  return path === undefined ? undefined : { file: path };
}

function environmentSecret(variable: string): Secret | undefined {
  return process.env[variable] === undefined ? undefined : { env: variable };
}

function readNamed(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(`TLS: ${what} cannot be read: ${(error as Error).message}`);
  }
}

function checkedCertificate(path: string): Buffer {
  const pem = readNamed(path, "our certificate");
  const { validToDate } = new X509Certificate(pem);
  if (validToDate.getTime() < Date.now()) {
    throw new Error(`TLS: our certificate ${path} expired on ${validToDate.toISOString()}: renew it`);
  }
  return pem;
}
