/** The limits on what a step leaves behind, checked outside the sandbox: what is inside may have been tampered with. */
import type { StepFaulted, StepLimits, StepResult } from "#protocol";

/** Beside state and outputs: awaits, logs, result and stack. */
const OTHER_BYTES_MAX = 4 * 1024 * 1024;

/** Above this the result is not even carried to the engine's process. Strings may take two bytes for a character. */
export function resultBytesMax(limits: StepLimits): number {
  return limits.snapshotBytes + 2 * limits.outputBytes + OTHER_BYTES_MAX;
}

/** @returns the fault of a result that is above a limit, or `null`. */
export function limitFault(result: StepResult, limits: StepLimits): StepFaulted | null {
  if (result.kind === "faulted") return null;
  if (result.heap.length > limits.snapshotBytes) {
    const message = `The thread's state takes ${result.heap.length} bytes, ${limits.snapshotBytes} are allowed. Keep less reachable, or raise limits.snapshotBytes.`;
    return { kind: "faulted", code: "SnapshotTooLarge", message };
  }
  if (result.outputs.length > limits.outputRecords) {
    const message = `The step wrote ${result.outputs.length} records, ${limits.outputRecords} are allowed. Spread them over several steps, or raise limits.outputRecords.`;
    return { kind: "faulted", code: "OutputLimit", message };
  }
  let byteCount = 0;
  for (const { key, value } of result.outputs) byteCount += Buffer.byteLength(key) + Buffer.byteLength(value ?? "");
  if (byteCount > limits.outputBytes) {
    const message = `The step wrote ${byteCount} bytes, ${limits.outputBytes} are allowed. Spread them over several steps, or raise limits.outputBytes.`;
    return { kind: "faulted", code: "OutputLimit", message };
  }
  return null;
}
