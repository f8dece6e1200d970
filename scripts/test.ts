/**
 * `npm test`: format, lint and types; then every test file by node's own runner, with one real Kafka for all of them.
 *
 * Arguments are passed on as test file patterns: `npm test -- "test/stream/*.test.ts"` runs those only, without the
 * checks. Where there is neither Java nor Maven the Kafka tests are skipped with one loud line; with CI=true that fails.
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import process from "node:process";
import { finished } from "node:stream/promises";
import { run as runTests } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { kafkaAvailable, launchSharedKafka } from "../test/kafka/harness/index.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const patterns = process.argv.slice(2);
const FILES_AT_ONCE = 2;
const TEST_TIMEOUT_MS = 240_000;
const SILENCE_MAX_MS = TEST_TIMEOUT_MS + 60_000;

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

/** The longest first, so that none of them is left over at the end; the order of the others does not matter. */
const LONGEST = ["test/kill/kafka", "test/kill/", "test/heap/", "test/cli/", "test/kafka/operators", "test/engine/"];

function rank(file: string): number {
  const index = LONGEST.findIndex((prefix) => file.startsWith(prefix));
  return index < 0 ? LONGEST.length : index;
}

/**
 * Each file in a process of its own, two at a time. A process that does not end although its tests have (something it
 * opened was not closed) ends the run with its name.
 */
async function runFiles(files: readonly string[]): Promise<number> {
  const stuck = new AbortController();
  const stream = runTests({
    signal: stuck.signal,
    files: files.map((file) => join(root, file)),
    concurrency: FILES_AT_ONCE,
    timeout: TEST_TIMEOUT_MS,
    execArgv: ["--no-node-snapshot", `--import=${new URL("../test/leave.ts", import.meta.url)}`],
    cwd: root,
  });
  let code = 0;
  const running = new Set<string>();
  const giveUp = (): void => {
    console.error(
      `No test has begun or ended for ${SILENCE_MAX_MS / 60_000} minutes; still running: ${[...running].join(", ")}`,
    );
    code = 1;
    stuck.abort();
  };
  let silence = setTimeout(giveUp, SILENCE_MAX_MS);
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(giveUp, SILENCE_MAX_MS);
  };
  stream.on("test:fail", () => {
    code = 1;
  });
  stream.on("test:dequeue", ({ name, nesting }) => {
    if (nesting === 0 && isAbsolute(name)) running.add(name);
    heard();
  });
  stream.on("test:complete", ({ name }) => {
    running.delete(name);
    heard();
  });
  const report = stream.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await finished(report, { writable: false });
  clearTimeout(silence);
  return code;
}

function isTestFile(file: string): boolean {
  return file.endsWith(".test.ts");
}

async function tests(): Promise<number> {
  // What else lies beside a test is started by it, with arguments: alone it could do anything.
  const files = globSync(patterns.length > 0 ? patterns : "test/**", { cwd: root })
    .filter(isTestFile)
    .sort();
  if (files.length === 0) throw new Error(`No test file matches ${patterns.join(" ")}`);
  const kafka = kafkaAvailable() ? await launchSharedKafka() : undefined;
  // What one file's process has compiled, and bundled for sandboxes, the next one need not.
  process.env.NODE_COMPILE_CACHE ??= join(root, ".cache", "compiled");
  try {
    Object.assign(process.env, kafka?.environment);
    return await runFiles(files.sort((left, right) => rank(left) - rank(right)));
  } finally {
    await kafka?.stop();
  }
}

const code = patterns.length > 0 ? 0 : await checks();
process.exitCode = code === 0 ? await tests() : code;
