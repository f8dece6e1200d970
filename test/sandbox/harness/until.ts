/** Waits for what a pool does on its own. */
import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";

const PATIENCE_MS = 20_000;

/** Looks at every turn of the event loop. Fails when the condition does not hold within 20 s. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    assert.ok(performance.now() < deadlineMs, `not within 20 s: ${what}`);
    await nextTurn();
  }
}
