/**
 * The compiler's public face: a workflow's script → Program (docs/ARCHITECTURE.md, "Compiler").
 *
 *   load → parse → modules → closures → frames → link
 */

import { existsSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Cache } from "./cache.ts";
import { load } from "./load/index.ts";
import { loadText } from "./load/text.ts";
import { buildProgram, type CompileResult } from "./program.ts";

export { CompileError, type CompileWarning, warningText } from "./diagnostics/compile-error.ts";
export { compileCode } from "./dynamic/index.ts";
export type { CompileResult } from "./program.ts";

export interface CompileOptions {
  /** Path of the entry module, absolute or relative to `folder`. */
  readonly entry: string;
  /** The folder that is deployed: ids and messages name first-party files relative to it. */
  readonly folder: string;
  /**
   * Where results are kept by content hash. Default: `.cache/kawait` in the nearest `node_modules` of the folder; where there
   * is none, nothing is kept beyond this process.
   */
  readonly cacheFolder?: string;
}

export interface CompileSourceOptions {
  /** Relative name for ids and messages; its ending decides the language. Default `main.ts`. */
  readonly filename?: string;
  /** Default: `module` unless the name ends in `.cjs`. */
  readonly sourceType?: "module" | "commonjs" | "script";
  /** The module must export `main` or a default. Default false. */
  readonly needsMain?: boolean;
}

/** The module that a sandbox loads to compile code made at run time: it exports `compileCode`. */
export const CODE_COMPILER: string = fileURLToPath(
  new URL(`dynamic/index${extname(import.meta.url)}`, import.meta.url),
);

const memoryCache = new Cache();
const folderCaches = new Map<string, Cache>();

/**
 * Compiles a script with everything it imports.
 *
 * @throws CompileError for a script that cannot be compiled: code, place, code frame, what to do.
 * @example const { program, warnings } = await compile({ entry: "src/trip.ts", folder: process.cwd() });
 */
export async function compile(options: CompileOptions): Promise<CompileResult> {
  const loaded = await load(options);
  return await buildProgram(loaded, cacheFor(options.cacheFolder ?? defaultCacheFolder(options.folder)), {
    needsMain: true,
  });
}

/** Compiles one module's text that imports nothing but `kawait`: for tests and code made at run time. */
export async function compileSource(text: string, options: CompileSourceOptions = {}): Promise<CompileResult> {
  return await buildProgram(loadText(text, options), memoryCache, { needsMain: options.needsMain ?? false });
}

function cacheFor(folder: string | undefined): Cache {
  if (folder === undefined) return memoryCache;
  let cache = folderCaches.get(folder);
  if (cache === undefined) {
    cache = new Cache(folder);
    folderCaches.set(folder, cache);
  }
  return cache;
}

function defaultCacheFolder(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (existsSync(join(at, "node_modules"))) return join(at, "node_modules", ".cache", "kawait");
    if (dirname(at) === at) return undefined;
  }
}
