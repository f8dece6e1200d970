/** Time as a seam, so that a simulation can drive it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Runs `action` once, after `delayMs`; the result cancels it. A timer alone keeps no process alive. */
  setTimer(delayMs: number, action: () => void): () => void;
}

/** Node's own timers wait 2^31 - 1 ms at most; a longer one fires early, and whoever set it looks again. */
const DELAY_MAX_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(delayMs, action) {
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), DELAY_MAX_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
