/**
 * `npm test`: format, lint and types; then every test file by node's own runner, with one real Kafka for all of them.
 *
 * Arguments are passed on as test file patterns: `npm test -- "test/stream/*.test.ts"` runs those only, without the
 * checks. Where there is neither Java nor Maven the Kafka tests are skipped with one loud line; with CI=true that fails.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { kafkaAvailable, launchSharedKafka } from "../test/kafka/harness/index.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const patterns = process.argv.slice(2);

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", env });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

async function checks(): Promise<number> {
  for (const [name, ...args] of [
    ["biome", "check", "."],
    ["tsc", "--noEmit"],
  ] as const) {
    const code = await run(join(root, "node_modules", ".bin", name), args);
    if (code !== 0) return code;
  }
  return 0;
}

async function tests(): Promise<number> {
  const files = globSync(patterns.length > 0 ? patterns : "test/**/*.test.ts", { cwd: root }).sort();
  if (files.length === 0) throw new Error(`No test file matches ${patterns.join(" ")}`);
  const kafka = kafkaAvailable() ? await launchSharedKafka() : undefined;
  try {
    return await run(
      process.execPath,
      ["--no-node-snapshot", "--test", "--test-concurrency=2", "--test-timeout=240000", ...files],
      {
        ...process.env,
        ...kafka?.environment,
      },
    );
  } finally {
    await kafka?.stop();
  }
}

const code = patterns.length > 0 ? 0 : await checks();
process.exitCode = code === 0 ? await tests() : code;
