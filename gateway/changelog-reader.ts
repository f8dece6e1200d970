/** Reads one key's latest value out of a changelog partition, for `show`: no store, no ownership, nothing written. */
import { decodeEnvelopes, decodeText } from "#protocol";
import type { Broker } from "#stream";

const POLL_MS = 500;

/** @returns the payload, or undefined when the key was never written or was deleted */
export async function readChangelogValue(
  broker: Broker,
  topic: string,
  partition: number,
  key: string,
): Promise<Uint8Array | undefined> {
  const records = new Map<string, Uint8Array>();
  const { start, end } = await broker.topics.bounds(topic, partition);
  if (start >= end) return undefined;
  const reader = await broker.openReader({ topic, partition, fromOffset: start });
  try {
    for (let position = start; position < end; ) {
      const batch = await reader.poll(POLL_MS);
      for (const record of batch.records) {
        const name = record.key === null ? undefined : decodeText(record.key);
        if (name === undefined || (name !== key && !name.startsWith(`${key}\0`))) continue;
        if (record.value === null) records.delete(name);
        else records.set(name, record.value);
      }
      position = batch.nextOffset;
    }
  } finally {
    await reader.close();
  }
  const head = records.get(key);
  return head === undefined ? undefined : decodeEnvelopes(key, head, (name) => records.get(name));
}
