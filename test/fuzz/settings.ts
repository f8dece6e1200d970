/**
 * Settings as people get them wrong: command lines, environments, configuration files. Each is taken, or refused with one
 * line that is about the setting; never an error of the program's own, and never in silence.
 */
import { type Command, CommanderError } from "commander";
import { LIMIT_NAMES } from "#protocol";
import { deployCommand } from "../../cli/commands/deploy.ts";
import { engineCommand } from "../../cli/commands/engine.ts";
import { parseConfig } from "../../cli/config-file.ts";
import { type KafkaOptions, kafkaSettings } from "../../cli/kafka-options.ts";
import type { Random } from "../../stream/fake/index.ts";
import { damaged, randomText } from "./mutate.ts";

const FILE = {
  brokers: ["kafka-1:9093"],
  installation: "shop",
  clientId: "c",
  tls: { ca: "ca.pem", cert: "c.pem", key: "k.pem", keyPassword: { env: "KEY" }, serverName: "s" },
  sasl: {
    mechanism: "scram-sha-512",
    username: "u",
    password: { file: "/nowhere/password" },
    token: "t",
    tokenEndpoint: { url: "https://login", clientId: "c", clientSecret: "s", scope: "x" },
    extensions: { a: "b" },
  },
  limits: { stepMs: 2_000 },
  limitCeilings: { memoryMb: 256 },
};
const KEYS = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "tls",
  "sasl",
  "brokers",
  "limits",
  "stepMs",
  "env",
  "file",
];
const VALUES = [null, true, 0, -1, 1.5, "", "x", [], {}, [1], ["a"], { env: "X" }, { file: "f" }, { a: { b: 1 } }];
const FLAGS = [
  "--brokers",
  "--installation",
  "--config",
  "--client-id",
  "--tls",
  "--tls-ca",
  "--sasl-mechanism",
  "--sasl-username",
  "--sasl-password-file",
  "--limits",
  "--limit-ceilings",
  "--partitions",
  "--processes",
  "--checkpoint",
  "--only",
  "--http",
  "--data",
  "--default",
  "--json",
];
const VARIABLES = [
  "KAWAIT_BROKERS",
  "KAWAIT_TLS",
  "KAWAIT_LIMITS",
  "KAWAIT_LIMIT_CEILINGS",
  "KAWAIT_HTTP",
  "KAWAIT_SASL_MECHANISM",
];

export function tryConfigFile(random: Random): string | undefined {
  const text = random.chance(0.6)
    ? JSON.stringify(randomlyChanged(random, FILE))
    : damagedText(random, JSON.stringify(FILE));
  return refusedByName(`the configuration file ${text}`, () => {
    const file = parseConfig(text, "/etc/kawait/kawait.json");
    for (const key of Object.keys(file)) if (!Object.hasOwn(FILE, key)) throw new TypeError(`${key} was taken`);
  });
}

export function tryCommandLine(random: Random): string | undefined {
  const args = Array.from({ length: 1 + random.below(6) }, () => randomArgument(random));
  const environment = Object.fromEntries(
    VARIABLES.filter(() => random.chance(0.1)).map((name) => [name, value(random)]),
  );
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    return refusedByName(`the command line ${JSON.stringify([args, environment])}`, () => {
      const command = random.chance(0.7) ? engineCommand() : deployCommand();
      let taken: Record<string, unknown> = {};
      command.action((...given) => {
        taken = (given.at(-1) as Command).opts();
      });
      command.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
      command.parse(args, { from: "user" });
      kafkaSettings(taken as KafkaOptions, "fuzz");
    });
  } finally {
    for (const name of VARIABLES) delete process.env[name];
    Object.assign(process.env, before);
  }
}

function refusedByName(what: string, use: () => void): string | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return undefined;
    const isPlain =
      error instanceof Error && Object.getPrototypeOf(error) === Error.prototype && error.message.length > 10;
    return isPlain ? undefined : `${what}: ${error instanceof Error ? error.stack : error}`;
  }
}

function randomArgument(random: Random): string {
  if (random.chance(0.6)) return random.pick(FLAGS);
  return value(random);
}

function value(random: Random): string {
  const draw = random.below(6);
  if (draw === 0) return `${random.pick(LIMIT_NAMES)}=${random.below(1e6) - 10}`;
  if (draw === 1) return `${random.pick(LIMIT_NAMES)}=${random.below(9)},${randomText(random)}`;
  if (draw === 2)
    return random.pick(["", ":", ":9464", "[::1]:9464", "host:99999", "-1", "1e9", "scram-sha-512", "plain", "engine"]);
  // An environment cannot hold NUL.
  return randomText(random).replaceAll("\0", "").slice(0, 80);
}

function randomlyChanged(random: Random, value: unknown): unknown {
  if (random.chance(0.08)) return random.pick(VALUES);
  if (Array.isArray(value)) return value.map((each) => randomlyChanged(random, each));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(() => random.chance(0.8))
    .map(([key, each]): [string, unknown] => [
      random.chance(0.04) ? random.pick(KEYS) : key,
      randomlyChanged(random, each),
    ]);
  if (random.chance(0.05)) entries.push([random.pick(KEYS), random.pick(VALUES)]);
  return Object.fromEntries(entries);
}

function damagedText(random: Random, text: string): string {
  return Buffer.from(damaged(random, new TextEncoder().encode(text))).toString("utf8");
}
