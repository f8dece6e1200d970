/** Looks one key up in a changelog that somebody else processes: for tools, not for processors. */
import { decodeEnvelopes } from "#protocol";
import type { Broker } from "./broker.ts";

const POLL_MS = 1000;
const fromUtf8 = new TextDecoder();

/**
 * The committed payload at `key`, or undefined. On Kafka this reads the partition from its start to its end as of now:
 * cost follows the live state of the partition.
 */
export async function readChangelogValue(
  broker: Broker,
  topic: string,
  partition: number,
  key: string,
): Promise<Uint8Array | undefined> {
  if (broker.kind === "embedded") {
    const store = await broker.openStore({ changelogTopic: topic, partition, dataFolder: "" });
    try {
      return store.get(key);
    } finally {
      await store.close();
    }
  }
  const { start, end } = await broker.topics.bounds(topic, partition);
  const reader = await broker.openReader({ topic, partition, fromOffset: start });
  const found = new Map<string, Uint8Array>();
  try {
    let position = start;
    while (position < end) {
      const batch = await reader.poll(POLL_MS);
      for (const record of batch.records) {
        if (record.key === null) continue;
        const name = fromUtf8.decode(record.key);
        if (name !== key && !name.startsWith(`${key}\0`)) continue;
        if (record.value === null) found.delete(name);
        else found.set(name, record.value);
      }
      position = batch.nextOffset;
    }
  } finally {
    await reader.close();
  }
  const head = found.get(key);
  return head === undefined ? undefined : decodeEnvelopes(key, head, (piece) => found.get(piece));
}
