/** What the runner tells about itself: states, health, counters, log. */

export type PartitionState =
  | { readonly kind: "restoring" }
  | { readonly kind: "running" }
  /** A transaction or a read failed; the partition starts over by itself. */
  | { readonly kind: "retrying"; readonly attempt: number; readonly reason: string }
  /** Going on could do harm; only an operator's action and a restart change it. */
  | { readonly kind: "halted"; readonly code: string; readonly message: string }
  | { readonly kind: "stopped" };

export type RunnerHealth =
  | { readonly kind: "starting" }
  /** Green. */
  | { readonly kind: "running"; readonly partitions: Readonly<Record<number, PartitionState>> }
  /** Yellow: at least one partition is retrying, or the group is being joined again. */
  | { readonly kind: "degraded"; readonly partitions: Readonly<Record<number, PartitionState>> }
  /** Red: at least one partition is halted. */
  | { readonly kind: "halted"; readonly partitions: Readonly<Record<number, PartitionState>> }
  /** Red: the runner could not start at all. */
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "stopped" };

/** Counters since the start of the runner; plain numbers. */
export interface RunnerMetrics {
  records: number;
  transactions: number;
  outputs: number;
  changelogRecords: number;
  ticks: number;
  /** Records below the committed position that were delivered again. */
  droppedBelowPosition: number;
  /** Records found in the wrong partition. */
  forwarded: number;
  /** Records whose outputs the broker refuses for good. */
  rejected: number;
  /** Transactions of which it is not known, or known not, that they committed. */
  commitFailures: number;
  /** Of these, the ones of which only the changelog tells how they ended. */
  inDoubt: number;
  /** Times that a partition started over. */
  restarts: number;
  rebalances: number;
  /** The next input offset of each partition that runs here. */
  positions: Record<number, number>;
  /** The end of the input as it was last told, of each partition that runs here. */
  ends: Record<number, number>;
  /** Changelog records read, and to be read in all, of each partition that is being restored. */
  restoring: Record<number, { readonly done: number; readonly total: number }>;
}

/** Hears of what has a distribution, as it happens. */
export interface RunnerObserver {
  /** Input records that one batch took. */
  batch(records: number): void;
  /** How long one successful commit took. */
  commit(elapsedMs: number): void;
}

export function newMetrics(): RunnerMetrics {
  return {
    records: 0,
    transactions: 0,
    outputs: 0,
    changelogRecords: 0,
    ticks: 0,
    droppedBelowPosition: 0,
    forwarded: 0,
    rejected: 0,
    commitFailures: 0,
    inDoubt: 0,
    restarts: 0,
    rebalances: 0,
    positions: {},
    ends: {},
    restoring: {},
  };
}

export interface RunnerLogger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
