/**
 * The workflow processor of one partition: records → waves of steps → state, outputs, status, history.
 *
 * Pure but for the batch (I1): an abort voids what was decoded (`discard`), and the same records come again with the
 * same time and seed (I2). Records of one thread run in order; those of different threads run side by side, in *waves*
 * that hold each thread once. A segment of records is finished as a whole, so a batch is always a prefix of the input.
 */
import { hash } from "node:crypto";
import {
  DEFAULT_LIMITS,
  type DeadLetterSource,
  deadLetter,
  decodeState,
  decodeText,
  type ErrorCode,
  encodeState,
  type Limits,
  type Program,
  parseResumeRecord,
  type ResumeRecord,
  type StepInput,
  type StepRequest,
  type StepResult,
  sitePosition,
  type ThreadState,
  type TopicNames,
  threadIdProblem,
  topicNames,
} from "#protocol";
import { readHeap, type SandboxPool } from "#runtime";
import { type Batch, PartitionHalt, type PartitionProcessor, type ProcessorContext, type StoredRecord } from "#stream";
import type { EngineCounters } from "./counters.ts";
import { type Decision, decide } from "./decide.ts";
import { Effects } from "./effects.ts";
import type { ProgramRegistry } from "./program-registry.ts";
import { terminalIndex } from "./retention.ts";
import { advance, fault, started, terminated } from "./transitions.ts";

/** How many records are taken up at once: large enough to fill both the sandboxes, small enough to close a batch in time. */
const SEGMENT_RECORDS_MAX = 128;

export interface ThreadProcessorOptions {
  readonly context: ProcessorContext;
  readonly installation: string;
  readonly pool: SandboxPool;
  readonly programs: ProgramRegistry;
  readonly limits?: Partial<Limits>;
  readonly counters: EngineCounters;
  readonly history: boolean;
  /** Of the guest that makes the steps: written into each state (I2). */
  readonly runtimeVersion: string;
}

/** A record with its thread, waiting for its turn. */
interface Item {
  readonly record: StoredRecord;
  readonly threadId: string;
  readonly parsed: ResumeRecord;
}

/** A step that was asked for, and how its result is to be taken. */
interface Pending {
  readonly item: Item;
  readonly state: ThreadState;
  readonly input: StepInput;
  readonly request: StepRequest;
}

export class ThreadProcessor implements PartitionProcessor {
  readonly #options: ThreadProcessorOptions;
  readonly #limits: Limits;
  readonly #topics: TopicNames;
  readonly #effects: Effects;
  /** Threads stepped since the last commit: their decoded copies are void when the transaction aborts (I1). */
  readonly #touched = new Set<string>();

  constructor(options: ThreadProcessorOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#topics = topicNames(options.installation);
    this.#effects = new Effects(options.installation, options.programs, this.#limits, options.history);
  }

  async process(records: readonly StoredRecord[], batch: Batch): Promise<number> {
    let count = 0;
    while (count < records.length) {
      const segment = records.slice(count, count + SEGMENT_RECORDS_MAX);
      await this.#processSegment(segment, batch);
      count += segment.length;
      if (batch.full) break;
    }
    return count;
  }

  async #processSegment(records: readonly StoredRecord[], batch: Batch): Promise<void> {
    const segment = new Segment(batch);
    const queues = this.#queuesByThread(records, batch);
    while (queues.size > 0) {
      const wave: Pending[] = [];
      for (const [threadId, queue] of queues) {
        const pending = await this.#untilStep(queue, segment);
        if (pending !== undefined) wave.push(pending);
        if (queue.length === 0) queues.delete(threadId);
      }
      if (wave.length > 0) await this.#runWave(wave, segment);
    }
    segment.flush();
  }

  #queuesByThread(records: readonly StoredRecord[], batch: Batch): Map<string, Item[]> {
    const queues = new Map<string, Item[]>();
    for (const record of records) {
      const key = record.key === null ? undefined : decodeText(record.key);
      const problem = this.#recordProblem(record, key);
      if (problem !== undefined || key === undefined) {
        const [code, message] = problem ?? (["MissingKey", "the record has no key"] as const);
        this.#deadLetter(batch, record, code, message);
        continue;
      }
      const item: Item = { record, threadId: key, parsed: parseResumeRecord(record.value, record.headers) };
      const queue = queues.get(key);
      if (queue === undefined) queues.set(key, [item]);
      else queue.push(item);
    }
    return queues;
  }

  #recordProblem(record: StoredRecord, key: string | undefined): readonly [ErrorCode, string] | undefined {
    if (record.key === null) return ["MissingKey", "the record has no key"];
    if (key === undefined) return ["InvalidThreadId", "the key is not UTF-8"];
    const idProblem = threadIdProblem(key);
    if (idProblem !== undefined) return [key === "" ? "MissingKey" : "InvalidThreadId", `the key: ${idProblem}`];
    const size = record.value?.length ?? 0;
    if (size > this.#limits.recordBytes)
      return ["RecordTooLarge", `the value has ${size} bytes, the limit is ${this.#limits.recordBytes}`];
    return undefined;
  }

  /** Takes records off a thread's queue until one needs a step. */
  async #untilStep(queue: Item[], segment: Segment): Promise<Pending | undefined> {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const state = segment.state(item.threadId);
      const decision = decide(item.parsed, state, this.#limits);
      const pending = await this.#apply(decision, item, state, segment);
      if (pending !== undefined) return pending;
    }
    return undefined;
  }

  async #apply(
    decision: Decision,
    item: Item,
    state: ThreadState | undefined,
    segment: Segment,
  ): Promise<Pending | undefined> {
    const { batch } = segment;
    switch (decision.kind) {
      case "deadLetter":
        this.#deadLetter(batch, item.record, decision.code, decision.message);
        return undefined;
      case "drop":
        this.#options.counters[decision.reason]++;
        return undefined;
      case "start":
        return this.#start(item, decision.replaces ? state : undefined, segment);
      case "step":
        return state && this.#stepOf(item, state, decision.input, item.record.offset, segment);
      case "mail":
        if (state) segment.set(item.threadId, { ...state, mailbox: [...state.mailbox, decision.entry] });
        return undefined;
      case "terminate":
        if (state) this.#terminate(item, state, decision.reason, segment);
        return undefined;
      case "retry":
        return state && this.#retry(item, state, segment);
    }
  }

  async #start(item: Item, replaced: ThreadState | undefined, segment: Segment): Promise<Pending | undefined> {
    if (item.parsed.kind !== "new") return undefined;
    const resolution = await this.#options.programs.resolve(item.parsed.workflow, item.parsed.programHash);
    if (resolution.kind === "unknown") {
      this.#deadLetter(segment.batch, item.record, resolution.code, resolution.message);
      return undefined;
    }
    if (replaced !== undefined) this.#terminate(item, replaced, "replaced by a new start", segment);
    const state = started(resolution.program, segment.batch.nowMs);
    const input: StepInput = { kind: "new", argument: item.parsed.argument };
    return this.#stepOf(item, state, input, item.record.offset, segment);
  }

  async #retry(item: Item, state: ThreadState, segment: Segment): Promise<Pending | undefined> {
    const failed = state.fault?.input;
    if (failed === undefined || failed === null) {
      this.#options.counters.commandWithoutEffect++;
      return undefined;
    }
    // The step never happened: its record's own offset is its id, so that the ids it gives out are the same.
    return this.#stepOf(
      item,
      { ...state, status: "running", fault: null },
      failed,
      state.fault?.offset ?? item.record.offset,
      segment,
    );
  }

  #terminate(item: Item, state: ThreadState, reason: string, segment: Segment): void {
    const next = terminated(state, item.record, segment.batch.nowMs, this.#limits);
    segment.set(item.threadId, next);
    this.#options.pool.discard([item.threadId]);
    this.#effects.ended(segment.batch, item.threadId, next, `Terminated: ${reason || "by request"}`);
  }

  async #stepOf(
    item: Item,
    state: ThreadState,
    input: StepInput,
    stepId: number,
    segment: Segment,
  ): Promise<Pending | undefined> {
    await this.#ensureProgram(state.programHash);
    const timeMs = Math.max(state.timeMs, segment.batch.nowMs);
    const request: StepRequest = {
      threadId: item.threadId,
      programHash: state.programHash,
      base: state.base,
      stepId,
      heap: state.heap.length === 0 ? null : state.heap,
      isPrivate: state.isPrivate,
      input,
      mailbox: state.mailbox,
      timeMs,
      seed: stepSeed(segment.batch.seed, item.record.offset),
      limits: this.#limits,
    };
    return { item, state, input, request };
  }

  async #ensureProgram(programHash: string): Promise<Program> {
    const program = await this.#options.programs.find(programHash);
    if (program === undefined)
      throw new PartitionHalt(
        "ProgramMissing",
        `A thread's state names program ${programHash}, which topic ${this.#topics.programs} does not hold. Deploy that program again.`,
      );
    this.#options.pool.addProgram(program);
    return program;
  }

  async #runWave(wave: readonly Pending[], segment: Segment): Promise<void> {
    for (const pending of wave) this.#touched.add(pending.item.threadId);
    const results = await this.#options.pool.runSteps(wave.map((pending) => pending.request));
    for (const [index, pending] of wave.entries()) {
      const result = results[index];
      if (result !== undefined) this.#take(pending, result, segment);
    }
  }

  #take(pending: Pending, result: StepResult, segment: Segment): void {
    const { item, state, input, request } = pending;
    const { batch } = segment;
    const refused = result.kind === "advanced" ? this.#effects.refusal(result.outputs) : undefined;
    if (result.kind === "faulted" || refused !== undefined) {
      const { code, message } = refused ?? (result as { code: ErrorCode; message: string });
      if (refused !== undefined) this.#options.pool.discard([item.threadId]);
      this.#fault(item.record, item.threadId, state, input, request.stepId, code, message, segment);
      return;
    }
    if (result.kind !== "advanced") return;
    this.#options.counters.steps++;
    const next = advance(state, item.record, request, result, this.#limits, this.#options.runtimeVersion);
    segment.set(item.threadId, next);
    this.#effects.advanced(batch, item, pending.state, next, request, result);
    if (next.status === "running" && !result.canResume && next.mailbox.length === 0)
      this.#deadlock(item, next, segment);
  }

  #deadlock(item: Item, state: ThreadState, segment: Segment): void {
    const message = `main has not finished, and nothing is left that could resume the thread; it awaits ${this.#awaitsOf(state)}`;
    const next = fault(state, null, item.record.offset, "ThreadDeadlocked", message);
    segment.set(item.threadId, next);
    this.#options.counters.faults++;
    this.#effects.ended(segment.batch, item.threadId, next, `ThreadDeadlocked: ${message}`);
  }

  /** Where the frames of a thread stand, for its last message: an inert view of the heap, no guest code runs. */
  #awaitsOf(state: ThreadState): string {
    const program = this.#options.programs.known(state.programHash);
    if (program === undefined) return "a promise";
    const places = readHeap(state.heap, program.tables).frames.map((frame) => {
      const name = program.tables.functions[frame.functionIndex]?.id ?? "a frame";
      const position = sitePosition(program, frame.functionIndex, frame.site);
      return position === null ? name : `${name} (${position})`;
    });
    return places.length === 0 ? "a promise" : places.join(", ");
  }

  #fault(
    record: StoredRecord,
    threadId: string,
    state: ThreadState,
    input: StepInput,
    stepId: number,
    code: ErrorCode,
    message: string,
    segment: Segment,
  ): void {
    const next = fault(state, input, stepId, code, message);
    segment.set(threadId, next);
    this.#options.counters.faults++;
    this.#deadLetter(segment.batch, record, code, message);
    this.#effects.ended(segment.batch, threadId, next, `${code}: ${message}`);
  }

  async reject(
    record: StoredRecord,
    reason: { readonly topic: string; readonly message: string },
    batch: Batch,
  ): Promise<void> {
    const message = `topic ${reason.topic}: ${reason.message}`;
    const threadId = record.key === null ? undefined : decodeText(record.key);
    const parsed = parseResumeRecord(record.value, record.headers);
    const segment = new Segment(batch);
    const input = this.#rejectedInput(parsed, threadId, segment);
    if (threadId === undefined || input === undefined) {
      this.#deadLetter(batch, record, "OutputRejected", message);
      return;
    }
    this.#fault(record, threadId, input.state, input.input, record.offset, "OutputRejected", message, segment);
    segment.flush();
  }

  #rejectedInput(
    parsed: ResumeRecord,
    threadId: string | undefined,
    segment: Segment,
  ): { readonly state: ThreadState; readonly input: StepInput } | undefined {
    if (threadId === undefined) return undefined;
    const state = segment.state(threadId);
    if (parsed.kind === "resume" && state !== undefined)
      return { state, input: { kind: "resume", ref: parsed.ref, text: parsed.text } };
    if (parsed.kind === "command" && state !== undefined && parsed.command === "cancel")
      return { state, input: { kind: "cancel", reason: parsed.reason } };
    if (parsed.kind !== "new") return undefined;
    const resolution = this.#options.programs.resolveNow(parsed.workflow, parsed.programHash);
    if (resolution.kind === "unknown") return undefined;
    return {
      state: started(resolution.program, segment.batch.nowMs),
      input: { kind: "new", argument: parsed.argument },
    };
  }

  #deadLetter(batch: Batch, record: DeadLetterSource, code: ErrorCode, message: string): void {
    this.#options.counters.deadLetters++;
    batch.send(deadLetter(this.#topics.deadLetter, record, code, message));
  }

  nextTickMs(): number | undefined {
    for (const entry of this.#options.context.store.indexEntries({ limit: 1 }))
      return terminalIndex.timeOf(entry.index);
    return undefined;
  }

  /** Drops ended threads that were kept long enough. */
  async tick(batch: Batch): Promise<void> {
    for (const entry of this.#options.context.store.indexEntries({ limit: 500 })) {
      if (terminalIndex.timeOf(entry.index) > batch.nowMs || batch.full) return;
      batch.put(entry.key, null);
      this.#effects.dropped(batch, entry.key);
    }
  }

  discard(): void {
    this.#options.pool.discard([...this.#touched]);
    this.#touched.clear();
  }

  committed(): void {
    this.#touched.clear();
  }

  async close(): Promise<void> {
    this.discard();
  }
}

/** The states of a segment's threads: decoded once, written once. */
class Segment {
  readonly batch: Batch;
  readonly #states = new Map<string, ThreadState | undefined>();
  readonly #changed = new Set<string>();

  constructor(batch: Batch) {
    this.batch = batch;
  }

  state(threadId: string): ThreadState | undefined {
    if (this.#states.has(threadId)) return this.#states.get(threadId);
    const bytes = this.batch.get(threadId);
    const state = bytes === undefined ? undefined : decodeState(bytes);
    this.#states.set(threadId, state);
    return state;
  }

  set(threadId: string, state: ThreadState): void {
    this.#states.set(threadId, state);
    this.#changed.add(threadId);
  }

  flush(): void {
    for (const threadId of this.#changed) {
      const state = this.#states.get(threadId);
      if (state !== undefined) this.batch.put(threadId, encodeState(state));
    }
    this.#changed.clear();
  }
}

const SEED_BYTES = 16;

/** 16 bytes, a function of the batch's seed and the record's offset: the same in every re-run (I2). */
function stepSeed(batchSeed: Uint8Array, offset: number): Uint8Array {
  const input = new Uint8Array(batchSeed.length + 8);
  input.set(batchSeed);
  new DataView(input.buffer).setBigUint64(batchSeed.length, BigInt(offset));
  return hash("sha256", input, "buffer").subarray(0, SEED_BYTES);
}
