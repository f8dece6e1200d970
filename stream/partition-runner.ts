/**
 * One partition: fence → restore → poll → process → commit → local write, again and again. While one transaction
 * commits, the next batch is read and processed on top of it, and waits for it to land.
 *
 * I1: state, outputs and position are one transaction, of a producer that fenced its predecessors before the state was
 * read. One transaction is under way at a time, and what was processed on top of one that did not commit is dropped with
 * it. After any failure whose outcome is in doubt everything decoded is dropped and the partition begins anew from the
 * changelog. I4: what cannot go on safely halts, with a code and what to do; nothing waits in silence.
 *
 * Longer than 500 lines: the order of these steps is the invariant, and is read best in one place.
 */
import { partitionOf, transactionalIdName } from "#protocol";
import { BatchBuffer, type Draw, OutputRefused } from "./batching.ts";
import {
  BrokerError,
  type PartitionReader,
  type StateStore,
  type StoredRecord,
  type TransactionalProducer,
} from "./broker.ts";
import { haltOf } from "./halts.ts";
import { InputBuffer } from "./input-buffer.ts";
import { InputTrimmer } from "./input-trimmer.ts";
import type { PartitionEnvironment } from "./partition-environment.ts";
import { restorePosition } from "./position.ts";
import { PartitionHalt, type PartitionProcessor } from "./processor.ts";
import { RecentValues } from "./recent-values.ts";
import type { PartitionState } from "./runner-state.ts";
import { Signal } from "./signal.ts";

/** A tick that changed nothing and asks for another one at once waits this long. */
const IDLE_TICK_MS = 10;
const DRAW_SEED_BYTES = 32;
const CHANGELOG_ID_BYTES = 16;
/** So many batches are read ahead. */
const BATCHES_AHEAD = 2;

/** What one assignment, or one new start behind a failure, works with. */
interface Session {
  readonly store: StateStore;
  readonly recent: RecentValues;
  readonly processor: PartitionProcessor;
  readonly input: InputBuffer;
}

/** A batch that is processed, and what its transaction takes in. */
interface Processed {
  readonly batch: BatchBuffer;
  readonly draw: Draw;
  /** All records that it takes in; none: the clock asked for it. */
  readonly slice: readonly StoredRecord[];
  readonly next: number;
  readonly counts: { readonly records: number; readonly forwarded: number };
}

/** A transaction under way. */
interface Flight extends Processed {
  /** Settles when it is committed and stored, with the error when it is not; never rejects. */
  readonly landed: Promise<{ readonly error: unknown } | undefined>;
}

/** The draw of the records from `from` up to `to`. */
interface DrawnRange extends Draw {
  readonly from: number;
  to: number;
}

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

  // The next input offset behind the last committed transaction, and behind the last processed batch.
  #position = 0;
  #head = 0;
  #flight: Flight | undefined;
  #newIdentity: ReturnType<typeof restorePosition>["newIdentity"];
  #catchUpTo = 0;
  /** Of records that are not committed yet, in order. */
  #draws: DrawnRange[] = [];
  #idleTick = false;
  /** Records before this are run one by one: the outputs of one of them are refused. */
  #aloneBelow = 0;
  /** By offset: why the outputs of a record are refused, until that is on record instead of them. */
  readonly #refusals = new Map<number, Rejection>();
  /** Ends the wait for something to do. */
  #wake: () => void = () => {};

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
        if (!(await (error instanceof ProducerSpent ? this.#isStillOurs() : this.#recover(error, ++failures)))) return;
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
    if (!(await this.#isStillOurs())) return false;
    const delayMs = Math.min(limits.retryDelayMs * 2 ** (failures - 1), limits.retryDelayMsMax);
    await this.#stopping.within(clock, delayMs);
    return true;
  }

  /** False: the coordinator has us no more, and the partition is let go. One that cannot be asked changes nothing. */
  async #isStillOurs(): Promise<boolean> {
    const { logger, membership } = this.#env;
    try {
      if (await membership.heartbeat()) return true;
    } catch (cause) {
      logger.warn("heartbeat failed", this.#fields({ reason: String(cause) }));
      return true;
    }
    logger.warn("the group gave the partition away", this.#fields({}));
    this.#end({ kind: "stopped" });
    this.#env.onRefused(this.partition);
    return false;
  }

  /** Steps 2 to 5. Ends when the partition is to stop, or throws. */
  async #session(onProgress: () => void): Promise<void> {
    const { broker, definition } = this.#env;
    this.#producer ??= await this.#openProducer();
    const before = await this.#lookBefore();
    const store = await broker.openStore({
      changelogTopic: definition.changelogTopic,
      partition: this.partition,
      dataFolder: this.#env.dataFolder,
      ...(definition.indexOf === undefined ? {} : { indexOf: definition.indexOf }),
      ...(definition.indexVersion === undefined ? {} : { indexVersion: definition.indexVersion }),
      onProgress: (progress) => this.#env.logger.info("restoring", this.#fields(progress)),
    });
    let processor: PartitionProcessor | undefined;
    let input: InputBuffer | undefined;
    try {
      await this.#restore(store, before);
      processor = await definition.open({ partition: this.partition, store });
      input = this.#openInput(
        await broker.openReader({
          topic: definition.inputTopic,
          partition: this.partition,
          fromOffset: this.#position,
          ahead: true,
        }),
      );
      const session = { store, recent: new RecentValues(definition.recentBytes), processor, input };
      this.#state = { kind: "running" };
      this.#settled.set();
      while (!this.#stopping.isSet) {
        await this.#turn(session);
        onProgress();
      }
      await this.#land(session);
    } catch (error) {
      await this.#flight?.landed;
      processor?.discard();
      throw error;
    } finally {
      this.#flight = undefined;
      await input?.close();
      await processor?.close();
      await store.close();
    }
  }

  #openInput(reader: PartitionReader): InputBuffer {
    const { limits, metrics } = this.#env;
    return new InputBuffer({
      reader,
      from: this.#position,
      recordsMax: limits.batchRecords * BATCHES_AHEAD,
      pollWaitMs: limits.pollWaitMs,
      onChange: () => this.#wake(),
      onRead: ({ dropped, endOffset }) => {
        metrics.droppedBelowPosition += dropped;
        metrics.ends[this.partition] = endOffset;
      },
    });
  }

  /**
   * What was so before the changelog was read can only have become more in it. Looked at afterwards, what another owner
   * has done in between (this process may have been stopped for a while) would pass for a loss, and halt.
   */
  async #lookBefore(): Promise<{ readonly start: number; readonly advisory: number | undefined }> {
    const { broker, definition, membership } = this.#env;
    const [{ start }, advisory] = await Promise.all([
      broker.topics.bounds(definition.inputTopic, this.partition),
      membership.readAdvisory([this.partition]),
    ]);
    return { start, advisory: advisory.get(this.partition) };
  }

  async #restore(
    store: StateStore,
    { start, advisory }: { readonly start: number; readonly advisory: number | undefined },
  ): Promise<void> {
    const { broker, definition, installation, partitions, metrics } = this.#env;
    const { end } = await broker.topics.bounds(definition.inputTopic, this.partition);
    const bounds = { start, end };
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
    this.#head = next;
    this.#draws = this.#draws.filter(({ to }) => to > next);
    for (const offset of this.#refusals.keys()) if (offset < next) this.#refusals.delete(offset);
    this.#catchUpTo = definition.catchUpBeforeTicks ? bounds.end : 0;
    this.#idleTick = false;
    metrics.positions[this.partition] = next;
    metrics.ends[this.partition] = bounds.end;
  }

  /** One turn of the pump: a tick that is due, then a batch if there is one; else waits for either. */
  async #turn(session: Session): Promise<void> {
    session.input.check();
    if (this.#tickDelayMs(session) === 0) {
      // What is due is told by what is committed.
      await this.#land(session);
      if (this.#tickDelayMs(session) === 0) await this.#tick(session);
    }
    if (!session.input.has(this.#head)) await this.#idle(session);
    else if (!this.#stopping.isSet) await this.#runSlice(session);
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

  /** Nothing is left to process: until records are there, the flight has landed, a tick is due or the partition is to stop. */
  async #idle(session: Session): Promise<void> {
    session.input.check();
    const flight = this.#flight;
    if (flight === undefined) {
      // Behind what was read lie markers and holes only.
      this.#head = Math.max(this.#head, session.input.end);
      this.#position = this.#head;
    }
    const delayMs = flight === undefined ? this.#tickDelayMs(session) : Number.POSITIVE_INFINITY;
    let unsubscribe = (): void => {};
    let cancel = (): void => {};
    const reason = await new Promise<"landed" | "woken">((resolve) => {
      this.#wake = () => resolve("woken");
      flight?.landed.then(() => resolve("landed"));
      if (Number.isFinite(delayMs)) cancel = this.#env.clock.setTimer(delayMs, this.#wake);
      unsubscribe = this.#stopping.subscribe(this.#wake);
    });
    this.#wake = () => {};
    cancel();
    unsubscribe();
    this.#idleTick = false;
    if (reason === "landed") await this.#land(session);
  }

  /** Processes the next records on top of the flight, and starts their transaction when that has landed. */
  async #runSlice(session: Session): Promise<void> {
    const from = session.input.behind(this.#head);
    if (from < this.#aloneBelow) return await this.#runAlone(session, from);
    const draw = this.#drawOf(from);
    const slice = session.input.from(from, this.#env.limits.batchRecords).filter(({ offset }) => offset < draw.to);
    const end = session.input.behind(slice.at(-1)!.offset + 1);
    const isFresh = draw.to === Number.POSITIVE_INFINITY;
    if (isFresh) draw.to = end;
    const processed = await this.#process(session, slice, end, draw, { alone: false, below: this.#flight?.batch });
    // What was never tried gets a draw of its own.
    if (isFresh) draw.to = processed.next;
    // When what is below did not commit, this is void.
    if (await this.#land(session)) this.#launch(session, processed);
  }

  /** Those of a batch that runs again; else new ones. */
  #drawOf(from: number): DrawnRange {
    const known = this.#draws.find((draw) => draw.from <= from && from < draw.to);
    if (known !== undefined) return known;
    const draw = { ...this.#newDraw(), from, to: Number.POSITIVE_INFINITY };
    this.#draws.push(draw);
    return draw;
  }

  async #process(
    session: Session,
    slice: readonly StoredRecord[],
    end: number,
    draw: Draw,
    { alone, below }: { readonly alone: boolean; readonly below: BatchBuffer | undefined },
  ): Promise<Processed> {
    const batch = this.#newBatch(session, draw, below);
    const owners = slice.map((record) => this.#partitionOf(record));
    const mine = slice.filter((_, index) => owners[index] === this.partition);
    let next = end;
    let records = 0;
    if (mine.length > 0) {
      records = await session.processor.process(mine, batch, { alone });
      if (!(Number.isInteger(records) && records > 0 && records <= mine.length)) {
        throw new RangeError(`process() took ${records} of ${mine.length} records; at least one is the contract`);
      }
      if (records < mine.length) next = mine[records]!.offset;
    }
    const taken = slice.filter((record) => record.offset < next);
    let forwarded = 0;
    for (const [index, record] of taken.entries()) {
      if (owners[index] === this.partition) continue;
      batch.forward(record, owners[index]!);
      forwarded++;
    }
    return { batch, draw, slice: taken, next, counts: { records, forwarded } };
  }

  /** Starts the transaction; nothing else may be under way. */
  #launch(session: Session, processed: Processed): void {
    this.#head = Math.max(this.#head, processed.next);
    const landed = this.#commit(session, processed).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    this.#flight = { ...processed, landed };
  }

  /**
   * Waits for the transaction under way.
   *
   * @returns false when it was refused: then its records are to be run one by one, and what was processed on top is void
   */
  async #land(session: Session): Promise<boolean> {
    const flight = this.#flight;
    if (flight === undefined) return true;
    const failure = await flight.landed;
    this.#flight = undefined;
    if (failure === undefined) return true;
    session.processor.discard();
    const { error } = failure;
    if (!isRejection(error)) throw error;
    if (flight.slice.length === 0) {
      throw new PartitionHalt("OutputRejected", `what the clock asked for was refused: ${error.message}`, {
        cause: error,
      });
    }
    this.#noteRefusal(flight, error);
    // Another producer may be had only by fencing anew, and what was restored holds only behind that: whoever owned the
    // partition in between has moved on (I1).
    if (this.#producer === undefined) throw new ProducerSpent();
    this.#head = this.#position;
    return false;
  }

  #noteRefusal({ slice, next }: Processed, error: Rejection): void {
    const [first] = slice;
    const isAlone = slice.length === 1 && first!.offset < this.#aloneBelow;
    const place = `${first!.topic}/${first!.partition}/${first!.offset}`;
    if (isAlone && this.#refusals.has(first!.offset)) {
      const message = `the rejection of ${place} was refused too: ${error.message}`;
      throw new PartitionHalt("OutputRejected", message, { cause: error });
    }
    const fields = this.#fields({ reason: String(error) });
    if (isAlone) {
      this.#refusals.set(first!.offset, error);
      this.#env.logger.warn(`the outputs of ${place} are refused`, fields);
      return;
    }
    this.#aloneBelow = next;
    this.#env.logger.warn("a record was refused; running the batch one by one", fields);
  }

  /** Step 7: finds the record whose outputs are refused, and has the processor put that on record instead. */
  async #runAlone(session: Session, from: number): Promise<void> {
    if (!(await this.#land(session))) return;
    const record = session.input.from(from, 1)[0]!;
    const next = session.input.behind(record.offset + 1);
    const draw = this.#drawOf(from);
    if (draw.to === Number.POSITIVE_INFINITY) draw.to = next;
    const cause = this.#refusals.get(record.offset);
    if (cause === undefined) {
      this.#launch(session, await this.#process(session, [record], next, draw, { alone: true, below: undefined }));
      return;
    }
    this.#env.metrics.rejected++;
    const batch = this.#newBatch(session, draw, undefined);
    await session.processor.reject(record, { topic: cause.topic ?? "", message: cause.message }, batch);
    this.#launch(session, { batch, draw, slice: [record], next, counts: { records: 0, forwarded: 0 } });
  }

  /** A record without a key belongs where it lies. */
  #partitionOf(record: StoredRecord): number {
    if (record.key === null) return this.partition;
    const routing = this.#env.definition.routingKeyOf?.(record.key) ?? record.key;
    return partitionOf(routing, this.#env.partitions);
  }

  async #tick(session: Session): Promise<void> {
    const draw = this.#newDraw();
    const batch = this.#newBatch(session, draw, undefined);
    await session.processor.tick(batch);
    this.#env.metrics.ticks++;
    if (batch.empty) {
      session.processor.committed(batch);
      this.#idleTick = true;
      return;
    }
    this.#launch(session, { batch, draw, slice: [], next: this.#head, counts: { records: 0, forwarded: 0 } });
  }

  /** Steps 4 and 5: the transaction, then the local write. */
  async #commit(session: Session, { batch, next, counts }: Processed): Promise<void> {
    const { broker, definition, metrics } = this.#env;
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
    batch.settle(sealed.changes);
    metrics.outputs += sealed.outputs;
    metrics.changelogRecords += sealed.changes.length;
    metrics.records += counts.records;
    metrics.forwarded += counts.forwarded;
    metrics.transactions++;
    this.#newIdentity = undefined;
    session.processor.committed(batch);
    this.#advance(session, next);
  }

  async #transact(records: Parameters<TransactionalProducer["commit"]>[0]): Promise<readonly number[]> {
    const { clock, limits, metrics } = this.#env;
    const producer = this.#producer;
    if (producer === undefined) throw new ProducerSpent();
    const timer = new Signal();
    const cancel = clock.setTimer(limits.commitTimeoutMs, () => timer.set());
    const commit = producer.commit(records);
    try {
      const offsets = await Promise.race([commit, timer.promise]);
      if (offsets !== undefined) return offsets;
      // Its outcome is asked of the changelog; a late answer has nobody to hear it.
      commit.catch(() => {});
      throw new BrokerError("Unavailable", `a commit took longer than ${limits.commitTimeoutMs} ms`);
    } catch (error) {
      metrics.commitFailures++;
      // What the broker refuses for good it has not taken; all else may have been carried out unheard.
      if (!isRejection(error)) metrics.inDoubt++;
      await this.#dropProducer();
      throw error;
    } finally {
      cancel();
    }
  }

  #advance({ input }: Session, next: number): void {
    const isTick = next <= this.#position;
    this.#position = Math.max(this.#position, next);
    this.#draws = this.#draws.filter(({ to }) => to > next);
    input.commit(next);
    this.#env.metrics.positions[this.partition] = next;
    if (!isTick) this.#env.onCommitted(this.partition, next);
  }

  #newBatch({ store, recent }: Session, draw: Draw, below: BatchBuffer | undefined): BatchBuffer {
    const { clock, limits } = this.#env;
    return new BatchBuffer({ draw, store, recent, clock, limits, below });
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

/** The outputs of a record were refused, and the producer went with them: the partition is fenced and restored anew. */
class ProducerSpent extends Error {}
