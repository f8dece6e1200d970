/**
 * The one clock and the one queue of a simulated world: events in order of time, those of one time in order of arrival.
 * Between two events all promises run on as they do natively; whoever drives it lets them (`runOne`, then back to Node).
 */
import type { Clock } from "../clock.ts";
import { Random } from "./random.ts";

/** 2025-10-09: nothing depends on it, but for the number of its digits. */
const EPOCH_MS = 1_760_000_000_000;
const EVENTS_MAX = 25_000;

interface TimedEvent {
  readonly at: number;
  readonly order: number;
  readonly owner: SimulatedProcess | undefined;
  action: (() => void) | undefined;
}

export class SimulatedTime {
  readonly random: Random;
  /** Milliseconds since the epoch, with fractions. */
  nowMs = EPOCH_MS;
  events = 0;
  /** Told what happens, where somebody wants to read it. */
  note: ((text: string) => void) | undefined;
  #order = 0;
  readonly #heap: TimedEvent[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** @returns what takes the event back. An owner that is dead never sees it, one that is paused sees it later. */
  after(delayMs: number, action: () => void, owner?: SimulatedProcess): () => void {
    const event: TimedEvent = { at: this.nowMs + Math.max(0, delayMs), order: this.#order++, owner, action };
    this.#push(event);
    return () => {
      event.action = undefined;
    };
  }

  /** When the next event is due, or undefined when there is none. */
  get nextMs(): number | undefined {
    return this.#heap[0]?.at;
  }

  /** Runs the next event. @returns false when there is none. */
  runOne(): boolean {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      const { owner } = event;
      if (event.action === undefined || owner?.isDead === true) continue;
      this.nowMs = Math.max(this.nowMs, event.at);
      if (owner?.hold(event) === true) continue;
      if (++this.events > EVENTS_MAX) throw new Error(`a livelock: ${EVENTS_MAX} events`);
      event.action();
      return true;
    }
    return false;
  }

  #push(event: TimedEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): TimedEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(left: TimedEvent, right: TimedEvent): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** An operating system process: it can be killed, stopped and continued, and its clock can jump. */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: Clock;
  isDead = false;
  isPaused = false;
  /** While it cannot reach the brokers. */
  isCutOff = false;
  /** How far its clock is from the world's. */
  skewMs = 0;
  /** The latest that its clock has ever shown. */
  latestMs = 0;
  readonly #time: SimulatedTime;
  readonly #held: TimedEvent[] = [];

  constructor(time: SimulatedTime, name: string) {
    this.#time = time;
    this.name = name;
    this.clock = {
      now: () => {
        const nowMs = Math.floor(time.nowMs + this.skewMs);
        if (nowMs > this.latestMs) this.latestMs = nowMs;
        return nowMs;
      },
      setTimer: (delayMs, action) => time.after(delayMs, action, this),
    };
  }

  after(delayMs: number, action: () => void): () => void {
    return this.#time.after(delayMs, action, this);
  }

  pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /** True: the event was kept back, since the process is stopped. */
  hold(event: TimedEvent): boolean {
    if (this.isPaused) this.#held.push(event);
    return this.isPaused;
  }

  continue(): void {
    this.isPaused = false;
    for (const { action } of this.#held.splice(0)) if (action !== undefined) this.after(0, action);
  }

  /** Nothing of it happens any more; what it has sent is on its way. */
  kill(): void {
    this.isDead = true;
    this.#held.length = 0;
  }
}

/** Lets Node run all promises that are ready. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
