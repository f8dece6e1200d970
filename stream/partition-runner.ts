/**
 * One partition: fence → restore → poll → process → commit → local write, again and again.
 *
 * I1: state, outputs and position are one transaction, of a producer that fenced its predecessors before the state was
 * read. After any failure whose outcome is in doubt everything decoded is dropped and the partition begins anew from
 * the changelog. I4: what cannot go on safely halts, with a code and what to do; nothing waits in silence.
 */
import { ID_KEY, partitionOf, transactionalIdName } from "#protocol";
import { BatchBuffer, type Draw, OutputRefused } from "./batching.ts";
import {
  BrokerError,
  type PartitionReader,
  type ReadBatch,
  type StateStore,
  type StoredRecord,
  type TransactionalProducer,
} from "./broker.ts";
import type { Clock } from "./clock.ts";
import { haltOf } from "./halts.ts";
import { InputTrimmer } from "./input-trimmer.ts";
import type { PartitionEnvironment } from "./partition-environment.ts";
import { restorePosition } from "./position.ts";
import { PartitionHalt, type PartitionProcessor } from "./processor.ts";
import type { RunnerLimits } from "./runner-limits.ts";
import type { PartitionState } from "./runner-state.ts";
import { Signal } from "./signal.ts";

/** A tick that changed nothing and asks for another one at once waits this long. */
const IDLE_TICK_MS = 10;
const DRAW_SEED_BYTES = 32;
const CHANGELOG_ID_BYTES = 16;

/** What one assignment, or one new start behind a failure, works with. */
interface Session {
  readonly store: StateStore;
  readonly processor: PartitionProcessor;
  readonly reader: PartitionReader;
}

type Arrival =
  | { readonly kind: "batch"; readonly batch: ReadBatch }
  | { readonly kind: "error"; readonly error: unknown };

export class PartitionRunner {
  readonly partition: number;
  readonly #env: PartitionEnvironment;
  readonly #stopping = new Signal();
  readonly #settled = new Signal();
  readonly #transactionalId: string;
  readonly #trimmer: InputTrimmer;
  #state: PartitionState = { kind: "restoring" };
  #ordered: PartitionHalt | undefined;
  #producer: TransactionalProducer | undefined;
  #finished: Promise<void> | undefined;

  // The next input offset behind the last committed transaction, and what was read beyond it.
  #position = 0;
  #backlog: readonly StoredRecord[] = [];
  #backlogEnd = 0;
  #arrival: Promise<Arrival> | undefined;
  #newIdentity: ReturnType<typeof restorePosition>["newIdentity"];
  #catchUpTo = 0;
  #draw: (Draw & { readonly from: number; readonly to: number }) | undefined;
  #idleTick = false;

  constructor(partition: number, env: PartitionEnvironment) {
    this.partition = partition;
    this.#env = env;
    this.#transactionalId = transactionalIdName(env.installation, env.definition.name, partition);
    this.#trimmer = new InputTrimmer(partition, env);
  }

  get state(): PartitionState {
    return this.#state;
  }

  /** Resolves when the partition runs, or is known not to. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Step 2 of an assignment: fences whoever had the partition. A failure is left to `start`, which tries again. */
  async fence(): Promise<void> {
    try {
      this.#producer = await this.#openProducer();
    } catch (error) {
      this.#env.logger.warn("fencing failed; trying again", this.#fields({ error: String(error) }));
    }
  }

  start(): void {
    this.#finished = this.#run();
  }

  /** Finishes the transaction at hand, then stays where it is until an operator acts. */
  halt(halt: PartitionHalt): void {
    this.#ordered = halt;
    this.#stopping.set();
  }

  /** Finishes the transaction at hand, then lets go. */
  async stop(): Promise<void> {
    this.#stopping.set();
    if (this.#finished === undefined) await this.#dropProducer();
    else await this.#finished;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.isSet) {
      try {
        await this.#session(() => {
          failures = 0;
        });
      } catch (error) {
        await this.#dropProducer();
        if (this.#stopping.isSet) break;
        const halt = haltOf(error);
        if (halt !== undefined) return this.#halt(halt.code, halt.message);
        if (!(await this.#recover(error, ++failures))) return;
      }
    }
    await this.#dropProducer();
    if (this.#ordered === undefined) this.#end({ kind: "stopped" });
    else this.#halt(this.#ordered.code, this.#ordered.message);
  }

  #halt(code: string, message: string): void {
    this.#env.logger.error(`partition halted: ${message}`, this.#fields({ code }));
    this.#end({ kind: "halted", code, message });
  }

  #end(state: PartitionState): void {
    this.#state = state;
    delete this.#env.metrics.positions[this.partition];
    delete this.#env.metrics.ends[this.partition];
    this.#settled.set();
  }

  /** Step 6: the heartbeat decides whether to go on. @returns false when the partition is not ours any more */
  async #recover(error: unknown, failures: number): Promise<boolean> {
    const { limits, logger, metrics, clock } = this.#env;
    metrics.restarts++;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#state = { kind: "retrying", attempt: failures, reason };
    logger.warn("partition starts over", this.#fields({ attempt: failures, reason }));
    if (error instanceof BrokerError && error.code === "Refused") this.#env.onNotPermitted(error);
    let isMember = true;
    try {
      isMember = await this.#env.membership.heartbeat();
    } catch (cause) {
      logger.warn("heartbeat failed", this.#fields({ reason: String(cause) }));
    }
    if (!isMember) {
      logger.warn("the group gave the partition away", this.#fields({}));
      this.#end({ kind: "stopped" });
      this.#env.onRefused(this.partition);
      return false;
    }
    const delayMs = Math.min(limits.retryDelayMs * 2 ** (failures - 1), limits.retryDelayMsMax);
    await this.#stopping.within(clock, delayMs);
    return true;
  }

  /** Steps 2 to 5. Ends when the partition is to stop, or throws. */
  async #session(onProgress: () => void): Promise<void> {
    const { broker, definition, limits } = this.#env;
    this.#producer ??= await this.#openProducer();
    const store = await broker.openStore({
      changelogTopic: definition.changelogTopic,
      partition: this.partition,
      dataFolder: this.#env.dataFolder,
      ...(definition.indexOf === undefined ? {} : { indexOf: definition.indexOf }),
      ...(definition.indexVersion === undefined ? {} : { indexVersion: definition.indexVersion }),
      onProgress: (progress) => this.#env.logger.info("restoring", this.#fields(progress)),
    });
    let processor: PartitionProcessor | undefined;
    let reader: PartitionReader | undefined;
    try {
      await this.#restore(store);
      processor = await definition.open({ partition: this.partition, store });
      reader = await broker.openReader({
        topic: definition.inputTopic,
        partition: this.partition,
        fromOffset: this.#position,
      });
      const session = { store, processor, reader };
      this.#state = { kind: "running" };
      this.#settled.set();
      while (!this.#stopping.isSet) {
        await this.#turn(session, limits);
        onProgress();
      }
    } catch (error) {
      processor?.discard();
      throw error;
    } finally {
      await reader?.close();
      await this.#arrival;
      this.#arrival = undefined;
      await processor?.close();
      await store.close();
    }
  }

  async #restore(store: StateStore): Promise<void> {
    const { broker, definition, installation, membership, partitions, metrics } = this.#env;
    const bounds = await broker.topics.bounds(definition.inputTopic, this.partition);
    const isNew = store.get(ID_KEY) === undefined;
    const advisory = isNew ? (await membership.readAdvisory([this.partition])).get(this.partition) : undefined;
    const { next, newIdentity } = restorePosition(store, {
      installation,
      inputTopic: definition.inputTopic,
      changelogTopic: definition.changelogTopic,
      partition: this.partition,
      partitions,
      bounds,
      advisory,
      newChangelogId: () => Buffer.from(this.#env.randomBytes(CHANGELOG_ID_BYTES)).toString("hex"),
    });
    this.#newIdentity = newIdentity;
    this.#position = next;
    this.#backlog = [];
    this.#backlogEnd = next;
    this.#catchUpTo = definition.catchUpBeforeTicks ? bounds.end : 0;
    this.#idleTick = false;
    metrics.positions[this.partition] = next;
    metrics.ends[this.partition] = bounds.end;
  }

  /** One turn of the pump: a tick that is due, then a batch if there is one; else waits for either. */
  async #turn(session: Session, limits: RunnerLimits): Promise<void> {
    const { clock } = this.#env;
    if (this.#tickDelayMs(session) === 0) await this.#tick(session);
    if (this.#backlog.length < limits.batchRecords) this.#read(session.reader, limits);
    if (this.#backlog.length === 0) await this.#await(clock, this.#tickDelayMs(session));
    if (this.#backlog.length > 0 && !this.#stopping.isSet) {
      await this.#runSlice(session, this.#backlog.slice(0, limits.batchRecords));
    }
    this.#trimmer.trim(this.#env.metrics.positions[this.partition] ?? 0);
  }

  /** 0: a tick is due. */
  #tickDelayMs({ processor }: Session): number {
    if (this.#position < this.#catchUpTo) return Number.POSITIVE_INFINITY;
    const at = processor.nextTickMs();
    if (at === undefined) return Number.POSITIVE_INFINITY;
    const delayMs = Math.max(0, at - this.#env.clock.now());
    return this.#idleTick ? Math.max(IDLE_TICK_MS, delayMs) : delayMs;
  }

  #read(reader: PartitionReader, limits: RunnerLimits): void {
    this.#arrival ??= reader.poll(limits.pollWaitMs).then(
      (batch) => ({ kind: "batch", batch }),
      (error: unknown) => ({ kind: "error", error }),
    );
  }

  /** Until a batch is there, a tick is due or the partition is to stop. */
  async #await(clock: Clock, delayMs: number): Promise<void> {
    let unsubscribe = (): void => {};
    let cancel = (): void => {};
    const first = await new Promise<Arrival | undefined>((resolve) => {
      this.#arrival?.then(resolve);
      if (Number.isFinite(delayMs)) cancel = clock.setTimer(delayMs, () => resolve(undefined));
      unsubscribe = this.#stopping.subscribe(() => resolve(undefined));
    });
    cancel();
    unsubscribe();
    this.#idleTick = false;
    if (first === undefined) return;
    this.#arrival = undefined;
    if (first.kind === "error") throw first.error;
    this.#take(first.batch);
  }

  /** Whatever the client delivers: what lies below the position was done already (I1). */
  #take(batch: ReadBatch): void {
    const { metrics } = this.#env;
    const fresh = batch.records.filter((record) => record.offset >= this.#position);
    metrics.droppedBelowPosition += batch.records.length - fresh.length;
    metrics.ends[this.partition] = batch.endOffset;
    this.#backlog = fresh;
    this.#backlogEnd = Math.max(batch.nextOffset, this.#position);
    if (fresh.length === 0) this.#position = this.#backlogEnd;
  }

  async #runSlice(session: Session, slice: readonly StoredRecord[]): Promise<void> {
    const from = slice[0]!.offset;
    const known = this.#draw;
    const draw = known !== undefined && known.from <= from && from < known.to ? known : this.#newDraw();
    const end = slice.length < this.#backlog.length ? this.#backlog[slice.length]!.offset : this.#backlogEnd;
    if (draw !== known) this.#draw = { ...draw, from, to: end };
    try {
      await this.#runBatch(session, slice, end, draw, false);
    } catch (error) {
      if (!isRejection(error)) throw error;
      this.#env.logger.warn(
        "a record was refused; running the batch one by one",
        this.#fields({ reason: String(error) }),
      );
      await this.#runAlone(session, slice, end, draw);
    }
  }

  /** Step 7: finds the record whose outputs are refused, and has the processor put that on record instead. */
  async #runAlone(session: Session, slice: readonly StoredRecord[], end: number, draw: Draw): Promise<void> {
    for (let index = 0; index < slice.length && !this.#stopping.isSet; index++) {
      const record = slice[index]!;
      const next = slice[index + 1]?.offset ?? end;
      try {
        await this.#runBatch(session, [record], next, draw, true);
      } catch (error) {
        if (!isRejection(error)) throw error;
        await this.#reject(session, record, next, draw, error);
      }
    }
  }

  async #reject(session: Session, record: StoredRecord, next: number, draw: Draw, cause: Rejection): Promise<void> {
    this.#env.metrics.rejected++;
    const batch = this.#newBatch(session, draw);
    await session.processor.reject(record, { topic: cause.topic ?? "", message: cause.message }, batch);
    try {
      await this.#commit(session, batch, next);
    } catch (error) {
      if (!isRejection(error)) throw error;
      throw new PartitionHalt(
        "OutputRejected",
        `the rejection of ${record.topic}/${record.partition}/${record.offset} was refused too: ${error.message}`,
        { cause: error },
      );
    }
    this.#advance(next);
  }

  async #runBatch(
    session: Session,
    slice: readonly StoredRecord[],
    end: number,
    draw: Draw,
    alone: boolean,
  ): Promise<void> {
    const batch = this.#newBatch(session, draw);
    const mine = slice.filter((record) => this.#partitionOf(record) === this.partition);
    let next = end;
    let count = 0;
    if (mine.length > 0) {
      count = await session.processor.process(mine, batch, { alone });
      if (!(Number.isInteger(count) && count > 0 && count <= mine.length)) {
        throw new RangeError(`process() took ${count} of ${mine.length} records; at least one is the contract`);
      }
      if (count < mine.length) next = mine[count]!.offset;
    }
    const foreign = slice.filter((record) => record.offset < next && this.#partitionOf(record) !== this.partition);
    for (const record of foreign) batch.forward(record, this.#partitionOf(record));
    await this.#commit(session, batch, next);
    this.#env.metrics.records += count;
    this.#env.metrics.forwarded += foreign.length;
    this.#advance(next);
  }

  /** A record without a key belongs where it lies. */
  #partitionOf(record: StoredRecord): number {
    if (record.key === null) return this.partition;
    const routing = this.#env.definition.routingKeyOf?.(record.key) ?? record.key;
    return partitionOf(routing, this.#env.partitions);
  }

  async #tick(session: Session): Promise<void> {
    const batch = this.#newBatch(session, this.#newDraw());
    await session.processor.tick(batch);
    this.#env.metrics.ticks++;
    if (batch.empty) {
      session.processor.committed();
      this.#idleTick = true;
      return;
    }
    try {
      await this.#commit(session, batch, this.#position);
    } catch (error) {
      if (!isRejection(error)) throw error;
      throw new PartitionHalt("OutputRejected", `what the clock asked for was refused: ${error.message}`, {
        cause: error,
      });
    }
  }

  /** Steps 4 and 5: the transaction, then the local write. */
  async #commit(session: Session, batch: BatchBuffer, next: number): Promise<void> {
    const { broker, definition, metrics } = this.#env;
    try {
      const sealed = await batch.seal({
        topics: broker.topics,
        changelogTopic: definition.changelogTopic,
        inputTopic: definition.inputTopic,
        partition: this.partition,
        next,
        identity: this.#newIdentity,
      });
      const offsets = await this.#transact(sealed.records);
      const last = offsets.at(-1);
      await session.store.applyCommitted(sealed.changes, last === undefined || last < 0 ? undefined : last + 1);
      metrics.outputs += sealed.outputs;
      metrics.changelogRecords += sealed.changes.length;
    } catch (error) {
      session.processor.discard();
      throw error;
    }
    metrics.transactions++;
    this.#newIdentity = undefined;
    session.processor.committed();
  }

  async #transact(records: Parameters<TransactionalProducer["commit"]>[0]): Promise<readonly number[]> {
    const { clock, limits, metrics } = this.#env;
    this.#producer ??= await this.#openProducer();
    const timer = new Signal();
    const cancel = clock.setTimer(limits.commitTimeoutMs, () => timer.set());
    const commit = this.#producer.commit(records);
    try {
      const offsets = await Promise.race([commit, timer.promise]);
      if (offsets !== undefined) return offsets;
      // Its outcome is asked of the changelog; a late answer has nobody to hear it.
      commit.catch(() => {});
      throw new BrokerError("Unavailable", `a commit took longer than ${limits.commitTimeoutMs} ms`);
    } catch (error) {
      metrics.commitFailures++;
      await this.#dropProducer();
      throw error;
    } finally {
      cancel();
    }
  }

  #advance(next: number): void {
    this.#position = next;
    this.#backlog = this.#backlog.filter((record) => record.offset >= next);
    this.#env.metrics.positions[this.partition] = next;
    this.#env.onCommitted(this.partition, next);
  }

  #newBatch(session: Session, draw: Draw): BatchBuffer {
    return new BatchBuffer(draw, session.store, this.#env.clock, this.#env.limits);
  }

  #newDraw(): Draw {
    return { nowMs: this.#env.clock.now(), seed: this.#env.randomBytes(DRAW_SEED_BYTES) };
  }

  #openProducer(): Promise<TransactionalProducer> {
    return this.#env.broker.openTransactionalProducer({
      transactionalId: this.#transactionalId,
      transactionTimeoutMs: this.#env.limits.transactionTimeoutMs,
    });
  }

  async #dropProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close().catch(() => {});
  }

  #fields(more: object): Record<string, unknown> {
    return { processor: this.#env.definition.name, partition: this.partition, ...more };
  }
}

type Rejection = OutputRefused | (BrokerError & { readonly code: "RecordRejected" });

function isRejection(error: unknown): error is Rejection {
  return error instanceof OutputRefused || (error instanceof BrokerError && error.code === "RecordRejected");
}
