/**
 * What should have come out: the committed input of each partition, record by record, through a few rules and the plans.
 * It shares nothing with the engine but the plans, and knows of time, seed and mishaps only what history tells.
 */
import { HEADER_COMMAND, HEADER_ORIGIN, type HistoryEntry, partitionOf, type StepInput } from "#protocol";
import type { StoredRecord } from "#stream";
import { runPlan } from "./plan.ts";

export interface ReferenceThread {
  status: string;
  steps: number;
  base: number;
  heap: Uint8Array;
  awaits: readonly string[];
  mailbox: { ref: string; text: string }[];
  fault: { input: StepInput; stepId: number } | undefined;
}

export interface Reference {
  readonly threads: Map<string, ReferenceThread>;
  /** By topic, then by key, in order. */
  readonly outputs: Map<string, Map<string, string[]>>;
  readonly results: Map<string, string[]>;
  /** `topic/partition/offset code` */
  readonly deadLetters: string[];
  readonly errors: Map<string, string[]>;
  /** `topic/partition/offset` of each record that made a step. */
  readonly steps: Set<string>;
  /** Where a record was found that belongs elsewhere. */
  readonly forwarded: string[];
}

const fromUtf8 = new TextDecoder();
const AUTO_ID = /^(\d+):\d+$/;

export function referenceOf(
  inputs: readonly (readonly StoredRecord[])[],
  history: ReadonlyMap<string, HistoryEntry>,
): Reference {
  const reference: Reference = {
    threads: new Map(),
    outputs: new Map(),
    results: new Map(),
    deadLetters: [],
    errors: new Map(),
    steps: new Set(),
    forwarded: [],
  };
  for (const [partition, records] of inputs.entries())
    for (const record of records) takeRecord(reference, record, partition, inputs.length, history);
  return reference;
}

function takeRecord(
  reference: Reference,
  record: StoredRecord,
  partition: number,
  partitions: number,
  history: ReadonlyMap<string, HistoryEntry>,
): undefined {
  const place = `${record.topic}/${partition}/${record.offset}`;
  const dead = (code: string): undefined => {
    reference.deadLetters.push(`${place} ${code}`);
  };
  if (record.key === null) return dead("MissingKey");
  if (partitionOf(record.key, partitions) !== partition) {
    if (record.headers[HEADER_ORIGIN] !== undefined) throw new Error(`${place} was forwarded to the wrong partition`);
    reference.forwarded.push(place);
    return;
  }
  const threadId = fromUtf8.decode(record.key);
  const text = record.value === null ? "" : fromUtf8.decode(record.value);
  const thread = reference.threads.get(threadId);
  const isOver = thread !== undefined && thread.status !== "running" && thread.status !== "faulted";
  const step = (state: ReferenceThread, input: StepInput, stepId: number): undefined => {
    takeStep(reference, threadId, state, input, stepId, place, history);
  };
  const command = record.headers[HEADER_COMMAND];
  if (command !== undefined) {
    if (thread === undefined) return dead("UnknownThread");
    if (isOver) return;
    if (command === "terminate") {
      Object.assign(thread, {
        status: "terminated",
        mailbox: [],
        awaits: [],
        heap: new Uint8Array(0),
        fault: undefined,
      });
      push(reference.errors, threadId, "Terminated");
    } else if (command === "retry") {
      if (thread.fault !== undefined) step(thread, thread.fault.input, thread.fault.stepId);
    } else if (thread.status === "faulted") dead("UnknownSuspension");
    else step(thread, { kind: "cancel", reason: text }, record.offset);
    return;
  }
  if (text.startsWith("new:")) {
    if (thread !== undefined) return dead("ThreadExists");
    const fresh: ReferenceThread = {
      status: "running",
      steps: 0,
      base: -1,
      heap: new Uint8Array(0),
      awaits: [],
      mailbox: [],
      fault: undefined,
    };
    reference.threads.set(threadId, fresh);
    return step(fresh, { kind: "new", argument: text.slice(4) }, record.offset);
  }
  let ref: string;
  try {
    ({ ref } = JSON.parse(text) as { ref: string });
  } catch {
    return dead("MalformedRecord");
  }
  if (thread === undefined) return dead("UnknownThread");
  if (isOver) return;
  const id = AUTO_ID.exec(ref);
  if (thread.status === "faulted" || (!thread.awaits.includes(ref) && id === null)) thread.mailbox.push({ ref, text });
  else if (thread.awaits.includes(ref)) step(thread, { kind: "resume", ref, text }, record.offset);
  else if (Number(id?.[1]) > thread.base) dead("UnknownSuspension");
}

function takeStep(
  reference: Reference,
  threadId: string,
  thread: ReferenceThread,
  input: StepInput,
  stepId: number,
  place: string,
  history: ReadonlyMap<string, HistoryEntry>,
): void {
  const entry = history.get(place);
  const draw = entry ?? { timeMs: 0, seed: "00".repeat(16) };
  const result = runPlan({
    threadId,
    heap: thread.heap.length === 0 ? null : thread.heap,
    input,
    mailbox: thread.mailbox,
    stepId,
    timeMs: draw.timeMs,
    seed: Buffer.from(draw.seed, "hex"),
  });
  if (entry === undefined) {
    // Only a mishap leaves no history, and only a plan that has one can have one.
    const canTrip = /(trip|stray)/.test(fromUtf8.decode(thread.heap) + JSON.stringify(input));
    if (!canTrip) throw new Error(`${place}: thread ${threadId} was to make a step here, history has none`);
    thread.status = "faulted";
    thread.fault = { input, stepId };
    push(reference.errors, threadId, "fault");
    reference.deadLetters.push(`${place} *`);
    return;
  }
  if (result.kind !== "advanced") throw new Error(`${place}: history has a step that the plan trips over`);
  reference.steps.add(place);
  for (const { topic, key, value } of result.outputs) {
    const byKey = reference.outputs.get(topic) ?? new Map<string, string[]>();
    reference.outputs.set(topic, byKey);
    push(
      byKey,
      topic === "workflow-scheduler" ? threadId : key,
      topic === "workflow-scheduler" ? `${key}=${value}` : `${value}`,
    );
  }
  const isOver = result.status !== "running";
  const consumed = new Set(result.consumedMailbox);
  const awaits = result.awaits.map((each) => each.ref);
  thread.status = result.status;
  thread.steps++;
  thread.base = stepId;
  thread.heap = result.heap;
  thread.awaits = awaits;
  thread.fault = undefined;
  thread.mailbox = isOver
    ? []
    : thread.mailbox.filter((each, at) => !consumed.has(at) && (!AUTO_ID.test(each.ref) || awaits.includes(each.ref)));
  if (isOver && result.result !== null) push(reference.results, threadId, result.result);
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
