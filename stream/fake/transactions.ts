/**
 * The transaction coordinator of the model: transactional ids, epochs, who is fenced, and markers that come later than
 * the answer to the commit.
 */
import type { PartitionLog, Transaction } from "./log.ts";
import { Refused } from "./refused.ts";
import type { SimulatedProcess, SimulatedTime } from "./simulated-time.ts";

export interface Identity {
  readonly producerId: bigint;
  readonly epoch: number;
}

interface Entry {
  readonly transactionalId: string;
  readonly producerId: bigint;
  epoch: number;
  /** The one before, where its holder asked for the present one itself. */
  lastEpoch: number | undefined;
  /** When its holder took the id over. */
  epochSinceMs: number;
  timeoutMs: number;
  state: "empty" | "ongoing" | "ending";
  transaction: Transaction | undefined;
  readonly partitions: Set<PartitionLog>;
  cancelTimeout: () => void;
}

/** How long a marker takes, in milliseconds; most of the time, and now and then. */
const MARKER_MS = 2;
const MARKER_SLOW_MS = 400;
const MARKER_SLOW_CHANCE = 0.02;

export class TransactionCoordinator {
  readonly #time: SimulatedTime;
  readonly #entries = new Map<string, Entry>();
  #nextProducerId = 1000n;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  /** A producer without transactions. */
  initPlain(): Identity {
    return { producerId: this.#nextProducerId++, epoch: 0 };
  }

  /**
   * Fences whoever holds the id.
   * @param held with it, the holder only goes on under a new epoch; whoever is not the holder any more is refused (KIP-360)
   */
  init(transactionalId: string, timeoutMs: number, held?: Identity): Identity {
    let entry = this.#entries.get(transactionalId);
    if (held !== undefined && entry?.producerId !== held.producerId) throw new Refused("invalidEpoch");
    if (entry === undefined) {
      entry = {
        transactionalId,
        producerId: this.#nextProducerId++,
        epoch: -1,
        lastEpoch: undefined,
        epochSinceMs: 0,
        timeoutMs,
        state: "empty",
        transaction: undefined,
        partitions: new Set(),
        cancelTimeout: () => {},
      };
      this.#entries.set(transactionalId, entry);
    }
    if (entry.state === "ongoing") {
      // Fenced first, aborted then: whoever asks comes back until that is done.
      this.#fence(entry);
    }
    if (entry.state === "ending") throw new Refused("concurrentTransactions");
    const { producerId } = entry;
    if (held !== undefined && held.epoch !== entry.epoch) {
      // Asked again, since the answer was lost.
      if (held.epoch === entry.lastEpoch) return { producerId, epoch: entry.epoch };
      throw new Refused("invalidEpoch");
    }
    entry.lastEpoch = held?.epoch;
    entry.epoch++;
    if (held === undefined) entry.epochSinceMs = this.#time.nowMs;
    this.#time.note?.(`${transactionalId} has epoch ${entry.epoch}`);
    entry.timeoutMs = timeoutMs;
    return { producerId, epoch: entry.epoch };
  }

  #fence(entry: Entry): void {
    entry.epoch++;
    entry.lastEpoch = undefined;
    this.#finish(entry, "aborted");
  }

  addPartitions(
    transactionalId: string,
    identity: Identity,
    partitions: readonly PartitionLog[],
    process: SimulatedProcess,
  ): void {
    const entry = this.#checked(transactionalId, identity);
    if (entry.state === "ending") throw new Refused("concurrentTransactions");
    if (entry.state === "empty") {
      entry.state = "ongoing";
      const { epochSinceMs } = entry;
      entry.transaction = { transactionalId, epochSinceMs, processMs: 0, outcome: "open" };
      entry.cancelTimeout = this.#time.after(entry.timeoutMs, () => this.#fence(entry));
    }
    entry.transaction!.processMs = process.latestMs;
    for (const partition of partitions) entry.partitions.add(partition);
  }

  /** What a partition's leader asks before it takes a batch: is this partition part of the transaction at hand? */
  transactionOf(transactionalId: string, identity: Identity, log: PartitionLog): Transaction {
    const entry = this.#checked(transactionalId, identity);
    if (entry.state !== "ongoing" || !entry.partitions.has(log)) throw new Refused("invalidTransactionState");
    return entry.transaction!;
  }

  end(transactionalId: string, identity: Identity, commit: boolean): void {
    const entry = this.#checked(transactionalId, identity);
    const outcome = commit ? "committed" : "aborted";
    if (entry.state === "ending") throw new Refused("concurrentTransactions");
    if (entry.state === "empty") {
      // Asked again, it tells how the last one ended.
      if (entry.transaction?.outcome === outcome) return;
      throw new Refused("invalidTransactionState");
    }
    this.#finish(entry, outcome);
  }

  isBusyWith(transactionalId: string): boolean {
    return (this.#entries.get(transactionalId)?.state ?? "empty") !== "empty";
  }

  /** True when a transaction is open or its markers are not all written. */
  isBusy(): boolean {
    return [...this.#entries.values()].some(({ state }) => state !== "empty");
  }

  #checked(transactionalId: string, identity: Identity): Entry {
    const entry = this.#entries.get(transactionalId);
    if (entry === undefined || entry.producerId !== identity.producerId || entry.epoch !== identity.epoch)
      throw new Refused("invalidEpoch");
    return entry;
  }

  #finish(entry: Entry, outcome: "committed" | "aborted"): void {
    const { transaction } = entry;
    entry.cancelTimeout();
    entry.state = "ending";
    transaction!.outcome = outcome;
    const { epoch } = entry;
    this.#time.note?.(`${entry.transactionalId} epoch ${epoch}: ${outcome}`);
    let left = entry.partitions.size;
    const { random } = this.#time;
    const slow = random.chance(MARKER_SLOW_CHANCE) ? MARKER_SLOW_MS : MARKER_MS;
    const done = (): void => {
      if (left > 0) return;
      entry.state = "empty";
    };
    for (const log of entry.partitions) {
      this.#time.after(random.next() * slow, () => {
        log.mark(entry.producerId, epoch, transaction!, this.#time.nowMs);
        left--;
        done();
      });
    }
    entry.partitions.clear();
    done();
  }
}
