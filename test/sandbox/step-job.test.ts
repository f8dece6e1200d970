/** Who is to blame, without a process: outcomes in, rulings out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeStepRequest, encodeStepResult, type StepAdvanced } from "#protocol";
import type { Breach } from "../../runtime/host/breach.ts";
import { asksForPrivateMode, canStayLive } from "../../runtime/host/result-head.ts";
import { type Ruling, StepJob } from "../../runtime/host/step-job.ts";
import { LOW_LIMITS, startOf } from "./harness/steps.ts";

const HASH = "0".repeat(64);
const RESULT: StepAdvanced = {
  kind: "advanced",
  status: "running",
  isPrivate: false,
  heap: new Uint8Array(8),
  awaits: [],
  outputs: [],
  consumedMailbox: [],
  logs: [],
  result: null,
  resultTopic: null,
  stack: null,
  canResume: true,
};

function job(): StepJob {
  return new StepJob(
    startOf("thread", HASH),
    () => {},
    () => {},
  );
}

const bytesOf = (result: StepAdvanced) => encodeStepResult(result, result.heap.length);
const breach = (kind: Breach["kind"], cpuMs = 1_000): Breach => ({ kind, cpuMs, detail: "/home/somebody/secret.ts" });

function codeOf(ruling: Ruling): string {
  assert.equal(ruling.kind, "result");
  assert.ok(ruling.kind === "result" && ruling.result.kind === "faulted");
  assert.ok(!ruling.result.message.includes("/home"), "a path of the host reached the thread");
  return ruling.result.code;
}

test("a breach accuses, a breach alone is the verdict", () => {
  const codes = { time: "StepTimeLimit", memory: "StepMemoryLimit", stack: "StackOverflow", crash: "SandboxCrashed" };
  for (const [kind, code] of Object.entries(codes)) {
    const accused = job();
    assert.deepEqual(accused.terms, { isAlone: false, wallFactor: 1 });
    const outcome = { kind: "breach", breach: breach(kind as Breach["kind"]), isLoad: false } as const;
    assert.equal(accused.ruleOutcome(outcome).kind, "again");
    assert.deepEqual(accused.terms, { isAlone: true, wallFactor: 1 });
    assert.equal(accused.wallMs, 2 * LOW_LIMITS.stepMs);
    // A process may be killed from outside, and again by chance: a crash counts from the third time alone on.
    if (kind === "crash")
      for (let time = 1; time <= 2; time++) assert.equal(accused.ruleOutcome(outcome).kind, "again");
    assert.equal(codeOf(accused.ruleOutcome(outcome)), code);
  }
});

test("a step that came through alone is not blamed", () => {
  const accused = job();
  accused.ruleBreach(breach("crash"), false);
  assert.equal(accused.ruleOutcome({ kind: "result", bytes: bytesOf(RESULT) }).kind, "result");
});

test("time counts when it was CPU time, and then only so often not", () => {
  const starved = job();
  starved.ruleBreach(breach("time"), false);
  for (let run = 1; run <= 3; run++) {
    assert.equal(starved.ruleBreach(breach("time", 20), false).kind, "again");
    assert.equal(starved.wallMs, 32 * LOW_LIMITS.stepMs);
  }
  const ruling = starved.ruleBreach(breach("time", 20), false);
  assert.equal(codeOf(ruling), "StepTimeLimit");
  assert.match(ruling.kind === "result" && ruling.result.kind === "faulted" ? ruling.result.message : "", /4 runs/);
});

test("the load of a program's modules has CPU time of its own, and its thread is blamed for nothing else", () => {
  const LOAD_MS = 4_000;
  const loading = new StepJob(
    startOf("thread", HASH),
    () => {},
    () => {},
    LOAD_MS,
  );
  loading.ruleBreach(breach("time"), true);
  assert.equal(loading.ruleBreach(breach("time", LOAD_MS), true).kind, "again");
  assert.equal(loading.terms.wallFactor, 16);
  const ruling = loading.ruleBreach(breach("time", 2 * LOAD_MS), true);
  assert.equal(ruling.kind, "unloadable");
});

test("who is killed from outside is blamed only when it happens each time", () => {
  const KILLS = 12;
  const killed = job();
  killed.ruleBreach(breach("killed"), false);
  for (let kill = 1; kill < KILLS; kill++) assert.equal(killed.ruleBreach(breach("killed"), false).kind, "again");
  assert.equal(codeOf(killed.ruleBreach(breach("killed"), false)), "SandboxCrashed");
});

test("a suspect shares no frame, and is accused by what it does alone", () => {
  const suspect = job();
  suspect.suspect();
  assert.equal(suspect.isWaiting, false);
  assert.equal(suspect.terms.isAlone, false);
  assert.equal(suspect.ruleBreach(breach("crash"), false).kind, "again");
  assert.equal(suspect.terms.isAlone, true);
});

test("a step that asks for private mode never happened, and runs again in private mode", () => {
  const moved = job();
  assert.equal(moved.ruleOutcome({ kind: "result", bytes: bytesOf({ ...RESULT, isPrivate: true }) }).kind, "again");
  assert.equal(moved.placed().isPrivate, true);
  const { payload } = moved.placed();
  assert.equal(decodeStepRequest(payload, payload.length).isPrivate, true);
  const ruling = moved.ruleOutcome({ kind: "result", bytes: bytesOf({ ...RESULT, isPrivate: true }) });
  assert.equal(ruling.kind === "result" && ruling.result.kind === "advanced" && ruling.result.isPrivate, true);
});

test("limits of state and outputs are checked outside", () => {
  const output = { topic: "t", key: "k", value: "v" };
  const cases: readonly [Partial<StepAdvanced>, string][] = [
    [{ heap: new Uint8Array(LOW_LIMITS.snapshotBytes + 1) }, "SnapshotTooLarge"],
    [{ outputs: Array.from({ length: LOW_LIMITS.outputRecords + 1 }, () => output) }, "OutputLimit"],
    [{ outputs: [{ ...output, value: "ä".repeat(LOW_LIMITS.outputBytes / 2) }] }, "OutputLimit"],
  ];
  for (const [part, code] of cases) {
    assert.equal(codeOf(job().ruleOutcome({ kind: "result", bytes: bytesOf({ ...RESULT, ...part }) })), code);
  }
  assert.equal(codeOf(job().ruleOutcome({ kind: "tooLarge", byteCount: 1e9 })), "SnapshotTooLarge");
});

test("a limit that the guest noticed is a breach, any other fault of its stands", () => {
  for (const code of ["StackOverflow", "StepMemoryLimit"] as const) {
    const bytes = encodeStepResult({ kind: "faulted", code, message: "" }, 0);
    const accused = job();
    assert.equal(accused.ruleOutcome({ kind: "result", bytes }).kind, "again");
    assert.equal(accused.terms.isAlone, true);
    assert.equal(codeOf(accused.ruleOutcome({ kind: "result", bytes })), code);
  }
  const bytes = encodeStepResult({ kind: "faulted", code: "UnserializableValue", message: "" }, 0);
  assert.equal(codeOf(job().ruleOutcome({ kind: "result", bytes })), "UnserializableValue");
});

test("a result that cannot be read is a crash", () => {
  const odd = job();
  assert.equal(odd.ruleOutcome({ kind: "result", bytes: new Uint8Array([1, 1, 9]) }).kind, "again");
  for (let time = 1; time <= 2; time++)
    assert.equal(odd.ruleOutcome({ kind: "result", bytes: new Uint8Array([99]) }).kind, "again");
  assert.equal(codeOf(odd.ruleOutcome({ kind: "result", bytes: new Uint8Array([99]) })), "SandboxCrashed");
});

test("the head of a result is where the codec puts it", () => {
  assert.equal(canStayLive(bytesOf(RESULT)), true);
  assert.equal(canStayLive(bytesOf({ ...RESULT, status: "completed" })), false);
  assert.equal(canStayLive(encodeStepResult({ kind: "faulted", code: "OutputLimit", message: "" }, 0)), false);
  assert.equal(asksForPrivateMode(bytesOf(RESULT)), false);
  assert.equal(asksForPrivateMode(bytesOf({ ...RESULT, isPrivate: true })), true);
});
