/** Bounds and times of the runner, and the check that they fit together. */
import type { ProcessorDefinition } from "./processor.ts";

export interface RunnerLimits {
  /** A batch closes at this many input records, … */
  readonly batchRecords: number;
  /** … this many bytes of changelog and outputs, … */
  readonly batchBytes: number;
  /** … or this long in processing, whichever is first. */
  readonly batchMs: number;
  /** The longest that one record may keep the processor, in milliseconds. */
  readonly stepMs: number;
  /** How long one commit may take before it counts as failed. */
  readonly commitTimeoutMs: number;
  /** The broker's own bound of one transaction; the time in it is that of the commit alone. */
  readonly transactionTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** How long an idle read waits at the broker. */
  readonly pollWaitMs: number;
  /** Delay before a partition tries again, doubled with each failure in a row up to the most. */
  readonly retryDelayMs: number;
  readonly retryDelayMsMax: number;
  /** The group's position, for tools, is written at most this often. */
  readonly advisoryIntervalMs: number;
  /** Input behind the committed position is deleted at most this often. */
  readonly deleteIntervalMs: number;
}

export const DEFAULT_RUNNER_LIMITS: RunnerLimits = {
  batchRecords: 500,
  batchBytes: 8 * 1024 * 1024,
  batchMs: 200,
  stepMs: 3_000,
  commitTimeoutMs: 6_000,
  transactionTimeoutMs: 10_000,
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 60_000,
  pollWaitMs: 1_000,
  retryDelayMs: 100,
  retryDelayMsMax: 2_000,
  advisoryIntervalMs: 5_000,
  deleteIntervalMs: 30_000,
};

/** @throws RangeError when a batch could outlive the transaction's or the rebalance's timeout */
export function checkTimeBudget(definition: ProcessorDefinition, limits: RunnerLimits): void {
  const budgetMs = limits.batchMs + limits.stepMs + limits.commitTimeoutMs;
  for (const name of ["transactionTimeoutMs", "rebalanceTimeoutMs"] as const) {
    if (budgetMs < limits[name]) continue;
    throw new RangeError(
      `processor ${definition.name}: batchMs + stepMs + commitTimeoutMs is ${budgetMs} ms and has to be below ` +
        `${name} (${limits[name]} ms): lower one of the three, or raise it`,
    );
  }
}
