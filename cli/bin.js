#!/usr/bin/env node
// Starts the command line with the Node that the package asks for: 24, which runs TypeScript as it is.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;

function nodePath() {
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) return process.execPath;
  try {
    return join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  } catch {
    console.error(`kawait needs Node ${NODE_MAJOR_MIN} or later (this is ${process.version}): npm install node@24`);
    process.exit(1);
  }
}

const main = join(dirname(fileURLToPath(import.meta.url)), "entry.ts");
const child = spawn(nodePath(), [main, ...process.argv.slice(2)], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130);
});
