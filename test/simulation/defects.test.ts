/** Each known defect of Kafka clients, switched on: the simulation finds it, and finds nothing when it is off. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Defects } from "../../stream/fake/index.ts";
import { simulateMany } from "./many.ts";
import type { Outcome } from "./run.ts";

const RUNS_MAX = 400;

/** Where to begin to search: a seed that has found it; a change of the engine may move that to a later one. */
const FROM: Readonly<Record<keyof Defects, number>> = {
  abortedUnsorted: 47,
  abortedOneByOne: 8,
  abortMarkerByKey: 18,
  positionByRecords: 78,
  sequencesRolledBack: 104,
  concurrentIsError: 171,
  idleTimer: 15,
  positionsMarkedEarly: 46,
  endlessRetries: 324,
  partitionOnRetry: 208,
  controlOnlyIgnored: 16,
  fetchInLockstep: 8,
  fromLatest: 14,
  fencedLate: 309,
  positionsForgotten: 34,
  silentReset: 185,
  oneBatch: 75,
  missingTopicUntyped: 230,
  fencedIsGone: 225,
  sessionTooShort: 17,
  stuckCommitting: 104,
  epochKeptInDoubt: 5000211,
  repeatedAnew: 6,
  sequencesForgotten: 6,
};

for (const [defect, seed] of Object.entries(FROM))
  test(`${defect} is found`, async (t) => {
    let found: Outcome | undefined;
    await simulateMany({
      seed,
      runs: RUNS_MAX,
      defects: { [defect]: true },
      sideBySide: 1,
      failuresMax: 1,
      onFailure: async (outcome) => {
        found = outcome;
      },
    });
    assert.ok(found, `no seed from ${seed} to ${seed + RUNS_MAX} finds it`);
    t.diagnostic(`seed ${found.seed}: ${found.problems[0]?.slice(0, 120)}`);
    assert.equal(await simulateMany({ seed: found.seed, runs: 1 }), 0, `seed ${found.seed} fails without it, too`);
  });
