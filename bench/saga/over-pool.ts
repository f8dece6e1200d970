/** The saga's steps as the engine runs them: through a sandbox pool, in the calling process or in a child process. */
import type { SandboxPool } from "#runtime";
import { type SagaSteps, wave } from "./requests.ts";

/**
 * Runs the sagas once; gives the microseconds that one of the measured steps took.
 *
 * @param isLive decoded threads go on; else every step decodes
 * @param side how many steps are under way side by side
 */
export async function poolRound(
  pool: SandboxPool,
  sagas: readonly SagaSteps[],
  isLive: boolean,
  side: number,
): Promise<number> {
  const ids = sagas.map((saga) => saga.threadId);
  let ms = 0;
  for (let step = 0; step < 4; step++) {
    if (!isLive) pool.discard(ids);
    const requests = wave(sagas, step);
    const start = performance.now();
    for (let at = 0; at < requests.length; at += side) {
      for (const [index, result] of (await pool.runSteps(requests.slice(at, at + side))).entries()) {
        const known = sagas[at + index]!.results[step]!;
        if (result.kind !== "advanced" || result.heap.length !== known.heap.length)
          throw new Error(`step ${step} of a saga ended otherwise than before: ${JSON.stringify(result)}`);
      }
    }
    if (step === 1 || step === 2) ms += performance.now() - start;
  }
  return (ms * 1_000) / (2 * sagas.length);
}
