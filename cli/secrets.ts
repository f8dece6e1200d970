/**
 * Where secrets come from: the environment, a file, or the configuration file; never the command line, which every
 * process of the machine can read. A file is read again for each use, so that a rotated secret is taken up.
 */
import { readFileSync } from "node:fs";
import process from "node:process";

export type Secret = string | { readonly env: string } | { readonly file: string };

/** @throws Error that names the place which holds nothing. */
export function readSecret(secret: Secret, what: string): string {
  if (typeof secret === "string") return secret;
  if ("file" in secret) return readFileSync(secret.file, "utf8").replace(/\r?\n$/, "");
  const value = process.env[secret.env];
  if (value === undefined) throw new Error(`${what}: the environment has no ${secret.env}`);
  return value;
}
