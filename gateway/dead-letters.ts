/**
 * The dead-letter topic for people: what lies there and why, and one of it written once more to where it came from.
 * The topic is a log: what was sent again stays in it until its retention is over.
 */
import {
  decodeText,
  HEADER_MESSAGE,
  HEADER_OFFSET,
  HEADER_PARTITION,
  HEADER_REASON,
  HEADER_TOPIC,
  partitionOf,
  splitTimerKey,
  type TopicNames,
} from "#protocol";
import { type Broker, BrokerError, type Producer, type StoredRecord } from "#stream";
import type { Written } from "./client.ts";

/** What the engine has added to the record that could not be served. */
const ADDED: readonly string[] = [HEADER_REASON, HEADER_MESSAGE, HEADER_TOPIC, HEADER_PARTITION, HEADER_OFFSET];
const POLL_MS = 500;

const utf8 = new TextEncoder();

/** Where a dead letter lies: `<partition>/<offset>` in the dead-letter topic. */
export interface DeadLetterPlace {
  readonly partition: number;
  readonly offset: number;
}

/**
 * Writes the record once more, key, value and its own headers as they came, to the input that it was found in.
 *
 * @throws BrokerError `UnknownTopic`: nothing lies there, or it came from no input of this installation
 */
export async function resendDeadLetter(
  broker: Broker,
  producer: Producer,
  topics: TopicNames,
  place: DeadLetterPlace,
): Promise<Written> {
  const record = await recordAt(broker, topics.deadLetter, place);
  const topic = record?.headers[HEADER_TOPIC];
  if (record === undefined || topic === undefined)
    throw new BrokerError("UnknownTopic", `There is no dead letter ${place.partition}/${place.offset}.`);
  if (topic !== topics.resume && topic !== topics.scheduler)
    throw new BrokerError(
      "UnknownTopic",
      `The dead letter came from "${topic}", which is no input of this installation.`,
    );
  const partitions = (await broker.topics.describe([topic])).get(topic)?.partitions ?? 1;
  const { key, value } = record;
  const headers = Object.fromEntries(Object.entries(record.headers).filter(([name]) => !ADDED.includes(name)));
  const partition =
    key === null ? Number(record.headers[HEADER_PARTITION] ?? 0) : partitionOf(routing(key), partitions);
  const [offset] = await producer.send([{ topic, partition, key, value, headers }]);
  return { topic, partition, offset: offset ?? -1 };
}

/** A timer's key begins with the thread id; only that decides its partition. */
function routing(key: Uint8Array): Uint8Array {
  const threadId = splitTimerKey(decodeText(key) ?? "")?.threadId;
  return threadId === undefined ? key : utf8.encode(threadId);
}

async function recordAt(broker: Broker, topic: string, place: DeadLetterPlace): Promise<StoredRecord | undefined> {
  const { partition, offset } = place;
  const partitions = (await broker.topics.describe([topic])).get(topic)?.partitions ?? 0;
  if (!(partition < partitions)) return undefined;
  const { start, end } = await broker.topics.bounds(topic, partition);
  if (!(offset >= start && offset < end)) return undefined;
  const reader = await broker.openReader({ topic, partition, fromOffset: offset });
  try {
    for (let position = offset; position < end; ) {
      const batch = await reader.poll(POLL_MS);
      const [first] = batch.records;
      if (first !== undefined) return first.offset === offset ? first : undefined;
      position = batch.nextOffset;
    }
    return undefined;
  } finally {
    await reader.close();
  }
}
