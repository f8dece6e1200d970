/**
 * Every limit with its default and its ceiling, in one place. Each queue, buffer and loop that input can grow is bounded by
 * one of these.
 *
 *   what counts = min(ceiling of the engine, limit of the workflow, or else the engine's default)
 *
 * A workflow declares its own beside the script (`export const workflow = { limits: { … } }`) or at its deployment; they
 * travel in the program's record. The ceilings are the operator's: no script raises them (I5).
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

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1000;

export const DEFAULT_LIMITS: Limits = {
  stepMs: 1_000,
  memoryMb: 128,
  snapshotBytes: 16 * MIB,
  outputRecords: 1_000,
  outputBytes: 4 * MIB,
  mailboxRecords: 1_000,
  mailboxBytes: MIB,
  recordBytes: MIB,
  terminalRetentionMs: DAY_MS,
  historySnapshotSteps: 100,
};

/** What workflows may raise their limits to, unless the operator says otherwise. */
export const DEFAULT_LIMIT_CEILINGS: Limits = {
  stepMs: 10_000,
  memoryMb: 512,
  snapshotBytes: 128 * MIB,
  outputRecords: 100_000,
  outputBytes: 64 * MIB,
  mailboxRecords: 100_000,
  mailboxBytes: 64 * MIB,
  recordBytes: 16 * MIB,
  terminalRetentionMs: 365 * DAY_MS,
  historySnapshotSteps: 1_000_000,
};

/** The least that makes sense; 0 switches off what can be. */
const LEAST: Limits = {
  stepMs: 1,
  memoryMb: 8,
  snapshotBytes: 1,
  outputRecords: 0,
  outputBytes: 0,
  mailboxRecords: 0,
  mailboxBytes: 0,
  recordBytes: 1,
  terminalRetentionMs: 0,
  historySnapshotSteps: 1,
};

export const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as readonly (keyof Limits)[];

/** What is wrong with a limit that somebody has set, as half a sentence; undefined when it is right. */
export function limitProblem(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(LEAST, name)) return `there is no limit "${name}"; there are ${LIMIT_NAMES.join(", ")}`;
  const least = LEAST[name as keyof Limits];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return undefined;
  return `limit ${name} must be a whole number from ${least} on, not ${JSON.stringify(value)}`;
}

/** Limits of which something was lowered to the ceiling. */
export interface BoundLimits {
  readonly limits: Limits;
  /** Names of the limits that the workflow wanted higher. */
  readonly lowered: readonly (keyof Limits)[];
}

/** What counts for a workflow that has declared `wanted`. */
export function boundLimits(wanted: Partial<Limits>, defaults: Limits, ceilings: Limits): BoundLimits {
  const limits: Record<string, number> = { ...defaults };
  const lowered: (keyof Limits)[] = [];
  for (const name of LIMIT_NAMES) {
    const value = wanted[name];
    if (value === undefined) continue;
    limits[name] = Math.min(value, ceilings[name]);
    if (value > ceilings[name]) lowered.push(name);
  }
  return { limits: limits as unknown as Limits, lowered };
}
