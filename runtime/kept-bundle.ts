/**
 * A bundle, kept on disk for the next process: joining the sources takes a process of esbuild's and a good part of a
 * start. It lies where Node keeps what it compiled, and only when Node was told to (`enableCompileCache`).
 *
 * A step is a function of the bundle (I2): a kept one is taken only when each source file is, byte for byte, what it was
 * made from.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire, getCompileCacheDir } from "node:module";
import { join, resolve } from "node:path";
import process from "node:process";
import type { BuildOptions } from "esbuild";
import { sturdyBuild } from "./sturdy-build.ts";

interface Kept {
  readonly text: string;
  /** SHA-256 of `text`. */
  readonly hash: string;
  /** Path and SHA-256 of each source. */
  readonly sources: readonly (readonly [string, string])[];
}

/** @throws esbuild's error when the build fails */
export async function keptBundle(options: BuildOptions): Promise<string> {
  const path = pathOf(options);
  const kept = path === undefined ? undefined : read(path);
  if (kept !== undefined) return kept.text;
  const startedMs = Date.now();
  const { outputFiles, metafile } = await sturdyBuild({ ...options, write: false, metafile: true });
  const text = outputFiles[0]?.text ?? "";
  if (path !== undefined) {
    const sources = Object.keys(metafile?.inputs ?? {}).map((input) => resolve(input));
    write(path, { text, sources, startedMs });
  }
  return text;
}

/** Undefined: nothing is to be kept. */
function pathOf(options: BuildOptions): string | undefined {
  const folder = getCompileCacheDir();
  if (folder === undefined) return undefined;
  const { version } = createRequire(import.meta.url)("esbuild/package.json") as { readonly version: string };
  return join(folder, "kawait", `${hashOf(JSON.stringify([version, options]))}.json`);
}

function read(path: string): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(path, "utf8")) as Kept;
    const isSame = kept.sources.every(([source, hash]) => hashOf(readFileSync(source)) === hash);
    return isSame && hashOf(kept.text) === kept.hash ? kept : undefined;
  } catch {
    // Not there, cut short, or a source is gone: it is made anew.
    return undefined;
  }
}

function write(
  path: string,
  {
    text,
    sources,
    startedMs,
  }: { readonly text: string; readonly sources: readonly string[]; readonly startedMs: number },
): void {
  try {
    // One that was changed while esbuild read them may not be what is in the bundle.
    if (sources.some((source) => statSync(source).mtimeMs >= startedMs)) return;
    const kept: Kept = {
      text,
      hash: hashOf(text),
      sources: sources.map((source) => [source, hashOf(readFileSync(source))]),
    };
    mkdirSync(join(path, ".."), { recursive: true });
    const whole = `${path}.${process.pid}`;
    writeFileSync(whole, JSON.stringify(kept));
    renameSync(whole, path);
  } catch {
    // A folder that cannot be written to costs the next start some time, nothing else.
  }
}

function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
