/** Learns from one thread what the engine writes for a step of the chain, so that the passthrough can write as much. */
import { partitionOf, topicNames } from "#protocol";
import { type Broker, readChangelogValue } from "#stream";
import { type Line, LineClient } from "./line.ts";
import type { StepBytes } from "./passthrough-line.ts";

const THREAD_ID = "bench-probe";
const LENGTH = 10;
const LINKS = 5;

/** Starts a thread and leaves it in the middle of its chain. */
export async function stepBytes(line: Line, installation: string): Promise<StepBytes> {
  const client = await LineClient.open(line);
  try {
    await new Promise<void>((resolve, reject) => {
      client.onFailure = reject;
      client.onAnswers = (answers) => {
        if (answers.some(({ link }) => link === LINKS)) resolve();
      };
      const links = Array.from({ length: LINKS + 1 }, (_, link) => ({ threadId: THREAD_ID, link }));
      client.send(links, LENGTH).catch(reject);
    });
  } finally {
    await client.close();
  }
  const { broker } = line;
  const topics = topicNames(installation);
  const partition = partitionOf(new TextEncoder().encode(THREAD_ID), line.partitions);
  const state = await readChangelogValue(broker, topics.changelog, partition, THREAD_ID);
  if (state === undefined) throw new Error(`thread ${THREAD_ID} has no state`);
  return {
    state: state.length,
    status: await lastBytes(broker, topics.status, partition),
    history: await lastBytes(broker, topics.history, partition),
  };
}

async function lastBytes(broker: Broker, topic: string, partition: number): Promise<number> {
  const { start, end } = await broker.topics.bounds(topic, partition);
  const reader = await broker.openReader({ topic, partition, fromOffset: start });
  let bytes = 0;
  for (let position = start; position < end; ) {
    const batch = await reader.poll(1_000);
    bytes = batch.records.at(-1)?.value?.length ?? bytes;
    position = batch.nextOffset;
  }
  await reader.close();
  return bytes;
}
