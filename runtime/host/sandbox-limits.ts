/**
 * The bounds of the sandbox itself; the limits of one step travel with its request (`StepLimits`).
 */

export interface SandboxLimits {
  /** Resident memory of one sandbox process, in MiB; its guard kills it above. */
  readonly processMemoryMb: number;
  /** CPU time in which a program's modules must have been evaluated, in milliseconds. */
  readonly loadMs: number;
  /** How long a process may be silent beyond the time that its current work is allowed, in milliseconds, before it is killed. */
  readonly hangGraceMs: number;
  /** In how many milliseconds a new process must answer. */
  readonly startMs: number;
  /** Programs with a warm isolate, per process. */
  readonly programs: number;
  /** Contexts of threads in private mode, per program and process. */
  readonly privateContexts: number;
  /** Threads kept decoded, per program and process. */
  readonly liveThreads: number;
  /** Steps that wait in one frame to a process. */
  readonly frameSteps: number;
  /** Bytes of one frame's steps (a single step may be larger). */
  readonly frameBytes: number;
}

export const DEFAULT_SANDBOX_LIMITS: SandboxLimits = {
  processMemoryMb: 1_024,
  loadMs: 5_000,
  hangGraceMs: 500,
  startMs: 20_000,
  programs: 8,
  privateContexts: 32,
  liveThreads: 4_096,
  frameSteps: 256,
  frameBytes: 8 * 1024 * 1024,
};

/** A breach is a verdict only when it happens to a step alone, with this many times its budget. */
export const VERDICT_BUDGET = 2;

/** Of the CPU budget, the part that must have been used for a verdict: clocks and the timer's start differ a little. */
export const CPU_SHARE = 0.8;
