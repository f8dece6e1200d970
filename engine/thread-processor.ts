/**
 * The workflow processor of one partition: records → waves of steps → state, outputs, status, history.
 *
 * Pure but for the batch (I1): an abort voids what was decoded (`discard`), and the same records come again with the
 * same time and seed (I2). Records of one thread run in order; those of different threads run side by side, in *waves*
 * that hold each thread once. A segment of records is finished as a whole, so a batch is always a prefix of the input.
 */
import {
  type DeadLetterSource,
  deadLetter,
  decodeText,
  type ErrorCode,
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
import { type Decision, decide, tooLarge } from "./decide.ts";
import { Effects, type ThreadRecord } from "./effects.ts";
import type { ProgramRegistry, Resolution } from "./program-registry.ts";
import { terminalIndex } from "./retention.ts";
import { Segment } from "./segment.ts";
import { advance, fault, started, terminated } from "./transitions.ts";
import type { WorkflowLimits } from "./workflow-limits.ts";

/** How many records are taken up at once: large enough to fill both the sandboxes, small enough to close a batch in time. */
const SEGMENT_RECORDS_MAX = 128;

export interface ThreadProcessorOptions {
  readonly context: ProcessorContext;
  readonly installation: string;
  readonly pool: SandboxPool;
  readonly programs: ProgramRegistry;
  readonly limits: WorkflowLimits;
  readonly counters: EngineCounters;
  readonly history: boolean;
  /** Of the guest that makes the steps: written into each state (I2). */
  readonly runtimeVersion: string;
}

/** A record that waits for its thread's turn. */
interface Item extends ThreadRecord {
  readonly parsed: ResumeRecord;
}

/** A step that was asked for, and how its result is to be taken. */
interface Pending {
  readonly item: Item;
  readonly state: ThreadState;
  readonly input: StepInput;
  readonly request: StepRequest;
}

/** What needs no program to be read first is there at once: most records take no turn of the event loop. */
type Soon<T> = T | Promise<T>;

export class ThreadProcessor implements PartitionProcessor {
  readonly #options: ThreadProcessorOptions;
  readonly #limits: WorkflowLimits;
  readonly #topics: TopicNames;
  readonly #effects: Effects;
  /** Threads stepped in the batches that are not committed yet: their decoded copies are void when one aborts (I1). */
  readonly #touched = new Map<Batch, Set<string>>();
  /** No thread that was in the store at the last look is to be dropped before this; undefined: to be looked up. */
  #storedExpiryMs: number | undefined;
  /** Nor one that has ended since. */
  #newExpiryMs = Number.POSITIVE_INFINITY;

  constructor(options: ThreadProcessorOptions) {
    this.#options = options;
    this.#limits = options.limits;
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
        const soon = this.#untilStep(queue, segment);
        const pending = soon instanceof Promise ? await soon : soon;
        if (pending !== undefined) wave.push(pending);
        if (queue.length === 0) queues.delete(threadId);
      }
      if (wave.length > 0) await this.#runWave(wave, segment);
    }
    this.#flush(segment);
  }

  #flush(segment: Segment): void {
    this.#newExpiryMs = Math.min(this.#newExpiryMs, segment.flush());
  }

  #queuesByThread(records: readonly StoredRecord[], batch: Batch): Map<string, Item[]> {
    const queues = new Map<string, Item[]>();
    for (const record of records) {
      const key = record.key === null ? undefined : decodeText(record.key);
      const problem = this.#recordProblem(record, key);
      if (problem !== undefined || key === undefined || record.key === null) {
        const [code, message] = problem ?? (["MissingKey", "the record has no key"] as const);
        this.#deadLetter(batch, record, code, message);
        continue;
      }
      const parsed = parseResumeRecord(record.value, record.headers);
      const item: Item = { record, threadId: key, key: record.key, parsed };
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
    // Which workflow it is for is not known yet: what none may have is not even parsed.
    const { recordBytes } = this.#limits.ceilings;
    if (size <= recordBytes) return undefined;
    const { code, message } = tooLarge(size, recordBytes);
    return [code, message];
  }

  /** Takes records off a thread's queue until one needs a step. */
  #untilStep(queue: Item[], segment: Segment): Soon<Pending | undefined> {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      const state = segment.state(item.threadId);
      const limits = state === undefined ? this.#limits.defaults : this.#limits.of(state.programHash);
      const decision = decide(item.parsed, state, limits, item.record.value?.length ?? 0);
      const pending = this.#apply(decision, item, state, segment);
      if (pending instanceof Promise) return pending.then((found) => found ?? this.#untilStep(queue, segment));
      if (pending !== undefined) return pending;
    }
    return undefined;
  }

  #apply(decision: Decision, item: Item, state: ThreadState | undefined, segment: Segment): Soon<Pending | undefined> {
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

  #start(item: Item, replaced: ThreadState | undefined, segment: Segment): Soon<Pending | undefined> {
    if (item.parsed.kind !== "new") return undefined;
    const { workflow, programHash } = item.parsed;
    const found = this.#options.programs.resolveFresh(workflow, programHash);
    if (found !== undefined) return this.#startAs(found, item, replaced, segment);
    return this.#options.programs
      .resolve(workflow, programHash)
      .then((resolution) => this.#startAs(resolution, item, replaced, segment));
  }

  #startAs(
    resolution: Resolution,
    item: Item,
    replaced: ThreadState | undefined,
    segment: Segment,
  ): Soon<Pending | undefined> {
    if (item.parsed.kind !== "new") return undefined;
    if (resolution.kind === "unknown") {
      this.#deadLetter(segment.batch, item.record, resolution.code, resolution.message);
      return undefined;
    }
    const size = item.record.value?.length ?? 0;
    const { recordBytes } = this.#limits.of(resolution.program.hash);
    if (size > recordBytes) {
      const { code, message } = tooLarge(size, recordBytes);
      this.#deadLetter(segment.batch, item.record, code, message);
      return undefined;
    }
    if (replaced !== undefined) this.#terminate(item, replaced, "replaced by a new start", segment);
    const state = started(resolution.program, segment.batch.nowMs);
    const input: StepInput = { kind: "new", argument: item.parsed.argument };
    return this.#stepOf(item, state, input, item.record.offset, segment);
  }

  #retry(item: Item, state: ThreadState, segment: Segment): Soon<Pending | undefined> {
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
    const next = terminated(state, item.record, segment.batch.nowMs, this.#limits.of(state.programHash));
    segment.set(item.threadId, next);
    this.#options.pool.discard([item.threadId]);
    this.#effects.ended(segment.batch, item.threadId, next, `Terminated: ${reason || "by request"}`);
  }

  #stepOf(
    item: Item,
    state: ThreadState,
    input: StepInput,
    stepId: number,
    segment: Segment,
  ): Soon<Pending | undefined> {
    const program = this.#options.programs.known(state.programHash);
    if (program === undefined)
      return this.#readProgram(state.programHash).then(() => this.#pending(item, state, input, stepId, segment));
    if (!this.#options.pool.hasProgram(program.hash)) this.#options.pool.addProgram(program);
    return this.#pending(item, state, input, stepId, segment);
  }

  #pending(item: Item, state: ThreadState, input: StepInput, stepId: number, segment: Segment): Pending {
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
      seed: segment.seedOf(item.record.offset),
      limits: this.#limits.of(state.programHash),
    };
    return { item, state, input, request };
  }

  async #readProgram(programHash: string): Promise<void> {
    const program = await this.#options.programs.find(programHash);
    if (program === undefined)
      throw new PartitionHalt(
        "ProgramMissing",
        `A thread's state names program ${programHash}, which topic ${this.#topics.programs} does not hold. Deploy that program again.`,
      );
    this.#options.pool.addProgram(program);
  }

  async #runWave(wave: readonly Pending[], segment: Segment): Promise<void> {
    const touched = this.#touchedIn(segment.batch);
    for (const pending of wave) touched.add(pending.item.threadId);
    const results = await this.#options.pool.runSteps(wave.map((pending) => pending.request));
    for (let index = 0; index < wave.length; index++) this.#take(wave[index]!, results[index]!, segment);
  }

  #touchedIn(batch: Batch): Set<string> {
    let touched = this.#touched.get(batch);
    if (touched === undefined) {
      touched = new Set();
      this.#touched.set(batch, touched);
    }
    return touched;
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
    const limits = this.#limits.of(state.programHash);
    const next = advance(state, item.record, request, result, limits, this.#options.runtimeVersion);
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
    const input = this.#rejectedInput(record, parsed, threadId, segment);
    if (threadId === undefined || input === undefined) {
      this.#deadLetter(batch, record, "OutputRejected", message);
      return;
    }
    this.#fault(record, threadId, input.state, input.input, input.stepId, "OutputRejected", message, segment);
    this.#flush(segment);
  }

  #rejectedInput(
    record: StoredRecord,
    parsed: ResumeRecord,
    threadId: string | undefined,
    segment: Segment,
  ): { readonly state: ThreadState; readonly input: StepInput; readonly stepId: number } | undefined {
    if (threadId === undefined) return undefined;
    const state = segment.state(threadId);
    const stepId = record.offset;
    if (parsed.kind === "resume" && state !== undefined)
      return { state, input: { kind: "resume", ref: parsed.ref, text: parsed.text }, stepId };
    if (parsed.kind === "command" && state !== undefined && parsed.command === "cancel")
      return { state, input: { kind: "cancel", reason: parsed.reason }, stepId };
    // A retry that is refused again leaves the thread as it was, to be retried: and says so once more.
    if (parsed.kind === "command" && parsed.command === "retry" && state?.fault?.input)
      return { state, input: state.fault.input, stepId: state.fault.offset };
    if (parsed.kind !== "new") return undefined;
    const resolution = this.#options.programs.resolveNow(parsed.workflow, parsed.programHash);
    if (resolution.kind === "unknown") return undefined;
    return {
      state: started(resolution.program, segment.batch.nowMs),
      input: { kind: "new", argument: parsed.argument },
      stepId,
    };
  }

  #deadLetter(batch: Batch, record: DeadLetterSource, code: ErrorCode, message: string): void {
    this.#options.counters.deadLetters++;
    batch.send(deadLetter(this.#topics.deadLetter, record, code, message));
  }

  /** Asked at each turn of the pump, the store only where what is known may have changed. */
  nextTickMs(): number | undefined {
    this.#storedExpiryMs ??= this.#firstInStore();
    const firstMs = Math.min(this.#storedExpiryMs, this.#newExpiryMs);
    return firstMs === Number.POSITIVE_INFINITY ? undefined : firstMs;
  }

  #firstInStore(): number {
    for (const entry of this.#options.context.store.indexEntries({ limit: 1 }))
      return terminalIndex.timeOf(entry.index);
    return Number.POSITIVE_INFINITY;
  }

  /** Drops ended threads that were kept long enough. */
  async tick(batch: Batch): Promise<void> {
    // Everything that was processed is committed by now: the store knows it.
    this.#storedExpiryMs = undefined;
    this.#newExpiryMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#options.context.store.indexEntries({ limit: 500 })) {
      if (terminalIndex.timeOf(entry.index) > batch.nowMs || batch.full) return;
      batch.put(entry.key, null);
      this.#effects.dropped(batch, entry.key);
    }
  }

  discard(): void {
    const threadIds = new Set([...this.#touched.values()].flatMap((touched) => [...touched]));
    if (threadIds.size > 0) this.#options.pool.discard([...threadIds]);
    this.#touched.clear();
  }

  committed(batch: Batch): void {
    this.#touched.delete(batch);
  }

  async close(): Promise<void> {
    this.discard();
  }
}
