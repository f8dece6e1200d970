/**
 * The steps of many trip-booking sagas as requests, each with the heap that the step before it left: start, then car,
 * hotel and flight are booked. The second and third are the ones to measure: they decode, resume and encode.
 */
import { DEFAULT_LIMITS, type Program, type StepAdvanced, type StepInput, type StepRequest } from "#protocol";
import type { SandboxPool } from "#runtime";

export interface SagaSteps {
  readonly threadId: string;
  /** Start, car, hotel, flight. */
  readonly requests: readonly StepRequest[];
  readonly results: readonly StepAdvanced[];
}

const TIME_MS = 1_700_000_000_000;

const INPUTS: readonly StepInput[] = [
  { kind: "new", argument: "" },
  ...["0:1", "0:2", "0:3"].map((ref) => ({ kind: "resume" as const, ref, text: JSON.stringify({ ref, value: null }) })),
];

/** Runs the sagas once to learn their heaps. */
export async function sagaSteps(pool: SandboxPool, program: Program, count: number): Promise<readonly SagaSteps[]> {
  const sagas: SagaSteps[] = [];
  for (let number = 0; number < count; number++) {
    const threadId = `trip-${String(number).padStart(4, "0")}`;
    const requests: StepRequest[] = [];
    const results: StepAdvanced[] = [];
    for (const [stepId, input] of INPUTS.entries()) {
      const request: StepRequest = {
        threadId,
        programHash: program.hash,
        base: stepId - 1,
        stepId,
        heap: results.at(-1)?.heap ?? null,
        isPrivate: false,
        input,
        mailbox: [],
        timeMs: TIME_MS,
        seed: new Uint8Array(16).fill(stepId),
        limits: DEFAULT_LIMITS,
      };
      const [result] = await pool.runSteps([request]);
      if (result?.kind !== "advanced" || result.isPrivate)
        throw new Error(`step ${stepId} of the saga ended as ${JSON.stringify(result)}`);
      requests.push(request);
      results.push(result);
    }
    if (results.at(-1)?.status !== "completed") throw new Error("the saga did not complete");
    sagas.push({ threadId, requests, results });
  }
  return sagas;
}

/** One step of all sagas, side by side. */
export function wave(sagas: readonly SagaSteps[], step: number): readonly StepRequest[] {
  return sagas.map((saga) => saga.requests[step]!);
}
