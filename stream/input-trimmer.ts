/**
 * Deletes what lies behind the committed position of one input partition, now and then: inputs are kept for ever by
 * their topic, so that nothing unread is ever lost, and what is behind is nobody's any more.
 */
import type { PartitionEnvironment } from "./partition-environment.ts";

export class InputTrimmer {
  readonly #partition: number;
  readonly #env: PartitionEnvironment;
  #deletedBefore = 0;
  #nextAtMs: number;

  constructor(partition: number, env: PartitionEnvironment) {
    this.#partition = partition;
    this.#env = env;
    this.#nextAtMs = env.clock.now() + env.limits.deleteIntervalMs;
  }

  /** @param committed the next input offset of the last committed transaction */
  trim(committed: number): void {
    const { broker, clock, definition, limits, logger } = this.#env;
    if (clock.now() < this.#nextAtMs) return;
    this.#nextAtMs = clock.now() + limits.deleteIntervalMs;
    if (committed <= this.#deletedBefore) return;
    this.#deletedBefore = committed;
    broker.topics.deleteBefore(definition.inputTopic, this.#partition, committed).catch((error: unknown) => {
      const fields = { processor: definition.name, partition: this.#partition, reason: String(error) };
      logger.warn("the input behind the position could not be deleted", fields);
    });
  }
}
