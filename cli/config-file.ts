/**
 * The configuration file (`--config`, JSON): what the command line and the environment do not say. Paths in it are
 * relative to it. A key that nobody knows is an error: a misspelt setting must not pass for a default.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type Limits, limitProblem } from "#protocol";
import type { Secret } from "./secrets.ts";

export interface TlsConfig {
  /** PEM files: authorities, and for mutual TLS our certificate and key. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly keyPassword?: Secret;
  /** Our certificate and key as PKCS #12, instead of `cert` and `key`. */
  readonly keyStore?: string;
  readonly keyStorePassword?: Secret;
  /** The name in the brokers' certificates, where it is not the host's. */
  readonly serverName?: string;
}

export interface SaslConfig {
  readonly mechanism?: string;
  readonly username?: string;
  readonly password?: Secret;
  readonly token?: Secret;
  readonly tokenEndpoint?: {
    readonly url: string;
    readonly clientId: string;
    readonly clientSecret: Secret;
    readonly scope?: string;
  };
  readonly extensions?: Readonly<Record<string, string>>;
}

export interface ConfigFile {
  readonly brokers?: readonly string[];
  readonly installation?: string;
  readonly clientId?: string;
  readonly tls?: boolean | TlsConfig;
  readonly sasl?: SaslConfig;
  /** Of workflows that declare none, and what they may raise theirs to. */
  readonly limits?: Partial<Limits>;
  readonly limitCeilings?: Partial<Limits>;
}

type Kind = "text" | "texts" | "path" | "secret" | { readonly [key: string]: Kind } | "names" | "limits";

const TLS: Record<keyof TlsConfig, Kind> = {
  ca: "path",
  cert: "path",
  key: "path",
  keyPassword: "secret",
  keyStore: "path",
  keyStorePassword: "secret",
  serverName: "text",
};

const SHAPE: Record<string, Kind> = {
  brokers: "texts",
  installation: "text",
  clientId: "text",
  tls: TLS,
  sasl: {
    mechanism: "text",
    username: "text",
    password: "secret",
    token: "secret",
    tokenEndpoint: { url: "text", clientId: "text", clientSecret: "secret", scope: "text" },
    extensions: "names",
  },
  limits: "limits",
  limitCeilings: "limits",
};

/** @throws Error that names the file, the key and what is wrong with it. */
export function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`The configuration file ${path} cannot be read: ${(error as Error).message}`);
  }
  return parseConfig(text, path);
}

/** The same for its text. */
export function parseConfig(text: string, path: string): ConfigFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`The configuration file ${path} cannot be read: ${(error as Error).message}`);
  }
  return checked(value, SHAPE, "", path) as ConfigFile;
}

function checked(value: unknown, kind: Kind, at: string, path: string): unknown {
  const fail = (wanted: string): never => {
    throw new Error(`The configuration file ${path} has no ${wanted} at ${at === "" ? "its top" : at}`);
  };
  if (typeof kind === "object") {
    if (at === "tls" && typeof value === "boolean") return value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return fail("object");
    const known = Object.keys(kind).join(", ");
    const entries = Object.entries(value).map(([key, each]) => {
      const inner = Object.hasOwn(kind, key) ? kind[key] : undefined;
      const place = at === "" ? key : `${at}.${key}`;
      if (inner === undefined) throw new Error(`The configuration file ${path} has ${place}; known are ${known}`);
      return [key, checked(each, inner, place, path)];
    });
    return Object.fromEntries(entries);
  }
  switch (kind) {
    case "text":
      return typeof value === "string" ? value : fail("text");
    case "path":
      return typeof value === "string" ? resolve(dirname(path), value) : fail("path");
    case "texts":
      return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : fail("list of text");
    case "names":
      return isRecordOfText(value) ? value : fail("object of text");
    case "limits":
      return checkedLimits(value, at, path) ?? fail("object of numbers");
    case "secret":
      return checkedSecret(value, path) ?? fail('text, { "env": name } or { "file": path }');
  }
}

function checkedLimits(value: unknown, at: string, path: string): Partial<Limits> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  for (const [name, limit] of Object.entries(value)) {
    const problem = limitProblem(name, limit);
    if (problem !== undefined) throw new Error(`The configuration file ${path}, at ${at}: ${problem}`);
  }
  return value;
}

function isRecordOfText(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null && Object.values(value).every((each) => typeof each === "string");
}

function checkedSecret(value: unknown, path: string): Secret | undefined {
  if (typeof value === "string") return value;
  if (!isRecordOfText(value) || Object.keys(value).length !== 1) return undefined;
  if (value.env !== undefined) return { env: value.env };
  return value.file === undefined ? undefined : { file: resolve(dirname(path), value.file) };
}
