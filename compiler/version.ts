/**
 * The compiler's own identity for the cache: a hash of its source texts and of those of `protocol/`, and the versions of
 * Babel and esbuild, so that a changed phase never meets what an older one has left.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { version as babelVersion } from "@babel/core";
import { version as esbuildVersion } from "esbuild";

let known: string | undefined;

export function compilerVersion(): string {
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(`${babelVersion} ${esbuildVersion}`);
  for (const folder of [import.meta.dirname, join(import.meta.dirname, "../protocol")]) {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.[jt]s$/.test(file));
    for (const file of files.sort()) hash.update(file).update(readFileSync(join(folder, file)));
  }
  known = hash.digest("hex");
  return known;
}
