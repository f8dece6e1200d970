/**
 * The sandbox process: reads frames from the engine's process, runs their steps, answers. It has no other input, no
 * environment, and ends with its socket.
 *
 * Results are sent when `FLUSH_MS` have passed since the last ones, so that what a later step destroys was handed out before.
 */
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { invariant } from "#protocol";
import { FrameSplitter } from "./byte-frame.ts";
import { CallProgress } from "./long-call.ts";
import { FLUSH_BYTES, SOCKET_FD } from "./process-contract.ts";
import { StepRunner } from "./step-runner.ts";
import { decodeToSandbox, encodeFromSandbox, type FromSandbox, type StepOutcome, type ToSandbox } from "./wire.ts";

/** The text of `guard.ts`, put in by `childBundle`. */
declare const GUARD_SCRIPT: string;

const FLUSH_MS = 20;
const FRAME_BYTES_MAX = 2 ** 31;

const socket = new Socket({ fd: SOCKET_FD, readable: true, writable: true });
const splitter = new FrameSplitter(FRAME_BYTES_MAX);
const progress = new CallProgress();
let frame = 0;
let runner: StepRunner | null = null;

function send(message: FromSandbox): void {
  socket.write(encodeFromSandbox(message));
}

function runSteps(message: Extract<ToSandbox, { kind: "steps" }>, steps: StepRunner): void {
  let outcomes: StepOutcome[] = [];
  let byteCount = 0;
  let flushedAtMs = performance.now();
  const flush = (): void => {
    if (outcomes.length > 0) send({ kind: "outcomes", outcomes });
    outcomes = [];
    byteCount = 0;
    flushedAtMs = performance.now();
  };
  for (let at = 0; at < message.steps.length; ) {
    const some = steps.runSome(message.steps, at, message.terms);
    at += some.length;
    for (const outcome of some) {
      const outcomeBytes = outcome.kind === "result" ? outcome.bytes.length : 0;
      if (byteCount + outcomeBytes > FLUSH_BYTES) flush();
      outcomes.push(outcome);
      byteCount += outcomeBytes;
    }
    if (performance.now() - flushedAtMs > FLUSH_MS) flush();
  }
  progress.end();
  frame++;
  flush();
  steps.tidy();
}

function receive(message: ToSandbox): void {
  if (message.kind === "configure") {
    const { limits } = message.configuration;
    runner = new StepRunner(
      message.configuration,
      (allowedMs, loading) => send({ kind: "phase", allowedMs, loading }),
      (at, count) => progress.begin(frame, at, count),
    );
    new Worker(GUARD_SCRIPT, {
      eval: true,
      workerData: {
        residentBytesMax: limits.processMemoryMb * 1024 * 1024,
        parentPid: process.ppid,
        progress: progress.memory,
      },
    });
    send({ kind: "ready" });
    return;
  }
  invariant(runner, "the first frame must configure the sandbox");
  switch (message.kind) {
    case "program":
      runner.addProgram(message.program);
      break;
    case "steps":
      runSteps(message, runner);
      break;
    case "load":
      send({ kind: "load", outcome: runner.load(message.programHash, message.memoryMb, message.images) });
      break;
    case "discard":
      runner.discard(message.threadIds);
      break;
  }
}

socket.on("data", (chunk) => {
  for (const body of splitter.push(chunk)) receive(decodeToSandbox(body));
});
socket.on("close", () => process.exit());
socket.on("error", () => process.exit());
