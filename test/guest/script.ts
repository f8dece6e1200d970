/** A workflow script, compiled and loaded, with a thread to be stepped by hand. */

import assert from "node:assert/strict";
import { compileSource } from "#compiler";
import type { StepAdvanced, StepResult } from "#protocol";
import { Guest, ThreadByHand } from "./harness.ts";

export async function load(source: string, isPrivate = false): Promise<Guest> {
  const { program } = await compileSource(source, { filename: "main.ts", needsMain: true });
  const guest = new Guest();
  guest.load(program.code, program.tables, isPrivate);
  return guest;
}

export function advanced(result: StepResult): StepAdvanced {
  assert.equal(result.kind, "advanced", JSON.stringify(result));
  return result as StepAdvanced;
}

/** Values that went to a topic, in order. */
export function sent(result: StepResult, topic: string): (string | null)[] {
  return advanced(result)
    .outputs.filter((record) => record.topic === topic)
    .map((record) => record.value);
}

/**
 * Runs a scenario on a live thread, and again on one that is decoded before every step: results must be the same, byte for
 * byte (I2, I3).
 */
export async function bothWays(
  source: string,
  scenario: (thread: ThreadByHand) => readonly StepResult[],
  isPrivate = false,
): Promise<readonly StepAdvanced[]> {
  const runs = [false, true].map(async (decodes) => {
    const guest = await load(source, isPrivate);
    try {
      const thread = new ThreadByHand(guest);
      thread.decodes = decodes;
      return scenario(thread).map(advanced);
    } finally {
      guest.release();
    }
  });
  const [live, decoded] = await Promise.all(runs);
  assert.deepEqual(decoded, live);
  return live!;
}
