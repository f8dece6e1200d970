/** The client that talks to the brokers themselves: one plain producer, readers on demand. */
import { deployProgram, type NameImages, type ProgramCheck, ProgramRegistry } from "#engine";
import {
  decodeState,
  decodeStatus,
  decodeText,
  HEADER_COMMAND,
  HEADER_ON_CONFLICT,
  HEADER_WORKFLOW,
  isReservedTopic,
  KawaitError,
  partitionOf,
  readableStatus,
  type ThreadSummary,
  topicNames,
} from "#protocol";
import { type Broker, BrokerError, type Producer, readChangelogValue, type StoredRecord } from "#stream";
import type { KawaitClient, StartRequest, TailRecord, ThreadView, Written } from "./client.ts";
import { type DeadLetterPlace, resendDeadLetter } from "./dead-letters.ts";
import { numberedImages, threadView } from "./thread-view.ts";

const utf8 = new TextEncoder();
const POLL_MS = 500;
/** Records that wait for a slow reader of `tail`; one answer of the broker may go beyond it. */
const TAIL_RECORDS_MAX = 10_000;

export async function openBrokerClient(options: {
  readonly broker: Broker;
  readonly installation: string;
  /** Close the broker with the client. */
  readonly closeBroker?: boolean;
  /** Asked before a program is written: what it throws is what `deploy` throws, and nothing is deployed. */
  readonly check?: ProgramCheck;
  /** What objects of a program's image are called; without it threads are shown with their numbers. */
  readonly nameImages?: NameImages;
}): Promise<KawaitClient> {
  const { broker, installation, closeBroker = false, check, nameImages } = options;
  return new BrokerClient(broker, installation, await broker.openProducer(), closeBroker, check, nameImages);
}

class BrokerClient implements KawaitClient {
  readonly #broker: Broker;
  readonly #topics: ReturnType<typeof topicNames>;
  readonly #producer: Producer;
  readonly #closeBroker: boolean;
  readonly #check: ProgramCheck | undefined;
  readonly #nameImages: NameImages | undefined;
  #registry: Promise<ProgramRegistry> | undefined;

  constructor(
    broker: Broker,
    installation: string,
    producer: Producer,
    closeBroker: boolean,
    check: ProgramCheck | undefined,
    nameImages: NameImages | undefined,
  ) {
    this.#broker = broker;
    this.#topics = topicNames(installation);
    this.#producer = producer;
    this.#closeBroker = closeBroker;
    this.#check = check;
    this.#nameImages = nameImages;
  }

  async start(request: StartRequest): Promise<Written> {
    // First: without its topic there is nothing to ask.
    const partitions = await this.#partitions(this.#topics.resume);
    const found = await (await this.#programs()).resolve(request.workflow, undefined);
    if (found.kind === "unknown") throw new KawaitError(found.code, `The thread is not started: ${found.message}.`);
    const headers = {
      ...(request.workflow === undefined ? {} : { [HEADER_WORKFLOW]: request.workflow }),
      ...(request.onConflict === undefined ? {} : { [HEADER_ON_CONFLICT]: request.onConflict }),
    };
    return this.#write(request.threadId, `new:${request.argument}`, headers, partitions);
  }

  send(threadId: string, text: string): Promise<Written> {
    return this.#write(threadId, text, {});
  }

  command(threadId: string, command: "cancel" | "terminate" | "retry", reason: string): Promise<Written> {
    return this.#write(threadId, reason, { [HEADER_COMMAND]: command });
  }

  /** @param partitions how many the topic has, where that is known */
  async #write(
    threadId: string,
    value: string,
    headers: Readonly<Record<string, string>>,
    partitions?: number,
  ): Promise<Written> {
    const topic = this.#topics.resume;
    const key = utf8.encode(threadId);
    const partition = partitionOf(key, partitions ?? (await this.#partitions(topic)));
    const [offset] = await this.#producer.send([{ topic, partition, key, value: utf8.encode(value), headers }]);
    return { topic, partition, offset: offset ?? -1 };
  }

  async #partitions(topic: string): Promise<number> {
    const description = (await this.#broker.topics.describe([topic])).get(topic);
    if (description === undefined)
      throw new BrokerError(
        "UnknownTopic",
        `There is no topic "${topic}". Start "kawait engine" first: it creates Kawait's own topics.`,
      );
    return description.partitions;
  }

  async list(): Promise<readonly ThreadSummary[]> {
    const threads = new Map<string, ThreadSummary>();
    await this.#readAll(this.#topics.status, (record) => {
      const key = record.key === null ? undefined : decodeText(record.key);
      if (key === undefined) return;
      if (record.value === null) threads.delete(key);
      else threads.set(key, decodeStatus(key, record.value));
    });
    return [...threads.values()].sort((a, b) => b.updatedMs - a.updatedMs);
  }

  async show(threadId: string): Promise<ThreadView | undefined> {
    const topic = this.#topics.changelog;
    const partition = partitionOf(utf8.encode(threadId), await this.#partitions(topic));
    const payload = await readChangelogValue(this.#broker, topic, partition, threadId);
    if (payload === undefined) return undefined;
    const state = decodeState(payload);
    const program = await (await this.#programs()).find(state.programHash);
    const view = threadView(threadId, state, program, payload.length);
    const numbers = numberedImages(view);
    if (program === undefined || numbers.length === 0 || this.#nameImages === undefined) return view;
    // Without a sandbox there is still the thread to be shown.
    const names = await this.#nameImages(program, numbers).catch(() => undefined);
    return threadView(threadId, state, program, payload.length, names);
  }

  async *tail(
    topic: string,
    options: { readonly fromBeginning: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<TailRecord> {
    const count = await this.#partitions(topic);
    const queue: TailRecord[] = [];
    let wake = (): void => {};
    const drained = new Set<() => void>();
    let failure: unknown;
    const pumps = Array.from({ length: count }, async (_, partition) => {
      try {
        const bounds = await this.#broker.topics.bounds(topic, partition);
        const fromOffset = options.fromBeginning ? bounds.start : bounds.end;
        const reader = await this.#broker.openReader({ topic, partition, fromOffset });
        try {
          while (!options.signal.aborted) {
            for (const record of (await reader.poll(POLL_MS)).records) queue.push(tailRecord(record));
            wake();
            if (queue.length >= TAIL_RECORDS_MAX && !options.signal.aborted)
              await new Promise<void>((resolve) => void drained.add(resolve));
          }
        } finally {
          await reader.close();
        }
      } catch (error) {
        failure = error;
        wake();
      }
    });
    const resumeAll = (): void => {
      for (const resume of drained) resume();
      drained.clear();
    };
    const onAbort = (): void => {
      wake();
      resumeAll();
    };
    options.signal.addEventListener("abort", onAbort);
    try {
      while (!options.signal.aborted) {
        for (let record = queue.shift(); record !== undefined; record = queue.shift()) yield record;
        resumeAll();
        if (failure !== undefined) throw failure;
        if (queue.length === 0 && !options.signal.aborted)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    } finally {
      options.signal.removeEventListener("abort", onAbort);
      if (options.signal.aborted) await Promise.all(pumps);
    }
  }

  async #readAll(topic: string, take: (record: StoredRecord) => void): Promise<void> {
    const count = await this.#partitions(topic);
    for (let partition = 0; partition < count; partition++) {
      const { start, end } = await this.#broker.topics.bounds(topic, partition);
      if (start >= end) continue;
      const reader = await this.#broker.openReader({ topic, partition, fromOffset: start });
      try {
        for (let position = start; position < end; ) {
          const batch = await reader.poll(POLL_MS);
          for (const record of batch.records) take(record);
          position = batch.nextOffset;
        }
      } finally {
        await reader.close();
      }
    }
  }

  async deadLetters(): Promise<readonly TailRecord[]> {
    const letters: TailRecord[] = [];
    await this.#readAll(this.#topics.deadLetter, (record) => letters.push(tailRecord(record)));
    return letters.sort((a, b) => a.timestampMs - b.timestampMs);
  }

  resendDeadLetter(place: DeadLetterPlace): Promise<Written> {
    return resendDeadLetter(this.#broker, this.#producer, this.#topics, place);
  }

  async deploy(...[program, options]: Parameters<KawaitClient["deploy"]>): Promise<void> {
    await deployProgram(this.#broker, this.#topics.programs, program, options, this.#check);
  }

  async programs(): ReturnType<KawaitClient["programs"]> {
    const registry = await this.#programs();
    await registry.refresh();
    return [...registry.names()].map(([workflow, { hash, isDefault }]) => ({
      workflow,
      hash,
      isDefault,
      limits: registry.limitsOf(hash) ?? {},
    }));
  }

  #programs(): Promise<ProgramRegistry> {
    this.#registry ??= ProgramRegistry.open(this.#broker, this.#topics.programs);
    return this.#registry;
  }

  async close(): Promise<void> {
    const registry = await this.#registry?.catch(() => undefined);
    await registry?.close();
    await this.#producer.close();
    if (this.#closeBroker) await this.#broker.close();
  }
}

function tailRecord(record: StoredRecord): TailRecord {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: record.timestampMs,
    key: text(record.key),
    value: record.value && (readableOf(record, record.value) ?? text(record.value)),
    headers: record.headers,
  };
}

/** Status and history are binary: shown as JSON. */
function readableOf({ topic, key }: StoredRecord, value: Uint8Array): string | undefined {
  return key !== null && isReservedTopic(topic) ? readableStatus(text(key) ?? "", value) : undefined;
}

/** Text where it is text; else the bytes in base64. */
function text(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  return decodeText(bytes) ?? `base64:${Buffer.from(bytes).toString("base64")}`;
}
