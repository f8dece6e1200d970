/**
 * Bundles `runtime/guest/` into the one script that a context evaluates first. An isolate has no modules of Node, so the
 * bundle may import nothing; esbuild only joins and strips types.
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { keptBundle } from "./kept-bundle.ts";

export interface GuestPrelude {
  /** A script whose completion value is the kernel (`runtime/guest/kernel/`). */
  readonly code: string;
  /** Hex SHA-256 of the code: part of what a step is a function of (I2). */
  readonly version: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** Files of the protocol that the guest does not use stay out: some need what an isolate lacks. */
export const onlyWhatIsUsed: Plugin = {
  name: "protocol-without-side-effects",
  setup({ onResolve }) {
    onResolve({ filter: /^#protocol$/ }, () => ({ path: join(root, "protocol/index.ts"), sideEffects: false }));
    onResolve({ filter: /^\.\// }, ({ path, importer }) =>
      dirname(importer) === join(root, "protocol")
        ? { path: join(root, "protocol", path), sideEffects: false }
        : undefined,
    );
  },
};

let bundled: Promise<GuestPrelude> | undefined;

/** The prelude of this installation; built, or read, once per process. */
export function guestPrelude(): Promise<GuestPrelude> {
  bundled ??= bundle().catch((error: unknown) => {
    // The next caller tries again.
    bundled = undefined;
    throw error;
  });
  return bundled;
}

async function bundle(): Promise<GuestPrelude> {
  const text = await keptBundle({
    entryPoints: [fileURLToPath(new URL("guest/index.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    globalName: "kernel",
    target: "node24",
    platform: "neutral",
    treeShaking: true,
    legalComments: "none",
    charset: "utf8",
    logLevel: "silent",
    plugins: [onlyWhatIsUsed],
  });
  // The names of the bundle stay inside a function: a script must find nothing of ours on the global object.
  const code = `(() => {\n${text}return kernel.default;\n})();\n`;
  return { code, version: createHash("sha256").update(code).digest("hex") };
}
