/**
 * Processes that die, hang, or talk nonsense: nothing is lost, nobody innocent is blamed, and this process lives.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createSandboxPool, DEFAULT_SANDBOX_LIMITS } from "#runtime";
import { SandboxProcesses } from "../../runtime/host/sandbox-processes.ts";
import { StepJob } from "../../runtime/host/step-job.ts";
import { Supervisor } from "../../runtime/host/supervisor.ts";
import type { SandboxConfiguration } from "../../runtime/host/wire.ts";
import { advanced, deploy, LOW_LIMITS, poolFor, startOf } from "./harness/steps.ts";
import { until } from "./harness/until.ts";

/** Some milliseconds of work, and what proves that it was done. */
const WORK = workOf(3_000_000);

/** Far more than any of it takes on a slow machine. */
const PATIENT = { ...LOW_LIMITS, stepMs: 20_000 };

function workOf(turns: number): string {
  return `export function main(n) { let sum = 0; for (let i = 0; i < ${turns}; i++) sum = (sum + i * n) % 1_000_003; return { n, sum }; }`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a batch whose process is killed again and again comes through", { timeout: 60_000 }, async (t) => {
  const pool = poolFor(t);
  const hash = await deploy(pool, WORK);
  const requests = Array.from({ length: 60 }, (_, n) => ({ ...startOf(`thread ${n}`, hash, n), limits: PATIENT }));
  const deaths = (): number => pool.health()[0]?.restarts ?? 0;
  // A machine may be so quick that a batch is over before it was hit twice: then another one is.
  for (let hits = 0; hits < 2; ) {
    hits = 0;
    let kills = 0;
    const before = deaths();
    let isOver = false;
    const running = pool.runSteps(requests).finally(() => {
      isOver = true;
    });
    while (hits < 2) {
      await until("the process works", () => isOver || pool.health()[0]?.state === "busy");
      const [child] = pool.processes();
      if (isOver || child === undefined) break;
      process.kill(child.pid, "SIGKILL");
      kills++;
      await until("its death is noticed", () => isOver || deaths() > before + hits);
      if (!isOver) hits++;
    }
    assert.deepEqual(
      (await running).map((result) => JSON.parse(advanced(result).result ?? "").n),
      requests.map((_, n) => n),
    );
    assert.ok(deaths() <= before + kills, "none died that was not killed");
  }
});

test("a step whose process is killed from outside, also where it is judged, and again, is blamed for nothing", {
  timeout: 60_000,
}, async (t) => {
  const KILLS = 4;
  const pool = poolFor(t);
  const deaths = (): number => pool.health().reduce((sum, { restarts }) => sum + restarts, 0);
  // Until it was hit so often while it ran: on a quick machine that takes more work.
  for (let kills = 0, turns = 60_000_000; kills < KILLS; turns *= 2) {
    kills = 0;
    const before = deaths();
    let isOver = false;
    const hash = await deploy(pool, workOf(turns));
    const running = pool.runSteps([{ ...startOf("thread", hash, 1), limits: PATIENT }]).finally(() => {
      isOver = true;
    });
    while (kills < KILLS) {
      await until("a process works", () => isOver || pool.health().some(({ state }) => state === "busy"));
      const { pid } = pool.health().find(({ state }) => state === "busy") ?? {};
      if (isOver || !pid) break;
      process.kill(pid, "SIGKILL");
      await until("its death is noticed", () => isOver || deaths() > before + kills);
      if (!isOver) kills++;
    }
    const [result] = await running;
    assert.equal(JSON.parse(advanced(result).result ?? "").n, 1);
  }
});

test("time in which a step was not let run is no CPU time of its", { timeout: 60_000 }, async (t) => {
  const STEP_MS = 1_000;
  const STOPPED_MS = 1_500;
  const told: number[] = [];
  const note = (_message: string, { cpuMs }: { readonly cpuMs?: number } = {}): void => {
    if (cpuMs !== undefined) told.push(cpuMs);
  };
  const logger = { info() {}, warn: note, error() {} };
  const pool = poolFor(t, { logger, limits: { hangGraceMs: 60_000 } });
  const hash = await deploy(pool, `export function main(isEndless) { while (isEndless); }`);
  await pool.runSteps([startOf("warm", hash, false)]);
  const limits = { ...LOW_LIMITS, stepMs: STEP_MS };
  const running = pool.runSteps([{ ...startOf("thread", hash, true), limits }]).catch(() => {});
  await until("the step runs", () => pool.health()[0]?.state === "busy");
  const { pid } = pool.processes()[0]!;
  process.kill(pid, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, STOPPED_MS));
  process.kill(pid, "SIGCONT");
  await until("its time is over", () => told.length > 0);
  assert.ok(told[0]! < STEP_MS * 1.2, `${told[0]} ms of CPU time were told`);
  await pool.close();
  await running;
});

test("results that were handed out before a crash stand, and only the culprit faults", {
  timeout: 60_000,
}, async (t) => {
  const pool = poolFor(t, { limits: { processMemoryMb: 256 } });
  const work = await deploy(pool, WORK);
  const hang = await deploy(pool, `export function main() { return [].indexOf.call({ length: 2 ** 53 - 1 }, 5); }`);
  const requests = Array.from({ length: 20 }, (_, n) => startOf(`thread ${n}`, n === 7 || n === 13 ? hang : work, n));
  const results = await pool.runSteps(requests);
  for (const [n, result] of results.entries()) {
    if (n === 7 || n === 13) assert.equal(result.kind === "faulted" && result.code, "StepTimeLimit");
    else assert.equal(JSON.parse(advanced(result).result ?? "").n, n);
  }
});

test("a program whose modules throw faults its threads, and says where", async (t) => {
  const logged: unknown[] = [];
  const pool = poolFor(t, { logger: { warn: (message, fields) => logged.push({ message, ...fields }) } });
  const source = `const seats: any = undefined;
async function book(n: number) {
  return seats[n];
}
book(2);
export function main() {}`;
  const hash = await deploy(pool, source);
  const results = await pool.runSteps([startOf("one", hash), startOf("two", hash)]);
  const message = [
    "main.ts:3:15: TypeError: Cannot read properties of undefined (reading '2')",
    "  1 | const seats: any = undefined;",
    "  2 | async function book(n: number) {",
    "> 3 |   return seats[n];",
    "    |               ^",
    "  4 | }",
    "  5 | book(2);",
    "    at book (main.ts:3:15)",
    "    at main.ts:5:1",
  ].join("\n");
  const fault = { kind: "faulted", code: "ProgramLoadFailed", message };
  assert.deepEqual(results, [fault, fault]);
  const told = { message: "A program does not load.", workflow: "main", programHash: hash, error: message };
  assert.deepEqual(logged, [told], "the log has it once");
  const summary = await pool.programSummary(hash);
  assert.equal(summary.isLoadable, false);
  const position = { source: "main.ts", line: 3, column: 14 };
  assert.deepEqual(summary.failure, { code: "ProgramLoadFailed", message, position });
  for (const [text, said] of [
    [`throw 5;`, "5\n    at main.ts"],
    [`throw new Error("x".repeat(5000));`, /^main\.ts:1:7: Error: x{1993}… \(cut\)\n> 1 \|/],
    [`throw { get message() { for (;;); }, toString() { return "at will"; } };`, "at will\n    at main.ts"],
    [`throw new Proxy({}, { get() { throw 1; } });`, "a value that cannot be shown\n    at main.ts"],
  ] as const) {
    const { failure } = await pool.programSummary(await deploy(pool, `${text}\nexport function main() {}`));
    if (typeof said === "string") assert.equal(failure?.message, said);
    else assert.match(failure?.message ?? "", said);
  }
  const good = await pool.programSummary(await deploy(pool, `export function main() {}`));
  assert.equal(good.isLoadable, true);
});

test("a program whose modules never end faults its threads", { timeout: 120_000 }, async (t) => {
  const pool = poolFor(t, { limits: { loadMs: 150 } });
  const hash = await deploy(pool, `for (;;);\nexport function main() {}`);
  const results = await pool.runSteps(Array.from({ length: 20 }, (_, n) => startOf(`thread ${n}`, hash)));
  for (const result of results) {
    assert.equal(result.kind === "faulted" && result.code, "StepTimeLimit");
    assert.match((result as { message: string }).message, /modules/);
  }
  const summary = await pool.programSummary(hash);
  assert.equal(summary.failure?.code, "StepTimeLimit");
});

test("a load whose process is killed from outside, or that needs more memory, is judged by itself", async (t) => {
  const pool = poolFor(t);
  const hash = await deploy(
    pool,
    `export const list = (() => {\n  const all = [];\n  for (let n = 0; n < 1e6; n++) all.push({ n });\n  return all.length;\n})();\nexport function main() {}`,
  );
  const [asked, small] = [pool.programSummary(hash, 256), pool.programSummary(hash, 16)];
  await until("it is loaded", () => pool.health()[0]?.state === "busy");
  process.kill(pool.processes()[0]?.pid ?? 0, "SIGKILL");
  assert.equal((await asked).failure, null);
  assert.equal((await small).failure?.code, "StepMemoryLimit");
  assert.ok((pool.health()[0]?.restarts ?? 0) >= 1);
});

test("a process inherits nothing of ours: no variable of the environment", {
  skip: process.platform !== "linux",
}, async (t) => {
  process.env.KAWAIT_TEST_SECRET = "secret";
  t.after(() => delete process.env.KAWAIT_TEST_SECRET);
  const pool = poolFor(t);
  await pool.runSteps([startOf("thread", await deploy(pool, `export function main() {}`))]);
  const [child] = pool.processes();
  assert.ok(child);
  const names = readFileSync(`/proc/${child.pid}/environ`, "utf8")
    .split("\0")
    .map((entry) => entry.split("=")[0])
    .filter((name) => name !== "" && name !== "PWD");
  assert.deepEqual(names.sort(), ["LANG", "LC_ALL", "TZ"]);
});

test("a closed pool leaves no process, and fails what was under way", async () => {
  const pool = createSandboxPool({ processes: 1 });
  const hash = await deploy(pool, `export function main() { for (;;); }`);
  const running = pool.runSteps([{ ...startOf("thread", hash), limits: PATIENT }]);
  const failed = assert.rejects(running, /pool is closed/);
  await until("the process works", () => pool.health()[0]?.state === "busy");
  const [child] = pool.processes();
  assert.ok(child);
  await pool.close();
  await failed;
  await until("the process is gone", () => !isAlive(child.pid));
  await assert.rejects(pool.runSteps([startOf("thread", hash)]), /pool is closed/);
});

test("a process that hangs in native code ends with the engine that was killed", { timeout: 60_000 }, async (t) => {
  const engine = spawn(
    process.execPath,
    ["--no-node-snapshot", "--no-warnings", fileURLToPath(new URL("harness/hanging-engine.ts", import.meta.url))],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  t.after(() => engine.kill("SIGKILL"));
  const [line] = (await once(engine.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  assert.ok(isAlive(pid));
  engine.kill("SIGKILL");
  await until("the sandbox process is gone", () => !isAlive(pid));
});

/** A supervisor whose child runs another script than ours. */
function supervisorOf(script: string) {
  const limits = { ...DEFAULT_SANDBOX_LIMITS, hangGraceMs: 200 };
  const program = { hash: "0".repeat(64), code: "", tables: "{}", debug: "{}" };
  const configuration: SandboxConfiguration = { mode: "live", limits, prelude: "", compiler: "" };
  const processes = new SandboxProcesses(script, configuration);
  const supervisor = new Supervisor(processes, configuration, () => program, undefined);
  const result = new Promise<unknown>((resolve) => {
    supervisor.submit(new StepJob(startOf("thread", program.hash), resolve, resolve));
  });
  supervisor.pump();
  return { supervisor, result };
}

const READY = `const s = new (require("net").Socket)({ fd: 3 }); s.write(Buffer.from([1, 0, 0, 0, 0]));`;

const NONSENSE = {
  "bytes that are no frame": `${READY} s.on("data", () => s.write(Buffer.alloc(100, 255)));`,
  "a flood of bytes": `${READY} const flood = () => { while (s.write(Buffer.alloc(65536, 1))); s.once("drain", flood); }; s.once("data", flood);`,
  "outcomes that nobody asked for": `${READY} s.on("data", () => s.write(Buffer.from([17, 0, 0, 0, 2, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0])));`,
  "a flood of errors": `${READY} s.on("data", () => { for (;;) require("fs").writeSync(2, "x".repeat(65536)); });`,
};

for (const [name, script] of Object.entries(NONSENSE)) {
  test(`a process that sends ${name} is killed, and the step gets its verdict`, { timeout: 60_000 }, async (t) => {
    const { supervisor, result } = supervisorOf(script);
    t.after(() => supervisor.close());
    const { kind, code } = (await result) as { kind: string; code: string };
    assert.equal(kind, "faulted");
    assert.ok(["SandboxCrashed", "StepTimeLimit"].includes(code), code);
    assert.ok(supervisor.health().restarts >= 2);
  });
}

test("a process that cannot start is told as such, and restarts slow down", { timeout: 60_000 }, async (t) => {
  const { supervisor, result } = supervisorOf(`process.exit(3)`);
  t.after(() => supervisor.close());
  const error = await result;
  assert.match(String(error), /cannot be started: exit code 3/);
  assert.equal(supervisor.health().state, "crashLooping");
});
