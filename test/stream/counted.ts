/** The check behind a counting processor: nothing lost, nothing doubled, nothing out of order, in outputs and state alike. */
import assert from "node:assert/strict";
import type { Broker } from "#stream";
import { CHANGELOG, type Counted, INPUT, OUTPUT, readAll, text } from "./counting-processor.ts";

export interface CountedTopics {
  readonly prefix: string;
  readonly partitions: number;
}

/** Whether everything that lies in the input was processed, given the positions of all runners. */
export async function isProcessed(
  broker: Broker,
  positions: Readonly<Record<number, number>>,
  { prefix, partitions }: CountedTopics,
): Promise<boolean> {
  for (let partition = 0; partition < partitions; partition++) {
    const { end } = await broker.topics.bounds(prefix + INPUT, partition);
    if (end > 0 && (positions[partition] ?? 0) < end) return false;
  }
  return true;
}

/** @param dataFolder of a store of the check's own. */
export async function assertCounted(
  broker: Broker,
  { prefix, partitions }: CountedTopics,
  sent: readonly { readonly key: string; readonly value: string }[],
  dataFolder: string,
): Promise<void> {
  const wanted = new Map<string, string[]>();
  for (const { key, value } of sent) wanted.set(key, [...(wanted.get(key) ?? []), value]);
  const outputs = new Map<string, string[]>();
  for (const { key, value } of await readAll(broker, prefix + OUTPUT, partitions)) {
    outputs.set(text(key), [...(outputs.get(text(key)) ?? []), text(value)]);
  }
  assert.deepEqual(outputs, wanted);
  for (let partition = 0; partition < partitions; partition++) {
    const store = await broker.openStore({ changelogTopic: prefix + CHANGELOG, partition, dataFolder });
    for (const [key, value] of store.entries()) {
      const state: Counted = JSON.parse(text(value));
      assert.deepEqual(state, { count: state.seen.length, seen: wanted.get(key) }, `state of ${key}`);
      wanted.delete(key);
    }
    await store.close();
  }
  assert.equal(wanted.size, 0, "every key has its state");
}
