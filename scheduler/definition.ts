/**
 * The timer processor. Holds I1 for timers: a fire writes the resume record and the timer's tombstone in one
 * transaction. Due order is promised per thread; a cancel that waits in the input is read before anything fires
 * (`catchUpBeforeTicks`). Timers live in the changelog and, by due time, in the store's index; memory holds those that are
 * due next (`timer-window.ts`, I7).
 */
import { deadLetter, splitTimerKey, topicNames } from "#protocol";
import type { Batch, PartitionProcessor, ProcessorContext, ProcessorDefinition, StoredRecord } from "#stream";
import { parseTimerRecord } from "./timer-record.ts";
import { encodeTimer, timerIndex } from "./timer-value.ts";
import { type DueTimer, TimerWindow } from "./timer-window.ts";

const BAR = "|".charCodeAt(0);
/** How many due timers one transaction fires at most. */
const FIRES_PER_BATCH_MAX = 500;
const RECENT_BYTES = 1024 * 1024;

/** Hears of each timer that fired, in a batch that may yet be run again: for metrics. */
export interface TimerObserver {
  fired(latenessMs: number): void;
}

/** @param installation prefix of the engine's topics; empty by default. */
export function schedulerDefinition(installation: string, observer?: TimerObserver): ProcessorDefinition {
  const topics = topicNames(installation);
  return {
    name: "scheduler",
    inputTopic: topics.scheduler,
    changelogTopic: topics.schedulerChangelog,
    catchUpBeforeTicks: true,
    routingKeyOf: threadIdBytes,
    indexOf: (_key, value) => [timerIndex(value)],
    // A timer is written, and long afterwards deleted.
    recentBytes: RECENT_BYTES,
    open: async (context) => new TimerProcessor(context, topics.resume, topics.deadLetter, observer),
  };
}

/** What is before the first `|`: a thread's timers share a partition. */
function threadIdBytes(key: Uint8Array): Uint8Array {
  const bar = key.indexOf(BAR);
  return bar < 0 ? key : key.subarray(0, bar);
}

/** What a batch does to one key. */
type TimerChange = { readonly set: DueTimer } | { readonly cancelled: string };

class TimerProcessor implements PartitionProcessor {
  readonly #window: TimerWindow;
  /** By batch that is not committed yet, in order. */
  readonly #changes = new Map<Batch, TimerChange[]>();
  readonly #resumeTopic: string;
  readonly #deadLetterTopic: string;
  readonly #observer: TimerObserver | undefined;

  constructor(
    context: ProcessorContext,
    resumeTopic: string,
    deadLetterTopic: string,
    observer: TimerObserver | undefined,
  ) {
    this.#window = new TimerWindow(context.store);
    this.#resumeTopic = resumeTopic;
    this.#deadLetterTopic = deadLetterTopic;
    this.#observer = observer;
  }

  async process(records: readonly StoredRecord[], batch: Batch): Promise<number> {
    let count = 0;
    for (const record of records) {
      this.#processOne(record, batch);
      count++;
      if (batch.full) break;
    }
    return count;
  }

  #processOne(record: StoredRecord, batch: Batch): void {
    const timer = parseTimerRecord(record.key, record.value, record.timestampMs);
    switch (timer.kind) {
      case "set":
        batch.put(timer.key, encodeTimer(timer.dueMs, record.offset));
        this.#note(batch, { set: { key: timer.key, dueMs: timer.dueMs, arrival: record.offset } });
        return;
      case "cancel":
        if (batch.get(timer.key) === undefined) return;
        batch.put(timer.key, null);
        this.#note(batch, { cancelled: timer.key });
        return;
      case "malformed":
        batch.send(deadLetter(this.#deadLetterTopic, record, "MalformedRecord", timer.message));
    }
  }

  #note(batch: Batch, change: TimerChange): void {
    const changes = this.#changes.get(batch);
    if (changes === undefined) this.#changes.set(batch, [change]);
    else changes.push(change);
  }

  async reject(record: StoredRecord, reason: { topic: string; message: string }, batch: Batch): Promise<void> {
    batch.send(deadLetter(this.#deadLetterTopic, record, "OutputRejected", `${reason.topic}: ${reason.message}`));
  }

  nextTickMs(): number | undefined {
    return this.#window.next()?.dueMs;
  }

  async tick(batch: Batch): Promise<void> {
    for (let fired = 0; fired < FIRES_PER_BATCH_MAX && !batch.full; fired++) {
      const timer = this.#window.next();
      if (timer === undefined || timer.dueMs > batch.nowMs) return;
      this.#window.take(timer);
      const parts = splitTimerKey(timer.key);
      if (parts !== undefined)
        batch.send({ topic: this.#resumeTopic, key: Buffer.from(parts.threadId), value: Buffer.from(parts.resume) });
      batch.put(timer.key, null);
      this.#observer?.fired(batch.nowMs - timer.dueMs);
    }
  }

  discard(): void {
    this.#window.clear();
    this.#changes.clear();
  }

  committed(batch: Batch): void {
    for (const change of this.#changes.get(batch) ?? []) {
      if ("set" in change) this.#window.set(change.set);
      else this.#window.cancel(change.cancelled);
    }
    this.#changes.delete(batch);
  }

  async close(): Promise<void> {}
}
