/** What all connections of one process share. */
import { BrokerError, type TopicDescription } from "../broker.ts";
import type { FakeCluster } from "./cluster.ts";
import type { Defects } from "./defects.ts";
import { Refused } from "./refused.ts";
import type { SimulatedProcess } from "./simulated-time.ts";

/** What the others of a process see of its readers. */
export interface OpenReader {
  readonly where: { readonly place: string; readonly position: number };
  /** What a stock client does at every rebalance (defect 13). */
  forgetPosition(): void;
  close(): Promise<void>;
}

const RETRY_FIRST_MS = 20;
const RETRY_MOST_MS = 1_000;
const FORGOTTEN_AFTER_MS = 10_000;
const METADATA_MS = 5_000;

export class FakeClient {
  readonly cluster: FakeCluster;
  readonly process: SimulatedProcess;
  readonly defects: Defects;
  readonly acknowledged: AcknowledgedEnds;
  readonly readers = new Set<OpenReader>();
  readonly lockstep = new Lockstep();
  /** Defect 6: what was sent as the next position of an input, by partition. */
  readonly markedPositions = new Map<string, number>();
  isClosed = false;
  readonly #metadata = new Map<string, { readonly description: TopicDescription; readonly atMs: number }>();

  constructor(cluster: FakeCluster, process: SimulatedProcess, defects: Defects) {
    this.cluster = cluster;
    this.process = process;
    this.defects = defects;
    this.acknowledged = new AcknowledgedEnds(process);
  }

  request<T>(action: () => T): Promise<T> {
    return this.cluster.network.request<T>(this.process, (answer) => answer.resolve(action()));
  }

  /** Again while the refusal is of the passing kind. */
  async retry<T>(deadlineMs: number, attempt: () => Promise<T>): Promise<T> {
    for (let count = 0; ; count++) {
      if (this.isClosed) throw new BrokerError("Closed", "the broker object is closed");
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Refused) || !(error.isPassing || this.defects.endlessRetries)) throw error;
        const delayMs = Math.min(RETRY_FIRST_MS * 2 ** Math.min(count, 6), RETRY_MOST_MS);
        if (!this.defects.endlessRetries && this.process.clock.now() + delayMs > deadlineMs) throw error;
        await this.process.pause(delayMs);
      }
    }
  }

  async metadata(names: readonly string[], fresh: boolean, deadlineMs: number): Promise<Map<string, TopicDescription>> {
    const found = new Map<string, TopicDescription>();
    const nowMs = this.process.clock.now();
    const wanted: string[] = [];
    for (const name of new Set(names)) {
      const cached = this.#metadata.get(name);
      if (!fresh && cached !== undefined && nowMs - cached.atMs < METADATA_MS) found.set(name, cached.description);
      else wanted.push(name);
    }
    if (wanted.length === 0) return found;
    const answers = await this.retry(deadlineMs, () =>
      this.request(() => wanted.map((name) => [name, this.cluster.topics.get(name)?.description] as const)),
    );
    for (const [name, description] of answers) {
      if (description === undefined) {
        if (this.defects.missingTopicUntyped) throw new Refused("disconnected");
        this.#metadata.delete(name);
        continue;
      }
      this.#metadata.set(name, { description, atMs: nowMs });
      found.set(name, description);
    }
    return found;
  }
}

/** As `stream/kafka/acknowledged.ts`: the end is never told to be before what this process has committed. */
class AcknowledgedEnds {
  readonly #process: SimulatedProcess;
  readonly #ends = new Map<string, { readonly end: number; readonly atMs: number }>();

  constructor(process: SimulatedProcess) {
    this.#process = process;
  }

  note(topic: string, partition: number, offset: number): void {
    this.#ends.set(`${topic}/${partition}`, { end: offset + 1, atMs: this.#process.clock.now() });
  }

  endOf(topic: string, partition: number, lastStableOffset: number): number {
    const noted = this.#ends.get(`${topic}/${partition}`);
    if (noted === undefined || noted.end <= lastStableOffset) return lastStableOffset;
    return this.#process.clock.now() - noted.atMs < FORGOTTEN_AFTER_MS ? noted.end : lastStableOffset;
  }
}

/** Defect 10: a process fetches for all its partitions, or for none. */
class Lockstep {
  readonly #handling = new Set<OpenReader>();
  readonly #waiting: (() => void)[] = [];

  /** Until everybody who was handed a fetch asks for the next. */
  async turnOf(reader: OpenReader, isClosed: () => boolean): Promise<void> {
    this.#handling.delete(reader);
    this.#wake();
    while (this.#handling.size > 0 && !isClosed()) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#handling.add(reader);
  }

  leave(reader: OpenReader): void {
    this.#handling.delete(reader);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
