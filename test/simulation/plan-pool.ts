/**
 * A sandbox pool for plans: threads stay decoded between steps, as in the real one, and a decoded thread that does not
 * agree with the state that the engine holds is found out.
 */
import type { StepRequest, StepResult } from "#protocol";
import type { SandboxPool } from "#runtime";
import type { Random, SimulatedProcess } from "../../stream/fake/index.ts";
import { runPlan } from "./plan.ts";

const STEP_MS = 1;
const SLOW_MS = 900;
const SLOW_CHANCE = 0.01;

export function planPool(process: SimulatedProcess, random: Random, onWrong: (what: string) => void): SandboxPool {
  const live = new Map<string, { readonly base: number; readonly heap: Uint8Array }>();
  const step = (request: StepRequest): StepResult => {
    const decoded = live.get(request.threadId);
    const isLive = decoded !== undefined && decoded.base === request.base;
    if (isLive && Buffer.compare(decoded.heap, request.heap ?? new Uint8Array(0)) !== 0)
      onWrong(`thread ${request.threadId} is decoded at ${request.base} as another state than the engine's`);
    const result = runPlan({ ...request, heap: isLive ? decoded.heap : request.heap });
    if (result.kind === "advanced" && result.status === "running")
      live.set(request.threadId, { base: request.stepId, heap: result.heap });
    else live.delete(request.threadId);
    return result;
  };
  return {
    addProgram() {},
    hasProgram: () => true,
    programSummary: () => Promise.reject(new Error("a plan has no summary")),
    async runSteps(requests) {
      const names = new Set(requests.map(({ threadId }) => threadId));
      if (names.size < requests.length) onWrong("a wave holds a thread twice");
      await process.pause(random.next() * (random.chance(SLOW_CHANCE) ? SLOW_MS : STEP_MS));
      return requests.map(step);
    },
    discard(threadIds) {
      if (threadIds === "all") live.clear();
      else for (const threadId of threadIds) live.delete(threadId);
    },
    processes: () => [],
    health: () => [],
    async close() {},
  };
}
