/** A sandbox pool that tells how long its waves took and how large the states are that came out: for metrics. */
import type { SandboxPool } from "#runtime";

export interface StepObserver {
  /** Steps of distinct threads that went to the sandboxes together, and how long until all were back. */
  wave(steps: number, elapsedMs: number): void;
  /** The size of one thread's heap as it was saved, in bytes. */
  state(bytes: number): void;
}

export function observedPool(pool: SandboxPool, observer: StepObserver): SandboxPool {
  return {
    ...pool,
    async runSteps(requests) {
      const start = performance.now();
      const results = await pool.runSteps(requests);
      observer.wave(requests.length, performance.now() - start);
      for (const result of results) if (result.kind === "advanced") observer.state(result.heap.length);
      return results;
    },
  };
}
