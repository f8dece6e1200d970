/** Many seeds, several worlds side by side: they share nothing, and what one event costs is shared by all of them. */
import type { Defects } from "../../stream/fake/index.ts";
import { type Outcome, simulate } from "./run.ts";

/** More of them share the cost of a turn of the event loop better, and the caches of the processor worse. */
const SIDE_BY_SIDE = 4;
const FAILURES_MAX = 5;

export interface ManyOptions {
  readonly seed: number;
  readonly runs: number;
  readonly defects?: Partial<Defects>;
  readonly onRun?: (count: number, outcome: Outcome) => void;
  /** Told at once, while the other worlds go on. */
  readonly onFailure?: (outcome: Outcome) => Promise<void>;
  /** How many worlds at a time; default 4. */
  readonly sideBySide?: number;
  /** Stop at this many failures. */
  readonly failuresMax?: number;
}

/** @returns how many failed */
export async function simulateMany(options: ManyOptions): Promise<number> {
  const { seed, runs, defects = {}, failuresMax = FAILURES_MAX, sideBySide = SIDE_BY_SIDE } = options;
  // Most errors of a run are injected, and nobody reads where they were made.
  Error.stackTraceLimit = 0;
  let next = 0;
  let done = 0;
  let failures = 0;
  const lane = async (): Promise<void> => {
    while (next < runs && failures < failuresMax) {
      const outcome = await simulate({ seed: seed + next++, defects });
      done++;
      options.onRun?.(done, outcome);
      if (outcome.problems.length === 0) continue;
      failures++;
      await options.onFailure?.(outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, runs) }, lane));
  return failures;
}
