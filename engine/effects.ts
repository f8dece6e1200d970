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
  HEADER_ERROR_STACK,
  type HistoryEntry,
  isReservedTopic,
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
import type { WorkflowLimits } from "./workflow-limits.ts";

/** A record with its thread. */
export interface ThreadRecord {
  readonly record: StoredRecord;
  readonly threadId: string;
  /** The thread id as the record has it, encoded once for all that a step writes. */
  readonly key: Uint8Array;
}

export class Effects {
  readonly #topics: ReturnType<typeof topicNames>;
  readonly #programs: ProgramRegistry;
  readonly #limits: WorkflowLimits;
  readonly #history: boolean;
  readonly #installation: string;
  /** Full names by what scripts call the topics. */
  readonly #fullNames = new Map<string, string>();

  constructor(installation: string, programs: ProgramRegistry, limits: WorkflowLimits, history: boolean) {
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
    item: ThreadRecord,
    before: ThreadState,
    state: ThreadState,
    request: StepRequest,
    result: StepAdvanced,
  ): void {
    for (const output of result.outputs) this.#output(batch, item, output, request.timeMs);
    if (result.status !== "running" && result.resultTopic !== null && result.result !== null)
      batch.send({
        topic: this.#fullName(result.resultTopic),
        key: item.key,
        value: utf8(result.result),
        ...(result.stack === null ? {} : { headers: { [HEADER_ERROR_STACK]: result.stack } }),
        timestampMs: request.timeMs,
      });
    if (statusChanged(before, state)) this.#status(batch, item.threadId, item.key, state);
    if (this.#history) this.#stepHistory(batch, item, state, request, result);
  }

  /** An end that the engine made: fault, deadlock, termination. The error topic is told once. */
  ended(batch: Batch, threadId: string, state: ThreadState, error: string): void {
    const key = utf8(threadId);
    batch.send({
      topic: this.#topics.error,
      key,
      value: utf8(JSON.stringify(error)),
      headers: { [HEADER_ERROR_CODE]: state.fault?.code ?? "Terminated" },
      timestampMs: state.timeMs,
    });
    this.#status(batch, threadId, key, state);
  }

  /** The thread's retention is over. */
  dropped(batch: Batch, threadId: string): void {
    batch.send({ topic: this.#topics.status, key: utf8(threadId), value: null });
  }

  #output(batch: Batch, item: ThreadRecord, output: StepOutput, timestampMs: number): void {
    const key = output.key === item.threadId ? item.key : utf8(output.key);
    const value = output.value === null ? null : utf8(output.value);
    if (output.topic !== "workflow-scheduler") {
      batch.send({ topic: this.#fullName(output.topic), key, value, timestampMs });
      return;
    }
    const threadId = splitTimerKey(output.key)?.threadId ?? output.key;
    batch.send({ topic: this.#topics.scheduler, key, value, timestampMs, routingKey: utf8(threadId) });
  }

  /** Scripts know the engine's topics without the installation's prefix. */
  #fullName(topic: string): string {
    if (!Object.hasOwn(ENGINE_TOPICS, topic)) return topic;
    let name = this.#fullNames.get(topic);
    if (name === undefined) {
      name = engineTopicName(this.#installation, topic as EngineTopicName);
      this.#fullNames.set(topic, name);
    }
    return name;
  }

  #status(batch: Batch, threadId: string, key: Uint8Array, state: ThreadState): void {
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
      key,
      value: encodeStatus(summary),
      timestampMs: state.timeMs,
    });
  }

  #stepHistory(batch: Batch, item: ThreadRecord, state: ThreadState, request: StepRequest, result: StepAdvanced): void {
    const entry: HistoryEntry = {
      topic: item.record.topic,
      partition: item.record.partition,
      offset: item.record.offset,
      step: state.step,
      stepId: request.stepId,
      programHash: request.programHash,
      input: request.input,
      timeMs: request.timeMs,
      seed: hexOf(request.seed),
      status: result.status,
      outputsHash: hash("sha256", JSON.stringify(result.outputs), "hex"),
      heapHash: hash("sha256", result.heap, "hex"),
      logs: result.logs,
      stack: result.stack,
      state: state.step % this.#limits.of(state.programHash).historySnapshotSteps === 0 ? encodeState(state) : null,
    };
    batch.send({
      topic: this.#topics.history,
      key: item.key,
      value: encodeHistory(entry),
      timestampMs: request.timeMs,
    });
  }
}

function statusChanged(before: ThreadState, after: ThreadState): boolean {
  if (before.step === 0 || before.status !== after.status || before.awaits.length !== after.awaits.length) return true;
  return after.awaits.some((pending, index) => pending.ref !== before.awaits[index]?.ref);
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
