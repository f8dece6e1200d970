/**
 * What a step sends: the script's outputs, result or error, the thread's status and its history.
 * Outputs of a script may not reach the engine's own topics, but for the two inputs (I5).
 */
import { hash } from "node:crypto";
import {
  ENGINE_TOPICS,
  type EngineTopicName,
  type ErrorCode,
  encodeHistory,
  encodeState,
  encodeStatus,
  engineTopicName,
  HEADER_ERROR_CODE,
  type HistoryEntry,
  isReservedTopic,
  type Limits,
  type StepAdvanced,
  type StepOutput,
  type StepRequest,
  splitTimerKey,
  type ThreadState,
  type ThreadSummary,
  topicNames,
} from "#protocol";
import type { Batch, StoredRecord } from "#stream";
import type { ProgramRegistry } from "./program-registry.ts";

const utf8 = new TextEncoder();

export class Effects {
  readonly #topics: ReturnType<typeof topicNames>;
  readonly #programs: ProgramRegistry;
  readonly #limits: Limits;
  readonly #history: boolean;
  readonly #installation: string;

  constructor(installation: string, programs: ProgramRegistry, limits: Limits, history: boolean) {
    this.#installation = installation;
    this.#topics = topicNames(installation);
    this.#programs = programs;
    this.#limits = limits;
    this.#history = history;
  }

  /** Why a step's outputs cannot be sent, or undefined. Checked again outside of the sandbox (I5). */
  refusal(outputs: readonly StepOutput[]): { readonly code: ErrorCode; readonly message: string } | undefined {
    for (const output of outputs) {
      if (this.#isInput(output.topic)) continue;
      if (isReservedTopic(output.topic))
        return { code: "ReservedTopic", message: `scripts may not write topic "${output.topic}"` };
    }
    return undefined;
  }

  #isInput(topic: string): boolean {
    return topic === "workflow-resume" || topic === "workflow-scheduler";
  }

  advanced(
    batch: Batch,
    item: { readonly record: StoredRecord; readonly threadId: string },
    before: ThreadState,
    state: ThreadState,
    request: StepRequest,
    result: StepAdvanced,
  ): void {
    for (const output of result.outputs) this.#output(batch, output, request.timeMs);
    if (result.status !== "running" && result.resultTopic !== null && result.result !== null)
      batch.send({
        topic: this.#fullName(result.resultTopic),
        key: utf8.encode(item.threadId),
        value: utf8.encode(result.result),
        timestampMs: request.timeMs,
      });
    if (statusChanged(before, state)) this.#status(batch, item.threadId, state);
    if (this.#history) this.#stepHistory(batch, item, state, request, result);
  }

  /** An end that the engine made: fault, deadlock, termination. The error topic is told once. */
  ended(batch: Batch, threadId: string, state: ThreadState, error: string): void {
    batch.send({
      topic: this.#topics.error,
      key: utf8.encode(threadId),
      value: utf8.encode(JSON.stringify(error)),
      headers: { [HEADER_ERROR_CODE]: state.fault?.code ?? "Terminated" },
      timestampMs: state.timeMs,
    });
    this.#status(batch, threadId, state);
  }

  /** The thread's retention is over. */
  dropped(batch: Batch, threadId: string): void {
    batch.send({ topic: this.#topics.status, key: utf8.encode(threadId), value: null });
  }

  #output(batch: Batch, output: StepOutput, timestampMs: number): void {
    const key = utf8.encode(output.key);
    const value = output.value === null ? null : utf8.encode(output.value);
    if (output.topic !== "workflow-scheduler") {
      batch.send({ topic: this.#fullName(output.topic), key, value, timestampMs });
      return;
    }
    const threadId = splitTimerKey(output.key)?.threadId ?? output.key;
    batch.send({ topic: this.#topics.scheduler, key, value, timestampMs, routingKey: utf8.encode(threadId) });
  }

  /** Scripts know the engine's topics without the installation's prefix. */
  #fullName(topic: string): string {
    return Object.hasOwn(ENGINE_TOPICS, topic) ? engineTopicName(this.#installation, topic as EngineTopicName) : topic;
  }

  #status(batch: Batch, threadId: string, state: ThreadState): void {
    const summary: ThreadSummary = {
      threadId,
      workflow: this.#programs.nameOf(state.programHash),
      programHash: state.programHash,
      status: state.status,
      awaits: state.awaits.map((pending) => pending.ref),
      step: state.step,
      startedMs: state.startedMs,
      updatedMs: state.timeMs,
      fault: state.fault === null ? null : { code: state.fault.code, message: state.fault.message },
    };
    batch.send({
      topic: this.#topics.status,
      key: utf8.encode(threadId),
      value: encodeStatus(summary),
      timestampMs: state.timeMs,
    });
  }

  #stepHistory(
    batch: Batch,
    item: { readonly record: StoredRecord; readonly threadId: string },
    state: ThreadState,
    request: StepRequest,
    result: StepAdvanced,
  ): void {
    const entry: HistoryEntry = {
      threadId: item.threadId,
      topic: item.record.topic,
      partition: item.record.partition,
      offset: item.record.offset,
      step: state.step,
      stepId: request.stepId,
      programHash: request.programHash,
      input: request.input,
      timeMs: request.timeMs,
      seed: Buffer.from(request.seed).toString("hex"),
      status: result.status,
      outputsHash: hash("sha256", JSON.stringify(result.outputs), "hex"),
      heapHash: hash("sha256", result.heap, "hex"),
      logs: result.logs,
      stack: result.stack,
      state:
        state.step % this.#limits.historySnapshotSteps === 0
          ? Buffer.from(encodeState(state)).toString("base64")
          : null,
    };
    batch.send({
      topic: this.#topics.history,
      key: utf8.encode(item.threadId),
      value: encodeHistory(entry),
      timestampMs: request.timeMs,
    });
  }
}

function statusChanged(before: ThreadState, after: ThreadState): boolean {
  if (before.step === 0 || before.status !== after.status || before.awaits.length !== after.awaits.length) return true;
  return after.awaits.some((pending, index) => pending.ref !== before.awaits[index]?.ref);
}
