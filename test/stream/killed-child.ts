/** Runs a script of this folder in a process of its own, and kills it a moment after it has shown that it works. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/**
 * @param delayMs from the first output to SIGKILL
 * @returns all that it wrote to standard output
 */
export async function killedChild(script: string, parameters: readonly string[], delayMs: number): Promise<string> {
  const child = spawn(process.execPath, ["--no-node-snapshot", join(import.meta.dirname, script), ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  let isWorking = false;
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (!isWorking) setTimeout(() => child.kill("SIGKILL"), delayMs);
    isWorking = true;
  });
  const [, signal] = await once(child, "close");
  if (signal !== "SIGKILL") throw new Error(`${script} ended by itself: ${output}`);
  return output;
}
