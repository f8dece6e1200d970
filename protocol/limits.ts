/**
 * Every limit with its default, in one place. Each queue, buffer and loop that input can grow is bounded by one of these.
 */
export interface Limits {
  /** CPU time of one step, in milliseconds. */
  readonly stepMs: number;
  /** Memory of one isolate, in MiB. */
  readonly memoryMb: number;
  /** Saved state of one thread, in bytes. */
  readonly snapshotBytes: number;
  /** Records that one step may write. */
  readonly outputRecords: number;
  /** Bytes (keys and values) that one step may write. */
  readonly outputBytes: number;
  /** Early records that wait in a thread's mailbox. */
  readonly mailboxRecords: number;
  /** Bytes of them. */
  readonly mailboxBytes: number;
  /** Bytes of one input record's value. */
  readonly recordBytes: number;
  /** How long a thread is kept after its end, in milliseconds. */
  readonly terminalRetentionMs: number;
  /** A full state goes to the history topic every so many steps of a thread. */
  readonly historySnapshotSteps: number;
}

export const DEFAULT_LIMITS: Limits = {
  stepMs: 1_000,
  memoryMb: 128,
  snapshotBytes: 16 * 1024 * 1024,
  outputRecords: 1_000,
  outputBytes: 4 * 1024 * 1024,
  mailboxRecords: 1_000,
  mailboxBytes: 1024 * 1024,
  recordBytes: 1024 * 1024,
  terminalRetentionMs: 24 * 60 * 60 * 1000,
  historySnapshotSteps: 100,
};
