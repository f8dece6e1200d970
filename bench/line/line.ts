/**
 * A line: something that answers every record of an input topic with one record of an output topic, exactly once. The
 * engine with its chain workflow is one, the bare passthrough the other; `load.ts` drives both the same way.
 *
 * The answer to a record has its key, and as value the number of its link in the chain: 0 for the first.
 */
import { partitionOf } from "#protocol";
import type { Broker, OutgoingRecord, PartitionReader, Producer } from "#stream";

export interface Line {
  readonly broker: Broker;
  readonly inputTopic: string;
  readonly outputTopic: string;
  /** Of input and output alike. */
  readonly partitions: number;
  /** The value of the record that makes a thread answer `link`; the first one makes the thread, with `length` more to come. */
  inputOf(link: number, length: number): string;
  /** Records processed since the line was opened. @throws Error when one of them did not go as it should */
  checkedCount(): number;
  stop(): Promise<void>;
}

export interface LineOptions {
  readonly broker: Broker;
  /** Prefix of all that the line makes on the broker. */
  readonly installation: string;
  readonly dataFolder: string;
  readonly partitions: number;
}

const POLL_MS = 1_000;

const utf8 = new TextEncoder();

export function inputRecord(line: Line, threadId: string, link: number, length: number): OutgoingRecord {
  const key = utf8.encode(threadId);
  return {
    topic: line.inputTopic,
    partition: partitionOf(key, line.partitions),
    key,
    value: utf8.encode(line.inputOf(link, length)),
  };
}

export interface Answer {
  readonly threadId: string;
  readonly link: number;
}

/** Writes to a line and reads its answers, read_committed. */
export class LineClient {
  readonly #line: Line;
  readonly #producer: Producer;
  readonly #readers: readonly PartitionReader[];
  #isClosed = false;
  #failure: unknown;
  /** Called with what one read brought, in order of each partition. */
  onAnswers: (answers: readonly Answer[]) => void = () => {};
  onFailure: (error: unknown) => void = () => {};

  private constructor(line: Line, producer: Producer, readers: readonly PartitionReader[]) {
    this.#line = line;
    this.#producer = producer;
    this.#readers = readers;
    for (const reader of readers) void this.#pump(reader);
  }

  static async open(line: Line): Promise<LineClient> {
    const { broker, outputTopic: topic } = line;
    const producer = await broker.openProducer();
    const readers: PartitionReader[] = [];
    for (let partition = 0; partition < line.partitions; partition++) {
      const { end } = await broker.topics.bounds(topic, partition);
      readers.push(await broker.openReader({ topic, partition, fromOffset: end }));
    }
    return new LineClient(line, producer, readers);
  }

  async send(inputs: readonly Answer[], length: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    await this.#producer.send(inputs.map(({ threadId, link }) => inputRecord(this.#line, threadId, link, length)));
  }

  async #pump(reader: PartitionReader): Promise<void> {
    try {
      while (!this.#isClosed) {
        const { records } = await reader.poll(POLL_MS);
        if (records.length === 0 || this.#isClosed) continue;
        this.onAnswers(
          records.map(({ key, value }) => ({
            threadId: Buffer.from(key ?? []).toString(),
            link: Number(Buffer.from(value ?? []).toString()),
          })),
        );
      }
    } catch (error) {
      if (this.#isClosed) return;
      this.#failure = error;
      this.onFailure(error);
    }
  }

  /** Nobody is told of anything any more; a poll under way ends by itself. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const reader of this.#readers) await reader.close();
    await this.#producer.close();
  }
}
