/** What a runner works with, told on to whoever counts: batches as they are processed, commits, restores. */
import type { Broker } from "./broker.ts";
import type { ProcessorDefinition } from "./processor.ts";
import type { RunnerMetrics, RunnerObserver } from "./runner-state.ts";

/** The broker with its commits timed and its restores noted in `metrics`. */
export function observedBroker(broker: Broker, metrics: RunnerMetrics, observer: RunnerObserver | undefined): Broker {
  return {
    kind: broker.kind,
    topics: broker.topics,
    openReader: (options) => broker.openReader(options),
    openProducer: () => broker.openProducer(),
    joinGroup: (options) => broker.joinGroup(options),
    close: () => broker.close(),
    async openTransactionalProducer(options) {
      const producer = await broker.openTransactionalProducer(options);
      if (observer === undefined) return producer;
      return {
        async commit(records) {
          const start = performance.now();
          const offsets = await producer.commit(records);
          observer.commit(performance.now() - start);
          return offsets;
        },
        close: () => producer.close(),
      };
    },
    async openStore(options) {
      const { partition, onProgress } = options;
      try {
        return await broker.openStore({
          ...options,
          onProgress(progress) {
            const { start, position, end } = progress;
            metrics.restoring[partition] = { done: position - start, total: end - start };
            onProgress?.(progress);
          },
        });
      } finally {
        delete metrics.restoring[partition];
      }
    },
  };
}

/** The definition with each batch counted when the processor has taken it. */
export function observedDefinition(
  definition: ProcessorDefinition,
  observer: RunnerObserver | undefined,
): ProcessorDefinition {
  if (observer === undefined) return definition;
  return {
    ...definition,
    async open(context) {
      const processor = await definition.open(context);
      const process = processor.process.bind(processor);
      processor.process = async (...batch) => {
        const count = await process(...batch);
        observer.batch(count);
        return count;
      };
      return processor;
    },
  };
}
