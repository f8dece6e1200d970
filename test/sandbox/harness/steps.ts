/** What every sandbox test needs: programs compiled from text, requests with low limits, and a pool that is closed after. */
import type { TestContext } from "node:test";
import { compileSource } from "#compiler";
import type { Program, StepAdvanced, StepInput, StepLimits, StepRequest, StepResult } from "#protocol";
import { createSandboxPool, type SandboxPool, type SandboxPoolOptions } from "#runtime";

export const LOW_LIMITS: StepLimits = {
  stepMs: 100,
  memoryMb: 64,
  snapshotBytes: 1024 * 1024,
  outputRecords: 100,
  outputBytes: 1024 * 1024,
};

export function poolFor(t: TestContext, options: SandboxPoolOptions = {}): SandboxPool {
  const pool = createSandboxPool({
    processes: 1,
    ...options,
    limits: { hangGraceMs: 300, processMemoryMb: 512, ...options.limits },
  });
  t.after(() => pool.close());
  return pool;
}

export async function programOf(source: string): Promise<Program> {
  const { program } = await compileSource(source, { filename: "main.ts", needsMain: true });
  return program;
}

/** Compiles a text, makes it known, and gives its hash. */
export async function deploy(pool: SandboxPool, source: string): Promise<string> {
  const program = await programOf(source);
  pool.addProgram(program);
  return program.hash;
}

export function startOf(threadId: string, programHash: string, argument: unknown = null): StepRequest {
  return request(threadId, programHash, { kind: "new", argument: JSON.stringify(argument) }, null);
}

/** The step after `previous`, by a record for `ref`. */
export function resumeOf(
  threadId: string,
  programHash: string,
  previous: { readonly stepId: number; readonly result: StepAdvanced },
  ref: string,
  value: unknown,
): StepRequest {
  const input: StepInput = { kind: "resume", ref, text: JSON.stringify({ ref, value }) };
  const next = request(threadId, programHash, input, previous.result.heap);
  const { isPrivate } = previous.result;
  return { ...next, base: previous.stepId, stepId: previous.stepId + 1, isPrivate };
}

function request(threadId: string, programHash: string, input: StepInput, heap: Uint8Array | null): StepRequest {
  return {
    threadId,
    programHash,
    base: -1,
    stepId: 1,
    heap,
    isPrivate: false,
    input,
    mailbox: [],
    timeMs: 1_700_000_000_000,
    seed: new Uint8Array(16).fill(7),
    limits: LOW_LIMITS,
  };
}

export function advanced(result: StepResult | undefined): StepAdvanced {
  if (result?.kind !== "advanced") throw new Error(`the step did not advance: ${JSON.stringify(result)}`);
  return result;
}
