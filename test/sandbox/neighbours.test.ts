/** Who shares a sandbox process with a step that takes all it can get: accused is nobody else, and nobody waits for the verdict. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepRequest, StepResult } from "#protocol";
import { DEFAULT_SANDBOX_LIMITS } from "#runtime";
import { CallProgress, CallWatch, encodeLongCall, LongCallReader } from "../../runtime/host/long-call.ts";
import { SandboxProcesses } from "../../runtime/host/sandbox-processes.ts";
import { advanced, deploy, LOW_LIMITS, poolFor, resumeOf, startOf } from "./harness/steps.ts";
import { until } from "./harness/until.ts";

const ECHO = `export function main(n) { return n; }`;
const NATIVE = `export function main() { return [].indexOf.call({ length: 2 ** 53 - 1 }, 5); }`;
const COUNTER = `import { suspend } from "kawait";
export async function main() {
  for (;;) if ((await suspend("next")) === "hang") [].indexOf.call({ length: 2 ** 53 - 1 }, 5);
}`;
const LOOP = `export function main() { for (;;); }`;
const CONFIGURATION = { mode: "live", limits: DEFAULT_SANDBOX_LIMITS, prelude: "", compiler: "" } as const;
const LIMITS = { ...LOW_LIMITS, stepMs: 600 };
const ATTEMPTS_MAX = 8;

function codeOf(result: StepResult | undefined): string | undefined {
  return result?.kind === "faulted" ? result.code : undefined;
}

test("beside a step that hangs in native code nobody is suspected: one process dies, and the others go on before the verdict", {
  timeout: 60_000,
}, async (t) => {
  const pool = poolFor(t);
  const [good, bad] = [await deploy(pool, ECHO), await deploy(pool, NATIVE)];
  const settled: string[] = [];
  const run = async (threadId: string, hash: string): Promise<StepResult> => {
    const [result] = await pool.runSteps([{ ...startOf(threadId, hash, threadId), limits: LIMITS }]);
    settled.push(threadId);
    return result!;
  };
  // The first has a frame of its own; what comes while it runs shares the next one.
  const ids = ["first", "before 1", "before 2", "hog", "behind 1", "behind 2"];
  const results = await Promise.all(ids.map((id) => run(id, id === "hog" ? bad : good)));
  for (const [index, id] of ids.entries())
    if (id === "hog") assert.equal(codeOf(results[index]), "StepTimeLimit");
    else assert.equal(JSON.parse(advanced(results[index]).result ?? ""), id);
  assert.equal(settled.at(-1), "hog");
  assert.equal(pool.health()[0]?.restarts, 1, "it did not die a second time to find out who it was");
});

test("of steps that went into the sandbox together, with one that hangs, each has to show that it is not that one, elsewhere", {
  timeout: 60_000,
}, async (t) => {
  const pool = poolFor(t);
  const hash = await deploy(pool, COUNTER);
  const ids = Array.from({ length: 12 }, (_, n) => `thread ${n}`);
  const run = (requests: readonly StepRequest[]) =>
    pool.runSteps(requests.map((each) => ({ ...each, limits: LIMITS })));
  let results = await run(ids.map((id) => startOf(id, hash)));
  // Calls get larger as long as all goes well.
  for (let stepId = 1; stepId <= 5; stepId++) {
    const value = (id: string): string => (stepId === 5 && id === "thread 7" ? "hang" : "go on");
    results = await run(
      ids.map((id, n) => resumeOf(id, hash, { stepId, result: advanced(results[n]) }, "next", value(id))),
    );
  }
  assert.equal(codeOf(results[7]), "StepTimeLimit");
  for (const [n, result] of results.entries()) if (n !== 7) assert.equal(advanced(result).awaits[0]?.ref, "next");
  assert.equal(pool.health()[0]?.restarts, 1, "the second to die was the process of the verdict");
});

test("who is judged holds up nobody: neither another accused nor the steps of others", {
  timeout: 60_000,
}, async (t) => {
  const pool = poolFor(t, { processes: 2 });
  const [good, bad] = [await deploy(pool, ECHO), await deploy(pool, LOOP)];
  const judges = (): number => pool.health().filter(({ state }, at) => at >= 2 && state === "busy").length;
  // Were others held up, it would be so each time; where starting a process takes as long as a verdict, it happens.
  let isHeldUp = true;
  for (let attempt = 0; isHeldUp && attempt < ATTEMPTS_MAX; attempt++) {
    let isJudged = false;
    const judging = pool.runSteps(["one", "two"].map((id) => ({ ...startOf(id, bad), limits: LIMITS })));
    void judging.then(() => {
      isJudged = true;
    });
    await until("both are judged at the same time", () => judges() === 2);
    const results = await pool.runSteps(Array.from({ length: 8 }, (_, n) => startOf(`good ${n}`, good, n)));
    assert.ok(results.every((result) => advanced(result).status === "completed"));
    isHeldUp = isJudged;
    assert.deepEqual((await judging).map(codeOf), ["StepTimeLimit", "StepTimeLimit"]);
  }
  assert.equal(isHeldUp, false, "the steps of others are over before the verdicts");
});

test("a reserve is started for each process in need, up to a bound, and is handed out before anything is started", async (t) => {
  const processes = new SandboxProcesses("setInterval(() => {}, 1_000);", CONFIGURATION);
  t.after(() => processes.close());
  assert.equal(processes.spare, 0);
  const [one, two, three] = [{}, {}, {}];
  processes.prepare(one);
  assert.equal(processes.spare, 2);
  processes.prepare(one);
  assert.equal(processes.spare, 2);
  processes.prepare(two);
  processes.prepare(three);
  assert.equal(processes.spare, 4);
  const taken = processes.take();
  assert.equal(processes.spare, 3);
  processes.close();
  assert.equal(processes.spare, 0);
  const fresh = processes.take();
  assert.notEqual(fresh.process.pid, taken.process.pid);
  for (const { process } of [taken, fresh]) {
    assert.equal(process.signalCode, null, "who was taken is not ended with the reserve");
    process.kill("SIGKILL");
  }
});

test("a process of the reserve that has died is not handed out", { timeout: 60_000 }, async (t) => {
  const processes = new SandboxProcesses("process.exit(3);", CONFIGURATION);
  t.after(() => processes.close());
  processes.prepare(processes);
  await until("all of them have ended", () => processes.spare === 0);
  assert.equal(processes.take().process.exitCode, null);
});

test("a call is told of when it lasts long, twice, and never when it is over", () => {
  const progress = new CallProgress();
  const watch = new CallWatch(new CallProgress(progress.memory));
  assert.equal(watch.look(0), undefined);
  progress.begin(3, 5, 2);
  assert.equal(watch.look(1_000), undefined, "it began since the last look, nobody knows when");
  assert.equal(watch.look(1_199), undefined);
  const call = { frame: 3, first: 5, count: 2 };
  assert.deepEqual(watch.look(1_200), { ...call, lastsMs: 200 });
  assert.equal(watch.look(1_499), undefined);
  assert.deepEqual(watch.look(1_520), { ...call, lastsMs: 520 });
  assert.equal(watch.look(9_000), undefined);
  progress.begin(3, 5, 2);
  assert.equal(watch.look(9_100), undefined, "the same steps again are another call");
  progress.end();
  assert.equal(watch.look(9_200), undefined);
  assert.equal(watch.look(99_000), undefined);
});

test("what is told of a call is read whole, in whatever pieces it comes", () => {
  const reader = new LongCallReader();
  const [one, two] = [
    { frame: 1, first: 2, count: 3, lastsMs: 200 },
    { frame: 4, first: 0, count: 1, lastsMs: 503 },
  ];
  const text = encodeLongCall(one) + encodeLongCall(two);
  assert.equal(reader.push(Buffer.from(text.slice(0, 4))), undefined);
  assert.deepEqual(reader.push(Buffer.from(text.slice(4, 14))), one);
  assert.deepEqual(reader.push(Buffer.from(text.slice(14))), two);
  assert.equal(reader.push(Buffer.from("no call\n1 2\n")), undefined);
});
