/**
 * Threads that stay decoded: their heap stays with the engine, several go into the isolate in one call, and neither can be
 * told from what comes out (I3).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepAdvanced, StepRequest } from "#protocol";
import { LiveThreads } from "../../runtime/host/live-threads.ts";
import { StepJob } from "../../runtime/host/step-job.ts";
import { StepPace } from "../../runtime/host/step-pace.ts";
import { advanced, deploy, poolFor, resumeOf, startOf } from "./harness/steps.ts";

const CHAIN = `import { suspend } from "kawait";
export async function main(start) {
  let sum = start;
  for (let n = 1; ; n++) {
    const value = await suspend("next");
    if (value === "loop") for (;;);
    sum += value;
    if (n === 40) return sum;
  }
}`;

interface Stood {
  readonly stepId: number;
  readonly result: StepAdvanced;
}

test("a heap that the sandbox has is not sent; one that it has not is asked for", { timeout: 60_000 }, async (t) => {
  const pool = poolFor(t, { limits: { liveThreads: 6 } });
  const hash = await deploy(pool, CHAIN);
  const threadIds = Array.from({ length: 12 }, (_, n) => `thread ${n}`);
  const run = async (requests: readonly StepRequest[]): Promise<Stood[]> =>
    (await pool.runSteps(requests)).map((result, n) => ({ stepId: requests[n]!.stepId, result: advanced(result) }));
  let stood = await run(threadIds.map((threadId, n) => startOf(threadId, hash, n)));
  for (let step = 1; step <= 40; step++) {
    // Half of the threads are dropped for want of room at each step, and some by an abort.
    if (step % 7 === 0) pool.discard(threadIds.slice(0, 3));
    stood = await run(threadIds.map((threadId, n) => resumeOf(threadId, hash, stood[n]!, "next", step)));
  }
  assert.deepEqual(
    stood.map(({ result }) => Number(result.result)),
    threadIds.map((_, n) => n + (40 * 41) / 2),
  );
});

test("a step that never ends, among many in one call, is the only one that faults", { timeout: 60_000 }, async (t) => {
  const pool = poolFor(t);
  const hash = await deploy(pool, CHAIN);
  const limits = { ...startOf("", hash).limits, stepMs: 400 };
  const run = (requests: readonly StepRequest[]) => pool.runSteps(requests.map((each) => ({ ...each, limits })));
  let stood: Stood[] = (await run(Array.from({ length: 16 }, (_, n) => startOf(`thread ${n}`, hash, n)))).map(
    (result) => ({ stepId: 1, result: advanced(result) }),
  );
  for (let step = 1; step <= 4; step++) {
    const requests = stood.map((each, n) => resumeOf(`thread ${n}`, hash, each, "next", step));
    stood = (await run(requests)).map((result, n) => ({ stepId: requests[n]!.stepId, result: advanced(result) }));
  }
  const last = await run(stood.map((each, n) => resumeOf(`thread ${n}`, hash, each, "next", n === 11 ? "loop" : 5)));
  for (const [n, result] of last.entries()) {
    if (n === 11) assert.equal(result.kind === "faulted" && result.code, "StepTimeLimit");
    else advanced(result);
  }
});

test("only the very bytes that came with a thread stand for it", () => {
  const heap = new Uint8Array([1, 2, 3]);
  const request: StepRequest = { ...startOf("thread", "0".repeat(64)), heap, input: { kind: "cancel", reason: "" } };
  const job = new StepJob(
    request,
    () => {},
    () => {},
  );
  assert.equal(job.placed({ heap, handle: 5 }).expects, 5);
  assert.equal(job.placed({ heap: heap.slice(), handle: 5 }).expects, 0);
  assert.equal(job.placed(undefined).expects, 0);
  assert.ok(job.placed({ heap, handle: 5 }).payload.length < job.placed(undefined).payload.length);
  const live = new LiveThreads();
  for (let n = 0; n < 100; n++) live.set(`${n}`, { heap: new Uint8Array(1024 * 1024), handle: n });
  assert.equal(live.get("0"), undefined, "what is remembered is bounded");
  assert.equal(live.get("99")?.handle, 99);
});

test("calls grow with short steps, shrink with long ones, and begin anew behind a breach", () => {
  const pace = new StepPace();
  for (let n = 0; n < 10; n++) pace.wentThrough(pace.size, pace.size * 0.03);
  assert.equal(pace.size, 32);
  pace.wentThrough(32, 320);
  assert.equal(pace.size, 1);
  for (let n = 0; n < 10; n++) pace.wentThrough(pace.size, pace.size * 0.03);
  pace.breached();
  for (let n = 0; n < 200; n++) pace.wentThrough(1, 0.03);
  assert.equal(pace.size, 1);
  for (let n = 0; n < 100; n++) pace.wentThrough(pace.size, pace.size * 0.03);
  assert.equal(pace.size, 32);
});
