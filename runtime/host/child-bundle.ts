/**
 * The sandbox process's program as one text, bundled once per engine process: a child that reads it from its standard
 * input starts in a third of the time that loading the modules one by one takes, and a restart is part of every verdict.
 */
import { createRequire } from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { keptBundle } from "../kept-bundle.ts";

let bundled: Promise<string> | undefined;

/** A CommonJS script. */
export function childBundle(): Promise<string> {
  bundled ??= bundle().catch((error: unknown) => {
    // The next caller tries again.
    bundled = undefined;
    throw error;
  });
  return bundled;
}

async function bundle(): Promise<string> {
  const own = fileURLToPath(import.meta.url);
  const ending = extname(own);
  const guard = await textOf(fileURLToPath(new URL(`guard${ending}`, import.meta.url)), {});
  return await textOf(fileURLToPath(new URL(`child${ending}`, import.meta.url)), {
    GUARD_SCRIPT: JSON.stringify(guard),
  });
}

async function textOf(entry: string, define: Record<string, string>): Promise<string> {
  const text = await keptBundle({
    entryPoints: [entry],
    bundle: true,
    format: "cjs",
    target: "node24",
    platform: "node",
    treeShaking: true,
    external: ["isolated-vm"],
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
    define,
  });
  // A script from standard input resolves packages from the working directory: name the one that this process would load.
  const isolatedVm = createRequire(import.meta.url).resolve("isolated-vm");
  return text.replaceAll('require("isolated-vm")', `require(${JSON.stringify(isolatedVm)})`);
}
