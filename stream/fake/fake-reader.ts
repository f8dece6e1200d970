/** Reads one partition of the model, as `stream/kafka/partition-reader.ts` reads a real one. */
import { BrokerError, type PartitionReader, type ReadBatch, type StoredRecord } from "../broker.ts";
import { committedRecords } from "../kafka/fetch.ts";
import type { FakeClient, OpenReader } from "./fake-client.ts";
import type { Fetched } from "./log.ts";
import { Refused, toBrokerError } from "./refused.ts";

const PATIENCE_MS = 10_000;

export class FakeReader implements PartitionReader, OpenReader {
  readonly #client: FakeClient;
  readonly #topic: string;
  readonly #partition: number;
  #position: number;
  #endOffset = 0;
  #isClosed = false;
  #endPoll: (() => void) | undefined;

  constructor(client: FakeClient, topic: string, partition: number, fromOffset: number) {
    this.#client = client;
    this.#topic = topic;
    this.#partition = partition;
    this.#position = fromOffset;
  }

  get where(): { readonly place: string; readonly position: number } {
    return { place: `${this.#topic}/${this.#partition}`, position: this.#position };
  }

  /** What a stock client does at every rebalance (defect 13). */
  forgetPosition(): void {
    this.#position = this.#client.cluster.topics.get(this.#topic)?.logs[this.#partition]?.start ?? 0;
  }

  async poll(maxWaitMs: number): Promise<ReadBatch> {
    if (this.#isClosed) throw new BrokerError("Closed", "the reader is closed");
    const { clock } = this.#client.process;
    const waitUntil = clock.now() + maxWaitMs;
    let records: readonly StoredRecord[] = [];
    try {
      if (this.#client.defects.fetchInLockstep) await this.#client.lockstep.turnOf(this, () => this.#isClosed);
      while (!this.#isClosed) {
        const before = this.#position;
        const fetched = await this.#client.retry(waitUntil + PATIENCE_MS, async () =>
          this.#isClosed ? undefined : await this.#fetch(Math.max(0, waitUntil - clock.now())),
        );
        if (fetched === undefined || this.#isClosed) break;
        records = this.#take(fetched);
        const isCaughtUp = this.#position >= this.#endOffset;
        if (records.length > 0 || clock.now() >= waitUntil || (isCaughtUp && this.#position > before)) break;
      }
    } catch (error) {
      if (!this.#isClosed) throw toBrokerError(error, `reading ${this.#topic}/${this.#partition}`);
    }
    return { records, nextOffset: this.#position, endOffset: this.#endOffset };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#client.readers.delete(this);
    this.#client.lockstep.leave(this);
    this.#endPoll?.();
  }

  /** Undefined: the reader was closed. */
  #fetch(maxWaitMs: number): Promise<Fetched | undefined> {
    const { cluster, process, defects } = this.#client;
    const most = cluster.fetchBatchesMax;
    return new Promise<Fetched | undefined>((resolve, reject) => {
      this.#endPoll = () => resolve(undefined);
      const from = this.#position;
      cluster.network
        .request<Fetched>(process, (answer) => {
          const log = cluster.log(this.#topic, this.#partition);
          const look = (isLast: boolean): boolean => {
            try {
              const fetched = log.fetch(from, most);
              // Also where compaction has left nothing before an open transaction: a broker waits until there is something.
              if (!isLast && fetched.batches.length === 0) return false;
              answer.resolve(fetched);
            } catch (error) {
              answer.reject(error as Refused);
            }
            return true;
          };
          if (look(maxWaitMs <= 0)) return;
          const wait = (): void => {
            const unsubscribe = log.whenBehind(() => {
              if (look(false)) cancel();
              else wait();
            });
            forget = unsubscribe;
          };
          let forget = (): void => {};
          const cancel = cluster.time.after(maxWaitMs, () => {
            forget();
            look(true);
          });
          wait();
        })
        .then(resolve, (error: unknown) => {
          if (!(error instanceof Refused) || error.code !== "offsetOutOfRange") return reject(error);
          if (!defects.silentReset) {
            const place = `${this.#topic}/${this.#partition}`;
            return reject(new BrokerError("OffsetOutOfRange", `offset ${from} of ${place} is outside of the log`));
          }
          const { start } = cluster.log(this.#topic, this.#partition);
          this.#position = start;
          reject(new Refused("disconnected"));
        });
    });
  }

  #take(fetched: Fetched): StoredRecord[] {
    const { defects, acknowledged } = this.#client;
    const { batches, aborted, lastStableOffset } = fetched;
    this.#endOffset = acknowledged.endOf(this.#topic, this.#partition, lastStableOffset);
    const committed = committedRecords(batches, aborted, {
      sort: !defects.abortedUnsorted,
      activateAll: !defects.abortedOneByOne,
      controlOnly: !defects.abortMarkerByKey,
    }).filter(({ offset }) => offset >= this.#position);
    const last = committed.at(-1)?.offset;
    if (defects.positionByRecords) {
      // Any record of a batch or its marker moves the position; a shell that compaction left does not.
      const moved = batches.findLast(({ records, control }) => records.length > 0 || control !== "none");
      if (moved !== undefined) this.#position = Math.max(this.#position, moved.lastOffset + 1);
    } else if (defects.controlOnlyIgnored) {
      if (last !== undefined) this.#position = Math.max(this.#position, last + 1);
    } else {
      this.#position = Math.max(this.#position, (batches.at(-1)?.lastOffset ?? -1) + 1);
    }
    return committed;
  }
}
