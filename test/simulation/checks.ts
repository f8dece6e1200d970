/** What must hold at the end of every run, by the model's own knowledge of what was committed. */
import { isDeepStrictEqual } from "node:util";
import {
  decodeEnvelopes,
  decodeHistory,
  decodePosition,
  decodeState,
  HEADER_OFFSET,
  HEADER_ORIGIN,
  HEADER_PARTITION,
  HEADER_REASON,
  HEADER_TOPIC,
  type HistoryEntry,
  OFFSET_KEY,
  partitionOf,
  topicNames,
} from "#protocol";
import type { StoredRecord } from "#stream";
import type { FakeCluster, LogBatch } from "../../stream/fake/index.ts";
import { LEDGER } from "./plan.ts";
import { type Reference, referenceOf } from "./reference.ts";

const TOPICS = topicNames("");
/** Further than a clock of the simulation can be behind. */
const LATE_MS = 20_000_000;
const fromUtf8 = new TextDecoder();

export class Checks {
  readonly #cluster: FakeCluster;
  readonly #partitions: number;
  /** Where each input ended when the processes began to stop: so far it has to be processed. */
  readonly #ends: ReadonlyMap<string, number>;
  readonly problems: string[] = [];

  constructor(cluster: FakeCluster, partitions: number, ends: ReadonlyMap<string, number>) {
    this.#cluster = cluster;
    this.#partitions = partitions;
    this.#ends = ends;
  }

  run(): void {
    const history = this.#history();
    const inputs = Array.from({ length: this.#partitions }, (_, partition) =>
      this.#committed(TOPICS.resume, partition),
    );
    let reference: Reference;
    try {
      reference = referenceOf(inputs, history);
    } catch (error) {
      this.#problem(String(error));
      return;
    }
    const extra = [...history.keys()].filter((place) => !reference.steps.has(place));
    if (extra.length > 0) this.#problem(`history has steps that should not have been: ${extra.join(", ")}`);
    this.#compare("ledger", reference.outputs.get(LEDGER), this.#byKey(LEDGER));
    this.#compare("results", reference.results, this.#byKey(TOPICS.result));
    this.#compareTimers(reference);
    this.#compareErrors(reference);
    this.#compareDeadLetters(reference);
    this.#compareForwards(reference, inputs);
    this.#compareStates(reference);
    this.#checkPlaces();
    this.#checkTimers();
    this.#checkPositions(TOPICS.changelog, TOPICS.resume);
    this.#checkPositions(TOPICS.schedulerChangelog, TOPICS.scheduler);
  }

  #problem(what: string): void {
    this.problems.push(what);
  }

  #committed(topic: string, partition: number): StoredRecord[] {
    return this.#cluster.log(topic, partition).truth();
  }

  #all(topic: string): StoredRecord[] {
    return Array.from({ length: this.#partitions }, (_, partition) => this.#committed(topic, partition)).flat();
  }

  #byKey(topic: string): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const { key, value } of this.#all(topic)) {
      const name = fromUtf8.decode(key ?? new Uint8Array(0));
      const list = found.get(name) ?? [];
      found.set(name, list);
      list.push(fromUtf8.decode(value ?? new Uint8Array(0)));
    }
    return found;
  }

  #history(): Map<string, HistoryEntry> {
    const found = new Map<string, HistoryEntry>();
    for (const { value } of this.#all(TOPICS.history)) {
      const entry = decodeHistory(value!);
      const place = `${entry.topic}/${entry.partition}/${entry.offset}`;
      if (found.has(place)) this.#problem(`history has two steps for ${place}`);
      found.set(place, entry);
    }
    return found;
  }

  #compare(
    what: string,
    wanted: ReadonlyMap<string, readonly string[]> | undefined,
    found: ReadonlyMap<string, readonly string[]>,
  ): void {
    for (const key of new Set([...(wanted?.keys() ?? []), ...found.keys()])) {
      const want = wanted?.get(key) ?? [];
      const have = found.get(key) ?? [];
      if (isDeepStrictEqual(want, have)) continue;
      this.#problem(
        `${what} of ${key}:\n    wanted ${want.join("\n           ")}\n    found  ${have.join("\n           ")}`,
      );
    }
  }

  #compareTimers(reference: Reference): void {
    const found = new Map<string, string[]>();
    for (const { key, value } of this.#all(TOPICS.scheduler)) {
      const name = fromUtf8.decode(key!);
      const threadId = name.slice(0, name.indexOf("|"));
      const list = found.get(threadId) ?? [];
      found.set(threadId, list);
      list.push(`${name}=${fromUtf8.decode(value!)}`);
    }
    this.#compare("scheduler records", reference.outputs.get("workflow-scheduler"), found);
  }

  #compareErrors(reference: Reference): void {
    const count = (map: ReadonlyMap<string, readonly string[]>): Map<string, string[]> =>
      new Map([...map].map(([key, list]) => [key, [`${list.length} errors`]]));
    this.#compare("errors", count(reference.errors), count(this.#byKey(TOPICS.error)));
  }

  #compareDeadLetters(reference: Reference): void {
    const found = this.#all(TOPICS.deadLetter).map(({ headers }) => {
      const place = `${headers[HEADER_TOPIC]}/${headers[HEADER_PARTITION]}/${headers[HEADER_OFFSET]}`;
      const isMishap = ["StepTimeLimit", "OutputRejected"].includes(headers[HEADER_REASON] ?? "");
      return `${place} ${isMishap ? "*" : headers[HEADER_REASON]}`;
    });
    const sorted = (list: readonly string[]): Map<string, string[]> => new Map([["all", [...list].sort()]]);
    this.#compare("dead letters", sorted(reference.deadLetters), sorted(found));
  }

  #compareForwards(reference: Reference, inputs: readonly (readonly StoredRecord[])[]): void {
    const found = inputs.flat().flatMap(({ headers }) => headers[HEADER_ORIGIN] ?? []);
    const sorted = (list: readonly string[]): Map<string, string[]> => new Map([["all", [...list].sort()]]);
    this.#compare("forwarded records", sorted(reference.forwarded), sorted(found));
  }

  #compareStates(reference: Reference): void {
    const found = new Map<string, Uint8Array>();
    for (let partition = 0; partition < this.#partitions; partition++)
      for (const [key, value] of this.#payloads(TOPICS.changelog, partition)) found.set(key, value);
    for (const key of new Set([...reference.threads.keys(), ...found.keys()])) {
      const wanted = reference.threads.get(key);
      const bytes = found.get(key);
      if (wanted === undefined || bytes === undefined) {
        this.#problem(`state of ${key}: wanted ${wanted?.status}, found ${bytes === undefined ? "none" : "one"}`);
        continue;
      }
      const state = decodeState(bytes);
      const shown = (status: string, step: number, heap: Uint8Array, mailbox: readonly { ref: string }[]): string =>
        `${status}, step ${step}, mailbox ${mailbox.map(({ ref }) => ref)}, heap ${fromUtf8.decode(heap).slice(0, 300)}`;
      const want = shown(wanted.status, wanted.steps, wanted.heap, wanted.mailbox);
      const have = shown(state.status, state.step, state.heap, state.mailbox);
      if (want !== have) this.#problem(`state of ${key}:\n    wanted ${want}\n    found  ${have}`);
    }
  }

  /** The payloads of a changelog partition, as its last committed records have them. */
  #payloads(topic: string, partition: number): Map<string, Uint8Array> {
    const latest = new Map<string, Uint8Array>();
    for (const { key, value } of this.#committed(topic, partition)) {
      const name = fromUtf8.decode(key!);
      if (value === null) latest.delete(name);
      else latest.set(name, value);
    }
    const payloads = new Map<string, Uint8Array>();
    for (const [name, value] of latest)
      if (!name.includes("\0"))
        payloads.set(
          name,
          decodeEnvelopes(name, value, (piece) => latest.get(piece)),
        );
    return payloads;
  }

  #checkPlaces(): void {
    for (const topic of [LEDGER, TOPICS.result, TOPICS.error, TOPICS.status, TOPICS.history])
      for (const { key, partition, offset } of this.#all(topic))
        if (partitionOf(key!, this.#partitions) !== partition)
          this.#problem(`${topic}/${partition}/${offset} is in the wrong partition`);
  }

  /** No timer is early, lost or doubled, and a cancel that was there at the takeover wins. */
  #checkTimers(): void {
    const fires = new Map<string, { readonly record: StoredRecord; readonly batch: LogBatch }[]>();
    for (let partition = 0; partition < this.#partitions; partition++)
      for (const found of this.#cluster.log(TOPICS.resume, partition).truthWithBatches()) {
        if (!found.batch.transaction?.transactionalId.includes("scheduler")) continue;
        const key = `${fromUtf8.decode(found.record.key!)}|${fromUtf8.decode(found.record.value!)}`;
        fires.set(key, [...(fires.get(key) ?? []), found]);
      }
    const nowMs = this.#cluster.time.nowMs;
    const known = new Set<string>();
    for (let partition = 0; partition < this.#partitions; partition++) {
      const log = this.#cluster.log(TOPICS.scheduler, partition);
      const cancels = new Map<string, number>();
      const dues = new Map<string, number>();
      for (const { record, batch } of log.truthWithBatches()) {
        const key = fromUtf8.decode(record.key!);
        const delayMs = Number(fromUtf8.decode(record.value!));
        known.add(key);
        if (delayMs > 0) dues.set(key, record.timestampMs + delayMs);
        else cancels.set(key, (batch.transaction && log.visibleMs(batch.transaction)) ?? batch.appendedMs);
      }
      for (const [key, dueMs] of dues) {
        const fired = fires.get(key) ?? [];
        if (fired.length > 1) this.#problem(`timer ${key} fired ${fired.length} times`);
        const cancelMs = cancels.get(key);
        const [first] = fired;
        if (first === undefined) {
          if (cancelMs === undefined && dueMs < nowMs - LATE_MS) this.#problem(`timer ${key} never fired`);
          continue;
        }
        const { transaction } = first.batch;
        if (transaction!.processMs < dueMs)
          this.#problem(`timer ${key} fired ${dueMs - transaction!.processMs} ms early`);
        if (cancelMs !== undefined && cancelMs < transaction!.epochSinceMs)
          this.#problem(`timer ${key} fired though its cancel was there when the partition was taken over`);
      }
    }
    for (const key of fires.keys()) if (!known.has(key)) this.#problem(`timer ${key} was never set`);
  }

  /** `\0offset` stands where the input ended, or behind it, and the pieces of large values are whole. */
  #checkPositions(changelog: string, input: string): void {
    for (let partition = 0; partition < this.#partitions; partition++) {
      const end = this.#ends.get(`${input}/${partition}`);
      if (end === undefined) continue;
      const record = this.#committed(changelog, partition).findLast(({ key }) => fromUtf8.decode(key!) === OFFSET_KEY);
      const next =
        record?.value == null
          ? 0
          : decodePosition(decodeEnvelopes(OFFSET_KEY, record.value, () => undefined)).next[input];
      if ((next ?? 0) < end) this.#problem(`${input}/${partition} is processed up to ${next}, it ended at ${end}`);
    }
  }

  /** The committed rows of a changelog partition by key, for a comparison with a local copy. */
  rows(topic: string, partition: number): Map<string, Uint8Array> {
    const latest = new Map<string, Uint8Array>();
    for (const { key, value } of this.#committed(topic, partition)) {
      const name = Buffer.from(key!).toString("latin1");
      if (value === null) latest.delete(name);
      else latest.set(name, value);
    }
    return latest;
  }
}
